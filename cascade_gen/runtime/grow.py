"""Runs what a compiled module has no code for, by the compiler, where that is installed."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from .errors import CascadeError

if TYPE_CHECKING:
    from .rounds import Foreign


def growing() -> Foreign:
    """The part of the compiler that compiles a returned call at its first use and keeps it."""
    try:
        module = importlib.import_module("cascade_gen.artifact.shapes")
    except ModuleNotFoundError as error:
        raise without_compiler(error) from None
    foreign: Foreign = module.CompiledShapes()
    return foreign


def without_compiler(error: ModuleNotFoundError) -> Exception:
    """What a run fails with that lacks a part of the compiler; the error itself where something else is missing."""
    if (error.name or "").partition(".")[0] not in ("cascade_gen", "libcst"):
        return error
    return CascadeError(
        "a task returned a call that this module was not compiled for, and the compiler is not installed"
    )
