"""Runs Blueprints by interpreting them."""

from .awaited import awaited
from .context import RunContext
from .interpret import interpret
from .shapes import InterpretedShapes, ShapeCache, only_now_async
from .vm import VirtualMachine

__all__ = [
    "InterpretedShapes",
    "RunContext",
    "ShapeCache",
    "VirtualMachine",
    "awaited",
    "interpret",
    "only_now_async",
]
