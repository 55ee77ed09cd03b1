"""The Blueprint: typed inputs, a block of instructions, one result, and what its names stand for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cascade_gen.runtime.errors import Location

from .instructions import Block
from .operands import Operand, Register


@dataclass(frozen=True, slots=True)
class Input:
    """An input of the workflow.

    `kind` is that of its parameter: "positional", "standard", "star", "keyword" or "stars" (as in `inspect`,
    in that order). `default` is None where it must be given. `annotation` is text that a saved module can
    evaluate, or empty; then `hint` is what type checkers are told, with classes as `module:name`, and no part of the
    Blueprint's text. A `param` is a `Param`: keyword-only, checked and converted by a `ReadParam`.
    """

    register: Register
    name: str
    kind: str = "standard"
    default: Operand | None = None
    annotation: str = ""
    param: bool = False
    description: str = ""
    hint: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class TaskRef:
    """A task that a Blueprint calls: where another process finds it, and what calling it means.

    `key` is its name in this Blueprint. `module` and `qualname` are empty where it can't be imported.
    `source_hash` is the hash of the function's source. `mode` is "inline", "blocking" or "compute".
    `plain`: the name stands for the function itself, not for a task object around it.
    """

    key: str
    name: str
    module: str
    qualname: str
    is_async: bool = False
    mode: str = "inline"
    pure: bool = False
    source_hash: str = ""
    plain: bool = False

    @property
    def awaits(self) -> bool:
        """Whether its call has to be awaited."""
        return self.is_async or self.mode != "inline"


@dataclass(frozen=True, slots=True)
class ResourceRef:
    """A resource that a Blueprint uses: its name, scope, what it injects, and where it can be imported."""

    name: str
    module: str
    qualname: str
    scope: str
    is_async: bool
    injects: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Blueprint:
    """A workflow, lowered: what both the interpreter and the code generator read.

    `tasks`, `resources` and `objects` name what instructions refer to; the objects themselves (functions by
    task key, resource functions by name, values by object name) are in `bound_tasks`, `bound_resources` and
    `objects`, which don't count when two Blueprints are compared; nor do `modules`, where it was declared,
    `declared`, the workflow functions that did it, and `called`, what Python calls its function in errors.
    """

    name: str
    inputs: tuple[Input, ...]
    body: Block
    result: Operand
    tasks: tuple[TaskRef, ...] = ()
    resources: tuple[ResourceRef, ...] = ()
    is_async: bool = False
    returns: str = ""
    location: Location | None = None
    bound_tasks: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    bound_resources: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    objects: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    modules: tuple[str, ...] = field(default=(), compare=False, repr=False)
    declared: tuple[Any, ...] = field(default=(), compare=False, repr=False)
    called: str = field(default="", compare=False, repr=False)
    _hash: str = field(default="", init=False, compare=False, repr=False)

    def task(self, key: str) -> TaskRef:
        """The task of that key."""
        return next(task for task in self.tasks if task.key == key)

    def __str__(self) -> str:
        from .text import print_blueprint

        return print_blueprint(self)

    @property
    def hash(self) -> str:
        """The SHA-256 of the listing, made once: a large graph has a long one. Raises what `str` does."""
        if not self._hash:
            found = hashlib.sha256(str(self).encode("utf-8", "surrogatepass")).hexdigest()
            object.__setattr__(self, "_hash", found)
        return self._hash
