"""Passes: functions from Blueprint to Blueprint, one a file."""

from .drop_unread import drop_unread

__all__ = ["drop_unread"]
