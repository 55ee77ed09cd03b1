"""Compares two saved modules: what differs for a caller, then what differs within."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from cascade_gen.artifact.header import Header

from .change import Change
from .inputs import compare_inputs, compare_returns
from .loops import Loop, LoopState
from .saved import Saved

_T = TypeVar("_T")


def compare(old: Saved, new: Saved) -> list[Change]:
    """The differences, those that a caller sees first. What is within the function breaks no call."""
    outside = [*_function(old, new), *compare_inputs(old.inputs, new.inputs)]
    outside += compare_returns(old.returns, new.returns)
    inside = [*_tasks(old.header, new.header), *_loops(old.loops, new.loops), *_versions(old.header, new.header)]
    return [*outside, *(inside or _rest(old, new, outside)), *_form(old.header, new.header)]


def _function(old: Saved, new: Saved) -> Iterator[Change]:
    if old.function != new.function:
        yield Change(True, "function", f"{new.function}; it was {old.function}")
    if old.is_async != new.is_async:
        words = ("async; it was sync", "sync; it was async")
        yield Change(True, "function", words[old.is_async])


def _tasks(old: Header, new: Header) -> Iterator[Change]:
    """The tasks, by the hashes of their sources, and what else standalone files have taken along."""
    before, after = _stamps(old.tasks), _stamps(new.tasks)
    for name, stamp in before.items():
        if name not in after:
            yield Change(False, f"task {name}", "removed")
        elif after[name] != stamp:
            yield Change(False, f"task {name}", "its source has changed")
    yield from (Change(False, f"task {name}", "added") for name in after if name not in before)
    if before == after and old.standalone and new.standalone:
        yield from _carried(old, new)


def _stamps(tasks: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    return {f"{module}:{name}": stamp for module, name, stamp in tasks}


def _carried(old: Header, new: Header) -> Iterator[Change]:
    """What has changed of the users' modules, besides the tasks, where these haven't."""
    before = {module: (names, stamp) for module, names, stamp in old.carried}
    after = {module: (names, stamp) for module, names, stamp in new.carried}
    for module in sorted(before.keys() | after.keys()):
        if before.get(module) != after.get(module):
            names = (after.get(module) or before[module])[0].split(",")
            yield Change(False, f"module {module}", f"what was taken along of it has changed ({', '.join(names)})")


def _loops(old: tuple[Loop, ...], new: tuple[Loop, ...]) -> Iterator[Change]:
    """The loops, told apart by the task that they begin with, and by their order where several do.

    Of a hidden one nobody knows that it is there.
    """
    before, after = _numbered(old, lambda loop: loop.task), _numbered(new, lambda loop: loop.task)
    for key, loop in before.items():
        if key in after and not (loop.hidden and after[key].hidden):
            yield from _states(f"loop of {loop.task}", loop.states, after[key].states)
        elif key not in after and not loop.hidden:
            yield Change(False, f"loop of {loop.task}", "removed")
    for key, loop in after.items():
        if key not in before and not loop.hidden:
            yield Change(False, f"loop of {loop.task}", f"added, with {' and '.join(map(str, loop.states))}")


def _states(subject: str, old: Iterable[LoopState], new: Iterable[LoopState]) -> Iterator[Change]:
    before, after = _numbered(old, lambda one: one.task), _numbered(new, lambda one: one.task)
    for key, state in before.items():
        if key not in after:
            yield Change(False, subject, f"state {state} removed")
            continue
        now = after[key]
        if set(now.carried) != set(state.carried):
            yield Change(False, subject, f"state {now}; it was {state}")
        if now.jumps is not None and state.jumps is not None and dict(now.jumps) != dict(state.jumps):
            yield Change(False, subject, f"jumps of {state.task}: {_leads(now)}; it was {_leads(state)}")
    yield from (Change(False, subject, f"state {now} added") for key, now in after.items() if key not in before)


def _leads(state: LoopState) -> str:
    return ", ".join(f"{key} to {where}" for key, where in state.jumps or ()) or "none"


def _numbered(found: Iterable[_T], task: Callable[[_T], str]) -> dict[tuple[str, int], _T]:
    """What was found, by task and by how many of that task come before it."""
    seen: Counter[str] = Counter()
    named: dict[tuple[str, int], _T] = {}
    for one in found:
        named[task(one), seen[task(one)]] = one
        seen[task(one)] += 1
    return named


def _versions(old: Header, new: Header) -> Iterator[Change]:
    if old.generator != new.generator:
        yield Change(False, "generator", f"{new.generator}; it was {old.generator}")
    if old.format != new.format:
        yield Change(False, "format", f"{new.format}; it was {old.format}")


def _form(old: Header, new: Header) -> Iterator[Change]:
    """Whether the module needs anything besides Python."""
    if old.standalone and not new.standalone:
        yield Change(True, "module", "needs cascade_gen and the modules of its tasks; it was standalone")
    elif new.standalone and not old.standalone:
        yield Change(False, "module", "standalone; it needed cascade_gen and the modules of its tasks")


def _rest(old: Saved, new: Saved, outside: list[Change]) -> Iterator[Change]:
    """That the workflow itself has changed, where nothing else says why the code is another.

    The code of the two forms can't be compared. The Blueprint can, but it says too where things stand in the user's
    files.
    """
    if old.header.standalone != new.header.standalone:
        changed = not outside and old.header.blueprint != new.header.blueprint
    else:
        changed = _read_alike(old) == _read_alike(new) and old.code != new.code
    if changed:
        yield Change(False, "workflow", "its graph, its policies or its values have changed")


def _read_alike(saved: Saved) -> tuple[bool, dict[str, bool]]:
    """What of the signature the code rests on: whether it awaits, and which inputs it has and looks for."""
    return saved.is_async, {one.name: one.required for one in saved.inputs.values()}
