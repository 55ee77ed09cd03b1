"""What every part of the emitter shares: the Blueprint, the names, and which registers anybody reads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import libcst as cst

from cascade_gen.blueprint import (
    Block,
    Blueprint,
    Defer,
    Instruction,
    Literal,
    Loop,
    Map,
    Object,
    Operand,
    Pack,
    Register,
    TaskRef,
    registers_of,
    targets,
    walk,
)
from cascade_gen.blueprint.rewrite import count_reads, read_counts, reads, surely_written
from cascade_gen.bodies.ways import Direct
from cascade_gen.runtime.inputs import Kind

from . import nodes
from .givers import Givers
from .movable import Movable, Moves, unread
from .names import ModuleNames
from .nodes import Expression, Statement
from .objects import named_tuple
from .places import Places
from .shapes import Key, Shapes
from .ways import forced_again

_HINTED = re.compile(r"([\w.]+):([\w.]+)")
"""A class in a hint: its module and its name there."""

INNER_RUN = "run"
"""The first parameter of an inner module's function: what it shares with the run around it."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a module is to be made.

    `yield_every`: seconds an async loop may keep the event loop, 0 for ever. `observed`: somebody listens to
    its events. `governed`: global constraints may be set on any task. `inner`: what the module can't go on
    with is given back to the loop around it. `inline`: the bodies of tasks may move into the function. `doc` is
    the docstring of the users' function that the module stands for, `kinds` are those of its inputs that no
    annotation tells (`cascade_gen.lower.kinds`). `sync`: the workflow is, though it is awaited, and refuses async
    work that it meets.
    """

    yield_every: float = 0.005
    inline: bool = True
    inner: bool = False
    sync: bool = False
    observed: bool = False
    governed: bool = False
    system_resources: tuple[tuple[str, float], ...] = ()
    doc: str = ""
    kinds: tuple[tuple[str, Kind], ...] = ()


class Emitter:
    """One module being emitted."""

    def __init__(self, blueprint: Blueprint, options: Options, function: str) -> None:
        self.blueprint = blueprint
        self.options = options
        self.tasks: dict[str, TaskRef] = {task.key: task for task in blueprint.tasks}
        self.reads = read_counts(blueprint)
        self.nested: dict[str, Expression] = {}
        self.deferred = {
            register.name
            for one in walk(blueprint.body)
            if isinstance(one, Defer)
            for inner in walk(one.block)
            for register in reads(inner)
        }
        self.pinned = self.deferred.union(one.register.name for one in blueprint.inputs)
        self.busy: list[frozenset[str]] = []
        self.dead_first: list[str] = []
        self.over_first: frozenset[str] = frozenset()
        self.left = Counter(self.reads)  # how often each register is read by what isn't written yet
        self.dying_within: list[str] = []
        self.registers = frozenset((function, *_local_names(blueprint)))
        inline = options.inline and not (options.observed or options.governed)
        self.moves = Moves(blueprint, inline, self.registers)
        self.givers = Givers(blueprint, self.moves)
        if inline:
            self.reads.subtract(unread(blueprint, self.moves))
        self.places = Places()
        self.names = ModuleNames({*self.registers, *self.moves.names})
        self.defaults: dict[str, tuple[str, str]] = {}
        self.directs: dict[str, tuple[str, str]] = {}
        self.forced_again = forced_again(blueprint)
        self.shapes = Shapes(blueprint, self.moves)
        self.work_of: dict[Key, str] = {}  # the functions of work that several have in common, by their shapes
        self.works: list[Statement] = []
        self.packed: set[str] = set()
        self.begun: dict[str, None] = {}  # the variables of the bodies in the attempt that is being written
        self.unsure: dict[str, None] = {}  # the variables that are bound to None where they may have no value
        self.bound_modules: dict[str, str] = {}
        self.declarations: list[Statement] = []
        self.hints: dict[str, None] = {}
        self.scope = ""
        self.scoped = False
        self.timed = False
        self.events = ""
        self.quiet = False
        self.held = False
        self._functions: dict[str, str] = {}
        self._called: set[str] = set()
        self._objects: dict[str, str] = {}
        self._governor = ""
        self._lines = ""

    @property
    def plain(self) -> bool:
        """Whether nothing but a call's own policies stands around it."""
        return not (self.events or self.options.governed)

    # names of things

    def function(self, key: str) -> str:
        """The module-level name of a task's function."""
        if key not in self._functions:
            self._functions[key] = self.names.private(key)
        return self._functions[key]

    def called(self, key: str) -> str:
        """The same, where it is called."""
        self._called.add(key)
        return self.function(key)

    @property
    def why_called(self) -> dict[str, str]:
        """By task why it is called, of those that are."""
        return {key: why for key, why in self.moves.called.items() if key in self._called}

    def object(self, name: str) -> Expression:
        """A named object: a builtin by its name, anything else by its module-level name."""
        import builtins

        value = self.blueprint.objects.get(name)
        word = getattr(value, "__name__", "") if isinstance(value, type) else ""
        if word and vars(builtins).get(word) is value:
            return nodes.name(self.names.builtin(word))
        if name not in self._objects:
            self._objects[name] = self.names.private(name)
        return nodes.name(self._objects[name])

    @property
    def functions(self) -> dict[str, str]:
        """The module-level name of each task that is used, by its key."""
        return self._functions

    @property
    def objects(self) -> dict[str, str]:
        """The module-level name of each object that is used."""
        return self._objects

    def module_of(self, one: Movable) -> str:
        """The name of the module whose globals a moved body reads."""
        if one.ref.module:
            return self.names.module(one.origin.module)
        if one.origin.module not in self.bound_modules:
            self.bound_modules[one.origin.module] = self.names.private(one.origin.module.rpartition(".")[2])
        return self.bound_modules[one.origin.module]

    def direct(self, caller: Movable, call: Direct) -> str:
        """The module-level name of the function of a task that a moved body names."""
        place = f"{self.module_of(caller)}.{'.'.join(call.path)}.func"
        if place not in self.directs:
            self.directs[place] = call.task.name, self.names.private(call.task.name)
        return self.directs[place][1]

    def default(self, key: str, parameter: str) -> Expression:
        """The default value of a task's parameter, by a module-level name."""
        for word, place in self.defaults.items():
            if place == (key, parameter):
                return nodes.name(word)
        word = self.names.private(f"{key}_{parameter}")
        self.defaults[word] = (key, parameter)
        return nodes.name(word)

    def runtime(self, module: str, word: str) -> str:
        """The name of something of the runtime."""
        return self.names.runtime(f"cascade_gen.runtime.{module}", word)

    def run(self) -> Expression | None:
        """What the graphs that tasks return share with this run, where there is anything to share."""
        if self.options.inner:
            return nodes.name(INNER_RUN)
        params = [one for one in self.blueprint.inputs if one.param]
        if not (self.scope or params or self.events or self.options.governed or self._governor):
            return None
        values = nodes.dict_(
            [nodes.literal(one.name) for one in params], [nodes.name(one.register.name) for one in params]
        )
        given: list[cst.Arg | Expression] = []
        if self.scope:
            given.append(nodes.keyword("scope", nodes.name(self.use_scope())))
        if params:
            given.append(nodes.keyword("params", values))
        if self.events:
            given.append(nodes.keyword("events", nodes.name(self.events)))
        if self.options.governed or self._governor:
            given.append(nodes.keyword("governor", nodes.name(self.governor())))
        return nodes.call(self.runtime("run", "Run"), *given)

    def use_scope(self) -> str:
        """The name of the scope that resources are used in; from now on the module has one."""
        self.scoped = True
        return self.scope

    def hint(self, text: str) -> str:
        """An annotation for type checkers, quoted, with the names that modules are imported under."""
        if not text:
            return ""
        quoted = f'"{_HINTED.sub(lambda one: f"{self.names.module(one[1])}.{one[2]}", text)}"'
        self.hints[quoted] = None
        return quoted

    @property
    def fails(self) -> bool:
        """Whether there is something of the user's in the function that may fail."""
        return bool(self.functions) or self.places.used

    def lines(self) -> str:
        """The module-level name of the table of the user's lines."""
        if not self._lines:
            self._lines = self.names.private("lines")
        return self._lines

    @property
    def governor_name(self) -> str:
        """The module-level name of the governor, empty where nothing is governed."""
        return self._governor

    def governor(self) -> str:
        """What constraints are held against: of the run around an inner module if that has any, or a module's own."""
        if self.options.inner and self.options.governed:
            return f"{INNER_RUN}.governor"
        if not self._governor:
            self._governor = self.names.private("governor")
            keys = [nodes.literal(name) for name, _ in self.options.system_resources]
            values = [nodes.literal(amount) for _, amount in self.options.system_resources]
            given = [nodes.dict_(keys, values)] if keys else []
            made = nodes.call(self.runtime("governor", "Governor"), *given)
            self.declarations.append(nodes.assign(self._governor, made))
        return self._governor

    # operands

    def read(self, operand: Operand) -> Expression:
        """The expression of an operand."""
        if isinstance(operand, Register):
            return self.nested.pop(operand.name, None) or nodes.name(operand.name)
        if isinstance(operand, Literal):
            return nodes.literal(operand.value)
        if isinstance(operand, Object):
            return self.object(operand.name)
        return self._pack(operand)

    def _pack(self, pack: Pack) -> Expression:
        values = [self.read(item) for item in pack.items]
        match pack.kind:
            case "list":
                return nodes.list_(values)
            case "tuple":
                return nodes.tuple_(values)
            case "dict":
                return nodes.dict_(map(self.read, pack.keys), values)
            case "set":
                return cst.Set(nodes.items(values))
            case "frozenset":
                return nodes.call(self.names.builtin("frozenset"), cst.Set(nodes.items(values)))
        assert pack.factory is not None
        kind = self.blueprint.objects.get(pack.factory.name)
        return named_tuple(kind, self.read(pack.factory), values)

    # what is used

    def exports(self, blocks: Sequence[Block]) -> list[list[Register]]:
        """For each of the blocks that run side by side, the registers that what follows them reads, in order.

        What several of them write is left to the first.
        """
        inside: Counter[str] = Counter()
        for block in blocks:
            inside.update(count_reads(block))
        around = frozenset().union(*self.busy)  # what the instructions around will read
        given: set[str] = set()
        found = []
        for block in blocks:
            written = [
                one
                for one in surely_written(block)
                if one.name not in given and (self.left[one.name] > inside[one.name] or one.name in around)
            ]
            given.update(one.name for one in written)
            found.append(written)
        return found

    def leave(self, instruction: Instruction) -> None:
        """Count the reads of an instruction that is being written; those in its blocks when they are."""
        for register in reads(instruction):
            self.left[register.name] -= 1

    def drop_first(self) -> list[Statement]:
        """Drops what nobody reads once a loop has its first values."""
        dead, self.dead_first, self.over_first = self.dead_first, [], frozenset()
        return [nodes.drop(dead)] if dead else []

    def hand_over(self, operands: Sequence[Operand], apart: AbstractSet[str] = frozenset()) -> frozenset[str]:
        """The registers among the first values of a loop that it alone reads, but for some: what has its value from
        one may have its variable, which isn't dropped before the loop."""
        counts = Counter(register.name for operand in operands for register in registers_of(operand))
        plain = [one.name for one in operands if isinstance(one, Register) and counts[one.name] == 1]
        handed = self.over_first.intersection(plain) - apart
        self.dead_first = [name for name in self.dead_first if name not in handed]
        return handed

    def is_over(self, name: str) -> bool:
        """Whether nobody reads a register any more."""
        return self.left[name] <= 0

    def is_read(self, register: Register) -> bool:
        """Whether anybody reads a register."""
        return self.reads[register.name] > 0


def _local_names(blueprint: Blueprint) -> set[str]:
    names = {one.register.name for one in blueprint.inputs}
    for instruction in walk(blueprint.body):
        names.update(register.name for register in targets(instruction))
        match instruction:
            case Map(inputs=inputs):
                names.update(item.item.name for item in inputs)
            case Loop(states=states):
                names.update(item.register.name for state in states for item in state.inputs)
                names.update(item.parameter for state in states for item in state.inputs)
                names.update(state.result.name for state in states)
            case _:
                name = getattr(instruction, "name", None)
                if isinstance(name, str):
                    names.add(name)
    return names


Emit = Callable[["Emitter", Any], list[Statement]]
EMITTERS: dict[type, Emit] = {}
"""How each instruction is written; the modules beside this one add theirs."""


def emits(kind: type) -> Callable[[Emit], Emit]:
    """Register what writes an instruction."""

    def add(emit: Emit) -> Emit:
        EMITTERS[kind] = emit
        return emit

    return add


def emit_block(emitter: Emitter, block: Block, more: bool = True) -> list[Statement]:
    """The statements of a block; `more` says whether anything but the end of the function follows."""
    from .straight import write_block

    straight = write_block(emitter, block, more)
    straight.flush(more)
    return straight.statements
