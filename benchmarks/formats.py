"""Numbers as text, with as many digits as matter."""

from __future__ import annotations


def microseconds(seconds: float) -> str:
    """Seconds as microseconds with three digits or so."""
    return digits(seconds * 1e6)


def milliseconds(seconds: float) -> str:
    """Seconds as milliseconds with three digits or so."""
    return digits(seconds * 1e3)


def digits(value: float) -> str:
    """A number with as many decimals as matter: 0.123, 4.56, 78.9, 12,345."""
    decimals = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:,.{decimals}f}"
