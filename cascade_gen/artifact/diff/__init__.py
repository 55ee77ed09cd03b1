"""Says what differs for a caller between two saved modules, which are read and never run."""

from .change import Change
from .compare import compare
from .saved import Saved, read_saved

__all__ = ["Change", "Saved", "compare", "read_saved"]
