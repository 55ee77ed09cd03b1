"""Binders: a function's own code says the same of its parameters as its signature."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest

from cascade_gen.runtime.binding import make_binder, plain_binder


def nothing() -> None: ...


def one(n: Any) -> None: ...


def several(left: Any, right: Any = 2, *, _: Any = 3) -> None: ...


def defaults(bind: Any, left: Any = [], right: Any = None) -> None:  # noqa: B006
    del bind, left, right


@pytest.mark.parametrize("func", [nothing, one, defaults])
@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((), {}),
        ((1,), {}),
        ((), {"n": 1}),
        ((1, 2, 3), {}),
        ((1,), {"right": 3}),
        ((1,), {"bind": 1}),
        ((1, 2, 3, 4), {}),
        ((), {"nope": 1}),
    ],
)
def test_code_binds_as_the_signature(
    func: Callable[..., None], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    quick = plain_binder("Outer.inner", func)
    assert quick is not None
    assert (quick.__name__, quick.__qualname__) == ("inner", "Outer.inner")

    def bound(binder: Callable[..., tuple[Any, ...]]) -> tuple[Any, ...] | str:
        try:
            return binder(*args, **kwargs)
        except TypeError as error:
            return str(error)

    assert bound(quick) == bound(make_binder("Outer.inner", inspect.signature(func)))


def test_defaults_are_the_very_objects() -> None:
    quick = plain_binder("defaults", defaults)
    assert quick is not None and defaults.__defaults__ is not None
    assert quick(1)[1] is defaults.__defaults__[0]


def test_a_default_may_be_what_signatures_have_for_none() -> None:
    def empty(n: Any = inspect.Parameter.empty) -> None:
        assert n

    quick = plain_binder("empty", empty)
    assert quick is not None
    assert quick() == (inspect.Parameter.empty,)


def _signed(n: Any) -> None: ...


_signed.__signature__ = inspect.signature(nothing)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "func",
    [
        several,
        lambda *args: None,
        lambda **kwargs: None,
        lambda n, /: None,
        _signed,
        functools.wraps(nothing)(lambda *args: None),
        functools.partial(one, 1),
        len,
        dict,
        "text".join,
    ],
)
def test_what_takes_its_signature(func: Any) -> None:
    assert plain_binder("f", func) is None
