"""The debug ladder: `CASCADE_DEBUG=1` verifies every stage, higher rungs show more."""

from __future__ import annotations

import os


def debug_level() -> int:
    """The rung that `CASCADE_DEBUG` asks for: 0 where it is unset or no number."""
    text = os.environ.get("CASCADE_DEBUG", "0")
    return int(text) if text.isdigit() else 0
