"""Results as text for a command line."""

from __future__ import annotations

import json
from typing import Any


def shown(result: Any) -> str:
    """A result as text: a str as it is, data as JSON, anything else as `print` shows it."""
    if type(result) in (bool, float, list, tuple, dict):
        text = _as_json(result)
        if text is not None:
            return text
    return str(result)


def _as_json(result: Any) -> str | None:
    try:
        return json.dumps(result, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return None
