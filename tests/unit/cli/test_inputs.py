"""Reading `--input name=value`: what each annotation takes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, NewType, Optional, TypeVar

import pytest

import cascade as cs
from cascade_gen.lower.kinds import input_kinds
from cascade_gen.runtime.inputs import Converted
from cascade_gen.runtime.sentinels import MISSING
from cascade_gen.shell.inputs import call_arguments, read_inputs
from cascade_gen.shell.output import UsageError


class Colour(Enum):
    red = 1
    blue = 2


def read(function: Callable[..., Any], *pairs: str, **params: Any) -> dict[str, Any]:
    return read_inputs(pairs, inspect.signature(function), input_kinds(cs.task(function)), params)


def read_as(annotation: Any, text: str) -> Any:
    def work(x: Any) -> None:
        raise NotImplementedError

    work.__annotations__["x"] = annotation
    return read(work, f"x={text}")["x"]


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (int, "-12", -12),
        (float, "1e3", 1000.0),
        (str, "12", "12"),
        (str, "", ""),
        (str, " a=b ", " a=b "),
        (Path, "a/b", Path("a/b")),
        (list, "[1]", [1]),
        (list[int], "[1, 2]", [1, 2]),
        (dict[str, int], '{"a": 1}', {"a": 1}),
        (tuple[int, ...], "[1, 2]", (1, 2)),
        (set[int], "[2, 2]", {2}),
        (frozenset, "[]", frozenset()),
        (int | None, "null", None),
        (int | None, "5", 5),
        (str | int, "5", 5),
        (str | int, "five", "five"),
        (str | Path, "a", "a"),
        (Path | str, "a", Path("a")),
        (int | Path, "5", 5),
        (NewType("Name", str), "5", "5"),
        ("str", "5", "5"),
        ("'str'", "5", "5"),
        (Optional["Colour"], "blue", Colour.blue),
        ("Annotated[Optional[Path], 5]", "a", Path("a")),
        (TypeVar("Either", int, Path), "a", Path("a")),
        (TypeVar("Whatever"), "[1]", [1]),
        ("NoSuchType | int", "x", "x"),
        (list[int] | None, "[5]", [5]),
        (Literal["fast", 2], "2", 2),
        (Literal["fast", 2], "fast", "fast"),
        (Colour, "blue", Colour.blue),
        (Annotated[int, "pages"], "3", 3),
        (Any, '{"a": null}', {"a": None}),
        (Any, "{a}", "{a}"),
        (inspect.Parameter.empty, "1.5", 1.5),
        (inspect.Parameter.empty, "yes", "yes"),
    ],
)
def test_converts(annotation: Any, text: str, value: Any) -> None:
    converted = read_as(annotation, text)
    assert converted == value
    assert type(converted) is type(value)


@pytest.mark.parametrize("word", ["1", "true", "yes", "on", "TRUE", "On"])
def test_true(word: str) -> None:
    assert read_as(bool, word) is True


@pytest.mark.parametrize("word", ["0", "false", "no", "off", "False"])
def test_false(word: str) -> None:
    assert read_as(bool, word) is False


@pytest.mark.parametrize(
    ("annotation", "text", "said"),
    [
        (int, "1.5", "takes an int; got '1.5'"),
        (float, "fast", "takes a float; got 'fast'"),
        (bool, "2", "takes a bool (1/0, true/false, yes/no, on/off); got '2'"),
        (list, "{}", "takes a list, written in JSON; got '{}'"),
        (dict[str, int], "[]", "takes a dict, written in JSON"),
        (set[str], "[[]]", "takes a set, written in JSON (unhashable"),
        (list[str], "a,b", "takes JSON (list; "),
        (Decimal, "one", "takes JSON (Decimal; "),
        (int | None, "x", "takes an int; got 'x'"),
        (int | bool, "x", "takes an int or a bool"),
        ("int", "x", "takes an int; got 'x'"),
        (None, "x", "takes null; got 'x'"),
        (list[int] | list[str] | None, "x", "takes JSON (list; Expecting value: line 1 column 1 (char 0)); got"),
        ("Optional[Decimal]", "x", "takes JSON (Decimal; "),
        (Literal["fast", "slow"], "quick", "takes one of fast, slow; got 'quick'"),
        (Colour, "green", "takes one of red, blue; got 'green'"),
    ],
)
def test_refuses(annotation: Any, text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_as(annotation, text)
    assert f"the input 'x' {said}" in str(caught.value)


def test_annotations_that_are_text_are_read_in_the_namespace() -> None:
    def work(colour: Colour, other: NoSuchType) -> None:  # type: ignore[name-defined]  # noqa: F821
        raise NotImplementedError

    assert read(work, "colour=red", "other=2") == {"colour": Colour.red, "other": 2}


def test_a_param_is_converted_once() -> None:
    def work(*, day: Any = MISSING, price: Any = Decimal(1)) -> None:
        raise NotImplementedError

    given = read(work, "day=2024-02-29", "price=1.10", day=date.fromisoformat, price=Decimal)
    assert {type(one) for one in given.values()} == {Converted}
    assert {name: one.value for name, one in given.items()} == {"day": date(2024, 2, 29), "price": Decimal("1.10")}
    with pytest.raises(UsageError, match="'day' can't be 'soon'"):
        read(work, "day=soon", day=date.fromisoformat)


def test_a_param_without_a_default_must_be_given() -> None:
    def work(*, day: Any = MISSING, price: Any = Decimal(1)) -> None:
        raise NotImplementedError

    with pytest.raises(UsageError) as caught:
        read(work)
    assert "day=VALUE" in str(caught.value)
    assert "MISSING" not in str(caught.value)
    assert "price" not in str(caught.value)


def test_the_inputs_are_listed_as_written() -> None:
    def work(pages: list[int], limit: int = 10, plain=None) -> None:  # type: ignore[no-untyped-def]
        raise NotImplementedError

    with pytest.raises(UsageError) as caught:
        read(work, "pagse=[]")
    assert str(caught.value) == (
        "unknown input 'pagse'; did you mean 'pages'?\n"
        "The inputs are\n  pages: list[int]\n  limit: int = 10\n  plain = None"
    )


def test_names_that_only_kwargs_take() -> None:
    def work(*args: int, **options: int) -> None:
        raise NotImplementedError

    assert read(work, "limit=3") == {"limit": 3}
    with pytest.raises(UsageError, match="unknown input 'not a name'"):
        read(work, "not a name=3")


def test_every_missing_input_is_named() -> None:
    def work(first: int, second: str, third: int = 3) -> None:
        raise NotImplementedError

    with pytest.raises(UsageError) as caught:
        read(work, "third=1")
    message = str(caught.value)
    assert "first" in message
    assert "second" in message
    assert "third" not in message


def test_positional_only_inputs_are_passed_by_position() -> None:
    def work(a: int, b: int = 2, /, c: int = 3) -> tuple[int, int, int]:
        return a, b, c

    signature = inspect.signature(work)
    assert call_arguments({"a": 1, "c": 5}, signature) == ([1, 2], {"c": 5})
    positional, named = call_arguments({"a": 1, "c": 5}, signature)
    assert work(*positional, **named) == (1, 2, 5)
