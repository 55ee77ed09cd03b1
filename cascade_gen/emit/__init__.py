"""Writes Python modules from Blueprints."""

from .function import Options
from .module import emit_module
from .stamps import FORMAT, text_hash

__all__ = ["FORMAT", "Options", "emit_module", "text_hash"]
