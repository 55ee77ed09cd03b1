"""What annotations are taken to say of edges: only what is certain."""

from __future__ import annotations

import inspect
import typing
import warnings
from typing import Any, Literal, NewType, Optional, Protocol, TypeVar, Union

import pytest

import cascade as cs
from cascade_gen.check.annotated import kinds_of, may_fit, shown
from cascade_gen.errors import CompileWarning

T = TypeVar("T")
UserId = NewType("UserId", int)


class Sized(Protocol):
    def __len__(self) -> int: ...


class Words(list[str]):
    pass


KNOWN: list[tuple[Any, str]] = [
    (int, "int"),
    ("int", "int"),
    (None, "None"),
    ("None", "None"),
    (list[str], "list"),
    ("list[str]", "list"),
    ("dict[str, list[int]]", "dict"),
    (tuple[int, ...], "tuple"),
    (int | None, "int | None"),
    ("int | str | None", "int | str | None"),
    (Optional[str], "str | None"),  # noqa: UP045 -- the old form is what is read
    ("Optional[list[int]]", "list | None"),
    (Union[int, str], "int | str"),  # noqa: UP007 -- likewise
]
UNKNOWN: list[Any] = [
    inspect.Parameter.empty,
    Any,
    "Any",
    object,
    "object",
    T,
    UserId,
    "UserId",
    Sized,
    Words,
    "Words",
    Literal["a"],
    "Literal['a']",
    typing.Annotated[int, "positive"],
    typing.Iterable[int],
    typing.Callable[[], int],
    int | Any,
    "int | UserId",
    "Union[int, str]",
    "list[str] | Words",
    "type",
    "",
    "int +",
    "int\n",
    "lambda: int",
    "builtins.int",
    "'int'",
    3,
    ...,
    [int],
]


@pytest.mark.parametrize(("annotation", "text"), KNOWN)
def test_builtin_classes_and_unions_of_them_are_known(annotation: Any, text: str) -> None:
    kinds = kinds_of(annotation, globals())
    assert kinds is not None
    assert shown(kinds) == text


@pytest.mark.parametrize("annotation", UNKNOWN, ids=repr)
def test_anything_else_is_not(annotation: Any) -> None:
    if annotation == "int\n":  # Python reads it as it does `int`
        assert kinds_of(annotation, globals()) == {int}
    else:
        assert kinds_of(annotation, globals()) is None


def test_a_name_that_is_rebound_is_not_the_builtin() -> None:
    assert kinds_of("int", {"int": str}) is None
    assert kinds_of("Optional[int]", {"Optional": list}) is None


FITS = [
    (int, float),
    (bool, int),
    (int, bool),
    (float, complex),
    (bytearray, bytes),
    (list[int], list[str]),
    (int | None, int),
    (int, int | str),
    (str | None, None),
]
MISFITS = [
    (int, list[str]),
    (None, int),
    (str, int),
    (tuple[int], list[int]),
    (float, int),
    (dict[str, int], str | None),
]


@pytest.mark.parametrize(("given", "wanted"), FITS)
def test_what_may_fit(given: Any, wanted: Any) -> None:
    assert warned(given, wanted) == []


@pytest.mark.parametrize(("given", "wanted"), MISFITS)
def test_what_can_not(given: Any, wanted: Any) -> None:
    (code,) = warned(given, wanted)
    assert code == "CS305"
    one, other = kinds_of(given, {}), kinds_of(wanted, {})
    assert one is not None and other is not None
    assert not may_fit(one, other)


def warned(given: Any, wanted: Any) -> list[str]:
    """The codes of the warnings for an edge between two annotations."""

    def gives() -> Any:
        return None

    def takes(value: Any) -> Any:
        return value

    gives.__annotations__ = {"return": given}
    takes.__annotations__ = {"value": wanted}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        cs.aot(cs.task(takes)(cs.task(gives)()))
    return [one.message.code for one in caught if isinstance(one.message, CompileWarning)]


def test_a_generator_function_gives_its_generator() -> None:
    def gives() -> Any:
        yield 1

    gives.__annotations__ = {"return": int}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cs.aot(take_words(cs.task(gives)()))


def test_what_a_decorator_has_copied_is_not_believed() -> None:
    import functools

    def length(text: str) -> int:
        return len(text)

    @functools.wraps(length)
    def split(text: str) -> Any:
        return [text, length(text)]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cs.aot(take_words(cs.task(split)("ab")))() == ["ab", 2]


@cs.task
def take_words(words: list[str]) -> list[str]:
    return words
