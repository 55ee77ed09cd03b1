"""Sync tasks off the event loop: `blocking` in a thread, `compute` in a process."""

from .processes import compute
from .threads import blocking

__all__ = ["blocking", "compute"]
