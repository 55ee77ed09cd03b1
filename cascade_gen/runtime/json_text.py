"""Reads JSON without the json module where that can be done: importing it takes longer than a small agent runs."""

from __future__ import annotations

from typing import Any


def read_json(text: str) -> Any:
    """What `json.loads` gives; `ValueError` where the text is no JSON."""
    found = _scanned(text.strip(" \t\n\r"))
    return _by_module(text) if found is None else found[0]


def _scanned(text: str) -> tuple[Any] | None:
    """The value as CPython's own scanner reads it, which json has from there too; None where it can't."""
    options: Any = _Options
    try:
        from _json import make_scanner

        value, end = make_scanner(options)(text, 0)
    except Exception:  # json says it better, or there is no such scanner
        return None
    return (value,) if end == len(text) else None


class _Options:
    """What the scanner asks for: all as `json.loads` has it."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float  # `NaN` and the infinities


def _by_module(text: str) -> Any:
    import json

    return json.loads(text)
