"""Reads the text form of a Blueprint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

from .blueprint import Blueprint, Input, ResourceRef, TaskRef
from .forms import (
    BRANCH,
    CHOOSE,
    ELIF,
    ELSE,
    FORMS,
    HEADER,
    IF,
    INPUT,
    PARAM,
    PASS,
    RETURN,
    Form,
)
from .instructions import Arm, Block, Case, Choose, Instruction, Loop, Parallel, Route, State
from .operands import Register
from .tokens import Reader

_INDENT = 2
_WAYS = (CHOOSE, IF, ELIF, ELSE)
_CLASSES = {form.verb: kind for kind, form in FORMS.items()}
_WRITING = {form.verb: form for form in FORMS.values() if form.writes}
_PLAIN = {form.verb: form for form in FORMS.values() if form.writes != "target"} | {
    form.verb: form for form in (INPUT, PARAM, RETURN, PASS, BRANCH, *_WAYS)
}
_DECLARATIONS = (Input, TaskRef, ResourceRef)


@dataclass(slots=True)
class _Line:
    """A line as it was read: its form, the fields it gave, and what stands in the block below it."""

    reader: Reader
    form: Form
    fields: SimpleNamespace
    below: list[tuple[Reader, Any]] = field(default_factory=list)


@dataclass(slots=True)
class _Way:
    """One of the lines `choose`, `if`, `elif` and `else`, with its block."""

    form: Form
    fields: SimpleNamespace
    block: Block


@dataclass(slots=True)
class _Branch:
    block: Block


@dataclass(slots=True)
class _Return:
    result: Any


class _Pass:
    """The line of an empty block."""


def parse_blueprint(
    text: str,
    *,
    tasks: Mapping[str, Any] | None = None,
    resources: Mapping[str, Any] | None = None,
    objects: Mapping[str, Any] | None = None,
) -> Blueprint:
    """The Blueprint that a listing shows: `parse_blueprint(str(blueprint)) == blueprint`.

    `tasks`, `resources` and `objects` become what its names stand for (`bound_tasks`, `bound_resources`,
    `objects`). Blank lines, and lines that start with `#`, say nothing. Text that is no listing is a
    `BlueprintError` that shows the line with a caret. Whether the Blueprint keeps the rules is for `verify`.
    """
    known: dict[str, Register] = {}
    way: list[_Line] = []  # the lines around the next one, from the header down
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.strip()
        if bare and not bare.startswith("#"):
            reader = Reader(line, number, known)
            if way:
                _go_to_level(way, reader)
                way.append(_read_line(reader))
            else:
                way.append(_read_header(reader))
    if not way:
        Reader("", 1, known).fail("a listing starts with 'blueprint'")
    while len(way) > 1:
        _end_line(way)
    bound = [{} if given is None else given for given in (tasks, resources, objects)]
    return replace(_blueprint(way[0]), bound_tasks=bound[0], bound_resources=bound[1], objects=bound[2])


def _go_to_level(way: list[_Line], reader: Reader) -> None:
    """End the lines that aren't around the next one."""
    level, odd = divmod(reader.indent, _INDENT)
    deepest = len(way) if way[-1].form.owns else len(way) - 1
    if odd or level > deepest:
        reader.fail(f"a line here is indented by {_INDENT * deepest} spaces or fewer, {_INDENT} a level")
    if level == 0:
        reader.fail("only the first line stands at the margin")
    while len(way) > level:
        _end_line(way)


def _end_line(way: list[_Line]) -> None:
    """The last line and what is below it becomes a part of the line around it."""
    line = way.pop()
    way[-1].below.append((line.reader, _make(line)))


def _read_header(reader: Reader) -> _Line:
    is_async = reader.accept("async")
    if reader.text != HEADER.verb or reader.indent:
        reader.fail("a listing starts with 'blueprint'")
    line = _read_form(reader, HEADER)
    line.fields.is_async = is_async
    return line


def _read_line(reader: Reader) -> _Line:
    targets = _read_targets(reader)
    if not targets:
        form = _PLAIN.get(reader.text)
        if form is None:
            reader.fail("no instruction starts like this")
        return _read_form(reader, form)
    # A verb is followed by something; else it is a register of that name.
    verb = reader.text if reader.ahead(1)[0] not in ("end", "place") else ""
    form = _WRITING.get(verb, _WRITING[""])
    if form.writes == "target" and len(targets) > 1:
        reader.fail("only 'force' writes several registers")
    line = _read_form(reader, form)
    setattr(line.fields, form.writes, targets if form.writes == "results" else targets[0])
    return line


def _read_targets(reader: Reader) -> tuple[Register, ...]:
    """The registers before a `=` that starts an instruction."""
    sign, (after, _) = reader.ahead(1)[1], reader.ahead(2)
    if sign not in ("=", ",") and (sign != ":" or after in ("end", "place")):
        return ()
    targets = [reader.definition()]
    while reader.accept(","):
        targets.append(reader.definition())
    reader.expect("=")
    return tuple(targets)


def _read_form(reader: Reader, form: Form) -> _Line:
    fields = SimpleNamespace()
    if form.verb:
        reader.expect(form.verb)
    for part in form.parts:
        part.read(reader, fields)
    if form.writes == "results":
        fields.results = ()
    if form.owns:
        reader.expect(":")
    if form.located:
        fields.location = reader.place()
    reader.end()
    return _Line(reader, form, fields)


def _make(line: _Line) -> Any:
    """What a line stands for, with its block."""
    form, fields = line.form, line.fields
    if form is CHOOSE:
        return _Way(form, fields, _only(line, _Pass)[:0])
    if form in _WAYS:
        return _Way(form, fields, _block(line))
    if form is BRANCH:
        return _Branch(_block(line))
    if form is PASS:
        return _Pass()
    if form is RETURN:
        return _Return(fields.result)
    if form is INPUT or form is PARAM:
        return Input(**vars(fields), param=form is PARAM)
    made = _CLASSES[form.verb]
    if made is Route:
        fields.cases = _only(line, Case)
    elif made is Loop:
        fields.states = _only(line, State)
    elif made is Parallel:
        fields.branches = tuple(branch.block for branch in _only(line, _Branch))
    elif form.owns:
        fields.block = _block(line)
    return made(**vars(fields))


def _only(line: _Line, kind: type) -> tuple[Any, ...]:
    """What is below a line whose parts are all of one kind."""
    for reader, thing in line.below:
        if type(thing) is not kind:
            reader.fail(f"this doesn't stand in {line.form.verb!r}", reader.indent)
    return tuple([thing for _, thing in line.below])


def _block(line: _Line) -> Block:
    """The instructions below a line."""
    found: list[Instruction] = []
    ways: list[_Way] = []
    for reader, thing in line.below:
        if isinstance(thing, _Way):
            if thing.form is IF or thing.form is CHOOSE:
                found.extend(_choose(ways))
                ways = [thing]
            elif ways and ways[-1].form is not ELSE and (ways[0].form is IF or thing.form is ELSE):
                ways.append(thing)
            else:
                reader.fail(f"{thing.form.verb!r} goes on after an 'if'", reader.indent)
            continue
        found.extend(_choose(ways))
        ways = []
        if type(thing) in FORMS and not isinstance(thing, (*_DECLARATIONS, Case, State)):
            found.append(cast(Instruction, thing))
        elif not isinstance(thing, _Pass):
            reader.fail("this doesn't stand in a block of instructions", reader.indent)
    found.extend(_choose(ways))
    return tuple(found)


def _choose(ways: list[_Way]) -> list[Instruction]:
    """The instruction that an `if` and its continuations are; none for none."""
    if not ways:
        return []
    arms = tuple([Arm(way.fields.test, way.block) for way in ways if way.form is IF or way.form is ELIF])
    otherwise = ways[-1].block if ways[-1].form is ELSE else ()
    return [Choose(arms, otherwise, ways[0].fields.location)]


def _blueprint(header: _Line) -> Blueprint:
    below = header.below
    if not below or not isinstance(below[-1][1], _Return):
        header.reader.fail("this needs a 'return' at its end", header.reader.indent)
    result = below.pop()[1].result
    declared: dict[type, list[Any]] = {kind: [] for kind in _DECLARATIONS}
    count = 0
    for _, thing in below:
        if type(thing) not in declared:
            break
        declared[type(thing)].append(thing)
        count += 1
    header.below = below[count:]
    return Blueprint(
        **vars(header.fields),
        inputs=tuple(declared[Input]),
        body=_block(header),
        result=result,
        tasks=tuple(declared[TaskRef]),
        resources=tuple(declared[ResourceRef]),
    )
