"""Loads, saves, checks and keeps generated modules."""

from .cache import Kept, kept_or_made
from .compiled import Artifact, load

__all__ = ["Artifact", "Kept", "kept_or_made", "load"]
