"""Hostile input: nothing of it is executed, nothing is written but the given path, and files are whole or old."""

from __future__ import annotations

import ast
import builtins
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any, ClassVar

import pytest

import cascade as cs
from cascade_gen.artifact.files import write_whole
from cascade_gen.blueprint.parse import parse_blueprint
from cascade_gen.errors import BlueprintError, Location
from cascade_gen.inspect.visualise import to_dot
from cascade_gen.runtime.caches import FileExistsCache
from tests.unit.task_sources import define

ROOT = Path(__file__).parents[2]

TEXTS = [
    "'''; import os; os.abort(); '''",
    '"""\nos.abort()\n"""',
    "x\nimport os; os.abort()",
    "x\rimport os; os.abort()",
    "x\x0bos.abort()",
    "\\",
    "{os.abort()}",
    "__import__('os').abort()",
    "../../../etc/passwd",
    "a/b",
    "..",
    "\x00",
    "\x1b[31m",
    "\u2028os.abort()",
    "\ud800",
    "class",
    "None",
    "print",
    "__import__",
    "",
    "\uff50\uff52\uff49\uff4e\uff54",
    "a" * 300,
]


@cs.task
def give(value: Any = None, other: Any = None) -> Any:
    return value


@cs.task
def count(n: int, text: str = "") -> Any:
    return cs.tail(count, n - 1) if n else text


@pytest.fixture(autouse=True)
def nothing_is_called(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a text could be made to call fails the test, in this process."""

    def called(*_: object, **__: object) -> None:
        raise AssertionError("hostile text was executed")

    monkeypatch.setattr(os, "abort", called)
    monkeypatch.setattr(os, "system", called)
    yield


@pytest.mark.parametrize("text", TEXTS)
class TestHostileTexts:
    def test_as_the_name_of_a_task(self, text: str) -> None:
        task = cs.task(name=text)(lambda n=1: n)
        function = cs.aot(give(task(2)))
        ast.parse(function.source)
        assert function() == cs.run(give(task(2))) == 2

    def test_as_the_name_of_the_compiled_task(self, text: str) -> None:
        task = cs.task(name=text)(lambda n=1: n)
        assert cs.aot(task)(3) == 3

    def test_as_the_name_of_a_workflow(self, text: str) -> None:
        function = cs.aot(give(1), name=text)
        ast.parse(function.source)
        assert function() == 1

    def test_as_literals(self, text: str) -> None:
        values = {text: [text, (text, {text})], 1: text.encode("utf-8", "surrogatepass")}
        function = cs.aot(give(values))
        ast.parse(function.source)
        assert function() == values
        assert cs.run(give(give(values), other=give(text))) == values

    def test_as_the_value_of_a_round(self, text: str) -> None:
        assert cs.aot(count)(3, text) == text

    def test_as_an_environment_variable(self, text: str) -> None:
        if text and not set("=\0\ud800") & set(text):
            assert cs.aot(give(cs.Env(text, default=text)))() == text
        else:
            with pytest.raises(ValueError, match="can't be the name of an environment variable"):
                cs.Env(text, default=text)

    def test_as_a_param(self, text: str) -> None:
        if text.isidentifier() and text.isascii() and text not in ("class", "None"):
            function = cs.aot(give(cs.Param(text, default=3, type=int)))
            assert function(**{text: "4"}) == 4
        else:
            with pytest.raises(ValueError, match="must be an identifier"):
                cs.Param(text)

    def test_as_the_description_of_a_param(self, text: str) -> None:
        function = cs.aot(give(cs.Param("n", default=3, type=int, description=text)))
        ast.parse(function.source)
        assert function() == 3

    def test_as_a_resource(self, text: str) -> None:
        @cs.resource(name=text)
        def made() -> Iterator[str]:
            yield "made"

        function = cs.aot(give(cs.inject(text)), resources=[made])
        ast.parse(function.source)
        assert function() == "made"

    def test_as_an_unknown_resource(self, text: str) -> None:
        with pytest.raises(cs.ResourceNotFoundError) as caught:
            cs.aot(give(cs.inject(text)))
        lines = str(caught.value).split("\n")
        assert lines[0].startswith("CS107: no resource is registered as ")
        assert all(one.isprintable() for one in lines)

    def test_as_keys_of_routes_and_jumps(self, text: str) -> None:
        assert cs.aot(cs.Router(give(text), {text: give("found")}))() == "found"
        step = define("def f(key):\n    return cs.Jump(key, key)\n", cs=cs)["f"]
        machine = cs.bind(cs.task(step)(text), cs.select_jump({text: None}))
        assert cs.aot(machine)() == text

    def test_as_the_name_of_a_constraint(self, text: str) -> None:
        node = give(1).with_constraints(**{text: 1})
        assert cs.aot(node, system_resources={text: 1})() == 1

    def test_as_the_name_of_a_file_of_source(self, text: str) -> None:
        if "\0" in text or "\ud800" in text:
            return  # no code object has such a name
        namespace: dict[str, Any] = {"cs": cs, "__name__": text}
        exec(compile("@cs.task\ndef f(n=1):\n    return n\n", text, "exec"), namespace)
        function = cs.aot(namespace["f"])
        ast.parse(function.source)
        assert function() == 1

    def test_in_the_place_of_an_error(self, text: str) -> None:
        error = cs.CompileError("wrong", Location(text, 1))
        assert all(one.isprintable() for one in str(error).split("\n")[:2])

    def test_as_a_tail_call_by_name(self, text: str) -> None:
        source = f"def f(n=1):\n    return cs.TailCall([0], target_blueprint_id={text!r}) if n else n\n"
        task = cs.task(define(source, cs=cs)["f"])
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            function = cs.aot(task)
        assert [one.category for one in caught] == [cs.CompileWarning]
        with pytest.raises(cs.UnknownBlueprintError):
            function(1)

    def test_in_a_drawing(self, text: str) -> None:
        task = cs.task(name=text)(lambda n=1: n)
        assert to_dot(give(task(2), text)).source.startswith("digraph")

    def test_as_a_listing(self, text: str) -> None:
        with pytest.raises(BlueprintError):
            parse_blueprint(f"blueprint {text}:\n  x = call {text}\n")


EVIL_ANNOTATIONS = [
    "__import__('os').abort()",
    "list[__import__('os').abort()]",
    "int | os.abort()",
    "(" * 500 + "int" + ")" * 500,
    "int\nos.abort()",
]


@pytest.mark.parametrize("annotation", EVIL_ANNOTATIONS)
def test_annotations_are_not_evaluated(annotation: str) -> None:
    def annotated(value: Any) -> Any:
        return value

    annotated.__annotations__ = {"value": annotation, "return": annotation}
    task = cs.task(annotated)
    function = cs.aot(task(task(3)))
    ast.parse(function.source)
    assert function() == 3


class Evil:
    """Whatever is asked of it is noted."""

    asked: ClassVar[list[str]] = []

    def __getattribute__(self, name: str) -> Any:
        Evil.asked.append(name)
        if name == "__class__":  # that is what `isinstance` asks of everything
            return Evil
        raise AssertionError(f"asked for {name}")

    def __eq__(self, other: object) -> bool:
        Evil.asked.append("==")
        raise AssertionError("compared")

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        Evil.asked.append("repr")
        raise AssertionError("printed")


def test_an_object_is_handed_through_untouched() -> None:
    evil = object.__new__(Evil)
    Evil.asked.clear()
    assert cs.aot(give(evil))() is evil
    assert set(Evil.asked) <= {"__class__"}


def test_a_task_whose_globals_are_hostile_is_not_asked() -> None:
    evil = object.__new__(Evil)
    Evil.asked.clear()
    function = define("def f(n=0):\n    return EVIL.tail(n) if n else n\n", EVIL=evil)["f"]
    assert cs.aot(cs.task(function))() == 0
    assert set(Evil.asked) <= {"__class__"}


def test_a_file_that_says_something_else_is_not_run() -> None:
    """The source is only read: a file that now holds other code than was imported changes nothing."""
    namespace = define("def f(n=1):\n    return n\n")
    function = namespace["f"]
    import linecache

    name = function.__code__.co_filename
    text = "import os; os.abort()\n@os.abort()\ndef f(n=os.abort()):\n    return os.abort()\n"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    assert cs.aot(cs.task(function))(2) == 2


# Files


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize("name", ["../escaped", "/tmp/escaped", "a/../../escaped", "..", "aux", "~"])
def test_names_do_not_choose_where_a_module_is_saved(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "inside"
    folder.mkdir(parents=True)
    cs.aot(give, name=name).save(folder / "saved.py")
    assert files_below(tmp_path) == {"deep", "deep/inside", "deep/inside/saved.py"}
    ast.parse((folder / "saved.py").read_text(encoding="utf-8"))


def test_a_failed_save_leaves_nothing(tmp_path: Path) -> None:
    closure = cs.task(lambda n=1: n)
    old = tmp_path / "saved.py"
    old.write_text("old")
    with pytest.raises(cs.NotShippableError):
        cs.aot(closure).save(old)
    assert files_below(tmp_path) == {"saved.py"}
    assert old.read_text() == "old"


@pytest.mark.parametrize("failing", ["fsync", "replace", "chmod"])
def test_an_interrupted_write_leaves_the_old_file(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "saved.py"
    path.write_text("old")
    monkeypatch.setattr(os, failing, interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, "new")
    assert files_below(tmp_path) == {"saved.py"}
    assert path.read_text() == "old"


_WRITER = """
import sys
from pathlib import Path
from cascade_gen.artifact.files import write_whole

path = Path(sys.argv[1])
print("ready", flush=True)
while True:
    for letter in "ab":
        write_whole(path, letter * 1_000_000)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_writer_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "saved.py"
    for moment in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
            while not path.exists():
                time.sleep(0.001)
            time.sleep(0.003 * moment)
            writer.send_signal(signal.SIGKILL)
        text = path.read_text()
        assert text in ("a" * 1_000_000, "b" * 1_000_000)


def test_a_symbolic_link_is_followed_and_stays(tmp_path: Path) -> None:
    real, link = tmp_path / "real.py", tmp_path / "link.py"
    real.write_text("old")
    link.symlink_to(real)
    cs.aot(give).save(link)
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == cs.aot(give).source
    assert files_below(tmp_path) == {"real.py", "link.py"}


@pytest.mark.parametrize("text", ["../../escaped", "a/../../b", "a\nb", "'; os.abort() '"])
def test_cache_keys_do_not_choose_files(text: str, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "cache"
    folder.mkdir(parents=True)
    policy = FileExistsCache(folder / "value")
    node = cs.task(name=text)(lambda value: value)(text).with_cache(policy)
    assert cs.run(node) == text
    outside = {one for one in files_below(tmp_path) if not one.startswith("deep")}
    assert outside == set()


def test_the_text_of_a_module_says_only_what_it_must() -> None:
    """No statement of a generated module but imports, definitions and plain assignments runs at import."""
    function = cs.aot(give("__import__('os').abort()"))
    calls = [
        node.func.id
        for statement in ast.parse(function.source).body
        if not isinstance(statement, ast.FunctionDef | ast.If)
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert not {"eval", "exec", "__import__", "open"} & set(calls)


def test_compiling_evaluates_nothing_but_its_own_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is executed while compiling is bytecode of generated modules and binders; nothing of the user's text."""
    real: Callable[..., Any] = builtins.exec
    seen: list[str] = []

    def noted(code: str | CodeType, *rest: Any, **named: Any) -> Any:
        seen.append(code if isinstance(code, str) else code.co_filename)
        return real(code, *rest, **named)

    monkeypatch.setattr(builtins, "exec", noted)
    cs.aot(give(["os.abort()"], other=cs.Param("n", default="os.abort()")))()
    assert seen
    assert all(one.startswith(("<cascade ", "def bind(")) for one in seen)
