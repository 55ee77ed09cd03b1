"""What a code object does, apart from where it stands: to compare two, and to hash one."""

from __future__ import annotations

import inspect
from types import CodeType

_FLAGS = (
    inspect.CO_OPTIMIZED
    | inspect.CO_NEWLOCALS
    | inspect.CO_VARARGS
    | inspect.CO_VARKEYWORDS
    | inspect.CO_GENERATOR
    | inspect.CO_COROUTINE
    | inspect.CO_ASYNC_GENERATOR
)
"""The flags that say what a function is; the others say where it was written (nested, in a class)."""


def fingerprint(code: CodeType, base: int | None = None) -> tuple[object, ...]:
    """A plain nested tuple that is equal for code that does the same.

    Without `base` it doesn't depend on file, lines or qualified name; with it the lines count as well, from
    line `base` on.
    """
    lines = () if base is None else tuple((start, line and line - base) for start, _, line in code.co_lines())
    return (
        "code",
        code.co_name,
        (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags & _FLAGS),
        code.co_code,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        code.co_exceptiontable,
        lines,
        tuple(constant_key(value, base) for value in code.co_consts if not _is_own_line(value, code)),
    )


def _is_own_line(value: object, code: CodeType) -> bool:
    """Whether a constant is the `__firstlineno__` that the body of a class holds from Python 3.13 on."""
    is_class = not code.co_flags & inspect.CO_OPTIMIZED
    return is_class and type(value) is int and value == code.co_firstlineno


def constant_key(value: object, base: int | None = None) -> tuple[object, ...]:
    """A key of a constant that keeps `1`, `1.0` and `True` apart, and `0.0` and `-0.0`.

    The order of a set doesn't show, nor the address of an object: of what is not plain data the key holds
    the type alone.
    """
    kind = type(value)
    if isinstance(value, CodeType):
        return fingerprint(value, base)
    if isinstance(value, int) and kind is int:
        return ("int", hex(value))  # decimal digits of an int are limited
    if kind in (type(None), bool, float, complex, str, bytes, type(...)):
        return (kind.__name__, ascii(value))
    if isinstance(value, tuple | list):
        return (kind.__name__, *(constant_key(item, base) for item in value))
    if isinstance(value, set | frozenset):
        return (kind.__name__, *sorted((constant_key(item, base) for item in value), key=ascii))
    if isinstance(value, dict):
        return (kind.__name__, *((constant_key(k, base), constant_key(v, base)) for k, v in value.items()))
    if isinstance(value, slice):
        parts = (value.start, value.stop, value.step)
        return ("slice", *(constant_key(part, base) for part in parts))
    return (f"{kind.__module__}.{kind.__qualname__}",)
