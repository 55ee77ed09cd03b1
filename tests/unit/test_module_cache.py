"""Compiled modules from the cache on disk: they are what would be compiled anew, and cost no code generator."""

from __future__ import annotations

import linecache
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import cascade as cs
from cascade_gen import pipeline
from cascade_gen.artifact import kept_or_made
from cascade_gen.blueprint import Emitted
from cascade_gen.emit import Options
from cascade_gen.errors import NotShippableError
from cascade_gen.pipeline import build, compile_for, generate
from cascade_gen.runtime.governor import Governor
from tests.golden.cases import Case, load_cases
from tests.golden.harness import ROOT, Workspace

CASES = [case for case in load_cases() if case.compiles]


@cs.task
def measure(text: str, scale: float = 1.5) -> float:
    return len(text) * scale


@cs.task
def total(sizes: list[float], settings: Any = None) -> float:
    return sum(sizes)


@cs.task
def fails(n: int) -> int:
    return 1 // (n - n)


def sizes() -> Any:
    """A workflow; the line that declares it is part of it."""
    return total([measure("ab")])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of modules, empty."""
    monkeypatch.setenv("CASCADE_CACHE", str(tmp_path))
    return tmp_path / "modules"


@pytest.fixture
def no_generator(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """From here on nothing can be compiled anew, once `setattr` of it has been called."""
    with monkeypatch.context() as later:
        yield later


def forbid(later: pytest.MonkeyPatch) -> None:
    def generated(*arguments: Any) -> Any:
        raise AssertionError("it was compiled anew")

    later.setattr(pipeline, "generate", generated)


def entries(folder: Path) -> list[str]:
    return sorted(os.listdir(folder)) if folder.exists() else []


def test_an_entry_gives_what_was_emitted(folder: Path) -> None:
    def never() -> Emitted:
        raise AssertionError("it was compiled anew")

    @cs.task
    def local(size: float) -> float:
        return size

    blueprint = build(total([local(measure("ab"))], [1, {"a": 2}]), system_resources={"gpu": 1})
    made = kept_or_made(blueprint, {}, lambda: generate(blueprint, Options(governed=True)))
    assert made.bound and made.adopted and made.unshippable and made.governor
    assert kept_or_made(blueprint, {}, never) == made


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(tmp_path_factory.mktemp("kept"), CASES)


@pytest.mark.filterwarnings("ignore::cascade_gen.errors.CompileWarning")
@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])
def test_every_construct_is_the_same_from_the_cache(
    workspace: Workspace,
    case: Case,
    folder: Path,
    tmp_path: Path,
    no_generator: pytest.MonkeyPatch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with workspace.compiled(case) as made:
        assert len(entries(folder)) == 1
    expected = ""
    if "run" in case.expected:
        with monkeypatch.context() as before:
            before.setenv("CASCADE_CACHE", "off")
            expected = workspace.runs(case, interpreted=False)
        workspace.runs(case, interpreted=False)  # it may compile others
    forbid(no_generator)
    with workspace.compiled(case) as kept:
        assert (kept.source, kept.explain()) == (made.source, made.explain())
        assert str(kept.blueprint) == str(made.blueprint)
    if expected:
        assert workspace.runs(case, interpreted=False) == expected


def test_the_very_objects_of_this_process_are_passed(folder: Path, no_generator: pytest.MonkeyPatch) -> None:
    def workflow(settings: Any) -> Any:
        return total([measure("ab"), measure("abc")], settings)

    marks = [object(), [1], {"a": [2]}]
    made = [cs.aot(workflow(one)) for one in marks]
    forbid(no_generator)
    for again, before, mark in zip(map(cs.aot, map(workflow, marks)), made, marks, strict=True):
        assert again.source == before.source
        assert again.__signature__.parameters["settings"].default is mark
        assert again() == before() == 7.5


def test_what_cannot_be_saved_says_what_it_is_in_this_process(folder: Path, no_generator: pytest.MonkeyPatch) -> None:
    def saved(value: Any) -> str:
        with pytest.raises(NotShippableError) as raised:
            cs.aot(total([1.0], value)).save(folder / "saved.py")
        return raised.value.message

    class Mark:
        def __init__(self, word: str) -> None:
            self.word = word

        def __repr__(self) -> str:
            return f"Mark({self.word!r})"

    assert "Mark('one')" in saved(Mark("one"))
    forbid(no_generator)
    assert "Mark('two')" in saved(Mark("two"))


def test_a_kept_module_is_saved_and_saved_alone(
    folder: Path, tmp_path: Path, no_generator: pytest.MonkeyPatch
) -> None:
    made = cs.aot(sizes())
    forbid(no_generator)
    kept = cs.aot(sizes())
    for standalone in (False, True):
        texts = []
        for function in (made, kept):
            function.save(tmp_path / "saved.py", standalone=standalone)
            texts.append((tmp_path / "saved.py").read_text(encoding="utf-8"))
        assert texts[0] == texts[1]


def test_tracebacks_show_the_source_of_a_kept_function(folder: Path, no_generator: pytest.MonkeyPatch) -> None:
    texts = []
    for inline in (True, False):
        cs.aot(fails, inline=inline)
    forbid(no_generator)
    for inline in (True, False):
        kept = cs.aot(fails, inline=inline)
        with pytest.raises(ZeroDivisionError) as raised:
            kept(1)
        shown = [(entry.name, str(entry.statement).strip()) for entry in raised.traceback]
        texts.append(shown)
        lines = linecache.getlines(kept.__code__.co_filename)
        assert "".join(lines) == kept.source
    assert ("fails", "return 1 // (n - n)") in texts[0]
    assert ("fails", "return 1 // (n - n)") in texts[1]


def test_engines_and_observers_are_those_of_this_process(folder: Path, no_generator: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    bus = cs.MessageBus()
    bus.subscribe(cs.Event, told.append)
    cs.aot(sizes(), observer=cs.MessageBus())
    compile_for(sizes(), (), {"gpu": 1}, Governor({"gpu": 1}))
    forbid(no_generator)
    cs.aot(sizes(), observer=bus)()
    assert told
    governor = Governor({"gpu": 1})
    assert compile_for(sizes(), (), {"gpu": 1}, governor).governor is governor


def test_off_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASCADE_CACHE", "off")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    cs.aot(sizes())
    assert not list(tmp_path.iterdir())


def test_a_damaged_entry_is_made_anew(folder: Path, no_generator: pytest.MonkeyPatch) -> None:
    source = cs.aot(sizes()).source
    (name,) = entries(folder)
    (folder / name).write_bytes(b"import os")
    assert cs.aot(sizes()).source == source
    forbid(no_generator)
    assert cs.aot(sizes()).source == source


def test_a_workflow_that_fails_to_compile_leaves_nothing(folder: Path) -> None:
    with pytest.raises(cs.CompileError):
        cs.aot(measure(cs.inject("nowhere")))
    assert not entries(folder)


# processes

_SHOP = """
import cascade as cs

@cs.task
def price(name: str) -> int:
    return len(name)

@cs.task
def label(name: str, price: int = 3) -> str:
    return f"{name}: {price}"
"""
_AGENT = """
import sys
import cascade as cs
import shop
run = cs.aot(shop.label("tea", shop.price("tea")))
print(sorted({"libcst", "black", "asyncio", "typer", "rich"} & set(sys.modules)))
print(run("a"))
print(run.source)
"""


def agent(base: Path, code: str = _AGENT) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(base), str(ROOT))),
        "CASCADE_CACHE": str(base / "cache"),
    }
    return subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)


def said(process: subprocess.Popen[str]) -> list[str]:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return out.split("\n", 2)


def test_a_cold_process_with_a_hit_imports_no_code_generator(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(_SHOP, encoding="utf-8")
    first, again = said(agent(tmp_path)), said(agent(tmp_path))
    assert "libcst" in first[0]
    assert again == ["[]", *first[1:]]


_GROWING = """
import sys
import cascade as cs
import shop
run = cs.aot(shop.menu)
print(sorted({"libcst", "black"} & set(sys.modules)))
print(run(["tea", "cocoa"]))
print(sorted({"libcst", "black"} & set(sys.modules)))
"""
_MENU = """
@cs.task
def menu(names: list) -> object:
    return label(names[0], price(names[1]))
"""


def test_a_graph_that_is_met_at_run_time_is_kept_too(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(_SHOP + _MENU, encoding="utf-8")
    first, again = said(agent(tmp_path, _GROWING)), said(agent(tmp_path, _GROWING))
    assert "libcst" in first[0]
    assert again == ["[]", "tea: 5", "[]\n"]
    assert first[1] == again[1]


def test_an_edit_that_keeps_length_and_time_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "shop.py"
    results = []
    for text in (_SHOP, _SHOP.replace(": {price}", "; {price}"), _SHOP):
        path.write_text(text, encoding="utf-8")
        os.utime(path, (10**9, 10**9))
        for cached in (tmp_path / "__pycache__").glob("*"):
            cached.unlink()  # Python itself would not see it
        loaded, result, _ = said(agent(tmp_path))
        results.append(("libcst" in loaded, result))
    assert results == [(True, "a: 3"), (True, "a; 3"), (False, "a: 3")]


def test_the_order_of_sets_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop.py").write_text(_SHOP, encoding="utf-8")
    code = _AGENT.replace('shop.price("tea")', 'set("abcdef")')
    loaded = []
    for seed in ("1", "2", "3"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        loaded.append("libcst" in said(agent(tmp_path, code))[0])
    assert loaded == [True, False, False]


def test_many_processes_at_once(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(_SHOP, encoding="utf-8")
    found = [said(process)[1:] for process in [agent(tmp_path) for _ in range(4)]]
    assert all(one == found[0] for one in found)
    (entry,) = (tmp_path / "cache" / "modules").iterdir()
    entry.write_bytes(b"")
    assert said(agent(tmp_path))[1:] == found[0]


def test_importing_cascade_loads_little() -> None:
    code = (
        "import sys, cascade; print(sorted({'libcst', 'black', 'asyncio', 'cascade_gen.lower'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.strip() == "[]"
