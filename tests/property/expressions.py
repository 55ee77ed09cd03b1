"""Draws expressions that give a number, most of which do something on the way.

Forms are texts with marks, filled from left to right: @n a number, @p a plain name or digit, @v a name, @d a
digit, @c a condition, @w a name to assign to, @a one that has a value, @l a local, @k a parameter that is often a
literal, @q a literal, @t a tag for the log.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")

LOCALS = ("x", "y", "z", "result", "state", "inputs", "rounds", "attempt", "_m", "value", "len", "sum", "n_2", "a_2")


@dataclass
class Parameter:
    """A parameter of a task; `default` is its text, None where there is none."""

    name: str
    default: str | None = None
    kind: str = "standard"

    @property
    def is_number(self) -> bool:
        """Whether its value is an int."""
        return self.kind in ("standard", "named")


@dataclass
class Spec:
    """What is known of a task before its body is written."""

    name: str
    parameters: list[Parameter]
    is_async: bool = False
    is_generator: bool = False


@dataclass
class Body:
    """Where something is written: the names at hand, and which statements Python allows there."""

    spec: Spec
    tasks: list[Spec]
    locals: list[str]
    assigned: list[str] = field(default_factory=list)
    globals: set[str] = field(default_factory=set)
    tails: bool = True
    in_loop: bool = False
    may_return: bool = True
    in_class: bool = False
    depth: int = 0
    nested: bool = False
    outer: Body | None = None
    pending: list[str] = field(default_factory=list)

    def inner(self, **changes: Any) -> Body:
        """The same place, one block deeper; what is assigned there may be unassigned out here."""
        known = {"depth": self.depth + 1, "assigned": list(self.assigned), "pending": [], "outer": self}
        return Body(**{**vars(self), **known, **changes})

    def settle(self) -> None:
        """From here on the names that the last statement assigned have values."""
        self.assigned += [one for one in self.pending if one not in self.assigned]
        self.pending.clear()


_MARK = re.compile("@([npvdcwaltrkq])")


class Chooser:
    """Makes choices."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.made = 0

    def below(self, count: int) -> int:
        """A number from 0, less than `count`."""
        return self.random.randrange(count)

    def chance(self, percent: int) -> bool:
        """True that often."""
        return self.below(100) < percent

    def pick(self, options: Sequence[T]) -> T:
        """One of them."""
        return options[self.below(len(options))]

    def count(self, least: int, most: int) -> range:
        """A range to go over as often."""
        return range(least + self.below(most - least + 1))

    def tag(self) -> str:
        """A mark for the log that no other has."""
        self.made += 1
        return f"'{self.made}'"


class Expressions(Chooser):
    """Draws expressions."""

    def name(self, body: Body) -> str:
        """A name to read: nearly always one that has a value by now."""
        if body.assigned and self.chance(45):
            return self.pick(body.assigned)
        if self.chance(2):
            return self.pick([*body.locals, "G0"])
        return self.pick([one.name for one in body.spec.parameters if one.is_number])

    def target(self, body: Body) -> str:
        """A name to assign to."""
        numbers = [one.name for one in body.spec.parameters if one.is_number and one.name != "n"]
        name = self.pick([*body.locals, *numbers])
        body.pending.append(name)
        return name

    def known(self, body: Body) -> str:
        """A name that has a value, and can be assigned to."""
        numbers = [one.name for one in body.spec.parameters if one.is_number and one.name != "n"]
        names = [*body.assigned, *([] if body.nested or body.in_class else numbers)]
        return self.pick(names) if names else self.target(body)

    def plain(self, body: Body) -> str:
        """A name or a digit."""
        return self.name(body) if self.chance(70) else str(self.below(5))

    def number(self, body: Body, level: int = 0) -> str:
        """An expression whose value is an int, nearly always."""
        if level > 1 or self.chance(35):
            return self.plain(body)
        return self.fill(self.pick(self.forms(body, rare=not level and self.chance(20))), body, level + 1)

    def condition(self, body: Body, level: int = 1) -> str:
        """A test; half of them leave a mark in the log."""
        if self.chance(30):
            return self.fill(self.pick(_DECIDED), body, level)
        return self.fill(self.pick(_TESTS[:4] if body.in_class else _TESTS), body, level)

    def forms(self, body: Body, rare: bool) -> Sequence[str]:
        """What expressions may be written there."""
        if rare:
            bags = [each.name for each in body.spec.parameters if each.kind == "bag"]
            more = [f"many({bags[0]}.append(@p), {bags[0]}) or 1"] if bags else []
            return (*_RARE, *more, *self.recursion(body)) if not body.in_class else _PLACES
        forms = _FORMS if not body.in_class else _FORMS[:-2]
        if any(each.kind == "text" for each in body.spec.parameters):
            forms = (*_SHOWN, *_SHOWN, *forms)
        if body.nested or body.in_class:
            return forms
        return (
            *forms,
            *(_AWAITED * 2 if body.spec.is_async else ()),
            *(_YIELDED * 2 if body.spec.is_generator else ()),
        )

    def recursion(self, body: Body) -> list[str]:
        """Calls of plain functions."""
        return [
            f"many({one.name}.func(@p - 1) if spend() else 0) and 1"
            for one in body.tasks
            if not one.is_async
            and all(each.default or each.kind in ("args", "kwargs") for each in one.parameters[1:])
        ]

    def fill(self, form: str, body: Body, level: int = 1) -> str:
        """A form with its marks filled."""
        return _MARK.sub(lambda mark: self.filled(mark[1], body, level), form)

    def literal(self) -> str:
        """What parameters of which nothing is counted are given: a literal, or what looks like one."""
        return self.pick(_LITERALS)

    def filled(self, mark: str, body: Body, level: int) -> str:
        """What stands in the place of a mark."""
        match mark:
            case "n":
                return self.number(body, level)
            case "p":
                return self.plain(body)
            case "v":
                return self.name(body)
            case "d":
                return str(self.below(5))
            case "c":
                return self.condition(body, 2)
            case "w":
                return self.target(body)
            case "a":
                return self.known(body)
            case "l":
                return self.pick(body.locals)
            case "k":
                texts = [one.name for one in body.spec.parameters if one.kind == "text"]
                return self.pick(texts) if texts else self.literal()
            case "q":
                return self.literal()
        return self.tag()


_TESTS = (
    "@p % 2",
    "note(@t, @v) > @d",
    "@p < @n",
    "note(@t, @p) and not @n",
    "@p < note(@t, @p) <= @p",
    "(seen := @p) or @n",
)
_LITERALS = ("'ab'", "'ab'", "''", "'it\\'s'", "'{'", "'é\\n'", "1.5", "-0.5", "2", "-1", "True", "False", "None",
             "None", "b'ab'", "float('inf')", "('ab',)")  # fmt: skip
# some of them are decided when the literals are known
_DECIDED = (
    "@k",
    "not @k",
    "@k is None",
    "@k is not None",
    "@k == @q",
    "@k != @q",
    "@k in (@q, @q)",
    "@k not in [@q, None]",
    "@k == 'ab' or @c",
    "@c and @k is not None",
    "not (@k and @k)",
    "@k < 2",
    "0 <= @d < @d",
    "True",
)
_PLACES = ("BOX.v", "BOX[@n]", "G0", "G2[0]", "rebind()", "[@p, @p, 1][1:][0]", "len(G2)", "(G2 or [0])[-1]")
_FORMS = (
    "(@n + @p) % 101",
    "note(@t, @n)",
    "(@n * @p) % 101",
    "note(@t, @n)",
    "(@n - @p)",
    "(@n if @c else @n)",
    "(@n or note(@t, @p))",
    "(@n and note(@t, @p))",
    "maybe(@p)",
    "max([i + @p for i in range(3)])",
    "max((x * @p for x in range(3) if x != @p), default=0)",
    "many(*{n: @p for n in range(2)}.values())",
    "many(*sorted({result % 2 + @p for result in range(3) for _ in range(result)}))",
    "max([j for x in [[@p], [@p, 1]] for j in x])",
    "(lambda q=@p: q + @p)()",
    "max([1, 2], key=lambda q: q * @p)",
    "keep(lambda: note(@t, @v))",
    "keep(lambda q=@v: q)",
    "keep(note(@t, i, @v) for i in range(@p % 3))",
    "recall()",
    "recall()",
    'many(f"{@p!s}-{shown(@v)!r:>{4}}")',
    "ord(f'{@v}{\"q\" * 2}'[-1])",
    "ord((f'{@v=}' f\"{@p:03}\")[0])",
    "many(*[@n, @p], k=@n, **{'j': @p})",
    "(@n if @k is None else note(@t, @k) and @p)",
    *_PLACES,
    "(@w := @n)",
    "(@w := @n)",
)
_SHOWN = (
    'many(f"{@k}")',
    'many(f"<{@k}{@v}>{{{@k}}}" \'{@k}\', f"{@k!r}{@k!s:>4}{ @k }")',
    'many(f"\\1{@k}{@v:{2}}" rf"\\{@k}")',
    "note(@t, f'{@k}', f'{(@k)}', f'''{@k}\"{@k}\" ''') and @p",
)
_RARE = (
    "max([(@w := i + @p) for i in range(@p % 4)], default=0)",
    "keep((@w := i) for i in range(@p % 3))",
    "many(*[note(@t, i, k) for i in range(2) if (@w := i) for k in range(@p % 3) if @p])",
    "note(@t, sorted(locals()), @p) and 1",
    "note(@t, sorted(vars())) and 1",
    "note(@t, dir()) and 1",
    "note(@t, sorted(here())) and 1",
    "note(@t, locals().get('@l')) and 1",
    "eval('@v + 1')",
    "(exec('G1 = 1') or @p)",
    "note(@t, __name__) and 1",
    "globals()['G0'] + @p",
    "keep(lambda: [@v, lambda: @v][1]())",
    "many(*map(lambda q: q + @p, [@n, 1]))",
    "many(k=(lambda *q, r=@p: (q, r))(@p)[1])",
)
_AWAITED = ("(await soon(@n))", "max([i + @p async for i in counted(2)])", "max([await soon(i) for i in range(2)])",
            "(await soon(@p) if @c else @n)", "(await soon(1) + @p)", "many(@p, await soon(@p), @p)")  # fmt: skip
_YIELDED = ("((yield @p) or 1)", "((yield from [@n]) or 2)", "many(@p, (yield @p), @p)")
