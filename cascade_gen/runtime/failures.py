"""Says which task of a run has failed: a note on the exception, read off the frames that it has passed."""

from __future__ import annotations

import linecache
import re
from collections.abc import Callable, Mapping
from itertools import islice
from types import CodeType, FrameType, TracebackType
from typing import Any

from .astray import Sender, defined_in, sender, written_in
from .errors import shown_path
from .frames import entries, is_house, is_machinery, position
from .stand_ins import variables
from .user_lines import Place, UserLines, code_of

_MOST_INPUTS = 12
WORKERS = ("blocking", "compute")
"""The functions that wait for a worker, which has a task to run."""

_PLAIN = ("_Calls._answer", "_AsyncCalls._run", "_WorkerCalls._run")
_FINISHES = ("Loop.finish", "PlainLoop.finish")
_FIRST_WORD = r"(?:await\s+)?\(?([\w.]+)\(?\s*([\w.]*)"


class Failure:
    """What is known of a failure. `where` is the place of the task's line where the traceback can't name it."""

    __slots__ = ("attempt", "attempts", "inputs", "round", "task", "where")

    def __init__(self, task: str, where: str = "", inputs: Mapping[str, str] | None = None) -> None:
        self.task = task
        self.where = where
        self.inputs = inputs or {}
        self.attempt = 0
        self.attempts = 0
        self.round = 0

    def __str__(self) -> str:
        text = f"task {self.task!r}"
        if self.where:
            text += f" at {self.where}"
        if self.attempt:
            text += f", attempt {self.attempt} of {self.attempts}"
        if self.round:
            text += f", round {self.round}"
        inputs = [f"{name}: {kind}" for name, kind in islice(self.inputs.items(), _MOST_INPUTS)]
        if len(self.inputs) > _MOST_INPUTS:
            inputs.append("...")
        return f"{text}; inputs: {', '.join(inputs)}" if inputs else text


def note(error: BaseException, failure: Failure) -> None:
    """Add what is known to the notes of an exception, unless it is there already."""
    text = str(failure)
    known = getattr(error, "__notes__", None)
    if not isinstance(known, list) or text not in known:
        BaseException.add_note(error, text)


def tell(error: BaseException, table: UserLines) -> None:
    """Note which task of a generated function has failed, where one has, and nobody has said so yet."""
    found = found_in(error, table)
    if found is not None:
        note(error, found)


def found_in(error: BaseException, table: UserLines) -> Failure | None:
    """What the frames that an exception has passed say of the task that has failed."""
    scaffold: TracebackType | None = None
    found: Failure | None = None
    number = 0
    in_graph = in_argument = False
    for entry in entries(error):
        frame = entry.tb_frame
        if in_graph and not is_house(frame):
            return None  # the function of that graph has said it
        if table.is_generated(frame.f_code):
            scaffold = entry
            moved, called = _moved(error, table, entry), _called_here(table, entry)
            found = found or called or moved
            in_argument = bool(moved and called) or table.is_argument(position(entry))
        elif is_house(frame):
            sent = sender(frame)
            if sent is not None:
                number = sent.round
                found = found or astray(sent)
            plain = _plain(table, entry)
            if plain is not None:
                return plain
            found = _handed(table, frame, found)
            in_graph = in_graph or frame.f_code.co_qualname.startswith("CompiledShapes.")
            if frame.f_code.co_qualname.startswith(_FINISHES):
                number = frame.f_locals.get("rounds", frame.f_locals["self"]).number
        elif not is_machinery(frame):
            found = _called(table, entry, found)
            break
    if found is None or scaffold is None:
        return None
    if in_argument:  # of a tail call: what it takes is computed between two rounds
        return found
    found.attempt, found.attempts = _attempt(error, table, scaffold)
    counted = _counted(error, table, scaffold)
    number = number or (0 if counted else _round(error, scaffold))  # the runtime's own rounds follow those counted
    found.round = counted + number - 1 if counted and number else counted or number
    return found


def astray(sent: Sender) -> Failure:
    """The task whose redirect can't be followed; its `def` is named where its line can't be."""
    code = getattr(sent.state.func, "__code__", None)
    where = ""
    if code is not None and written_in(sent) is None:
        module = getattr(sent.state.func, "__module__", None) or ""
        where = f"{shown_path(code.co_filename, module)}:{defined_in(code)}"
    return Failure(sent.state.name, where, {name: type_name(value) for name, value in sent.inputs.items()})


def type_name(value: Any) -> str:
    """The name of a value's type."""
    return type(value).__qualname__


def arguments_of(frame: FrameType) -> dict[str, str]:
    """The types of the arguments of a function that runs, as far as it still has them."""
    code = frame.f_code
    values = frame.f_locals
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return {name: type_name(values[name]) for name in names if name in values}


def sent_with(frame: FrameType) -> dict[str, str]:
    """The types of what a frame that waits for a worker has handed to it, defaults included."""
    func, args, kwargs = (frame.f_locals[name] for name in ("func", "args", "kwargs"))
    code = code_of(func)
    if not isinstance(code, CodeType):
        return {}
    positional = code.co_varnames[: code.co_argcount]
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    defaults = getattr(func, "__defaults__", None) or ()
    values = dict(zip(positional[len(positional) - len(defaults) :], defaults, strict=True))
    values |= getattr(func, "__kwdefaults__", None) or {}
    values |= dict(zip(positional, args, strict=False)) | kwargs
    return {name: type_name(values[name]) for name in names if name in values}


def runs(function: Callable[..., Any], frame: FrameType) -> bool:
    """Whether a frame is of a function, be it in another process, whose frames have codes of their own here."""
    code, other = code_of(function), frame.f_code
    if code is None or code is other:
        return code is other
    return bool((code.co_filename, code.co_qualname) == (other.co_filename, other.co_qualname))


# which task


def _moved(error: BaseException, table: UserLines, entry: TracebackType) -> Failure | None:
    place = table.find(entry)
    if place is None:
        return None
    where = "" if place.file is not None else f"{place.moved.file}:{place.line}"
    return Failure(place.moved.task, where, inputs=_inputs(error, place, entry))


def _inputs(error: BaseException, place: Place, entry: TracebackType) -> dict[str, str]:
    """The types of a moved task's inputs: `x, y=page, z: int` says what its parameters are called."""
    values = variables(error, entry)
    found: dict[str, str] = {}
    for one in filter(None, place.moved.inputs.split(", ")):
        name, literal, kind = one.partition(": ")
        name, _, word = name.partition("=")
        value = values.get(word or name, found) if not literal else None
        if not literal and value is found:
            value = entry.tb_frame.f_globals.get(word or name, found)
        if literal or value is not found:
            found[name] = kind if literal else type_name(value)
    return found


def _called_here(table: UserLines, entry: TracebackType) -> Failure | None:
    """The task that the failing line calls, or hands to a worker."""
    match = re.match(_FIRST_WORD, _failing_text(entry))
    if match is None:
        return None
    word = match[2] if match[1] in WORKERS or match[1].lstrip("_") in WORKERS else match[1]
    function = entry.tb_frame.f_globals.get(word)
    names = [name for name, one in table.called if one is function]
    own = word.lstrip("_")  # of several tasks of one function
    return Failure(own if own in names else names[0]) if names else None


def _handed(table: UserLines, frame: FrameType, found: Failure | None) -> Failure | None:
    """The task that a worker of Cascade's has been left with, by a frame that waits for it."""
    func = frame.f_locals.get("func") if frame.f_code.co_qualname in WORKERS else None
    names = [name for name, one in table.called if one is func]
    if not names:
        return found
    task = names[0] if found is None or found.task not in names else found.task
    return Failure(task, inputs=sent_with(frame))


def _plain(table: UserLines, entry: TracebackType) -> Failure | None:
    """The task that a standalone file has called for a graph that it has no code for."""
    frame, inner = entry.tb_frame, entry.tb_next
    task = getattr(frame.f_locals["request"], "task", None) if frame.f_code.co_qualname in _PLAIN else None
    if task is None or (task.is_async and frame.f_code.co_qualname == _PLAIN[0]):  # which refuses those
        return None
    if inner is None or not runs(task.func, inner.tb_frame):
        return Failure(task.name)
    return Failure(task.name, table.written(inner), arguments_of(inner.tb_frame))


def _called(table: UserLines, entry: TracebackType, found: Failure | None) -> Failure | None:
    """The task whose function an entry runs, with its inputs; what is known already counts more."""
    frame = entry.tb_frame
    names = [name for name, function in table.called if runs(function, frame)]
    if not names or (found is not None and found.task not in names):
        return found
    inputs = arguments_of(frame) or (found.inputs if found is not None else None)
    return Failure(names[0] if found is None else found.task, table.written(entry), inputs)


# which attempt, which round: read in the generated text


def _source(entry: TracebackType) -> list[str]:
    frame = entry.tb_frame
    return linecache.getlines(frame.f_code.co_filename, frame.f_globals)


def _failing_text(entry: TracebackType) -> str:
    first, last, start, end = position(entry)
    lines = _source(entry)[first - 1 : last]
    if not lines or start is None or end is None:
        return ""
    lines[-1] = lines[-1].encode()[:end].decode(errors="replace")
    lines[0] = lines[0].encode()[start:].decode(errors="replace")
    return "".join(lines)


def _attempt(error: BaseException, table: UserLines, entry: TracebackType) -> tuple[int, int]:
    """The attempt and how many there are, from the loop of a retry around the failing line; else zeros."""
    lines = _source(entry)
    number = position(entry)[0] - 1
    if number >= len(lines):
        return 0, 0
    indent = _indent(lines[number])
    while number > 0 and indent:
        number -= 1
        line = lines[number]
        if not line.strip() or _indent(line) >= indent:
            continue
        indent = _indent(line)
        start = re.fullmatch(r" *(\w+) = 1\n", lines[number - 1])
        if line.strip() == "while True:" and start and not table.is_moved(number):
            most = re.search(rf"^ {{{indent + 8}}}if {start[1]} == (\d+):$", "".join(lines[number:]), re.M)
            value = variables(error, entry).get(start[1])
            if most and type(value) is int:
                return value, int(most[1])
    return 0, 0


def _counted(error: BaseException, table: UserLines, entry: TracebackType) -> int:
    """The round of the loop around the failing line, where the generated text counts them; else zero."""
    lines = _source(entry)
    number = position(entry)[0] - 1
    indent = _indent(lines[number]) + 1 if number < len(lines) else 0
    while number >= 0 and indent:
        start = re.fullmatch(r" *(\w+) (\+?)= 1\n", lines[number])
        counts = start and _indent(lines[number]) <= indent and not table.is_moved(number + 1)
        if start and counts and (start[2] or _goes_on(table, lines, number, start[1])):
            value = variables(error, entry).get(start[1])
            return value if type(value) is int else 0
        if lines[number].strip():
            indent = min(indent, _indent(lines[number]))
        number -= 1
    return 0


def _goes_on(table: UserLines, lines: list[str], number: int, word: str) -> bool:
    """Whether what is 1 from a line on counts rounds: those that follow add to it, and the first stands below it."""
    adds = re.compile(rf" *{word} \+= 1\n")
    if lines[number + 1].strip() == "while True:":
        return False  # it counts the attempts of a retry
    return any(adds.fullmatch(line) and not table.is_moved(row) for row, line in enumerate(lines, 1))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _round(error: BaseException, entry: TracebackType) -> int:
    """The round of the trampoline around the failing line, if it is in one; else zero."""
    rest = "".join(_source(entry)[position(entry)[0] - 1 :])
    match = re.search(r"\b(\w+)\.go_on(?:_async)?\(", rest)
    rounds = variables(error, entry).get(match[1]) if match else None
    if match is None and _is_first(entry, rest):
        return 1
    return getattr(rounds, "number", 0) if type(rounds).__name__ == "Rounds" else 0


def _is_first(entry: TracebackType, rest: str) -> bool:
    """Whether the failing line is in the first round of a loop whose other rounds are more than a call: the runtime
    has the same function for them, or asks for the resources itself that the first has asked for before that line."""
    before, _, finish = rest.partition(".finish")
    given = finish.partition("return ")[0]
    if re.search(rf"\bcalls={entry.tb_frame.f_code.co_name}\b", given):
        return True
    return "KEEP" in given and ".use(" not in before
