"""What the key of a cached module covers: whatever changes the text changes the key."""

from __future__ import annotations

import importlib.util
import linecache
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import cascade as cs
import cascade_gen
from cascade_gen.artifact import cache
from cascade_gen.artifact.cache import compiler_stamp, module_key
from cascade_gen.bodies.digest import task_facts
from cascade_gen.emit import Options
from cascade_gen.pipeline import build, generate
from cascade_gen.tasks.names import Names, Route
from tests.golden.cases import Case, load_cases
from tests.golden.harness import Workspace

SHOP = """\
import logging

import cascade as cs

LIMIT = 3


def helper(n):
    return n


@cs.task
def step(n: int, by: int = LIMIT) -> int:
    # more of it
    return helper(n) + by + max(n, 1)


@cs.task
def other(n: int) -> int:
    return n


@cs.task
def root(n: int = 1, top: int = 9) -> int:
    if n < top:
        return cs.TailCall([n + step(1)])
    return n
"""


@pytest.fixture
def imported(tmp_path: Path) -> Iterator[Callable[..., ModuleType]]:
    """Imports a text as the module `shop`, as a new process would."""
    path = tmp_path / "shop.py"

    def make(text: str = SHOP, path: Path = path) -> ModuleType:
        path.write_text(text, encoding="utf-8")
        os.utime(path, (10**9, 10**9))
        linecache.clearcache()
        spec = importlib.util.spec_from_file_location("shop", path)
        assert spec is not None
        module = sys.modules["shop"] = importlib.util.module_from_spec(spec)
        exec(compile(text, str(path), "exec"), module.__dict__)
        return module

    yield make
    sys.modules.pop("shop", None)


def key_of(module: ModuleType, **options: Any) -> str:
    """The key of a small workflow of the module."""
    return module_key(build(module.root(module.other(module.step(2)))), options)


def facts_of(module: ModuleType) -> Any:
    """What is told of the functions alone, whatever the Blueprint says."""
    return task_facts({"step": module.step, "other": module.other, "root": module.root})


def text_of(module: ModuleType) -> str:
    return generate(build(module.root(module.other(module.step(2)))), Options()).text


def test_the_same_module_has_the_same_key(imported: Callable[..., ModuleType]) -> None:
    first = key_of(imported())
    assert len(first) == 64
    assert key_of(imported()) == first


EDITS = {
    "of the body, of the same length": lambda text: text.replace("+ by", "- by"),
    "of a comment": lambda text: text.replace("more of it", "less of it"),
    "of the layout": lambda text: text.replace("+ by", "+  by"),
    "of lines above": lambda text: text.replace("LIMIT = 3\n", "LIMIT = 3\n\n"),
    "of a default's value": lambda text: text.replace("LIMIT = 3", "LIMIT = 4"),
    "of a default's kind": lambda text: text.replace("LIMIT = 3", "LIMIT = None"),
    "that makes a default an object": lambda text: text.replace("LIMIT = 3", "LIMIT = [3]"),
    "that makes a helper a task": lambda text: f"{text}\nhelper = cs.task(helper)\n",
    "that makes a helper one that looks at its frame": lambda text: f"{text}\nhelper = logging.getLogger('shop')\n",
    "that makes a helper a method of a logger": lambda text: f"{text}\nhelper = logging.info\n",
    "that makes a helper a tail call": lambda text: f"{text}\nhelper = cs.TailCall\n",
    "that takes a helper away": lambda text: f"{text}\ndel helper\n",
    "that hides a builtin": lambda text: f"{text}\nmax = min\n",
    "that may hide a builtin later": lambda text: f"{text}\ndef later():\n    global max\n",
    "that renames a task": lambda text: f"{text}\nstep = cs.task(name='paces')(step.func)\n",
    "that makes a task pure": lambda text: f"{text}\nother = cs.task(pure=True)(other.func)\n",
    "that closes over something": lambda text: text.replace("@cs.task\ndef other", "@cs.task\nasync def other"),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_changes_the_key(imported: Callable[..., ModuleType], name: str) -> None:
    module = imported()
    before, facts = key_of(module), facts_of(module)
    assert EDITS[name](SHOP) != SHOP
    module = imported(EDITS[name](SHOP))
    assert key_of(module) != before
    assert facts_of(module) != facts


def test_edits_that_change_the_text_are_among_them(imported: Callable[..., ModuleType]) -> None:
    """Or else the edits would prove nothing."""
    before = text_of(imported())
    changed = {name for name, edit in EDITS.items() if text_of(imported(edit(SHOP))) != before}
    assert changed >= {"of the body, of the same length", "of a default's value", "that takes a helper away"}


@pytest.mark.parametrize(
    "change",
    [
        lambda module: setattr(module, "max", min),
        lambda module: delattr(module, "helper"),
        lambda module: setattr(module, "helper", module.other),
        lambda module: setattr(module.step.func, "__defaults__", (4,)),
        lambda module: setattr(module.step.func, "__module__", "elsewhere"),
        lambda module: sys.modules.pop("shop"),
        lambda module: sys.modules.update(shop=ModuleType("shop")),
    ],
    ids=["global hides builtin", "no global", "a task", "defaults", "module name", "no module", "another module"],
)
def test_what_a_running_program_changes_counts(
    imported: Callable[..., ModuleType], change: Callable[[ModuleType], None]
) -> None:
    module = imported()
    before, facts = key_of(module), facts_of(module)
    change(module)
    assert key_of(module) != before
    assert facts_of(module) != facts


def test_the_name_of_a_module_counts(imported: Callable[..., ModuleType]) -> None:
    module = imported()
    found = set()
    for name in ("elsewhere", "anywhere"):
        module.step.func.__module__ = name
        found.add(facts_of(module))
    assert len(found) == 2


def test_which_task_a_name_stands_for_counts(imported: Callable[..., ModuleType]) -> None:
    """A call of the running task is a jump to its beginning, that of another one leads elsewhere."""
    text = SHOP.replace("cs.TailCall([n + step(1)])", "again(n + 1)")
    tasks = ("root", "other", "step", "cs.task(root.func)", "cs.task(helper)")
    modules = {task: imported(f"{text}\nagain = {task}\n") for task in tasks}
    assert len(set(map(key_of, modules.values()))) == len(tasks)
    facts = {task: facts_of(module) for task, module in modules.items()}
    assert facts.pop("cs.task(root.func)") == facts["root"], "what tells tasks apart is their function"
    assert len(set(facts.values())) == len(facts)


OUTSIDE = """\
import cascade as cs
FACTOR = 2


@cs.task
def inner(n: int) -> int:
    return FACTOR * n


@cs.task
def outer(n: int, by: int = 1) -> int:
    return n + inner.func(n) + by


@cs.task
def root(n: int = 1) -> int:
    return cs.tail(root, n=outer(n))
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("n + inner.func(n) + by", "n - inner.func(n) + by"),
        ("by: int = 1", "by: int = 2"),
        ("FACTOR * n", "FACTOR - n"),
        ("\n\n\n@cs.task\ndef root", "\n\n\ndel FACTOR\n\n\n@cs.task\ndef root"),
        ("@cs.task\ndef outer", "@cs.task(mode='blocking')\ndef outer"),
        ("@cs.task\ndef outer", "@cs.task(name='other')\ndef outer"),
        ("@cs.task\ndef outer", "@cs.workflow\ndef outer"),
    ],
)
def test_tasks_that_a_source_only_names_count(imported: Callable[..., ModuleType], old: str, new: str) -> None:
    """Their bodies may move too."""
    assert old in OUTSIDE
    before, after = (task_facts({"root": imported(text).root}) for text in (OUTSIDE, OUTSIDE.replace(old, new)))
    assert before != after


def test_which_tasks_share_a_function_counts(imported: Callable[..., ModuleType]) -> None:
    first, second, _ = imported(), imported(), imported()
    assert task_facts({"a": first.step}) == task_facts({"a": second.step})
    assert task_facts({"a": first.step, "b": first.step}) != task_facts({"a": first.step, "b": second.step})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("logging.getLogger('shop')", "object()"),
        ("__import__('sys')._getframe", "__import__('sys').getsizeof"),
        ("__import__('enum').Enum", "__import__('enum').Enum('Size', 'small large')"),
        ("cs.tail", "cs.bind"),
        ("cs.TailCall", "type('Own', (cs.TailCall,), {})"),
        ("cs.Jump", "cs.TailCall"),
        ("len", "print"),
        ("type('Own', (), {'__module__': 'json'})", "type('Own', (), {'__module__': 'shop'})"),
        ("type('Own', (int,), {})", "type('Own', (str,), {})"),
    ],
)
def test_what_a_helper_is_counts(imported: Callable[..., ModuleType], one: str, other: str) -> None:
    assert len({facts_of(imported(f"{SHOP}\nhelper = {helper}\n")) for helper in (one, other)}) == 2


def test_a_module_of_the_same_name_elsewhere_has_another_key(
    imported: Callable[..., ModuleType], tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    assert key_of(imported()) != key_of(imported(path=tmp_path / "other" / "shop.py"))


def test_options_count(imported: Callable[..., ModuleType]) -> None:
    module = imported()
    options: list[dict[str, Any]] = [
        {},
        {"inline": False},
        {"observed": True},
        {"governed": True},
        {"yield_every": 0},
        {"yield_every": 0.0},
        {"system_resources": (("gpu", 1),)},
        {"system_resources": (("gpu", 1.0),)},
        {"inner": True},
    ]
    assert len({key_of(module, **one) for one in options}) == len(options)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1], [2]),
        ([1], [True]),
        ([1], (1,)),
        ([0.0], [-0.0]),
        ([Decimal("1")], [Decimal("1.0")]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ([range(3)], [range(4)]),
        ([slice(1)], [slice(2)]),
        ([object()], ["object"]),
        (object(), []),
        ([], [[]]),
    ],
    ids=repr,
)
def test_objects_count(imported: Callable[..., ModuleType], one: Any, other: Any) -> None:
    module = imported()

    def keys_of(*values: Any) -> list[str]:
        return [module_key(build(module.root(module.other(value))), {}) for value in values]

    keys = set(keys_of(one, other))
    assert keys == set(keys_of(one, other))
    assert len(keys) == 2


def test_what_is_handed_in_as_it_is_shares_a_key(imported: Callable[..., ModuleType]) -> None:
    module = imported()
    keys = {module_key(build(module.root(module.other(value))), {}) for value in (object(), object())}
    assert len(keys) == 1


class Slow:
    """A cache that has to be awaited."""

    async def check(self, key: str, inputs: Any) -> Any:
        return cs.MISS

    async def save(self, key: str, inputs: Any, value: Any) -> None:
        """Nothing is kept."""


class Quick(Slow):
    check = lambda self, key, inputs: cs.MISS  # type: ignore[assignment]  # noqa: E731


def test_whether_a_cache_is_awaited_counts(imported: Callable[..., ModuleType]) -> None:
    module, policy = imported(), Slow()

    def key() -> str:
        return module_key(build(module.other(1).with_cache(policy)), {})

    before = key()
    Slow.check, kept = Quick.check, Slow.check  # type: ignore[method-assign, assignment]
    try:
        assert key() != before
    finally:
        Slow.check = kept  # type: ignore[method-assign]


def test_what_cannot_be_told_has_no_key(imported: Callable[..., ModuleType]) -> None:
    """Python writes no int of so many digits."""
    assert key_of(imported(SHOP.replace("LIMIT = 3", "LIMIT = 10**5000"))) == ""


def test_objects_are_not_asked_who_they_are(imported: Callable[..., ModuleType]) -> None:
    class Rude:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError("no questions")

    assert module_key(build(imported().root(Rude())), {})


# the compiler


@pytest.fixture
def compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the compiler, which takes its place."""
    package = Path(cascade_gen.__file__).parent
    for folder in (package, package.parent / "templates"):
        shutil.copytree(folder, tmp_path / folder.name, ignore=shutil.ignore_patterns("__pycache__"))
    before = compiler_stamp()
    monkeypatch.setattr(cascade_gen, "__file__", str(tmp_path / "cascade_gen" / "__init__.py"))
    monkeypatch.setattr(cache, "STAMP", compiler_stamp())
    assert before == cache.STAMP, "it is the same, wherever it is installed"
    return tmp_path


def test_the_compilers_own_sources_count(compiler: Path) -> None:
    before = cache.STAMP
    for path in ("cascade_gen/emit/nodes.py", "templates/cached.py", "cascade_gen/tasks/names.py"):
        file = compiler / path
        status, text = file.stat(), file.read_text(encoding="utf-8")
        file.write_text(text.swapcase(), encoding="utf-8")
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert compiler_stamp() != before
        file.write_text(text, encoding="utf-8")
    assert compiler_stamp() == before
    shutil.rmtree(compiler / "cascade_gen")
    shutil.rmtree(compiler / "templates")
    assert compiler_stamp() == "", "there is nothing to tell one compiler from another"


def test_a_compiler_edited_since_it_was_imported_keeps_nothing(
    imported: Callable[..., ModuleType], compiler: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASCADE_CACHE", str(compiler / "kept"))
    file = compiler / "cascade_gen" / "emit" / "nodes.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(f"{text}\n", encoding="utf-8")
    module = imported()
    cs.aot(module.step)
    assert not (compiler / "kept").exists()
    file.write_text(text, encoding="utf-8")
    cs.aot(module.step)
    assert (compiler / "kept").exists()


def test_a_compiler_edited_once_it_is_imported_is_what_it_was(
    imported: Callable[..., ModuleType], compiler: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASCADE_CACHE", str(compiler / "kept"))
    module = imported()
    cs.aot(module.step)
    file = compiler / "cascade_gen" / "emit" / "nodes.py"
    file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    cs.aot(module.other)
    assert len(list((compiler / "kept" / "modules").iterdir())) == 2


def test_python_and_compiler_are_in_the_key(
    imported: Callable[..., ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = imported()
    before = key_of(module)
    monkeypatch.setattr(sys, "version", "3.99.0 (main)")
    assert compiler_stamp() != cache.STAMP
    monkeypatch.setattr(cache, "STAMP", compiler_stamp())
    assert key_of(module) not in ("", before)
    monkeypatch.setattr(cache, "STAMP", "")
    assert key_of(module) == ""


@pytest.mark.parametrize("name", ["black", "libcst"])
def test_the_libraries_count(name: str, tmp_path: Path) -> None:
    """They are known without being imported."""
    code = "import sys; from cascade_gen.artifact.cache import compiler_stamp as stamp; print(stamp())"
    code += "; sys.exit(bool({'black', 'libcst'} & set(sys.modules)))"
    root = Path(cascade_gen.__file__).parents[1]
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").touch()

    def stamp() -> str:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(root)))}
        return subprocess.run(
            [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    stamps = [stamp()]
    for version in ("1.0", "2.0"):
        (tmp_path / f"{name}-{version}.dist-info").mkdir()
        stamps.append(stamp())
        (tmp_path / f"{name}-{version}.dist-info").rmdir()
    (tmp_path / name / "__init__.py").write_text("# edited")
    stamps.append(stamp())
    assert len(set(stamps)) == 4


# what the generator asks

CASES = [case for case in load_cases() if case.compiles]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(tmp_path_factory.mktemp("asked"), CASES)


@pytest.mark.filterwarnings("ignore::cascade_gen.errors.CompileWarning")
@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])
def test_every_name_that_the_generator_asks_for_is_in_the_key(
    workspace: Workspace, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    with workspace.compiled(case) as function:
        blueprint = function.blueprint
        asked: list[tuple[str, Route]] = []
        look_up = Names.look_up

        def asking(self: Names, route: Route) -> Any:
            asked.append((self.code.co_filename, route))
            return look_up(self, route)

        monkeypatch.setattr(Names, "look_up", asking)
        generate(blueprint, Options())
        by_generator = set(asked)
        asked.clear()
        task_facts(blueprint.bound_tasks)
        assert by_generator <= set(asked)
