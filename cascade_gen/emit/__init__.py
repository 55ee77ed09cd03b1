"""Writes Python modules from Blueprints."""

from .function import Options
from .module import emit_module
from .stamps import FORMAT, blueprint_hash, text_hash

__all__ = ["FORMAT", "Options", "blueprint_hash", "emit_module", "text_hash"]
