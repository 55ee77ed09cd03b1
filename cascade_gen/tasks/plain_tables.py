"""What Python's own operators, builtins and methods give for operands of exact builtin types."""

from __future__ import annotations

import ast
from types import NoneType

Types = frozenset[type] | None
"""The exact types a value may have; None if it may have any, the empty set if there never is one."""


class Plain:
    """Stands for some instance of a builtin type or of a subclass of one, which a redirect never is.

    (Redirects have slots of their own, whose layout doesn't go together with that of a builtin type.)
    """


class Text:
    """Stands for some text: an instance of `str` or `bytes`, or of a subclass of one, which holds nothing."""


class Other:
    """Stands for anything but a redirect: what an operator gives, a method that texts have (`x.strip()`), and what a
    task was called with.

    Redirects refuse every operator and have no such method, and an operator or a `strip` of the user's that gives one
    is no workflow anybody wrote; arguments are results of tasks, which are checked, or values given from outside.
    """


def one_of(*kinds: type) -> frozenset[type]:
    """A set of types; without any it is that of what never has a value."""
    return frozenset(kinds)


OF_TEXTS = frozenset(
    (
        *("capitalize", "casefold", "center", "decode", "encode", "endswith", "expandtabs", "isalnum", "isalpha"),
        *("isascii", "isdecimal", "isdigit", "isidentifier", "islower", "isnumeric", "isprintable", "isspace"),
        *("istitle", "isupper", "join", "ljust", "lower", "lstrip", "partition", "removeprefix", "removesuffix"),
        *("rjust", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase"),
        *("title", "upper", "zfill"),
    )
)
"""Methods of texts; what else has one of that name gives no redirect either."""

INTEGERS = one_of(bool, int)
NUMBERS = one_of(bool, int, float, complex)
_SETS = one_of(set, frozenset)
_TEXTS = one_of(str, bytes)
_SEQUENCES = one_of(str, bytes, bytearray, list, tuple)
_EQUATABLE = NUMBERS | _SEQUENCES | _SETS | {NoneType, dict, range}

_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
_BITWISE = (ast.BitAnd, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift)
_SET_OPERATORS = (ast.BitAnd, ast.BitOr, ast.BitXor, ast.Sub)


def binary(operator: ast.operator, left: type, right: type) -> Types:
    """The types of `left operator right`, for operands of exactly these types; None if not known here."""
    if left in NUMBERS and right in NUMBERS:
        if isinstance(operator, _ARITHMETIC):
            return one_of(int, float, complex)
        return INTEGERS if isinstance(operator, _BITWISE) and {left, right} <= INTEGERS else None
    if isinstance(operator, ast.Add) and left is right and left in _SEQUENCES:
        return one_of(left)
    if isinstance(operator, ast.Mult):
        if left in _SEQUENCES and right in INTEGERS:
            return one_of(left)
        return one_of(right) if right in _SEQUENCES and left in INTEGERS else None
    if isinstance(operator, ast.Mod) and left is str and right in _EQUATABLE:
        return one_of(Text)  # "%s" % (x,) may be the very thing that x.__str__ gives
    if isinstance(operator, _SET_OPERATORS) and left in _SETS and right in _SETS:
        return one_of(left)
    if isinstance(operator, ast.BitOr) and left is right is dict:
        return one_of(dict)
    return None


def in_place(operator: ast.operator, left: type, right: type) -> Types:
    """The types of `x` after `x operator= y`; a list takes any plain iterable."""
    if isinstance(operator, ast.Add) and left is list and right in _EQUATABLE:
        return one_of(list)
    return binary(operator, left, right)


def equatable(left: type, right: type) -> bool:
    """Whether `==` gives a bool. Of what is in a container only the truth of its comparison counts."""
    return {left, right} <= _EQUATABLE


def orderable(left: type, right: type) -> bool:
    """Whether `<` gives a bool. Of lists and tuples it gives whatever comparing two elements gives."""
    return any({left, right} <= kinds for kinds in (NUMBERS, _SETS, {str}, {bytes}))


ALWAYS: dict[str, frozenset[type]] = {
    **dict.fromkeys(("len", "id", "hash", "ord", "int"), one_of(int)),
    **dict.fromkeys(("chr", "hex", "oct", "bin"), one_of(str)),
    **dict.fromkeys(("str", "repr", "ascii", "format"), one_of(Text)),
    **dict.fromkeys(("bool", "any", "all", "callable", "hasattr", "isinstance", "issubclass"), one_of(bool)),
    **dict.fromkeys(("print", "setattr", "delattr"), one_of(NoneType)),
    "sorted": one_of(list),
}
"""Builtins that give an instance of exactly this type, whatever the arguments, if they give anything."""

ALWAYS |= {kind.__name__: one_of(kind) for kind in (bytearray, dict, float, frozenset, list, set, tuple)}
ALWAYS |= {kind.__name__: one_of(kind) for kind in (enumerate, filter, map, object, range, slice, zip)}

_NONE, _INT, _BOOL = one_of(NoneType), one_of(int), one_of(bool)


def _methods(kind: type, result: frozenset[type], names: str) -> dict[tuple[type, str], frozenset[type]]:
    return {(kind, name): result for name in names.split()}


METHODS: dict[tuple[type, str], frozenset[type]] = {}
"""Methods of exact builtin types that give these types, whatever the arguments."""

_TEXT_CHANGES = (
    "capitalize center expandtabs join ljust lower lstrip removeprefix removesuffix replace rjust rstrip"
    " strip swapcase title upper zfill"
)
_TEXT_TESTS = "endswith isalnum isalpha isascii isdigit islower isspace istitle isupper startswith"
for _text in _TEXTS:
    METHODS |= _methods(_text, one_of(_text), _TEXT_CHANGES)
    METHODS |= _methods(_text, _BOOL, _TEXT_TESTS)
    METHODS |= _methods(_text, _INT, "count find index rfind rindex")
    METHODS |= _methods(_text, one_of(list), "rsplit split splitlines")
    METHODS |= _methods(_text, one_of(tuple), "partition rpartition")
METHODS |= _methods(str, one_of(str), "casefold")
METHODS |= _methods(str, _BOOL, "isdecimal isidentifier isnumeric isprintable")
METHODS |= _methods(str, one_of(Text), "encode format format_map")
METHODS |= _methods(bytes, one_of(Text), "decode")
METHODS |= _methods(bytes, one_of(str), "hex")
METHODS |= _methods(list, _NONE, "append clear extend insert remove reverse sort")
METHODS |= _methods(list, one_of(list), "copy")
METHODS |= _methods(dict, one_of(dict), "copy")
METHODS |= _methods(dict, _NONE, "clear update")
METHODS |= _methods(dict, one_of(Plain), "items keys values")
METHODS |= _methods(
    set,
    _NONE,
    "add clear difference_update discard intersection_update remove symmetric_difference_update update",
)
for _set in _SETS:
    METHODS |= _methods(_set, one_of(_set), "copy difference intersection symmetric_difference union")
    METHODS |= _methods(_set, _BOOL, "isdisjoint issubset issuperset")
for _counted in (list, tuple, range):
    METHODS |= _methods(_counted, _INT, "count index")
METHODS |= _methods(int, _INT, "bit_count bit_length conjugate")
METHODS |= _methods(int, one_of(bytes), "to_bytes")
METHODS |= _methods(float, _BOOL, "is_integer")
METHODS |= _methods(float, one_of(str), "hex")
