"""What Cascade's own functions need seldom, so that a standalone file has it as text until it is needed."""

from __future__ import annotations

from collections.abc import Set
from typing import Literal

from .resolve import Outside, Symbol

Inputs = Literal["plain", "json", "anything"]
"""What a command line gives: numbers and texts by name, JSON as well, or more than that."""

_RUNTIME = "cascade_gen.runtime."
_LANG = "cascade_gen.lang."


def _symbols(names: dict[str, str], package: str = _RUNTIME) -> frozenset[Symbol]:
    return frozenset(Symbol(package + module, name) for module, row in names.items() for name in row.split())


_RARE = _symbols(
    {
        "alone": "Location Request Run growing refusing",
        "astray": "no_select_jump no_such_jump not_merged unknown_blueprint",
        "binding": "make_binder",
        "caches": "_drop",
        "containers": "_search holds_lazy",
        "command": "_all_inputs _failed _other _parser _unprinted",
        "errors": "CascadeError CompileError JumpError MissingParamError ResourceError UnknownBlueprintError"
        " diagnostic did_you_mean shown_path",
        "inputs": "_converted _not_given",
        "json_text": "_by_module read_json",
        "keys": "_blob _digest _other",
        "results": "misplaced no_route missing",
        "loops": "_opened _state",
        "plain_loop": "_bound _called",
        "redirects": "_listed _written",
        "rounds": "_call _computed _computed_async _elsewhere _jump _known _link _tail_call settled settled_async",
        "scopes": "_check_circle _close _is_ended_by _never_awaited _unknown is_same nothing over twice",
        "shown": "_by_module",
        "states": "_called _fill _joined _raise_exact afresh",
        "tracebacks": "hide",
    }
) | _symbols(
    {
        "lazy": "_holds_other_lazies _is_plain _rebound",
        "methods": "BoundTask note_method",
        "symbolic": "global_name locate",
        "task": "_lazy_defaults _signature _wrong",
    },
    _LANG,
)
_ASYNC = _symbols({"wait": "wait", "pace": "Pace"})
_JSON = _symbols({"command": "_other", "json_text": "read_json"})
_OPENED = _symbols({"loops": "_opened _state"})
_TOLD = _symbols({"plain_loop": "_bound"})
_ANYTHING = _symbols({"command": "_all_inputs _other", "json_text": "read_json"})
_WITH = {
    Symbol(f"{_RUNTIME}states", "binds"): _OPENED,
    Symbol(f"{_RUNTIME}states", "State"): _OPENED,
    Symbol(f"{_RUNTIME}alone", "tail"): _TOLD,
    Symbol(f"{_RUNTIME}redirects", "TailCall"): _TOLD,
    Symbol(f"{_RUNTIME}redirects", "Jump"): _symbols({"rounds": "_jump _known"}),
    Symbol("cascade_gen.lang.task", "task"): _symbols({"plain_loop": "_called", "rounds": "_call _known"}),
}
"""What is needed at once where the user's code mentions something."""

_COMPUTE = Symbol(f"{_RUNTIME}processes", "compute")
_SENT = _symbols({"alone": "Location", "errors": "CascadeError"})


def sent_symbols(mentioned: Set[Symbol | Outside | None]) -> frozenset[Symbol]:
    """What worker processes may send back, calls with their places among it: pickles name the class in the file."""
    return _SENT if _COMPUTE in mentioned else frozenset()


def rare_symbols(mentioned: Set[Symbol | Outside | None], is_async: bool, inputs: Inputs) -> dict[Symbol, bool]:
    """What is needed seldom, or, where that is False, at once, even if it is imported where it is needed.

    `mentioned` is what the user's code names, `inputs` what the command line gives.
    """
    at_once = set[Symbol]()
    for symbol, needed in _WITH.items():
        at_once |= needed if symbol in mentioned else set()
    at_once |= _ASYNC if is_async else set()
    at_once |= {"json": _JSON, "anything": _ANYTHING}.get(inputs, frozenset())
    return dict.fromkeys(_RARE, True) | dict.fromkeys(at_once, False)
