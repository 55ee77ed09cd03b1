"""Writes Python modules from Blueprints."""

from .function import Options
from .module import FORMAT, Emitted, blueprint_hash, emit_module, text_hash

__all__ = ["FORMAT", "Emitted", "Options", "blueprint_hash", "emit_module", "text_hash"]
