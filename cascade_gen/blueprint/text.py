"""The text form of a Blueprint: a listing to read, that parses back to an equal Blueprint.

    async blueprint poll -> int:   ; agents/crawl.py:12
      input url: str
      input seen: int = 0
      task get = agents.crawl:get blocking pure #6f1c
      task poll = agents.crawl:poll async #d20a
      result: int = loop:
        state poll(url: str = url, seen: int = seen) -> result:
          page: str = call get(url)   ; agents/crawl.py:14:11-19
          result = call poll(page, seen)
      return result

A register carries its type where it is written; `@name` is an object, `; file:line:columns` a location. Two
spaces a level. How each line is written is said in `forms`.
"""

from __future__ import annotations

from collections.abc import Iterator

from cascade_gen.runtime.errors import Location

from .blueprint import Blueprint
from .forms import (
    BRANCH,
    CHOOSE,
    ELIF,
    ELSE,
    HEADER,
    IF,
    PASS,
    RETURN,
    Form,
    form_of,
)
from .instructions import Block, Choose, Instruction, Loop, Parallel, Route
from .line_parts import show_definition
from .tokens import show_place
from .traversal import blocks

# What a line belongs to: the place of its instruction in `walk` (or "blueprint", "input", "task", "resource",
# "return"), and which of its lines it is.
Mark = tuple[int | str, int]
_Piece = tuple[int, str | Block]

_AROUND = 5  # lines before and after a marked one in an excerpt
_WIDTH = 110  # of a line in an excerpt


def print_blueprint(blueprint: Blueprint) -> str:
    """The listing of a Blueprint; `parse_blueprint` gives an equal one.

    The same Blueprint gives the same text on every machine. `TypeError` for a literal of a type that has no
    text.
    """
    return "\n".join([line for _, line in listing(blueprint)])


def listing(blueprint: Blueprint) -> Iterator[tuple[Mark, str]]:
    """The lines of the listing, each with what it belongs to."""
    head = _show(HEADER, blueprint, blueprint.location)
    yield ("blueprint", 0), f"async {head}" if blueprint.is_async else head
    declared = {"input": blueprint.inputs, "task": blueprint.tasks, "resource": blueprint.resources}
    for name, group in declared.items():
        for number, one in enumerate(group):
            yield (name, number), "  " + _show(form_of(one), one)
    if blueprint.body:
        yield from _body(blueprint.body)
    yield ("return", 0), "  " + _show(RETURN, blueprint)


def excerpt(blueprint: Blueprint, mark: Mark) -> str:
    """The numbered lines of the listing around the first one with the mark, which gets a `>`."""
    lines = list(listing(blueprint))
    bad = next(number for number, (one, _) in enumerate(lines) if one == mark)
    start, end = max(0, bad - _AROUND), min(len(lines), bad + _AROUND + 1)
    digits = len(str(end))
    shown = []
    for number in range(start, end):
        text = lines[number][1]
        cut = text if len(text) <= _WIDTH else text[: _WIDTH - 3] + "..."
        shown.append(f"{'>' if number == bad else ' '} {number + 1:{digits}} | {cut}")
    return "\n".join(shown)


def _body(body: Block) -> Iterator[tuple[Mark, str]]:
    """The lines of the instructions, in the order of `walk`, however deep they nest."""
    count = 0
    pending: list[tuple[int, Mark, str | Block | Instruction]] = [(1, ("body", 0), body)]
    while pending:
        depth, mark, thing = pending.pop()
        if isinstance(thing, str):
            yield mark, "  " * depth + thing
        elif isinstance(thing, tuple):
            inner = thing or (PASS.verb,)
            pending.extend((depth, mark, one) for one in reversed(inner))
        else:
            part = -1
            placed: list[tuple[int, Mark, str | Block | Instruction]] = []
            for level, piece in _pieces(thing):
                part += isinstance(piece, str)
                placed.append((depth + level, (count, part), piece))
            pending.extend(reversed(placed))
            count += 1


def _pieces(instruction: Instruction) -> Iterator[_Piece]:
    """The lines of an instruction and its blocks, in order, and how far each is indented."""
    if isinstance(instruction, Choose):
        yield from _ways(instruction)
        return
    yield 0, _show(form_of(instruction), instruction, getattr(instruction, "location", None))
    match instruction:
        case Route(cases=inner) | Loop(states=inner):
            for one in inner:
                yield 1, _show(form_of(one), one)
                yield 2, one.block
        case Parallel(branches=branches):
            for branch in branches:
                yield 1, _show(BRANCH, branch)
                yield 2, branch
        case _:
            for block in blocks(instruction):
                yield 1, block


def _ways(choose: Choose) -> Iterator[_Piece]:
    if not choose.arms:
        yield 0, _show(CHOOSE, choose, choose.location)
    for number, arm in enumerate(choose.arms):
        yield 0, _show(ELIF, arm) if number else _show(IF, arm, choose.location)
        yield 1, arm.block
    if choose.otherwise:
        yield 0, _show(ELSE, choose)
        yield 1, choose.otherwise


def _show(form: Form, thing: object, location: Location | None = None) -> str:
    """One line."""
    text = "".join([part.show(thing) for part in form.parts])
    line = f"{form.verb} {text.lstrip()}" if form.verb and text else form.verb or text
    if form.writes:
        written = getattr(thing, form.writes)
        targets = written if isinstance(written, tuple) else (written,)
        if targets:
            line = f"{', '.join(map(show_definition, targets))} = {line}"
    if form.owns:
        line += ":"
    return f"{line}   ; {show_place(location)}" if location is not None else line
