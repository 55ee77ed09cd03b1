"""Draws statements: all that Python has, in blocks a few deep."""

from __future__ import annotations

from .expressions import Body, Expressions

Lines = list[str]


def indented(lines: Lines) -> Lines:
    """A block, one step to the right."""
    return [f"    {line}" for line in lines]


class Statements(Expressions):
    """Draws statements and blocks."""

    def block(self, body: Body, most: int = 2) -> Lines:
        """One statement or more."""
        lines: Lines = []
        for _ in self.count(1, most):
            lines += self.statement(body)
            body.settle()
        if body.outer is not None and self.chance(30):
            body.outer.pending += body.assigned
        return lines

    def statement(self, body: Body) -> Lines:
        """One statement, as lines."""
        simple = body.depth > 2 or self.chance(45)
        write = self.pick(_SIMPLE if simple else _COMPOUND)
        return list(write(self, body))

    def leave(self, body: Body) -> Lines:
        """A statement that leaves the block, as far as one is allowed."""
        options = ["pass", "raise Odd(@p)", *(["break", "continue"] if body.in_loop else [])]
        leave = self.pick([*options, *(["return"] * 3 if body.may_return else [])])
        return [f"return {self.result(body)}" if leave == "return" else self.fill(leave, body)]

    def result(self, body: Body) -> str:
        """What a return statement gives back."""
        return self.number(body)

    def optional(self, head: str, body: Body, percent: int = 40) -> Lines:
        """A clause that may be there."""
        return [head, *indented(self.block(body.inner()))] if self.chance(percent) else []


def _annotated(one: Statements, body: Body) -> Lines:
    name = one.target(body)
    if name in body.globals or any(name == each.name for each in body.spec.parameters):
        return [one.fill("BOX.z: note(@t, int) = @n", body)]
    form = one.pick([": int = @n", ": note(@t) = @n", ": int", ": note(@t, @p)"])
    if "=" not in form:
        body.pending.clear()
    return [f"{name}{one.fill(form, body)}"]


def _delete(one: Statements, body: Body) -> Lines:
    name = one.known(body) if one.chance(90) else one.pick(body.locals)
    if one.chance(80):
        return [f"del {name}", f"{name} = {one.below(5)}"]
    if name in body.assigned:
        body.assigned.remove(name)
    return [f"del {name}"]


def _form(one: Statements, body: Body) -> Lines:
    return one.fill(one.pick(_SINGLE), body, 0).split("\n")


def _if(one: Statements, body: Body) -> Lines:
    lines = [f"if {one.condition(body)}:", *indented(one.block(body.inner()))]
    if one.chance(30):
        lines += [f"elif {one.condition(body)}:", *indented([*one.block(body.inner(), 1), *one.leave(body)])]
    return lines + one.optional("else:", body)


def _default(one: Statements, body: Body) -> Lines:
    texts = [each.name for each in body.spec.parameters if each.kind == "text"]
    if not texts or body.nested or body.in_class:
        return _form(one, body)
    name = one.pick(texts)
    test = one.fill(one.pick([f"{name} is None", f"not {name}", f"{name} == @q", f"{name} is None or @c"]), body)
    return [f"if {test}:", one.fill(f"    {name} = @q", body), one.fill(f"note(@t, {name})", body)]


def _leave_if(one: Statements, body: Body) -> Lines:
    return [f"if {one.condition(body)}:", *indented([*one.block(body.inner(), 1), *one.leave(body)])]


def _for(one: Statements, body: Body) -> Lines:
    over = one.fill(one.pick(["range(@p % 4)", "[@n, @p]", "(note(@t, i) for i in (2, 1))"]), body)
    plain = body.spec.is_async and not body.nested and one.chance(50)
    head = f"async for {one.target(body)} in counted(2)" if plain else f"for {one.target(body)} in {over}"
    inside = body.inner(in_loop=True)
    lines = [f"{head}:", *indented([*one.block(inside), *(one.leave(inside) if one.chance(30) else [])])]
    return lines + one.optional("else:", body)


def _while(one: Statements, body: Body) -> Lines:
    inside = body.inner(in_loop=True)
    head = f"while spend() and ({one.condition(body)}):"
    return [head, *indented([*one.block(inside), *one.leave(inside)]), *one.optional("else:", body)]


def _try(one: Statements, body: Body) -> Lines:
    lines = ["try:", *indented([*one.block(body.inner()), *(one.leave(body) if one.chance(50) else [])])]
    handled = one.chance(70)
    if handled:
        error = one.pick(["error", *body.locals[:1], "error"])
        head = one.pick([f"except Odd as {error}:", "except (Odd, TypeError):", f"except Exception as {error}:"])
        again = one.pick(["", "leave", "raise", "raise KeyError(@p)"])
        after = one.leave(body) if again == "leave" else [one.fill(again, body)] if again else []
        mark = [f"note({one.tag()}, {error})"] if " as " in head else []
        lines += [head, *indented([*mark, *one.block(body.inner(), 1), *after])]
        lines += one.optional("else:", body, 30)
    if not handled or one.chance(40):
        lines += ["finally:", *indented([*one.block(body.inner()), *(one.leave(body) if one.chance(25) else [])])]
    return lines


def _try_group(one: Statements, body: Body) -> Lines:
    inside = body.inner(in_loop=False, may_return=False)
    return [
        "try:",
        *indented(
            [
                *one.block(body.inner(), 1),
                f"raise ExceptionGroup('group', [Odd(1), {one.pick(['KeyError', 'Odd', 'Odd'])}(2)])",
            ]
        ),
        "except* Odd as group:",
        *indented([f"note({one.tag()}, group.exceptions)", *one.block(inside, 1)]),
    ]


def _with(one: Statements, body: Body) -> Lines:
    word = "async with" if body.spec.is_async and not body.nested and one.chance(60) else "with"
    guard = f"Guard({one.tag()}, {one.number(body, 1)}, {one.pick(['False', 'True'])})"
    more = f", Guard({one.tag()})" if one.chance(25) else ""
    given = f" as {one.target(body)}" if one.chance(60) else ""
    inside = one.block(body.inner()) + (one.leave(body) if one.chance(50) else [])
    return [f"{word} {guard}{given}{more}:", *indented(inside)]


_PATTERNS = [
    "0", "-1 | 2", "int({x})", "[{x}, *others]", "[{x}, _, ({y} as {z})]", "{{'k': {x}, **others}}",
    "Point({x}, y=0)", "Point(x={x}, y=Box.RED)", "None | 'q'", "({x}, {y})", "{{'k': 0 | 1 as {x}}}",
    "1.5 | 1j | b'q'", "Point() as {z}",
]  # fmt: skip


_SUBJECTS = ("@p", "[@p, @p, 1]", "{'k': @p, 'j': @p}", "Point(@p, @p)", "note(@t, @p), @p")


def _match(one: Statements, body: Body) -> Lines:
    subject = one.fill(one.pick(_SUBJECTS), body)
    lines = [f"match {subject}:"]
    for _ in one.count(1, 3):
        names = dict(zip("xyz", ("p", one.pick(body.locals), "r"), strict=True))
        if names["y"] in ("p", "r"):
            names["y"] = "q"
        guard = f" if {one.condition(body)}" if one.chance(30) else ""
        pattern = one.pick(_PATTERNS).format(**names)
        leave = one.leave(body) if one.chance(40) else []
        lines += [f"    case {pattern}{guard}:", *indented(indented([*one.block(body.inner(), 1), *leave]))]
    end = one.pick([None, "_", "rest"])
    return lines + ([f"    case {end}:", *indented(indented(one.block(body.inner(), 1)))] if end else [])


def _function(one: Statements, body: Body) -> Lines:
    name = one.pick(["inner", "inner", body.locals[-1]])
    inside = body.inner(
        nested=True,
        outer=None,
        tails=False,
        in_loop=False,
        may_return=True,
        locals=["u", "w"],
        assigned=[],
        globals=set(),
        depth=2,
    )
    before, declared = [], []
    if not body.in_class and one.chance(50):
        shared = one.known(body)
        if shared not in body.globals:
            inside.globals.add(shared)
            before = [f"{shared} = {one.plain(body)}"]
            declared = [f"nonlocal {shared}", one.fill(f"{shared} = note(@t, {shared}) + 1", body)]
    elif one.chance(25):
        declared = ["global G1", f"G1 = {one.plain(body)}"]
    default = f"d={one.number(body, 1)}"
    if name in body.assigned:
        body.assigned.remove(name)
    lines = [
        *before,
        f"def {name}({default}):",
        *indented([*declared, *one.block(inside, 1), f"return {one.number(inside)}"]),
    ]
    use = [f"note(@t, {name}())", f"keep({name})", f"keep({name})", f"note(@t, {name}, {name}(2))"]
    return [*lines, one.fill(one.pick(use), body)]


def _class(one: Statements, body: Body) -> Lines:
    inside = body.inner(
        nested=True,
        tails=False,
        in_loop=False,
        may_return=False,
        in_class=True,
        locals=["v", "w"],
        outer=None,
        depth=2,
    )
    return [
        "class Local(Point):",
        f"    seen = {one.name(body)}",
        *indented(one.block(inside, 1)),
        one.fill("    def method(self): super().__init__(@p); return note(@t, __class__, self.x)", body),
        "Local().method()",
        one.fill(one.pick(["keep(Local().method)", "note(@t, Local)", "keep(lambda: Local().method())"]), body),
    ]


_SINGLE = (
    "@w = @n",
    "note(@t, @n)",
    "@a += @n",
    "@w, @w = @n, @n",
    "@w = @w = @n",
    "@w, *others = [@n, @n, @p]",
    "(@w, BOX.w), BOX[@n] = (@n, 2), @n",
    "[@w, (@w, @w)] = @n, (@n, @n)",
    "@a -= @n",
    "BOX.v += @n",
    "BOX[@n] ^= @n",
    "G2[0] += @n",
    "BOX.v: note(@t, @p)",
    "@w = @n\ndel @a",
    "del BOX[@n], BOX.v",
    "assert @c, note(@t, @p)",
    "if @c:\n    raise Odd(@n)",
    "if @c:\n    raise KeyError(@p) from None",
    "if @c:\n    raise Odd(@p) from KeyError(@p)",
    "import math as m\n@w = m.floor(@n)",
    "from operator import neg as m\n@w = m(@n)",
    "import os.path\nnote('os', os.path.basename('a/b'))",
    "from operator import add, mul\nnote('add', add(1, mul(2, 3)))",
    "thing = Dying(@t)",
    "thing = Dying(@t)\nnote(@t, @v)",
    "thing = [Dying(@t), Dying(@t)]\nthing = thing[0]",
    "keep(Dying(@t))",
    "other = Dying(@t)\nthing = other",
    "Dying(@t), note(@t)",
    "@n\nnote(@t, @n)",
)
_SIMPLE = (_form, _form, _form, _form, _form, _form, _annotated, _leave_if, _delete, _default)
_COMPOUND = (_if, _for, _try, _with, _while, _match, _function, _class, _try_group, _leave_if, _try, _leave_if)
