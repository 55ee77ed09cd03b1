"""Loads, saves and checks generated modules."""

from .compiled import Artifact, load
from .files import write_whole

__all__ = ["Artifact", "load", "write_whole"]
