"""Operands in a listing: Python-like expressions, that read back as the very operands they were.

`a` is a register, `@name` an object; literals and containers are displays as in Python, and `@Point(x, y)` is
a named tuple. A tuple or frozenset of literals only is itself a literal: the container that is built of them
each time is written `tuple([1, 2])` or `frozenset([1, 2])`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .operands import Literal, Object, Operand, Pack, Register
from .tokens import Reader, quote, quote_bytes, show_register, show_word

DEPTH = 256  # levels of containers; not far beyond, walks over operands meet the limit of recursion
_DECIMAL_BITS = 2000  # integers beyond are hexadecimal: Python limits the digits of decimal ones
_WORDS = {"None": None, "True": True, "False": False}


def show_operand(operand: Operand) -> str:
    """The text of an operand, on one line; `TypeError` for a literal of a type that has none."""
    if isinstance(operand, Register):
        return show_register(operand.name)
    if isinstance(operand, Literal):
        return show_literal(operand.value)
    if isinstance(operand, Object):
        return "@" + show_word(operand.name)
    items = list(map(show_operand, operand.items))
    if operand.kind == "dict":
        keys = map(show_operand, operand.keys)
        return f"{{{', '.join([f'{key}: {item}' for key, item in zip(keys, items, strict=True)])}}}"
    text = ", ".join(items)
    if operand.kind == "namedtuple" and operand.factory is not None:
        return f"@{show_word(operand.factory.name)}({text})"
    if operand.kind == "list":
        return f"[{text}]"
    if operand.kind == "set":
        return f"{{{text}}}" if items else "set()"
    if all(isinstance(item, Literal) for item in operand.items):
        return f"{operand.kind}([{text}])"
    if operand.kind == "frozenset":
        return f"frozenset({{{text}}})"
    return f"({text},)" if len(items) == 1 else f"({text})"


def show_literal(value: Any) -> str:
    """The text of a literal's value: the same on every machine and for every seed of the hashes.

    `TypeError` for a value of a type that literals don't have.
    """
    kind = type(value)
    if kind is str:
        return quote(value)
    if kind is int:
        return repr(value) if value.bit_length() <= _DECIMAL_BITS else hex(value)
    if value is None or kind is bool:
        return repr(value)
    if kind is tuple:
        items = list(map(show_literal, value))
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    if kind is frozenset:
        return f"frozenset({{{', '.join(sorted(map(show_literal, value)))}}})" if value else "frozenset()"
    show = _SCALARS.get(kind)
    if show is None:
        raise TypeError(f"a literal can't be of type {kind.__name__}")
    return show(value)


def _show_float(value: float) -> str:
    return repr(value) if math.isfinite(value) else f'float("{value}")'


def _show_complex(value: complex) -> str:
    if math.copysign(1, value.real) == 1 and value.real == 0 and 0 < value.imag < math.inf:
        return f"{value.imag!r}j"
    return f"complex({_show_float(value.real)}, {_show_float(value.imag)})"


_SCALARS: dict[type, Callable[[Any], str]] = {
    float: _show_float,
    complex: _show_complex,
    bytes: quote_bytes,
    type(...): lambda value: "...",
}


@dataclass(slots=True)
class _Open:
    """A container whose end is still to come, and the signs that end it.

    `folds`: of literals only it is a literal.
    """

    kind: str
    close: str
    column: int
    folds: bool = False
    factory: Object | None = None
    keys: list[Operand] = field(default_factory=list)
    items: list[Operand] = field(default_factory=list)
    comma: bool = False


def read_operand(reader: Reader) -> Operand:
    """The operand that starts at the next word; `BlueprintError` where none does."""
    around: list[_Open] = []
    while True:
        opened = _open(reader)
        if opened is None:
            value = _atom(reader)
        elif reader.text != opened.close[0]:
            around.append(opened)
            if len(around) > DEPTH:
                reader.fail("containers nested too deeply", opened.column)
            continue
        else:
            value = _close(reader, opened)
        while around and _add(reader, around[-1], value):
            value = _close(reader, around.pop())
        if not around:
            return value


def _open(reader: Reader) -> _Open | None:
    """The container that starts at the next word, if one does."""
    column, following = reader.column, reader.ahead(1)[1]
    if reader.kind == "object" and following == "(":
        factory = read_object(reader)
        reader.skip()
        return _Open("namedtuple", ")", column, factory=factory)
    if reader.kind == "name" and following == "(" and reader.text in ("tuple", "frozenset", "set"):
        return _open_named(reader, column)
    if reader.accept("("):
        return _Open("tuple", ")", column, folds=True)
    if reader.accept("["):
        return _Open("list", "]", column)
    if reader.accept("{"):
        return _Open("dict" if reader.text == "}" else "set", "}", column)
    return None


def _open_named(reader: Reader, column: int) -> _Open:
    kind = reader.text
    reader.skip()
    reader.skip()
    if kind == "frozenset" and reader.accept("{"):
        return _Open(kind, "})", column, folds=True)
    if kind != "set" and reader.accept("["):
        return _Open(kind, "])", column)
    if kind == "tuple" or reader.text != ")":
        reader.fail(f"{kind}(...) isn't written like this")
    return _Open(kind, ")", column, folds=kind == "frozenset")


def _add(reader: Reader, container: _Open, value: Operand) -> bool:
    """Put a value into the container; whether it ends there."""
    if container.kind == "set" and not container.items and reader.text == ":":
        container.kind = "dict"
    if container.kind == "dict" and len(container.keys) == len(container.items):
        reader.expect(":")
        container.keys.append(value)
        return False
    container.items.append(value)
    container.comma = reader.accept(",")
    if reader.text == container.close[0]:
        return True
    if not container.comma:
        reader.fail(f"',' or {container.close!r} should stand here")
    return False


def _close(reader: Reader, container: _Open) -> Operand:
    for sign in container.close:
        reader.expect(sign)
    items = tuple(container.items)
    if container.folds:
        if container.kind == "tuple" and len(items) == 1 and not container.comma:
            reader.fail("a tuple of one item needs a comma", container.column)
        values = [item.value for item in items if isinstance(item, Literal)]
        if len(values) == len(items):
            return Literal(tuple(values) if container.kind == "tuple" else frozenset(values))
    return Pack(container.kind, items, tuple(container.keys), container.factory)


def _atom(reader: Reader) -> Operand:
    if reader.kind == "object":
        return read_object(reader)
    if reader.kind == "string":
        return Literal(reader.string())
    if reader.kind == "bytes":
        column, text = reader.column, reader.text
        reader.skip()
        return Literal(reader.decode(text[1:], column).encode("latin-1"))
    if reader.kind == "name":
        if reader.text in _WORDS:
            value = _WORDS[reader.text]
            reader.skip()
            return Literal(value)
        if reader.ahead(1)[1] == "(":
            return Literal(_number(reader))
    if reader.kind == "number" or reader.text == "-":
        return Literal(_number(reader))
    if reader.accept("..."):
        return Literal(...)
    if reader.kind not in ("name", "register"):
        reader.fail("an operand should stand here")
    return reader.register()


def read_object(reader: Reader) -> Object:
    """The named object at the next word; `BlueprintError` where there is none."""
    column = reader.column
    name = reader.take("object", "an object")[1:]
    return Object(reader.decode(name, column) if name.startswith('"') else name)


def _number(reader: Reader) -> int | float | complex:
    """A number: digits with or without a sign, `float("nan")` and its like, `complex(real, imaginary)`."""
    if reader.text == "float":
        return _named_float(reader)
    if reader.text == "complex":
        return _complex(reader)
    if reader.kind == "name":
        reader.fail("only float(...) and complex(...) are called in an operand")
    return -_digits(reader) if reader.accept("-") else _digits(reader)


def _named_float(reader: Reader) -> float:
    reader.skip()
    reader.expect("(")
    column, text = reader.column, reader.string()
    if text not in ("nan", "inf", "-inf"):
        reader.fail("a float in words is 'nan', 'inf' or '-inf'", column)
    reader.expect(")")
    return float(text)


def _complex(reader: Reader) -> complex:
    reader.skip()
    reader.expect("(")
    real = _half(reader)
    reader.expect(",")
    imaginary = _half(reader)
    reader.expect(")")
    return complex(real, imaginary)


def _half(reader: Reader) -> float:
    column = reader.column
    value = None if reader.text == "complex" else _number(reader)
    if not isinstance(value, float):
        reader.fail("complex(...) takes two floats", column)
    return value


def _digits(reader: Reader) -> int | float | complex:
    column = reader.column
    text = reader.take("number", "a number")
    try:
        if text.startswith("0x"):
            return int(text, 16)
        if text.endswith("j"):
            return complex(0.0, float(text[:-1]))
        return float(text) if "." in text or "e" in text else int(text)
    except ValueError:
        reader.fail("a number with too many digits", column)
