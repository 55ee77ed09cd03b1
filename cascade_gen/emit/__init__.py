"""Writes Python modules from Blueprints."""

from .function import Options
from .module import FORMAT, blueprint_hash, emit_module, text_hash

__all__ = ["FORMAT", "Options", "blueprint_hash", "emit_module", "text_hash"]
