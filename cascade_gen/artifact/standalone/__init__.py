"""Standalone files: one module with all that a workflow needs, which imports neither Cascade nor its package."""

from __future__ import annotations

from cascade_gen.blueprint import Blueprint
from cascade_gen.errors import NotShippableError

from .closure import ALONE, MAKERS, TAIL, Closure, Collector
from .graphs import graphs_built, graphs_named
from .library import Library
from .options import imported, inputs_of, is_told_types
from .phases import LATER, Phases
from .rare import Inputs
from .resolve import Refused, Resolver, Symbol
from .sources import Module
from .stamps import changed
from .started import imports_at_start
from .told import Told
from .write import Writer

__all__ = ["changed", "standalone_text"]

_GROWING = Symbol("cascade_gen.runtime.grow", "growing")
_REPLACED = {
    _GROWING: Symbol(ALONE, "refusing"),
    Symbol("cascade_gen.runtime.frames", "is_house"): Symbol(ALONE, "is_carried"),
    Symbol("cascade_gen.runtime.errors", "Location"): Symbol(ALONE, "Location"),
    Symbol("cascade_gen.runtime.run", "Run"): Symbol(ALONE, "Run"),
    Symbol("cascade_gen.runtime.rounds", "_Run"): Symbol(ALONE, "Request"),
    Symbol("cascade_gen.lang.task", "_dress"): Symbol(ALONE, "dress"),
    Symbol("cascade_gen.lang.task", "_is_async"): Symbol(ALONE, "is_async"),
    Symbol("cascade_gen.lang.compose", "tail"): TAIL,
}
_LOOPS = {("cascade_gen.runtime.loops", "Loop"), ("cascade_gen.runtime.plain_loop", "PlainLoop")}
_NOBODY = Symbol(ALONE, "nobody")
_REPLACED_IN_SYNC = {
    Symbol("cascade_gen.runtime.command", "_called"): Symbol(ALONE, "called"),
    Symbol("cascade_gen.runtime.overdue", "overdue"): _NOBODY,
    Symbol("cascade_gen.runtime.relocation", "_handed"): _NOBODY,
}
"""What only event loops, timeouts and workers need."""
_REPLACED_IN_STRAIGHT = {
    Symbol("cascade_gen.runtime.astray", "sender"): _NOBODY,
    Symbol("cascade_gen.runtime.failures", "astray"): _NOBODY,
    Symbol("cascade_gen.runtime.relocation", "_returned"): _NOBODY,
}
"""What only failures to follow a redirect need."""
_REPLACED_IN_PLAIN = {Symbol("cascade_gen.runtime.command", "_plain_kinds"): Symbol(ALONE, "plain_kinds")}
"""What looks how a command reads its inputs, where they are numbers and texts."""
_CONVERT_TEXT = Symbol("cascade_gen.runtime.inputs", "convert_text")
_REPLACED_IN_UNTYPED = {Symbol("cascade_gen.runtime.inputs", "convert"): _CONVERT_TEXT}
"""What knows inputs that the command has converted by types that it is told."""
_REPLACED_IN_GIVEN = {
    Symbol("cascade_gen.runtime.inputs", "read_param"): Symbol("cascade_gen.runtime.inputs", "convert"),
    Symbol("cascade_gen.runtime.command", "_optional"): Symbol(ALONE, "optional"),
}
"""What looks whether an input is given, where each has a default."""
_MOST = 12


def standalone_text(blueprint: Blueprint, text: str, function: str) -> str:
    """The text of a file that does what a generated module does, and imports neither Cascade nor the user's modules.

    `text` is that of the generated module, `function` the name of its function. Raises
    `NotShippableError` naming what can't be taken along.
    """
    named = list(dict.fromkeys(graphs_named(blueprint)))
    if named:
        raise _refusal(blueprint, named)
    library = Library(_modules(blueprint))
    generated = library.add("<generated>", text)
    inputs = inputs_of(generated, function)
    replaced = _replaced(blueprint, generated, inputs)
    resolver = Resolver(library, replaced)
    collector = Collector(library, resolver, generated)
    closure = collector.collect()
    if not MAKERS.isdisjoint(closure.symbols):  # only with tasks at hand can calls be met that no loop has
        replaced = replaced | {_GROWING: Symbol(ALONE, _growing(blueprint, closure))}
        collector = Collector(library, Resolver(library, replaced), generated)
        closure = collector.collect()
    closure.refusals |= dict.fromkeys((*graphs_built(closure), *imports_at_start(closure, library, resolver)))
    told = Told(blueprint, generated, function)
    _check(blueprint, closure, told)
    phases = Phases(closure, blueprint.is_async, inputs)
    if phases.rare:
        collector.add(LATER)
        phases = Phases(closure, blueprint.is_async, inputs)
    try:
        found = Writer(closure, phases, library, generated, function, blueprint).text()
    except Refused as refused:
        raise _refusal(blueprint, [str(refused)]) from None
    _check(blueprint, closure, told)
    return found


def _replaced(blueprint: Blueprint, generated: Module, inputs: Inputs) -> dict[Symbol, Symbol]:
    """What takes the place of parts that the compiler has, or that this module doesn't need."""
    known = imported(generated).keys()
    found = dict(_REPLACED)
    if not blueprint.is_async:
        found |= _REPLACED_IN_SYNC
    if known.isdisjoint(_LOOPS):
        found |= _REPLACED_IN_STRAIGHT
    if inputs == "plain":
        found |= _REPLACED_IN_PLAIN
    if not is_told_types(generated):
        found |= _REPLACED_IN_UNTYPED
    if ("cascade_gen.runtime.sentinels", "MISSING") not in known:
        found |= {symbol: found.get(other, other) for symbol, other in _REPLACED_IN_GIVEN.items()}
    return found


def _growing(blueprint: Blueprint, closure: Closure) -> str:
    """What runs the calls that no loop has code for, by its name."""
    if not blueprint.is_async:
        return "growing"
    calls = (call for unit in closure.units if not unit.module.is_house for call in unit.facts.calls)
    words = {keyword.arg for call in calls for keyword in call.keywords}
    return "growing_workers" if "mode" in words else "growing_async"


def _modules(blueprint: Blueprint) -> list[str]:
    """The modules of the tasks and resources."""
    tasks = [task.module for task in blueprint.tasks if task.module and not task.plain]
    return [*tasks, *(one.module for one in blueprint.resources if one.module)]


def _check(blueprint: Blueprint, closure: Closure, told: Told) -> None:
    if closure.refusals:
        raise _refusal(blueprint, list(dict.fromkeys(map(told.text, closure.refusals))))


def _refusal(blueprint: Blueprint, reasons: list[str]) -> NotShippableError:
    shown = [*reasons[:_MOST], *([f"and {len(reasons) - _MOST} more"] if len(reasons) > _MOST else [])]
    return NotShippableError(
        f"{blueprint.name!r} can't be saved as a standalone file:\n" + "\n".join(f"  {one}" for one in shown),
        blueprint.location,
        "change that, or save it without standalone=True",
    )
