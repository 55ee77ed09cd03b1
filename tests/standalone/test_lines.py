"""The user's lines that standalone files tell of: statements are shorter there than in generated modules."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import re
import traceback
from collections.abc import Callable
from typing import Any

import pytest

import cascade as cs
from tests.standalone.support import Package

HELPERS = """
    class Stopped(Exception):
        pass


    class Chain:
        def __init__(self, stop):
            self.stop = stop

        def __enter__(self):
            return self

        def __exit__(self, *error):
            return None

        def then(self, number):
            where(number, self.stop)
            return self


    def where(number, stop, *rest):
        if number == stop:
            raise Stopped(number)
        return number
"""
STEPS = """
    import cascade as cs

    from . import helpers_of_a_long_name
    from . import helpers_of_a_long_name as other


    @cs.task
    def first(stop: int):
        return helpers_of_a_long_name.where(1, stop, "a text that makes the line long")


    @cs.task
    def short(stop: int):
        return other.where(2, stop)


    @cs.task
    def long(a: int, b: int, stop: int):
        found = [
            helpers_of_a_long_name.where(3, stop),
            helpers_of_a_long_name.where(4, stop),
            *[other.where(5, stop) for _ in range(2)],
        ]
        if helpers_of_a_long_name.where(6, stop, "a text") and helpers_of_a_long_name.where(
            7, stop
        ):
            found += {
                helpers_of_a_long_name.where(8, stop): other.where(
                    9, helpers_of_a_long_name.where(10, stop) and stop
                )
            }
        chain = (
            helpers_of_a_long_name.Chain(stop)
            .then(11)
            .then(12)
        )
        chain = helpers_of_a_long_name.Chain(stop).then(helpers_of_a_long_name.where(13, stop)).then(
            14
        )
        text = f"{helpers_of_a_long_name.where(15, stop)} {helpers_of_a_long_name.where(16, stop)} and more"
        later = [helpers_of_a_long_name.where(
            17, stop, one
        ) for one in (helpers_of_a_long_name.where(18, stop), helpers_of_a_long_name.where(1, 0))]
        # words that stand on a line of their own
        picked = helpers_of_a_long_name.where(19, stop) if stop == 19 else helpers_of_a_long_name.where(
            20, stop
        ) + helpers_of_a_long_name.where(21, stop)
        try:
            with helpers_of_a_long_name.Chain(stop) as chain, helpers_of_a_long_name.where(22, stop) and (
                helpers_of_a_long_name.Chain(stop)
            ):
                other.where(23, stop, chain, "é", helpers_of_a_long_name.where(24, stop)).real
                raise KeyError(stop)
        except (KeyError, helpers_of_a_long_name.where(25, stop) and
                ValueError):
            pass
        for each in helpers_of_a_long_name.where(26, stop), helpers_of_a_long_name.where(27, stop), 5:
            picked += each
        helpers_of_a_long_name.where(28, stop, "a text that is long"); helpers_of_a_long_name.where(29, stop)
        return [helpers_of_a_long_name.where(30, stop, "a text that makes the line"), other.where(31, stop), text]


    @cs.task
    def inner(a, stop: int):
        from PACKAGE.helpers_of_a_long_name import where
        import math

        where(32, stop)

        found = math.floor(helpers_of_a_long_name.where(33, stop, "a text that makes the line long"))
        found += helpers_of_a_long_name.where(
            34, stop
        )
        return where(
            35, stop
        )


    @cs.task
    def around(value, stop: int):
        return helpers_of_a_long_name.where(36, stop, helpers_of_a_long_name.where(37, stop), value)


    @cs.workflow
    def every(stop: int):
        return around(inner(long(first(stop), short(stop), stop), stop), stop)


    @cs.task
    async def waits(value, stop: int):
        found = helpers_of_a_long_name.where(3, stop), helpers_of_a_long_name.where(4, stop), value
        return helpers_of_a_long_name.where(5, stop, "a text that makes the line long", found)


    @cs.workflow
    def awaited(stop: int):
        return waits([first(stop), short(stop)], stop)


    @cs.task
    def count(n: int, stop: int):
        if n < 1:
            return helpers_of_a_long_name.where(1, stop, "a text that makes the line long")
        rest = helpers_of_a_long_name.where(2, stop), helpers_of_a_long_name.where(3, stop), "text"
        return cs.tail(count, n - helpers_of_a_long_name.where(4, stop, rest, "a text") + 3, stop=stop)


    @cs.workflow
    def rounds(stop: int):
        return count(3, stop)
"""
NUMBERS = {"every": 37, "awaited": 5, "rounds": 4}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return Package(tmp_path_factory.mktemp("lines"), helpers_of_a_long_name=HELPERS, steps=STEPS)


@pytest.fixture(scope="module")
def functions(package: Package) -> dict[str, list[Callable[..., Any]]]:
    """The function in memory, and that of the standalone file, which is imported here."""
    found = {}
    for name in NUMBERS:
        workflow = getattr(package.load(), name)
        function = cs.aot(workflow)
        assert "called" not in function.explain()
        path = package.save(workflow, name)
        spec = importlib.util.spec_from_file_location(f"{package.name}_{name}", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found[name] = [function, getattr(module, name)]
    return found


def failure(run: Callable[..., Any], stop: int) -> BaseException:
    """What a run raises that is stopped somewhere."""
    try:
        result = run(stop)
        if inspect.isawaitable(result):
            asyncio.run(_finish(result))
    except Exception as error:
        assert type(error).__name__ == "Stopped", error
        return error
    raise AssertionError("it was not stopped")


async def _finish(awaitable: Any) -> Any:
    return await awaitable


@pytest.mark.parametrize(
    ("name", "number"), [(name, one + 1) for name, most in NUMBERS.items() for one in range(most)]
)
def test_the_line_and_the_task_are_told(
    package: Package, functions: dict[str, list[Callable[..., Any]]], name: str, number: int
) -> None:
    workflow, path = getattr(package.load(), name), str(package.place / "steps.py")
    expected = failure(lambda stop: cs.run(workflow, {"stop": stop}), number)
    for function in functions[name]:
        found = failure(function, number)
        assert lines_in(path, found) == lines_in(path, expected) != []
        assert tasks_of(found) == tasks_of(expected) != []


def lines_in(path: str, error: BaseException) -> list[int | None]:
    """The lines of a file that a traceback names."""
    return [one.lineno for one in traceback.extract_tb(error.__traceback__) if one.filename == path]


def tasks_of(error: BaseException) -> list[str]:
    """The tasks that the notes name."""
    return re.findall(r"^task '(\w+)'", "\n".join(error.__notes__), re.M)
