"""The loops of a saved module: their states, and what each of them carries from round to round.

A loop stands in one of three forms. What binds its rounds while they run is declared at module level, whole:

@binds("poll", _poll)
def _poll_inputs(url=KEEP, seen=KEEP):
    return url, seen


_loop = Loop(_poll_inputs)

Where the bodies have moved into its rounds and every tail call is an assignment there, no states are declared. Then
it is a `while` of the generator's own, and the table of lines says which tasks have their bodies in it. What goes
round only if a call gives a tail call after all is made there: `PlainLoop("poll", _poll).finish(result, (url,))`, or
`Loop.of("poll", _poll, natural=False).finish(result, (url,))`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from .rows import Rows
from .values import Values

_FINISHES = ("finish", "finish_async")
_USES = ("rounds_of", "settle", "settle_async", *_FINISHES)
_MAKER = re.compile(r"PlainLoop|\.of$")
_GOES_ON = ("go_on", "go_on_async")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class LoopState:
    """A state: the task of its rounds, the inputs that it carries, and where its jumps lead, by key.

    The jumps are None where they have become assignments.
    """

    task: str
    carried: tuple[str, ...]
    jumps: tuple[tuple[str, str], ...] | None = ()

    def __str__(self) -> str:
        return f"{self.task}({', '.join(self.carried)})"


@dataclass(frozen=True, slots=True)
class Loop:
    """The states of a loop; the first one begins.

    `hidden`: nothing in the file shows that it goes round. A call may, whose result isn't known before it is there.
    """

    states: tuple[LoopState, ...]
    hidden: bool = False

    @property
    def task(self) -> str:
        """The task that it begins with."""
        return self.states[0].task


def loops_of(function: Function, values: Values, rows: Rows) -> tuple[Loop, ...]:
    """The loops of the module's function, in the order in which they stand there."""
    declared = _declared(values, rows)
    found: dict[int, Loop] = {}
    users = rows.lines
    whiles = [one for one in ast.walk(function) if isinstance(one, ast.While) and one.lineno not in users]
    for node in whiles:
        if _is_undeclared(node, declared, users):
            found[node.lineno] = Loop(_states_within(node, rows))
    for name, states in declared.items():
        uses = [
            one for one in _attributes(function, _USES) if isinstance(one.value, ast.Name) and one.value.id == name
        ]
        if uses:
            found[min(one.lineno for one in uses)] = Loop(states, _is_hidden(states, uses, whiles))
    for line, state in _made(function, rows):
        if not any(line in _lines(node) for node in whiles if node.lineno in found):
            found.setdefault(line, Loop((state,), hidden=True))
    return tuple(found[line] for line in sorted(found))


def _is_hidden(states: tuple[LoopState, ...], uses: list[ast.Attribute], whiles: list[ast.While]) -> bool:
    """Whether a loop is one call, and what comes of it if it goes round after all is left to the runtime."""
    lines = {line for node in whiles for line in _lines(node)}
    finished = all(one.attr in _FINISHES and one.lineno not in lines for one in uses)
    return finished and len(states) == 1 and not states[0].jumps


def _made(function: Function, rows: Rows) -> Iterator[tuple[int, LoopState]]:
    """The states of the loops that are made where they are needed, with their lines."""
    for one in ast.walk(function):
        match one:
            case ast.Call(
                func=ast.Attribute(value=ast.Call(func=maker) as made, attr=word),
                args=[_, ast.Tuple(elts=parts), *_],
            ) if word in _FINISHES and _MAKER.search(ast.unparse(maker)):
                yield one.lineno, LoopState(_task(made, rows), tuple(map(ast.unparse, parts)))


def _lines(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _attributes(node: ast.AST, names: Iterable[str]) -> list[ast.Attribute]:
    return [one for one in ast.walk(node) if isinstance(one, ast.Attribute) and one.attr in names]


def _is_undeclared(node: ast.While, declared: Collection[str], users: Collection[int]) -> bool:
    """Whether a `while` of the generator's own is a loop of jumps only: no retry, and nothing declared has part."""
    first = node.body[0]
    if isinstance(first, ast.Try) and first.lineno not in users:
        return False
    if any(isinstance(one, ast.Name) and one.id in declared for one in ast.walk(node)):
        return False
    return all(one.lineno in users for one in _attributes(node, _GOES_ON))


def _states_within(node: ast.While, rows: Rows) -> tuple[LoopState, ...]:
    """The states whose bodies are in a loop, in the order of the text."""
    inside = [(min(there), row) for row in rows.moved if (there := row.lines.intersection(_lines(node)))]
    return tuple(LoopState(row.task, row.inputs, None) for _, row in sorted(inside, key=lambda one: one[0]))


def _declared(values: Values, rows: Rows) -> dict[str, tuple[LoopState, ...]]:
    """The states of the loops that are declared at module level, by name: what is made of binders of inputs alone."""
    found: dict[str, tuple[LoopState, ...]] = {}
    for name, value in values.assigned.items():
        if isinstance(value, ast.Call) and value.args:
            binders = [values.functions.get(one.id) if isinstance(one, ast.Name) else None for one in value.args]
            calls = [_binding(one) for one in binders if one is not None]
            bound = [one for one in calls if one is not None]
            if len(bound) == len(value.args):
                found[name] = tuple(_states(bound, values, rows))
    return found


def _binding(function: ast.FunctionDef) -> tuple[ast.Call, tuple[str, ...]] | None:
    """The decorator and the parameters of a function that gives its parameters as a tuple."""
    names = _parameters(function.args)
    match function.decorator_list, function.body:
        case [ast.Call(args=[ast.Constant(), *_]) as made], [ast.Return(value=ast.Tuple(elts=parts))]:
            if [ast.unparse(one) for one in parts] == [name.lstrip("*") for name in names]:
                return made, names
    return None


def _parameters(arguments: ast.arguments) -> tuple[str, ...]:
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    if arguments.vararg is not None:
        names.append(f"*{arguments.vararg.arg}")
    names.extend(one.arg for one in arguments.kwonlyargs)
    if arguments.kwarg is not None:
        names.append(f"**{arguments.kwarg.arg}")
    return tuple(names)


def _states(bound: list[tuple[ast.Call, tuple[str, ...]]], values: Values, rows: Rows) -> Iterator[LoopState]:
    tasks = [_task(made, rows) for made, _ in bound]
    for (made, names), task in zip(bound, tasks, strict=True):
        jumps = next((one.value for one in made.keywords if one.arg == "jumps"), None)
        leads: list[tuple[str, str]] = []
        if isinstance(jumps, ast.Name):
            jumps = values.assigned.get(jumps.id)
        if isinstance(jumps, ast.Dict):
            for key, index in zip(jumps.keys, jumps.values, strict=True):
                place = ast.literal_eval(index)
                leads.append(("" if key is None else values.text(key), "the end" if place is None else tasks[place]))
        yield LoopState(task, names, tuple(leads))


def _task(made: ast.Call, rows: Rows) -> str:
    """The task of `@binds("poll", _poll)`: the table of lines knows it, else it has the state's name."""
    name, *functions = made.args
    word = functions[0].id if functions and isinstance(functions[0], ast.Name) else ""
    return rows.called.get(word) or str(ast.literal_eval(name))
