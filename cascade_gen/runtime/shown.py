"""Results as text for a command line."""

from __future__ import annotations

from typing import Any


def shown(result: Any) -> str:
    """A result as text: a str as it is, data as JSON, anything else as `print` shows it."""
    if type(result) not in (bool, float, list, tuple, dict):
        return str(result)
    try:  # CPython's own encoder, which json has from there too: importing json takes longer than a small agent runs
        from _json import encode_basestring, make_encoder

        encoder: Any = make_encoder({}, {}.__getitem__, encode_basestring, None, ": ", ", ", False, False, False)
        return "".join(encoder(result, 0))
    except Exception:  # json says what can be done about it, or there is no such encoder
        pass
    return _by_module(result)


def _by_module(result: Any) -> str:
    import json

    try:
        return json.dumps(result, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        pass
    return str(result)
