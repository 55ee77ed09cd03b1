"""A method that texts have gives no redirect, unless a class has a task of that name."""

from __future__ import annotations

import string as text_module
from typing import Any

import cascade as cs
from cascade_gen.lang import names_a_method
from tests.unit import text_helpers


@cs.task
def joined(parts: Any, sep: Any) -> Any:
    return sep.join(part.strip() for part in parts)


@cs.task
def lowered(name: Any) -> Any:
    return name.casefold()


@cs.task
def of_module(name: str) -> Any:
    return text_helpers.rstrip(name)


@cs.task
def of_imported(name: str) -> Any:
    from tests.unit import text_helpers as helpers

    return helpers.rstrip(name)


@cs.task
def capital(name: str) -> Any:
    return text_module.capwords(name).swapcase()


class Page:
    """Data with a task for a method, named like one of texts."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cs.task
    def istitle(self, left: int) -> Any:
        return self.text if left == 0 else self.istitle(left - 1)

    isprintable = cs.task(name="shown")(lambda self: f"<{self.text}>")


@cs.task
def title_of(page: Any) -> Any:
    return page.istitle(3)


@cs.task
def shown(page: Any) -> Any:
    return page.isprintable()


def test_the_value_is_returned_as_it_is() -> None:
    for call, expected in ((joined([" a", "b "], "-"), "a-b"), (lowered("ABC"), "abc"), (capital("a b"), "a b")):
        compiled = cs.aot(call)
        assert "Redirect" not in compiled.source
        assert compiled() == cs.run(call) == cs.aot(call, inline=False)() == expected


def test_a_value_that_is_used_is_not_looked_at() -> None:
    source = cs.aot(joined([lowered("A"), lowered("B")], ", ")).source
    assert "misplaced" not in source


def test_what_a_module_has_of_that_name_is_no_method() -> None:
    for task in (of_module, of_imported):
        compiled = cs.aot(task("a  "))
        assert "Redirect" in compiled.source
        assert compiled() == cs.run(task("a  ")) == "a"


def test_a_task_of_that_name_goes_round() -> None:
    assert names_a_method("istitle")
    for call, expected in ((title_of(Page("x")), "x"), (shown(Page("y")), "<y>")):
        compiled = cs.aot(call)
        assert "Redirect" in compiled.source
        assert compiled() == cs.run(call) == cs.aot(call, inline=False)() == expected


def test_a_task_that_is_made_later_shows_in_the_next_compilation() -> None:
    @cs.task
    def encoded(page: Any) -> Any:
        return page.zfill()

    class Late:
        @cs.task
        def zfill(self) -> int:
            return 7

    assert "Redirect" in cs.aot(encoded(Late())).source
    assert cs.aot(encoded(Late()))() == 7
