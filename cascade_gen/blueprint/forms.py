"""How each line of a listing is written: one table that the printer shows from and the parser reads by.

A form is a verb and the parts after it. A new field or instruction is one more part or form here; neither the
printer nor the parser knows of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from types import SimpleNamespace

from .blueprint import Input, ResourceRef, TaskRef
from .instructions import (
    Cached,
    Call,
    Carried,
    Case,
    Copy,
    Defer,
    Fill,
    Force,
    Hold,
    Inject,
    Loop,
    Map,
    MapInput,
    Missing,
    Parallel,
    ReadEnv,
    ReadParam,
    Retry,
    Route,
    Skip,
    State,
    Timeout,
)
from .line_parts import (
    ARGUMENT,
    COUNT,
    DEFINITION,
    JUMP,
    LIMIT,
    NUMBER,
    OBJECT,
    OPERAND,
    REGISTER,
    TYPE,
    WORD,
    Part,
    alternatives,
    empty,
    flag,
    listed,
    no_text,
    nothing,
    option,
    pairs,
    put,
    record,
    words,
)
from .tokens import Reader, quote, show_word

_KINDS = ("positional", "standard", "star", "keyword", "stars")
_MODES = ("inline", "blocking", "compute")


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A line: `[writes =] verb parts [:] [; location]`.

    `writes` is the field with what stands before the `=`: "target", "results" or none. A form that `owns` a
    block has a colon at its end and the block below. `located`: the object has a location.
    """

    verb: str
    parts: tuple[Part, ...] = ()
    writes: str = ""
    owns: bool = False
    located: bool = False


# Parts that only some declarations have


def _show_kind(owner: Input | Carried) -> str:
    """A standard parameter needs no word for its kind, unless its register is named like a kind."""
    plain = owner.kind == "standard" and owner.register.name not in _KINDS
    return "" if plain else f"{owner.kind} "


def _read_kind(reader: Reader, fields: SimpleNamespace) -> None:
    fields.kind = reader.word() if reader.text in _KINDS else "standard"


def _show_description(owner: Input) -> str:
    return f" {quote(owner.description)}" if owner.description else ""


def _read_description(reader: Reader, fields: SimpleNamespace) -> None:
    fields.description = reader.string() if reader.kind == "string" else ""


def _show_mode(task: TaskRef) -> str:
    return "" if task.mode == "inline" else f" {task.mode}"


def _read_mode(reader: Reader, fields: SimpleNamespace) -> None:
    fields.mode = reader.word() if reader.text in _MODES else "inline"


def _show_origin(owner: TaskRef | ResourceRef) -> str:
    if not owner.module and not owner.qualname:
        return ""
    return f" = {show_word(owner.module)}:{show_word(owner.qualname)}"


def _read_origin(reader: Reader, fields: SimpleNamespace) -> None:
    fields.module = fields.qualname = ""
    if reader.accept("="):
        fields.module = reader.word()
        reader.expect(":")
        fields.qualname = reader.word()


def _show_hash(task: TaskRef) -> str:
    value = task.source_hash
    return f" #{value if value.isalnum() else quote(value)}" if value else ""


def _read_hash(reader: Reader, fields: SimpleNamespace) -> None:
    fields.source_hash = ""
    if reader.kind == "hash":
        column, text = reader.column, reader.take("hash", "a hash")[1:]
        fields.source_hash = reader.decode(text, column) if text.startswith('"') else text


_KIND = Part(_show_kind, _read_kind)
_ORIGIN = Part(_show_origin, _read_origin)
_INPUT = (
    _KIND,
    put("register", DEFINITION),
    option("as", "name", WORD, attrgetter("register.name")),
    option("annotated", "annotation", TYPE, attrgetter("register.type")),
    option("=", "default", OPERAND, nothing),
    Part(_show_description, _read_description),
)
_CARRIED = record(
    Carried,
    _KIND,
    put("register", DEFINITION),
    option("as", "parameter", WORD, attrgetter("register.name")),
    flag(" required", "required"),
    option("=", "initial", OPERAND, nothing),
    option("first", "first", OPERAND, nothing),
)
_MAP_INPUT = record(
    MapInput,
    put("item", DEFINITION),
    option("as", "name", WORD, attrgetter("item.name")),
    words(" in "),
    put("iterable", OPERAND),
)
_TASK = put("task", WORD)
_NAME = put("name", WORD)
_RESULT = (words(" -> "), put("result", OPERAND))

# The table

HEADER = Form("blueprint", (_NAME, option("->", "returns", TYPE, no_text)), owns=True, located=True)
INPUT = Form("input", _INPUT)
PARAM = Form("param", _INPUT)
RETURN = Form("return", (put("result", OPERAND),))
CHOOSE = Form("choose", owns=True, located=True)  # an `if` without any test
IF = Form("if", (put("test", OPERAND),), owns=True, located=True)
ELIF = Form("elif", (put("test", OPERAND),), owns=True)
ELSE = Form("else", owns=True)
BRANCH = Form("branch", owns=True)
PASS = Form("pass")

FORMS: dict[type, Form] = {
    TaskRef: Form(
        "task",
        (
            put("key", WORD),
            option("as", "name", WORD, attrgetter("key")),
            _ORIGIN,
            flag(" async", "is_async"),
            Part(_show_mode, _read_mode),
            flag(" pure", "pure"),
            flag(" plain", "plain"),
            Part(_show_hash, _read_hash),
        ),
    ),
    ResourceRef: Form(
        "resource",
        (
            _NAME,
            _ORIGIN,
            words(" per "),
            put("scope", WORD),
            flag(" async", "is_async"),
            option("injects", "injects", pairs(WORD), empty),
        ),
    ),
    Call: Form(
        "call",
        (_TASK, put("arguments", listed(ARGUMENT)), flag(" checked", "checked")),
        writes="target",
        located=True,
    ),
    Copy: Form("", (put("source", OPERAND),), writes="target", located=True),
    ReadParam: Form(
        "param",
        (_NAME, words(" from "), put("source", REGISTER), words(" as "), put("type", OPERAND)),
        writes="target",
        located=True,
    ),
    ReadEnv: Form(
        "env",
        (_NAME, words(" as "), put("type", OPERAND), option("else", "default", OPERAND, nothing)),
        writes="target",
        located=True,
    ),
    Inject: Form("inject", (put("resource", WORD),), writes="target", located=True),
    Route: Form("route", (put("selector", OPERAND),), writes="target", owns=True, located=True),
    Case: Form("case", (put("keys", alternatives(OPERAND)), *_RESULT), owns=True),
    Map: Form(
        "map",
        (put("inputs", listed(_MAP_INPUT)), *_RESULT, flag(" overlap", "overlap")),
        writes="target",
        owns=True,
        located=True,
    ),
    Retry: Form(
        "retry",
        (
            _TASK,
            words("(max_attempts="),
            put("max_attempts", COUNT),
            words(", delay="),
            put("delay", NUMBER),
            words(", backoff="),
            put("backoff", NUMBER),
            words(", retry_on="),
            put("retry_on", listed(OPERAND, "[]")),
            words(", max_delay="),
            put("max_delay", LIMIT),
            words(", jitter="),
            put("jitter", NUMBER),
            words(")"),
        ),
        owns=True,
        located=True,
    ),
    Timeout: Form("timeout", (put("seconds", NUMBER),), owns=True, located=True),
    Hold: Form("hold", (_TASK, put("amounts", pairs(OPERAND))), owns=True, located=True),
    Cached: Form(
        "cached",
        (
            _TASK,
            put("inputs", pairs(OPERAND)),
            words(" by "),
            put("policy", OBJECT),
            flag(" not final", "final", shown=False),
        ),
        writes="target",
        owns=True,
        located=True,
    ),
    Parallel: Form("parallel", owns=True),
    Defer: Form("defer", (_NAME, words(" -> "), put("results", listed(REGISTER))), owns=True),
    Force: Form("force", (_NAME,), writes="results"),
    Skip: Form(
        "skip",
        (_TASK, words(" as "), put("node", WORD), words(" because "), put("reason", OPERAND)),
        located=True,
    ),
    Missing: Form("missing", (_NAME, words(" because "), put("reason", OPERAND)), located=True),
    Fill: Form(
        "fill",
        (put("source", REGISTER), words(" else "), put("result", OPERAND), flag(" kept", "kept")),
        writes="target",
        owns=True,
    ),
    Loop: Form(
        "loop",
        (
            flag(" unseen", "visible", shown=False),
            flag(" among others", "others"),
            option("links", "links", pairs(OBJECT), empty),
        ),
        writes="target",
        owns=True,
        located=True,
    ),
    State: Form(
        "state",
        (
            _NAME,
            option("of", "task", WORD, attrgetter("name")),
            flag(" by its instance", "method"),
            put("inputs", listed(_CARRIED)),
            words(" -> "),
            put("result", REGISTER),
            option("jumps", "jumps", listed(JUMP, "{}"), nothing),
        ),
        owns=True,
    ),
}


def form_of(thing: object) -> Form:
    """The form of an object that is a line: an instruction, a declaration, a case or a state."""
    if isinstance(thing, Input):
        return PARAM if thing.param else INPUT
    return FORMS[type(thing)]
