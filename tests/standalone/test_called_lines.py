"""The user's lines that standalone files tell of in the notes of tasks that are called: their text is in the file."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import cascade as cs
from tests.standalone.support import Package
from tests.standalone.test_lines import HELPERS, NUMBERS, STEPS, failure, lines_in

KINDS = """
    import functools

    import cascade as cs


    def counted(function):
        @functools.wraps(function)
        def wrapper(*args):
            return function(*args)

        return wrapper


    class Box:
        def __init__(self, n):
            self.n = n

        # the text of a method stands in its class

        @cs.task
        def step(self, n: int) -> float:
            locals()
            return self.n / n

        @staticmethod
        @cs.task
        def fixed(
            n: int,
        ) -> float:
            locals()
            return 1 / n


    class Calling:
        def __call__(self, n: int) -> float:
            locals()
            return 1 / n


    @cs.task
    @counted
    def wrapped(n: int) -> float:
        return 1 / n


    def plain(n: int) -> float:
        locals()
        return 1 / n


    @cs.task(mode="blocking")
    def blocking(n: int) -> float:
        locals()
        found = [1 / one for one in (n,)]; return found[0]


    @cs.task(mode="compute")
    def computing(n: int) -> float:

        return sum(
            [1 / n]
        )


    BOX = Box(1)
    calling, task_of = cs.task(Calling(), name="calling"), cs.task(plain)


    @cs.workflow
    def kinds(a: int = 1, b: int = 1, c: int = 1, d: int = 1, e: int = 1):
        return [BOX.step(a), Box.fixed(b), wrapped(c), calling(d), task_of(e)]


    @cs.workflow
    def workers(a: int = 1, b: int = 1):
        return [blocking(a), computing(b)]
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return Package(tmp_path_factory.mktemp("called"), helpers_of_a_long_name=HELPERS, steps=STEPS, kinds=KINDS)


def imported(path: Path, name: str) -> ModuleType:
    """The module of a standalone file."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def functions(package: Package) -> dict[str, Callable[..., Any]]:
    """Functions of standalone files that call all tasks."""
    paths = {name: package.save(getattr(package.load(), name), name, inline=False) for name in NUMBERS}
    return {name: getattr(imported(path, f"{package.name}_{name}"), name) for name, path in paths.items()}


@pytest.mark.parametrize(
    ("name", "number"), [(name, one + 1) for name, most in NUMBERS.items() for one in range(most)]
)
def test_the_line_of_a_called_task_is_told_as_in_memory(
    package: Package, functions: dict[str, Callable[..., Any]], name: str, number: int
) -> None:
    workflow, path = getattr(package.load(), name), str(package.place / "steps.py")
    expected = lines_in(path, failure(lambda stop: cs.run(workflow, {"stop": stop}), number))
    note = failure(functions[name], number).__notes__[0]
    found = re.fullmatch(rf"task '\w+' at {package.name}/steps\.py:(\d+)(, round \d)?; inputs: .*", note)
    assert found is not None, note
    assert int(found[1]) == expected[0]


def note_of(function: Callable[..., Any], inputs: dict[str, int]) -> str:
    """The note of the failure of a run."""
    with pytest.raises(ZeroDivisionError) as caught:
        result = function(**inputs)
        if inspect.isawaitable(result):
            asyncio.run(asyncio.wait_for(result, 60))
    (note,) = caught.value.__notes__
    return str(note)


def test_methods_objects_and_wrapped_functions_tell_their_lines(package: Package) -> None:
    steps = package.load("kinds")
    function = imported(package.save(steps.kinds, "kinds"), f"{package.name}_kinds").kinds
    lines = (package.place / "kinds.py").read_text(encoding="utf-8").splitlines()
    expected = {
        "a": ("step", "return self.n / n", "; inputs: self: Box, n: int"),
        "b": ("fixed", "return 1 / n", "; inputs: n: int"),
        "c": ("wrapped", "return function(*args)", ""),
        "d": ("calling", "return 1 / n", "; inputs: self: Calling, n: int"),
        "e": ("plain", "return 1 / n", "; inputs: n: int"),
    }
    for name, (task, text, inputs) in expected.items():
        note = note_of(function, {name: 0})
        found = re.fullmatch(rf"task '{task}' at {package.name}/kinds\.py:(\d+){inputs}", note)
        assert found is not None, note
        assert lines[int(found[1]) - 1].strip() == text


@pytest.mark.parametrize(
    ("name", "task", "text"), [("a", "blocking", "found = [1 / one for one in (n,)]"), ("b", "computing", "[1 / n]")]
)
def test_workers_tell_their_lines(package: Package, name: str, task: str, text: str) -> None:
    lines = (package.place / "kinds.py").read_text(encoding="utf-8").splitlines()
    (line,) = (number for number, one in enumerate(lines, 1) if text in one)
    path = package.save(package.load("kinds").workers, "workers")
    command = [sys.executable, "-I", str(path), f"--{name}", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    told = done.stderr.rpartition("Traceback (most recent call last):")[2].strip().splitlines()
    assert told[-1].replace(", round 1", "") == f"task '{task}' at {package.name}/kinds.py:{line}; inputs: n: int"
    assert f'File "{path}", line ' in told[0] and f"in {task}" in told[0]  # its own copy is the first user code
