"""What stands in for parts of typing when a standalone file runs, as importing that takes longer."""

from __future__ import annotations

STAND_INS = {
    "Any": "{name} = object",
    "Generic": """
class {name}:
    __slots__ = ()

    def __class_getitem__(cls, given):
        return cls

""",
    "ParamSpec": "{name} = '{{}}'.format",
    "TypeVar": "{name} = '{{}}'.format",
}
"""Texts that bind a name to all that a class needs of what typing calls so.

A variable is only its name then, for which `format` takes any keywords, and a generic class itself for each of them.
"""
