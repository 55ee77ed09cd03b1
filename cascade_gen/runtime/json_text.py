"""Reads JSON without the json module where that can be done: importing it takes longer than a small agent runs."""

from __future__ import annotations

from typing import Any


def read_json(text: str) -> Any:
    """What `json.loads` gives; `ValueError` where the text is no JSON."""
    trimmed = text.strip(" \t\n\r")
    try:
        from _json import make_scanner  # CPython's own, which json has from there too

        options: Any = _Options
        value, end = make_scanner(options)(trimmed, 0)
        if end == len(trimmed):
            return value
    except Exception:  # json says it better, or there is no such scanner
        pass
    return _by_module(text)


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
