"""Loads, saves, checks and keeps generated modules."""

from .cache import kept_or_made
from .compiled import Artifact, load
from .typed import Compiled, Outcome

__all__ = ["Artifact", "Compiled", "Outcome", "kept_or_made", "load"]
