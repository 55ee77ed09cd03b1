"""What can't be taken along is refused by name, with the way out, and nothing is written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import cascade as cs
from tests.standalone.support import Package, printed, refusal, run

HEAD = "import cascade as cs\n\n"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param("return __file__", "reads the file's own place", id="file"),
        pytest.param("return globals()['x']", "looks names up while it runs", id="globals"),
        pytest.param("return cs.run(other(n))", "cs.run needs the compiler", id="compiler"),
        pytest.param("return cs.Router(n, {1: 2})", "cs.Router makes a graph", id="router"),
        pytest.param("return made(n)", "'made' is no name that the text of", id="dynamic"),
        pytest.param("import PACKAGE.helpers as helpers\n    return str(helpers)", "used as a value", id="module"),
        pytest.param(
            "from PACKAGE.stars import floor\n    return floor(n)", "import it there by its name", id="star"
        ),
    ],
)
def test_refused(body: str, says: str, tmp_path: Path) -> None:
    task = "@cs.task\ndef other(n):\n    return n\n\n"
    package = Package(
        tmp_path,
        steps=f"{HEAD}{task}@cs.task\ndef root(n: int):\n    {body}\n\nvars()['made'] = len\n",
        helpers="X = 1\n",
        stars="from PACKAGE.inner import *\n",
        inner="floor = int\n",
    )
    said = refusal(package, package.load().root)
    assert says in said
    places = re.findall(r"^  (\S+): ", said, re.MULTILINE)
    assert set(places) <= {f"{package.name}/{place}" for place in ("steps.py:9", "steps.py:10")}
    assert places
    assert "save it without standalone=True" in said


@pytest.mark.parametrize(
    "statement",
    [
        'plug = importlib.import_module("PACKAGE.plug")',
        '__import__("PACKAGE.plug")',
        'for name in ("plug",):\n    importlib.import_module(f"PACKAGE.{name}")',
    ],
)
def test_modules_that_a_text_names_are_refused(statement: str, tmp_path: Path) -> None:
    base = "TOOLS = []\n"
    plug = "from .base import TOOLS\n\nTOOLS.append('press')\n"
    steps = f"import importlib\n{HEAD}from .base import TOOLS\n\n"
    steps += f"json = importlib.import_module('json')\n{statement}\n\n\n"
    task = "@cs.task\ndef root():\n    return json.dumps(TOOLS)\n"
    package = Package(tmp_path, steps=steps + task, base=base, plug=plug)
    said = refusal(package, package.load().root)
    assert "imports a module by a text; import it by its name" in said
    assert len(re.findall(r"^  (\S+): ", said, re.MULTILINE)) == 1


@pytest.mark.parametrize(
    "read",
    [
        "resources.files('PACKAGE').joinpath('rates.txt').read_text()",
        "importlib.resources.read_text('PACKAGE', 'rates.txt')",
        "pkgutil.get_data(__name__, 'rates.txt')",
        "get_data(package='PACKAGE.steps', resource='rates.txt')",
    ],
)
def test_files_of_a_package_are_refused(read: str, tmp_path: Path) -> None:
    imports = (
        "import importlib.resources\nimport pkgutil\nfrom importlib import resources\nfrom pkgutil import get_data\n"
    )
    others = "resources.files('json').name"
    task = f"@cs.task\ndef root():\n    return {read}, {others}\n"
    package = Package(tmp_path, steps=f"{imports}{HEAD}{task}")
    said = refusal(package, package.load().root)
    assert "reads files of a package; take their text or path as an input" in said
    assert len(re.findall(r"^  (\S+): ", said, re.MULTILINE)) == 1


STEPS = """
    import cascade as cs


    def made():
        @cs.task
        def floored(n: int, most: int = 1):
            held = lambda: n
            return held()
        floored.func.__qualname__ = "floored"
        return floored


    vars()["floored"], vars()["LIMITS"] = made(), [1, 2]


    @cs.task
    def least(numbers, limit: int = 0):
        found = min(numbers)
        return max(
            [found, limit], key=globals()["abs"]
        ) if limit else cs.Router(found, {1: 2})


    @cs.task
    def kept(n: int):
        return [cs.run(least([n])), __file__]


    @cs.resource
    def ends():
        yield 3


    vars()["closing"] = ends
    ends.func.__qualname__ = "closing"


    @cs.task
    def shut(n, end=cs.inject("ends")):
        return n, end, [n for _ in range(n)]
"""
USES = """
    import cascade as cs
    from PACKAGE import steps

    task = steps.floored(
        2
    )
    argument = steps.shut(steps.LIMITS, 3)
    inner = [steps.shut(steps.shut(1, 2), steps.LIMITS)]
    resource = [steps.shut(1)]
    several = [steps.floored(1), steps.floored.map(n=[1]), steps.shut(steps.LIMITS, 2)]
"""


def reasons(package: Package, workflow: Any, **options: Any) -> set[str]:
    """The lines that say why a workflow is refused."""
    said = refusal(package, workflow, **options).partition("\n  -->")[0]
    return {one.strip() for one in said.splitlines()[1:]}


@pytest.mark.parametrize("inline", [True, False])
def test_places_in_moved_bodies_are_those_of_the_user(tmp_path: Path, inline: bool) -> None:
    package = Package(tmp_path, steps=STEPS)
    steps, there = package.load(), f"{package.name}/steps.py"
    assert reasons(package, steps.least, inline=inline) == {
        f"{there}:20: globals looks names up while it runs; name them instead",
        f"{there}:21: cs.Router makes a graph when a task runs, which needs the compiler;"
        " make it part of the workflow",
    }
    assert {
        f"{there}:26: cs.run needs the compiler, which a standalone file doesn't have",
        f"{there}:26: __file__ reads the file's own place; take the path as an input, or set it in the environment",
    } <= reasons(package, [steps.kept(1), 5], inline=inline)


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize(
    ("name", "place", "meant"),
    [
        ("task", "uses.py:4", "the task 'floored': 'floored'"),
        ("argument", "uses.py:7", "the value LIMITS: 'LIMITS'"),
        ("inner", "uses.py:8", "the value LIMITS: 'LIMITS'"),
        ("resource", "steps.py:39", "the resource 'ends': 'closing'"),
    ],
)
def test_what_generated_text_reads_is_told_by_its_use(
    name: str, place: str, meant: str, inline: bool, tmp_path: Path
) -> None:
    package = Package(tmp_path, steps=STEPS, uses=USES)
    uses = package.load("uses")
    unbound = f"is no name that the text of {package.name}.steps binds; bind it by a statement"
    options = {"resources": [package.load().ends]} if name == "resource" else {}
    assert reasons(package, getattr(uses, name), inline=inline, **options) == {
        f"{package.name}/{place}: {meant} {unbound}"
    }


def test_each_is_told_once(tmp_path: Path) -> None:
    package = Package(tmp_path, steps=STEPS, uses=USES)
    said = refusal(package, package.load("uses").several)
    assert said.count("'floored' is no name") == said.count("'LIMITS' is no name") == 1


def test_a_closure_is_refused_as_for_saved_modules(tmp_path: Path) -> None:
    text = f"{HEAD}def make(k):\n    @cs.task\n    def inner(n: int):\n        return n + k\n    return inner\n\n"
    text += "made = make(2)\n"
    package = Package(tmp_path, steps=text)
    assert "another process could not import" in refusal(package, package.load().make(1))


def test_a_source_that_has_changed_since(tmp_path: Path) -> None:
    package = Package(
        tmp_path, steps=f"{HEAD}def plus(n):\n    return n + 1\n\n\n@cs.task\ndef root(n: int):\n    return plus(n)\n"
    )
    root = package.load().root
    package.write(
        "steps", f"{HEAD}def plus(n):\n    return n + 2\n\n\n@cs.task\ndef root(n: int):\n    return plus(n)\n"
    )
    assert "the source of 'plus' has changed since it was imported" in refusal(package, root)


LINKED = """
    import cascade as cs


    @cs.task
    def start(n: int):
        return cs.TailCall([n], {}, "onward")


    @cs.task
    def through(n: int):
        return cs.TailCall([n - 1], {}, "end")


    @cs.task
    def end(n: int):
        return n


    @cs.workflow
    def onward(n: int):
        return through(n)
"""


def test_what_a_linked_workflow_names_has_to_be_named_to_the_compiler(tmp_path: Path) -> None:
    package = Package(tmp_path, steps=LINKED)
    module = package.load()
    compiled = cs.aot(module.start, blueprints=[module.onward])
    assert compiled(3) == 2
    with pytest.raises(cs.NotShippableError) as refused:
        compiled.save(tmp_path / "file.py", standalone=True)
    assert f"{package.name}/steps.py:21: the task 'through' of the workflow 'onward' names 'end'" in str(
        refused.value
    )
    assert "which only its module knows; compile with blueprints=[end, ...] as well" in str(refused.value)
    assert not (tmp_path / "file.py").exists()
    named = cs.aot(module.start, blueprints=[module.onward, module.end])
    named.save(tmp_path / "file.py", standalone=True)
    assert run(tmp_path / "file.py", "--n", "3").stdout == "2\n"


LOOKING = """
    import importlib.util
    import inspect
    import pkgutil
    import runpy
    import sys
    from sys import modules

    import cascade as cs

    RATE = 7


    def helper(n):
        return n + RATE


    @cs.task
    def root(n: int = 1):
        BODY
"""


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize(
    ("body", "shown", "says"),
    [
        ("return sys.modules[__name__].RATE", "sys.modules[__name__]", "looks a module up"),
        ("return vars(modules[__name__])['RATE']", "modules[__name__]", "looks a module up"),
        ("return sys.modules['PACKAGE.steps'].RATE", "sys.modules['PACKAGE.steps']", "looks a module up"),
        ("return sys.modules[helper.__module__].RATE", "sys.modules[helper.__module__]", "looks a module up"),
        ("return sys.modules.get(__name__).RATE", "sys.modules.get(__name__)", "looks a module up"),
        ("return (lambda: sys.modules[__name__].RATE)()", "sys.modules[__name__]", "looks a module up"),
        ("import sys as s; return s.modules[__name__].RATE", "s.modules[__name__]", "looks a module up"),
        ("return inspect.getmodule(helper).RATE", "inspect.getmodule(helper)", "looks a module up"),
        (
            "return importlib.import_module(__name__).RATE",
            "importlib.import_module(__name__)",
            "looks a module up",
        ),
        ("return __import__(__name__).RATE", "__import__(__name__)", "looks a module up"),
        (
            "from importlib import import_module as im; return im('PACKAGE.steps').RATE",
            "im('PACKAGE.steps')",
            "imports a module by a text",
        ),
        (
            "return pkgutil.resolve_name('PACKAGE.steps:RATE')",
            "pkgutil.resolve_name('PACKAGE.steps:RATE')",
            "imports a module by a text",
        ),
        ("return runpy.run_module(__name__)['RATE']", "runpy.run_module(__name__)", "looks a module up"),
        ("return importlib.util.find_spec(__name__).name", "importlib.util.find_spec(__name__)", "looks a module up"),
        ("return helper.__globals__['RATE']", "helper.__globals__", "looks names up while it runs"),
        ("return sys._getframe().f_globals['RATE']", "sys._getframe().f_globals", "looks names up while it runs"),
        ("return eval('n * RATE')", "eval('n * RATE')", "reads 'RATE' by a text; name it outside of the text"),
    ],
)
def test_modules_and_names_that_are_looked_up_while_it_runs(
    body: str, shown: str, says: str, inline: bool, tmp_path: Path
) -> None:
    package = Package(tmp_path, steps=LOOKING.replace("BODY", body))
    (reason,) = reasons(package, package.load().root, inline=inline)
    shown = shown.replace("PACKAGE", package.name)
    assert reason.startswith(f"{package.name}/steps.py:19: `{shown}` {says}")


def test_what_looks_up_other_modules_and_its_own_names_is_taken_along(tmp_path: Path) -> None:
    body = """
        import inspect as other, json; text = json.dumps(eval('n + 1') + eval('RATE', {'RATE': 3}))
        import PACKAGE.helpers as own; text += str(own.LEAST)
        return text, sys.modules["sys"] is sys, other.getmodule(pkgutil.iter_modules).__name__, "json" in sys.modules
    """
    package = Package(tmp_path, steps=LOOKING.replace("BODY", body.strip()), helpers="LEAST = 2\n")
    assert printed(package.save(package.load().root)) == '["52", true, "pkgutil", true]'


STARTED = """
    import importlib

    import cascade as cs


    def load(name):
        return importlib.import_module(name)


    def load_all(*names):
        import importlib as other

        return [load(name) or other.import_module(name) for name in names]


    outside = load("json")
    later = lambda: load("PACKAGE.plug")
    BODY


    @cs.task
    def root(name: str = "math"):
        return outside.dumps([load(name).floor(2.5), later.__name__, str(USED)])
"""


@pytest.mark.parametrize(
    "call",
    [
        'load("PACKAGE.plug")',
        'load_all("PACKAGE.plug")',
        "map(load, ['PACKAGE.plug'])",
        'load(__name__[:-5] + "plug")',
    ],
)
def test_functions_that_import_by_a_text_when_the_file_starts(call: str, tmp_path: Path) -> None:
    body = f"USED = [list({call}) if 'map' in {call!r} else {call}]"
    package = Package(tmp_path, steps=STARTED.replace("BODY", body), plug="")
    call = call.replace('"', "'").replace("PACKAGE", package.name)
    assert reasons(package, package.load().root) == {
        f"{package.name}/steps.py:18: `{call}` imports a module by a text when the file starts; import it by its name"
    }


def test_functions_that_import_by_a_text_in_a_run_are_taken_along(tmp_path: Path) -> None:
    package = Package(tmp_path, steps=STARTED.replace("BODY", "USED = [load]"), plug="")
    assert printed(package.save(package.load().root)).startswith('[2, "<lambda>", "[<function load')
