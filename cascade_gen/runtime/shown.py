"""Results as text for a command line."""

from __future__ import annotations

from typing import Any

_DEEPEST = 16
_LARGE = 1e18


def shown(result: Any) -> str:
    """A result as text: a str as it is, data as JSON, anything else as `print` shows it."""
    if type(result) in (bool, float, list, tuple, dict):
        text = _plain(result, _DEEPEST)
        if text is None:
            text = _as_json(result)
        if text is not None:
            return text
    return str(result)


def _plain(value: Any, depth: int) -> str | None:
    """What `json.dumps` would say of plain data; None for what takes more care.

    Importing json takes longer than a small agent runs.
    """
    kind = type(value)
    if kind is str:
        return f'"{value}"' if value.isprintable() and '"' not in value and "\\" not in value else None
    if value is None or kind is bool:
        return {None: "null", True: "true", False: "false"}[value]
    if kind is float or kind is int:
        return repr(value) if abs(value) < _LARGE else None
    if not depth or kind not in (list, tuple, dict):
        return None
    parts = [_plain(one, depth - 1) for one in (value.values() if kind is dict else value)]
    if kind is dict:
        keys = [_plain(key, 0) if type(key) is str else None for key in value]
        parts = [None if None in pair else f"{pair[0]}: {pair[1]}" for pair in zip(keys, parts, strict=True)]
    left, right = "{}" if kind is dict else "[]"
    return None if None in parts else f"{left}{', '.join(map(str, parts))}{right}"


def _as_json(result: Any) -> str | None:
    import json

    try:
        return json.dumps(result, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return None
