"""Random Blueprints of all instructions, which keep every rule: `@given(blueprints())`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

import cascade_gen.blueprint as ir
from cascade_gen.runtime.errors import Location
from tests.operands import (
    FILES,
    HOSTILE_FILES,
    HOSTILE_NAMES,
    HOSTILE_TYPES,
    KINDS,
    LITERALS,
    NAMES,
    TYPES,
    WORDS,
)

T = TypeVar("T")
Draw = Callable[[st.SearchStrategy[T]], T]
Scope = dict[str, ir.Register]


@st.composite
def blueprints(draw: Draw[Any], hostile: bool = False, size: int = 12, careless: bool = False) -> ir.Blueprint:
    """A Blueprint of up to `size` instructions (and those they need) that `verify` accepts.

    Each name of a register has one type. `hostile` ones have names, types and files that no compiler would
    give. `careless` ones may once read a register that is written somewhere, but not on every way to that
    place: `verify` should refuse those. Nothing is bound: no functions, no objects.
    """
    return _Builder(draw, hostile, careless, draw(st.integers(0, size))).blueprint()


class _Builder:
    """Draws a Blueprint from the top down, knowing what is written at each place."""

    def __init__(self, draw: Draw[Any], hostile: bool, careless: bool, budget: int) -> None:
        self.draw = draw
        self.hostile = hostile
        self.careless = careless
        self.drawn: Scope = {}  # what is written anywhere
        self.budget = budget
        self.deferred: dict[str, tuple[ir.Register, ...]] = {}
        self.defers = 0
        types = TYPES + HOSTILE_TYPES * hostile
        names = NAMES + HOSTILE_NAMES * hostile
        self.registers = [ir.Register(name, types[number % len(types)]) for number, name in enumerate(names)]
        self.tasks = self.distinct(3)
        self.resources = self.distinct(2)
        self.leaves: Sequence[Callable[[Scope], ir.Instruction]] = (
            self.call,
            self.copy,
            self.read_param,
            self.read_env,
            self.inject,
            self.skip,
            self.missing,
        )
        self.owners: Sequence[Callable[[Scope, int], ir.Instruction]] = (
            self.choose,
            self.route,
            self.map,
            self.retry,
            self.timeout,
            self.hold,
            self.cached,
            self.parallel,
            self.defer,
            self.fill,
            self.loop,
        )

    # Small things

    def pick(self, values: Sequence[T]) -> T:
        return self.draw(st.sampled_from(values))  # type: ignore[no-any-return]

    def often(self) -> bool:
        return self.draw(st.booleans())  # type: ignore[no-any-return]

    def several(self, make: Callable[[], T], least: int = 0, most: int = 3) -> tuple[T, ...]:
        return tuple([make() for _ in range(self.draw(st.integers(least, most)))])

    def word(self) -> str:
        return self.pick(WORDS + HOSTILE_NAMES * self.hostile)

    def distinct(self, most: int) -> list[str]:
        pool = WORDS + HOSTILE_NAMES * self.hostile
        names = st.lists(st.sampled_from(pool), min_size=1, max_size=most, unique=True)
        return self.draw(names)  # type: ignore[no-any-return]

    def register(self) -> ir.Register:
        register = self.pick(self.registers)
        self.drawn[register.name] = register
        return register

    def location(self) -> Location | None:
        if not self.often():
            return None
        columns = self.pick([(0, 0), (4, 20), (0, 7)])
        return Location(self.pick(FILES + HOSTILE_FILES * self.hostile), self.draw(st.integers(1, 999)), *columns)

    def object(self) -> ir.Object:
        return ir.Object(self.pick(("int", "policy", "Point") + HOSTILE_NAMES * self.hostile))

    def seen(self, scope: Scope) -> ir.Register:
        lost = [register for name, register in self.drawn.items() if name not in scope]
        if self.careless and lost and self.often():
            self.careless = False
            return self.pick(lost)
        return self.pick(list(scope.values()))

    def operand(self, scope: Scope, depth: int = 2) -> ir.Operand:
        sort = self.pick(["register", "register", "literal", "object", "pack"][: 5 if depth else 4])
        if sort == "register" and scope:
            return self.seen(scope)
        if sort == "object":
            return self.object()
        if sort == "pack":
            return self.pack(scope, depth - 1)
        return self.draw(LITERALS)  # type: ignore[no-any-return]

    def pack(self, scope: Scope, depth: int) -> ir.Pack:
        items = self.several(lambda: self.operand(scope, depth))
        kind = self.pick(["list", "tuple", "set", "frozenset", "dict", "namedtuple"])
        if kind == "dict":
            return ir.Pack(kind, items, tuple([self.operand({}, 0) for _ in items]))
        return ir.Pack(kind, items, factory=self.object() if kind == "namedtuple" else None)

    def amounts(self, scope: Scope) -> tuple[tuple[str, ir.Operand], ...]:
        return self.several(lambda: (self.word(), self.operand(scope)))

    def write(self, scope: Scope) -> ir.Register:
        register = self.register()
        scope[register.name] = register
        return register

    # Blocks

    def block(self, scope: Scope, depth: int, owed: Sequence[ir.Register] = ()) -> tuple[ir.Block, bool]:
        """A block that writes what it owes, and whether it ends the run; `scope` grows by what it writes."""
        found: list[ir.Instruction] = []
        for _ in range(self.draw(st.integers(0, 4)) if depth else self.budget):
            if self.budget <= 0:
                break
            self.budget -= 1
            found.append(self.instruction(scope, depth))
            if isinstance(found[-1], ir.Missing):
                return tuple(found), True
        for register in owed:
            found.append(ir.Copy(register, self.operand(scope), self.location()))
            scope[register.name] = register
        return tuple(found), False

    def inner(self, scope: Scope, depth: int, owed: Sequence[ir.Register] = ()) -> ir.Block:
        """A block of which nothing is in sight afterwards."""
        return self.ways([lambda own: self.block(own, depth + 1, owed)], dict(scope))[0]

    def ways(self, make: Sequence[Callable[[Scope], tuple[ir.Block, bool]]], scope: Scope) -> list[ir.Block]:
        """Blocks of which one runs; `scope` grows by what all of those write that don't end the run."""
        found, left = [], []
        outside = self.deferred
        for one in make:
            own = dict(scope)
            self.deferred = dict(outside)
            block, ends = one(own)
            found.append(block)
            if not ends:
                left.append(own)
        self.deferred = outside
        for name in left[0] if left else ():
            if all(name in own for own in left):
                scope[name] = left[0][name]
        return found

    def instruction(self, scope: Scope, depth: int) -> ir.Instruction:
        if self.deferred and self.often():
            name = self.pick(list(self.deferred))
            scope.update({register.name: register for register in self.deferred[name]})
            return ir.Force(name, self.deferred[name])
        if depth < 3 and self.often():
            return self.pick(self.owners)(scope, depth)
        return self.pick(self.leaves)(scope)

    # Instructions without blocks

    def call(self, scope: Scope) -> ir.Instruction:
        def argument() -> ir.Argument:
            stars = self.pick([0, 0, 0, 1, 2])
            return ir.Argument(self.operand(scope), "" if stars or self.often() else self.pick(NAMES), stars)

        arguments = self.several(argument)
        return ir.Call(self.write(scope), self.pick(self.tasks), arguments, self.often(), self.location())

    def copy(self, scope: Scope) -> ir.Instruction:
        source = self.operand(scope)
        return ir.Copy(self.write(scope), source, self.location())

    def read_param(self, scope: Scope) -> ir.Instruction:
        if not scope:
            return self.read_env(scope)
        source = self.seen(scope)
        return ir.ReadParam(self.write(scope), source, self.word(), self.object(), self.location())

    def read_env(self, scope: Scope) -> ir.Instruction:
        default = self.operand(scope) if self.often() else None
        return ir.ReadEnv(self.write(scope), self.word(), default, self.object(), self.location())

    def inject(self, scope: Scope) -> ir.Instruction:
        return ir.Inject(self.write(scope), self.pick(self.resources), self.location())

    def skip(self, scope: Scope) -> ir.Instruction:
        return ir.Skip(self.pick(self.tasks), self.word(), self.operand(scope), self.location())

    def missing(self, scope: Scope) -> ir.Instruction:
        return ir.Missing(self.word(), self.operand(scope), self.location())

    # Instructions with blocks

    def choose(self, scope: Scope, depth: int) -> ir.Instruction:
        tests = self.several(lambda: self.operand(scope))
        make = [lambda own: self.block(own, depth + 1)] * (len(tests) + 1)
        *blocks, otherwise = self.ways(make, scope)
        arms = tuple([ir.Arm(test, block) for test, block in zip(tests, blocks, strict=True)])
        return ir.Choose(arms, otherwise, self.location())

    def route(self, scope: Scope, depth: int) -> ir.Instruction:
        selector = self.operand(scope)
        keys = self.several(lambda: self.several(lambda: self.operand(scope, 0), 1), 1)
        results: list[ir.Operand] = []

        def case(own: Scope) -> tuple[ir.Block, bool]:
            block, ends = self.block(own, depth + 1)
            results.append(self.operand(own))
            return block, ends

        made = self.ways([case] * len(keys), scope)
        cases = tuple([ir.Case(*parts) for parts in zip(keys, made, results, strict=True)])
        return ir.Route(self.write(scope), selector, cases, self.location())

    def map(self, scope: Scope, depth: int) -> ir.Instruction:
        inputs = self.several(lambda: ir.MapInput(self.word(), self.operand(scope), self.register()))
        own = {**scope, **{one.item.name: one.item for one in inputs}}
        block, result = self.with_result(own, depth)
        return ir.Map(self.write(scope), inputs, block, result, self.often(), self.location())

    def with_result(self, own: Scope, depth: int) -> tuple[ir.Block, ir.Operand]:
        results: list[ir.Operand] = []

        def make(inner: Scope) -> tuple[ir.Block, bool]:
            block, ends = self.block(inner, depth + 1)
            results.append(self.operand(inner))
            return block, ends

        return self.ways([make], own)[0], results[0]

    def retry(self, scope: Scope, depth: int) -> ir.Instruction:
        delay = self.draw(st.floats(0, 9))
        most = self.pick([None, 8.0])
        kinds = self.several(lambda: self.operand(scope, 0))
        attempts = self.draw(st.integers(1, 9))
        block = self.sure(scope, depth)
        return ir.Retry(self.pick(self.tasks), attempts, delay, 2.0, kinds, most, 0.5, block, self.location())

    def timeout(self, scope: Scope, depth: int) -> ir.Instruction:
        return ir.Timeout(self.pick([5, 0.25]), self.sure(scope, depth), self.location())

    def hold(self, scope: Scope, depth: int) -> ir.Instruction:
        amounts = self.amounts(scope)
        return ir.Hold(self.pick(self.tasks), amounts, self.sure(scope, depth), self.location())

    def sure(self, scope: Scope, depth: int) -> ir.Block:
        """A block that runs; what it wrote is in sight afterwards."""
        return self.ways([lambda own: self.block(own, depth + 1)], scope)[0]

    def cached(self, scope: Scope, depth: int) -> ir.Instruction:
        inputs = self.amounts(scope)
        target = self.register()
        block = self.inner(scope, depth, [target])
        scope[target.name] = target
        task, policy = self.pick(self.tasks), self.object()
        return ir.Cached(target, task, policy, inputs, block, self.often(), self.location())

    def parallel(self, scope: Scope, depth: int) -> ir.Instruction:
        before = dict(scope)
        branches = []
        for _ in range(self.draw(st.integers(0, 3))):
            own = dict(before)
            branches.append(self.ways([lambda inner: self.block(inner, depth + 1)], own)[0])
            scope.update(own)
        return ir.Parallel(tuple(branches))

    def defer(self, scope: Scope, depth: int) -> ir.Instruction:
        results = tuple(dict.fromkeys(self.several(self.register)))
        block = self.inner(scope, depth, results)
        self.defers += 1
        name = f"{self.word()} {self.defers}" if self.hostile else f"later_{self.defers}"
        self.deferred[name] = results
        return ir.Defer(name, results, block)

    def fill(self, scope: Scope, depth: int) -> ir.Instruction:
        if not scope:
            return self.timeout(scope, depth)
        source = self.seen(scope)
        block, result = self.with_result(dict(scope), depth)
        return ir.Fill(self.write(scope), source, block, result, self.often())

    def loop(self, scope: Scope, depth: int) -> ir.Instruction:
        free = list(self.registers)
        count = self.draw(st.integers(1, 3))

        def carried() -> ir.Carried:
            register = free.pop(self.draw(st.integers(0, len(free) - 1)))
            initial = self.operand(scope) if self.often() else None
            first = self.operand(scope) if self.often() else None
            return ir.Carried(register, self.word(), self.pick(KINDS), initial, self.often(), first)

        def state() -> ir.State:
            inputs = self.several(carried, 0, 2)
            own = {**scope, **{one.register.name: one.register for one in inputs}}
            result = self.register()
            jumps = st.none() | st.integers(0, count - 1)
            routes = self.several(lambda: (self.operand(scope, 0), self.draw(jumps)), 0, 2)
            block = self.inner(own, depth, [result])
            known = routes if self.often() else None
            return ir.State(self.word(), self.pick(self.tasks), inputs, block, result, known, not self.often())

        states = tuple([state() for _ in range(count)])
        links = self.several(lambda: (self.word(), self.object()), 0, 2)
        return ir.Loop(self.write(scope), states, self.often(), links, self.often(), self.location())

    # The whole

    def blueprint(self) -> ir.Blueprint:
        scope: Scope = {}
        names = self.draw(st.lists(st.sampled_from(self.registers), max_size=4, unique_by=lambda one: one.name))
        inputs = tuple([self.input(register, number) for number, register in enumerate(names)])
        scope.update({one.register.name: one.register for one in inputs})
        body, _ = self.block(scope, 0)
        return ir.Blueprint(
            name=self.word(),
            inputs=inputs,
            body=body,
            result=self.operand(scope),
            tasks=tuple([self.task(key) for key in self.tasks]),
            resources=tuple([self.resource(name) for name in self.resources]),
            is_async=self.often(),
            returns=self.pick(TYPES + HOSTILE_TYPES * self.hostile),
            location=self.location(),
        )

    def input(self, register: ir.Register, number: int) -> ir.Input:
        return ir.Input(
            register=register,
            name=register.name if self.often() else f"{self.word()}{number}",
            kind=self.pick(KINDS),
            default=self.operand({}) if self.often() else None,
            annotation=register.type if self.often() else self.pick(TYPES + HOSTILE_TYPES * self.hostile),
            param=self.often(),
            description=self.pick(["", "pages a round", "a \"b\"\n'c'"]),
        )

    def task(self, key: str) -> ir.TaskRef:
        return ir.TaskRef(
            key=key,
            name=key if self.often() else self.word(),
            module=self.pick(["", "agents.crawl", "my agents"]),
            qualname=self.pick(["", "poll", "make.<locals>.poll"]),
            is_async=self.often(),
            mode=self.pick(["inline", "blocking", "compute"]),
            pure=self.often(),
            source_hash=self.pick(["", "6f1c", "0", "a:b", '"']),
            plain=self.often(),
        )

    def resource(self, name: str) -> ir.ResourceRef:
        return ir.ResourceRef(
            name=name,
            module=self.pick(["", "agents.db"]),
            qualname=self.pick(["", "connect"]),
            scope=self.pick(["run", "task"]),
            is_async=self.often(),
            injects=self.several(lambda: (self.word(), self.pick(self.resources)), 0, 2),
        )
