"""The parts that lines of a listing are made of: each shows some fields of an object and reads them back."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from types import NoneType, SimpleNamespace
from typing import Any, NamedTuple

from .instructions import Argument
from .operand_text import read_object, read_operand, show_literal, show_operand
from .operands import Literal, Operand, Register
from .tokens import Reader, show_register, show_type, show_word


class Part(NamedTuple):
    """A piece of a line: `show` gives its text for an object, `read` puts what it reads into the fields."""

    show: Callable[[Any], str]
    read: Callable[[Reader, SimpleNamespace], None]


class Kind(NamedTuple):
    """A sort of value: how it is written and read back."""

    show: Callable[[Any], str]
    read: Callable[[Reader], Any]


def words(text: str) -> Part:
    """These very words."""
    signs = text.replace("(", " ( ").replace("=", " = ").split()

    def read(reader: Reader, fields: SimpleNamespace) -> None:
        for sign in signs:
            reader.expect(sign)

    return Part(lambda owner: text, read)


def put(field: str, kind: Kind) -> Part:
    """A field."""
    get, show, read_one = attrgetter(field), kind.show, kind.read

    def read(reader: Reader, fields: SimpleNamespace) -> None:
        setattr(fields, field, read_one(reader))

    return Part(lambda owner: show(get(owner)), read)


def flag(text: str, field: str, shown: bool = True) -> Part:
    """Words that stand there where the field is `shown`."""
    get = attrgetter(field)
    first, *others = text.split()

    def read(reader: Reader, fields: SimpleNamespace) -> None:
        stands = reader.accept(first)
        for sign in others if stands else ():
            reader.expect(sign)
        setattr(fields, field, stands == shown)

    return Part(lambda owner: text if get(owner) == shown else "", read)


def option(lead: str, field: str, kind: Kind, absent: Callable[[Any], Any]) -> Part:
    """A word and a field, left out where the field is what `absent` gives for the object."""
    get, show, read_one = attrgetter(field), kind.show, kind.read

    def show_if(owner: Any) -> str:
        value = get(owner)
        return "" if value == absent(owner) else f" {lead} {show(value)}"

    def read(reader: Reader, fields: SimpleNamespace) -> None:
        setattr(fields, field, read_one(reader) if reader.accept(lead) else absent(fields))

    return Part(show_if, read)


def nothing(owner: object) -> None:
    """For an `option`: absent is None."""
    return


def empty(owner: object) -> tuple[()]:
    """For an `option`: absent is the empty tuple."""
    return ()


def no_text(owner: object) -> str:
    """For an `option`: absent is the empty text."""
    return ""


def show_definition(register: Register) -> str:
    """A register where it is written, with its type."""
    name = show_register(register.name)
    return f"{name}: {show_type(register.type)}" if register.type else name


def record(made: type, *parts: Part) -> Kind:
    """An object of its own, inside a line."""

    def read(reader: Reader) -> Any:
        fields = SimpleNamespace()
        for part in parts:
            part.read(reader, fields)
        return made(**vars(fields))

    return Kind(lambda thing: "".join([part.show(thing) for part in parts]), read)


def listed(kind: Kind, signs: str = "()") -> Kind:
    """A tuple of things, between commas and two signs."""
    first, last = signs[0], signs[1]

    def read(reader: Reader) -> tuple[Any, ...]:
        reader.expect(first)
        found = []
        while reader.text != last:
            found.append(kind.read(reader))
            if not reader.accept(","):
                break
        reader.expect(last)
        return tuple(found)

    return Kind(lambda values: f"{first}{', '.join(map(kind.show, values))}{last}", read)


def alternatives(kind: Kind) -> Kind:
    """A tuple of at least one thing, with `or` between them."""

    def read(reader: Reader) -> tuple[Any, ...]:
        found = [kind.read(reader)]
        while reader.accept("or"):
            found.append(kind.read(reader))
        return tuple(found)

    return Kind(lambda values: " or ".join(map(kind.show, values)), read)


def pairs(kind: Kind) -> Kind:
    """Pairs of a name and a value: `(name=value, ...)`."""
    return listed(
        Kind(
            lambda pair: f"{show_word(pair[0])}={kind.show(pair[1])}",
            lambda reader: (_read_key(reader), kind.read(reader)),
        )
    )


def _read_key(reader: Reader) -> str:
    key = reader.word()
    reader.expect("=")
    return key


def plain(*types: type) -> Kind:
    """A value of these very types, which the Blueprint holds as it is."""

    def read(reader: Reader) -> Any:
        column, operand = reader.column, read_operand(reader)
        if not isinstance(operand, Literal) or type(operand.value) not in types:
            names = " or ".join(["None" if one is NoneType else one.__name__ for one in types])
            reader.fail(f"{names} should stand here", column)
        return operand.value

    return Kind(show_literal, read)


def _show_argument(argument: Argument) -> str:
    keyword = show_word(argument.keyword) + "=" if argument.keyword else ""
    return "*" * argument.stars + keyword + show_operand(argument.value)


def _read_argument(reader: Reader) -> Argument:
    stars = 2 if reader.accept("**") else int(reader.accept("*"))
    keyword = _read_key(reader) if reader.ahead(1)[1] == "=" else ""
    return Argument(read_operand(reader), keyword, stars)


def _show_jump(jump: tuple[Operand, int | None]) -> str:
    return f"{show_operand(jump[0])}: {INDEX.show(jump[1])}"


def _read_jump(reader: Reader) -> tuple[Operand, int | None]:
    key = read_operand(reader)
    reader.expect(":")
    return key, INDEX.read(reader)


WORD = Kind(show_word, Reader.word)
TYPE = Kind(show_type, Reader.type)
OPERAND = Kind(show_operand, read_operand)
OBJECT = Kind(show_operand, read_object)
REGISTER = Kind(lambda register: show_register(register.name), Reader.register)
DEFINITION = Kind(show_definition, Reader.definition)
COUNT = plain(int)
NUMBER = plain(int, float)
LIMIT = plain(int, float, NoneType)
INDEX = plain(int, NoneType)
ARGUMENT = Kind(_show_argument, _read_argument)
JUMP = Kind(_show_jump, _read_jump)
