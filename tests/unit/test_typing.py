"""The types that users see: mypy reveals and refuses what the programs here, and those in docs/typing.md, say.

`# is T` behind `reveal_type(...)` is the type that must be revealed, `# error` a line that must be refused; lines
without it must pass under `--strict`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import cascade as cs
from tests.type_checks import mypy

ROOT = Path(__file__).resolve().parents[2]

TASKS = """\
from collections.abc import AsyncIterator, Callable, Iterator

import cascade as cs


@cs.resource
def shelf() -> Iterator[list[str]]:
    yield []


@cs.resource(name="desk", scope="task")
async def desk(shelf: list[str] = cs.inject("shelf")) -> AsyncIterator[str]:
    yield "desk"


@cs.resource  # error
def bare() -> int:
    return 3


reveal_type(desk)  # is ResourceDefinition


@cs.task(name="sum", pure=True)
def add(a: int, b: int = 0, *, shelf: list[str] = cs.inject("shelf")) -> int:
    return a + b


@cs.task(name="cold")
async def cold(n: int) -> int:
    return n


@cs.task(mode="blocking")
def heavy(n: int) -> int:
    return n


@cs.task(mode="threads")  # error
def odd(n: int) -> int:
    return n


reveal_type(add)  # is Task[[a: int, b: int =, *, shelf: list[str] =], int]
reveal_type(add(1))  # is LazyResult[int]
reveal_type(cold(1))  # is LazyResult[int]
reveal_type(heavy(1))  # is LazyResult[int]
reveal_type(cs.aot(add))  # is Compiled[[a: int, b: int =, *, shelf: list[str] =], int]
reveal_type(cs.aot(cold))  # is Compiled[[n: int], Coroutine[Any, Any, int]]
reveal_type(cs.aot(heavy))  # is Compiled[[n: int], Coroutine[Any, Any, int]]
reveal_type(cs.aot(heavy).run(3))  # is int
add()  # error
add("one")  # error
add(1, c=2)  # error
add(1)["key"]  # error
not_called: str = add  # error


def generic(task: Callable[[int], object]) -> None:
    task(3)


generic(cs.aot(add))
generic(cs.aot(heavy)("three"))  # error
"""

NODES = """\
import cascade as cs


@cs.task
def step(n: int) -> int:
    if n > 0:
        return cs.Jump("again", {"n": n - 1})
    return cs.Jump("exit", n)


@cs.task
def name(n: int) -> str:
    return str(n)


node = step(3)
reveal_type(cs.bind(node, cs.select_jump({"again": node, "exit": None})))  # is LazyResult[int]
reveal_type(node.run_if(True).after(name(2)).with_timeout(3))  # is LazyResult[int]
reveal_type(node.with_cache(cs.MemoryCache()).with_constraints(gpu=1))  # is LazyResult[int]
reveal_type(step.map(n=[1, 2]).with_retry(3, delay=0.2))  # is MappedLazyResult[int]
reveal_type(name(step(cs.Router(node, {1: step(1), 2: cs.Env("n", type=int)}))))  # is LazyResult[str]
reveal_type(cs.sequence([step(1), step(2)]))  # is LazyResult[int]
name(n="one").with_retry("three")  # error


@cs.workflow
def graph(n: int, word: str = "") -> cs.LazyResult[str]:
    return name(step(n)).with_retry(3)


@cs.workflow
def mapped(n: int) -> cs.MappedLazyResult[str]:
    return name.map(n=[n, n])


@cs.workflow(name="both")
def both(n: int) -> dict[str, str]:
    return {"graph": graph(n), "name": name(n)}


@cs.workflow
def routed(n: int) -> cs.Router:
    return cs.Router(n, {1: name(1)})


reveal_type(graph(3).with_retry(2))  # is LazyResult[str]
reveal_type(cs.aot(graph))  # is Compiled[[n: int, word: str =], Outcome[str]]
reveal_type(cs.aot(graph).run(3))  # is str
reveal_type(cs.aot(mapped).run(3))  # is list[str]
reveal_type(cs.aot(both).run(3))  # is dict[str, str]
reveal_type(cs.aot(routed).run(3))  # is Any
graph("three")  # error


@cs.task
def over(n: int) -> str:
    return cs.tail(graph, n=n)
"""

RUNS = """\
import asyncio

import cascade as cs


@cs.task
def one(n: int) -> int:
    return n


@cs.task
async def page(n: int) -> str:
    return str(n)


@cs.workflow
def flow(n: int) -> cs.LazyResult[str]:
    return page(one(n))


run = cs.aot(one, name="first", inline=False, system_resources={"gpu": 1}, yield_every=0)
reveal_type(run.blueprint)  # is Blueprint
reveal_type(run.governor)  # is Governor
reveal_type(run.explain())  # is str
reveal_type(run.__name__)  # is str
reveal_type(run.run(3))  # is int
run.run("three")  # error
run.save("one.py", standalone=True)
run.save(3)  # error
cs.aot(one, inlined=False)  # error
cs.aot(one, inline="no")  # error
cs.aot(3)  # error

reveal_type(cs.aot([one, page]))  # is Compiled[..., Any]
reveal_type(cs.aot(one.map(n=[1])).run())  # is list[int]
reveal_type(cs.run(one, {"n": 3}))  # is int
reveal_type(cs.run(page(3), bus=cs.MessageBus()))  # is str
reveal_type(cs.run(flow, {"n": 3}))  # is str
reveal_type(cs.run({"one": one(1)}))  # is Any
cs.run(3)  # error
cs.run(one(1), busses=None)  # error


async def main() -> str:
    engine = cs.Engine()
    reveal_type(await engine.run(one(1)))  # is int
    reveal_type(await engine.run(flow, {"n": 3}, use_vm=True))  # is str
    reveal_type(await cs.aot(page)(3))  # is str
    reveal_type(await cs.aot(flow)(3))  # is str
    cs.aot(page)(3).upper()  # error
    text: str = cs.aot(flow)(3)
    print(text)
    return cs.aot(flow)(3)


try:
    print(asyncio.run(main()))
except cs.DependencyMissingError as error:
    reveal_type(error)  # is DependencyMissingError
cs.tsak  # error
"""

PROGRAMS = {"tasks": TASKS, "nodes": NODES, "runs": RUNS}
PAGE = ROOT / "docs" / "typing.md"

_NOTE = re.compile(r'(\w+)\.py:(\d+): note: Revealed type is "(.*)"')
_ERROR = re.compile(r"(\w+)\.py:(\d+): error: (.*)")
_MODULE = re.compile(r"\b(?:[a-z_]+\.)+(?=[A-Za-z])")


@dataclass
class Said:
    """What mypy said of one program, by line: types revealed, errors."""

    types: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    errors: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))


def page_program() -> str:
    """The blocks of Python in docs/typing.md, one after the other."""
    return "\n".join(re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S))


@pytest.fixture(scope="module")
def programs() -> dict[str, str]:
    return {**PROGRAMS, "page": page_program()}


@pytest.fixture(scope="module")
def mypy_says(programs: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Said]:
    """One run of mypy over all programs."""
    folder = tmp_path_factory.mktemp("typing")
    for name, text in programs.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    options = ["--strict", "--config-file=", "--no-error-summary", "--no-pretty", "--follow-imports=silent"]
    files = [f"{name}.py" for name in programs]
    out, failure, _ = mypy([*options, f"--cache-dir={folder / 'cache'}", *files], folder, ROOT)
    assert failure == ""
    said: dict[str, Said] = defaultdict(Said)
    for line in out.splitlines():
        if note := _NOTE.match(line):
            said[note[1]].types[int(note[2])].append(_MODULE.sub("", note[3]))
        elif error := _ERROR.match(line):
            said[error[1]].errors[int(error[2])].append(error[3])
    return said


def wanted(program: str, pattern: str) -> dict[int, str]:
    """What the comments of a program say, by line."""
    found = {number: re.search(pattern, line) for number, line in enumerate(program.splitlines(), 1)}
    return {number: one[1] for number, one in found.items() if one}


@pytest.mark.parametrize("name", [*PROGRAMS, "page"])
def test_reveals_what_the_program_says(name: str, programs: dict[str, str], mypy_says: dict[str, Said]) -> None:
    says = wanted(programs[name], r"^ *reveal_type\(.*\)  # is (.*)$")
    assert says
    assert mypy_says[name].types == {number: [one] for number, one in says.items()}


@pytest.mark.parametrize("name", [*PROGRAMS, "page"])
def test_refuses_what_is_wrong_and_nothing_else(
    name: str, programs: dict[str, str], mypy_says: dict[str, Said]
) -> None:
    errors = mypy_says[name].errors
    says = wanted(programs[name], r"  # (error)$")
    assert says
    assert {number: said for number, said in errors.items() if number not in says} == {}
    assert says.keys() - errors.keys() == set()


def test_the_face_tells_type_checkers_of_every_name_it_has() -> None:
    text = (ROOT / "cascade" / "__init__.py").read_text(encoding="utf-8")
    told = set(re.findall(r"\w+", text.partition("if TYPE_CHECKING:")[2].partition("if not TYPE_CHECKING:")[0]))
    assert len(set(cs.__all__)) == len(cs.__all__)
    assert set(cs._ELSEWHERE) <= told
    assert set(cs._ELSEWHERE) < set(cs.__all__)
    for name in cs.__all__:
        assert getattr(cs, name) is not None


def test_compiled_and_outcome_can_be_named_at_run_time() -> None:
    def call(run: cs.Compiled[[int], cs.Outcome[int]]) -> int:
        return run.run(3)

    @cs.task
    def twice(n: int) -> int:
        return 2 * n

    assert call(cs.aot(twice)) == 6
    assert str(cs.Outcome[int]).endswith("Outcome[int]")


def test_a_workflow_annotated_with_its_graph_says_what_it_gives() -> None:
    @cs.task
    def twice(n: int) -> int:
        return 2 * n

    @cs.workflow
    def single(n: int) -> cs.LazyResult[int]:
        return twice(n)

    def each(n):
        return twice.map(n=[n, n])

    assert "def single(n: int) -> int:" in cs.aot(single).source
    for annotation, text in {
        cs.MappedLazyResult[int]: " -> list[int]",
        "cs.MappedLazyResult[list[str]]": " -> list[list[str]]",
        "LazyResult[Path]": "",
        "int": " -> int",
        "LazyResult[": "",
    }.items():
        each.__annotations__["return"] = annotation
        run = cs.aot(cs.workflow(each))
        assert re.search(r"^def each.*:$", run.source, re.M)[0] == f"def each(n){text}:"
        assert run(2) == [4, 4]
