"""Results as text for a command line."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any


def shown(result: Any) -> str:
    """A result as text: a str as it is, data as JSON, anything else as `print` shows it."""
    if type(result) in (bool, int, float, list, tuple, dict):
        with suppress(TypeError, ValueError, RecursionError):
            return json.dumps(result, ensure_ascii=False, allow_nan=False)
    return str(result)
