"""Module-level code that fills or changes what a task uses goes along, by whatever way it gets there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from tests.standalone.support import Package, printed

CASES = {
    "singledispatch": (
        """
        import functools

        @functools.singledispatch
        def kind(value):
            return "any"

        @kind.register
        def _(value: int):
            return "int"

        @kind.register(str)
        def _text(value):
            return "str"

        kind.register(float, lambda value: "float")
        """,
        "[kind(one) for one in (1, 'a', 0.5, None)]",
    ),
    "decorators": (
        """
        TOOLS = {}

        def tool(name):
            def add(function):
                TOOLS[name] = function
                return function

            return add

        @tool("weigh")
        def weigh(crate):
            return crate
        """,
        "sorted(TOOLS)",
    ),
    "functions_of_tasks": (
        """
        KNOWN, OTHERS = {}, {}

        @cs.task
        def fill(table, name):
            table[name] = len(table)

        @cs.task
        def note(name):
            OTHERS[name] = 1

        def start():
            fill.func(KNOWN, "pear")
            note.func("quince")

        start()
        fill.func(KNOWN, "plum")
        done = [note.func("apple")]
        """,
        "[KNOWN, OTHERS]",
    ),
    "decorators_that_count": (
        """
        def counted(function):
            counted.known = getattr(counted, "known", 0) + 1
            return function

        @counted
        def weigh(crate):
            return crate
        """,
        "counted.known",
    ),
    "heirs": (
        """
        class Fruit:
            names = []

            def __init_subclass__(cls):
                Fruit.names.append(cls.__name__)

        class Apple(Fruit):
            pass

        class Boskoop(Apple):
            pass

        Quince = type("Quince", (Fruit,), {})
        """,
        "Fruit.names",
    ),
    "metaclasses": (
        """
        class Named(type):
            names = []

            def __init__(cls, name, bases, body):
                super().__init__(name, bases, body)
                Named.names.append(name)

        class Apple(metaclass=Named):
            pass

        class Boskoop(Apple):
            pass
        """,
        "Named.names",
    ),
    "subclasses": (
        """
        class Fruit:
            pass

        class Apple(Fruit):
            pass

        class Boskoop(Apple):
            pass
        """,
        "[[one.__name__ for one in kind.__subclasses__()] for kind in (Fruit, *Fruit.__subclasses__())]",
    ),
    "virtual_subclasses": (
        """
        import collections.abc

        class Crate:
            pass

        collections.abc.Sized.register(Crate)
        """,
        "isinstance(Crate(), collections.abc.Sized)",
    ),
    "attributes_of_classes": (
        """
        class Settings:
            units = ["kg"]

        def _fill():
            Settings.units.append("t")

        _fill()
        """,
        "Settings.units",
    ),
    "other_names": (
        """
        CRATES = []
        boxes = CRATES
        boxes.append(3)
        """,
        "CRATES",
    ),
    "parts_of_a_value": (
        """
        STORE = {"crates": []}
        crates = STORE["crates"]
        crates.append(1)
        """,
        "STORE",
    ),
    "one_value_of_two": (
        """
        CRATES = BOXES = []
        BOXES.append(2)
        """,
        "CRATES",
    ),
    "what_was_put_in": (
        """
        CRATES = []
        STORE = {}
        STORE["crates"] = CRATES
        taken = STORE["crates"]
        taken.append(4)
        """,
        "CRATES",
    ),
    "results_of_functions": (
        """
        CRATES = []

        def all_crates():
            return CRATES

        all_crates().append(5)
        found = all_crates()
        found.append(6)
        """,
        "CRATES",
    ),
    "kept_results": (
        """
        CRATES = [3, 1, 2]
        first = CRATES.pop(0)

        def take(crates):
            return crates.pop()

        last = take(CRATES)
        """,
        "CRATES",
    ),
    "instances": (
        """
        class Crate:
            made = []

            def __init__(self, weight):
                self.made.append(weight)

        small = Crate(1)
        large = Crate(9)
        """,
        "Crate.made",
    ),
    "methods": (
        """
        WEIGHTS = {}

        class Scale:
            def weigh(self, crate):
                WEIGHTS[crate] = len(crate)

        scale = Scale()
        scale.weigh("small")
        Scale().weigh("large")
        """,
        "WEIGHTS",
    ),
    "functions_that_are_handed_over": (
        """
        CRATES = []

        def add(crate):
            CRATES.append(crate)
            return len(CRATES)

        def each(crates, action):
            return [action(crate) for crate in crates]

        class Row:
            def __init__(self, crates):
                self.crates = crates

            def visit(self, action):
                return each(self.crates, action)

        counts = each(["small", "large"], add)
        row = Row(["open"])
        more = row.visit(add)
        """,
        "CRATES",
    ),
    "methods_by_other_methods": (
        """
        WEIGHTS = {}

        class Scale:
            def weigh(self, crate):
                WEIGHTS[crate] = len(crate)
                return self

            def both(self, crates):
                for crate in crates:
                    self.weigh(crate)
                return self

        scale = Scale().both(["small", "large"])
        """,
        "WEIGHTS",
    ),
    "methods_of_builtin_types": ("CRATES = {}\ndict.update(CRATES, small=1)\n", "CRATES"),
    "functions_that_builtins_call": (
        """
        SEEN = []

        def weight(crate):
            SEEN.append(crate)
            return len(crate)

        ordered = sorted(["large", "s"], key=weight)
        longest = max(ordered, key=lambda crate: SEEN.append(crate) or 1)
        """,
        "SEEN",
    ),
    "iterators": (
        """
        import itertools

        numbers = itertools.count(1)
        labels = iter("abc")
        first = list(itertools.islice(numbers, 2))
        pairs = dict(zip(labels, "x"))
        """,
        "[next(numbers), list(labels)]",
    ),
    "texts_printed_to_a_file": ("import io\nPAGE = io.StringIO()\nprint('x', file=PAGE)\n", "[PAGE.getvalue()]"),
    "properties": (
        """
        class Crate:
            opened = []

            @property
            def lid(self):
                self.opened.append(1)
                return "lid"

        crate = Crate()
        lid = crate.lid
        """,
        "Crate.opened",
    ),
}
STATES = {
    "random_seed": ("import random\nrandom.seed(42)\nfirst = random.random()\n", "random.random()"),
    "environment": ('import os\nos.environ["ORCHARD"] = "north"\n', 'os.environ.get("ORCHARD")'),
    "other_names_of_the_environment": (
        """
        import os

        places = os.environ
        places["ORCHARD_2"] = "south"
        kept = os.environ.setdefault("ORCHARD_3", "x")
        """,
        '[os.environ.get("ORCHARD_2"), os.environ.get("ORCHARD_3")]',
    ),
    "decimal_context": (
        "import decimal\ncontext = decimal.getcontext()\ncontext.prec = 7\n",
        "str(decimal.Decimal(1) / 3)",
    ),
    "attributes_of_modules": (
        'import json\njson.JSONEncoder.item_separator = ";"\n',
        "json.dumps([1, 2])",
    ),
    "import_path": ('import sys\nsys.path.append("/orchard")\n', '"/orchard" in sys.path'),
    "what_nobody_names": (
        'import codecs\ncodecs.register_error("orchard", lambda error: ("?", error.end))\n',
        '"\\u00e9".encode("ascii", "orchard").decode()',
    ),
}


SAVED = """
import importlib, json
import cascade as cs
told = {{}}
for name in {modules}:
    task = importlib.import_module("{name}." + name).told
    for inline in (True, False):
        cs.aot(task, inline=inline).save(f"{place}/{{name}}_{{inline}}.py", standalone=True)
    told[name] = json.dumps(task.func())
print(json.dumps(told))
"""


def saved(folder: Path, cases: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """What the task of each case gives in a process that has saved all of them, inlined and not."""
    texts = {
        name: f"import cascade as cs\n{dedent(before)}\n\n@cs.task\ndef told():\n    return {value}\n"
        for name, (before, value) in cases.items()
    }
    package = Package(folder, **texts)
    told: dict[str, str] = json.loads(
        package.apart(SAVED.format(modules=list(cases), name=package.name, place=folder))
    )
    return told


def check(folder: Path, name: str, expected: str) -> None:
    for inline in (True, False):
        found = printed(folder / f"{name}_{inline}.py")
        assert expected in (found, json.dumps(found))


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The folder in which all cases are saved that leave other modules as they are, and what they give."""
    folder = tmp_path_factory.mktemp("effects")
    return folder, saved(folder, CASES)


@pytest.mark.parametrize("name", CASES)
def test_what_fills_what_a_task_uses(together: tuple[Path, dict[str, str]], name: str) -> None:
    folder, told = together
    check(folder, name, told[name])


@pytest.mark.parametrize("name", STATES)
def test_what_changes_modules_that_stay_imports(tmp_path: Path, name: str) -> None:
    check(tmp_path, name, saved(tmp_path, {name: STATES[name]})[name])


BASE = """
    import functools

    TOOLS = {}


    def tool(name):
        def add(function):
            TOOLS[name] = function
            return function

        return add


    class Fruit:
        names = []

        def __init_subclass__(cls):
            Fruit.names.append(cls.__name__)


    @functools.singledispatch
    def kind(value):
        return "any"
"""
PLUGIN = """
    from .base import Fruit, kind, tool


    class Quince(Fruit):
        pass


    @tool("press")
    def press(fruit):
        return f"juice of {fruit}"


    @kind.register
    def _(value: bytes):
        return "bytes"


    def unused():
        return "never asked"
"""
STEPS = """
    import cascade as cs

    from . import plugin
    from .base import TOOLS, Fruit, kind


    @cs.task
    def told(name: str = "press") -> list[object]:
        return [TOOLS[name]("pears"), Fruit.names, kind(b"x")]


    agent = cs.aot(told)
"""


def test_modules_that_are_imported_for_what_they_register(tmp_path: Path) -> None:
    start = "import decimal\n\ndecimal.getcontext().prec = 7\n"
    package = Package(tmp_path, __init__=start, base=BASE, plugin=PLUGIN, steps=STEPS)
    path = tmp_path / "agent.py"
    package.apart(f"from {package.name}.steps import agent\nagent.save({str(path)!r}, standalone=True)")
    assert json.loads(printed(path)) == ["juice of pears", ["Quince"], "bytes"]
    text = path.read_text()
    assert "decimal.getcontext().prec = 7" in text
    assert "def unused" not in text
    assert "\nagent =" not in text


def test_what_only_makes_something_new_is_left_out(tmp_path: Path) -> None:
    steps = """
        import logging
        import re

        import cascade as cs

        WEIGHTS = {"pear": 3, "plum": 1}
        LIGHT = sorted(WEIGHTS)
        COUNT = len(WEIGHTS)
        KNOWN = re.compile("|".join(WEIGHTS))
        PEAR = WEIGHTS.get("pear")
        MORE = {**WEIGHTS, "apple": 2}
        LOG = logging.getLogger(__name__)


        class Crate:
            def __init__(self, fruit):
                self.fruit = fruit


        SMALL = Crate("plum")


        class Large(Crate):
            pass


        class Check:
            def __init__(self, size, build):
                self.size = size
                self.build = build

            def weigh(self):
                WEIGHTS["checked"] = self.size
                return self.build()


        CHECKS = {}


        def check(size):
            def keep(build):
                CHECKS[build.__name__] = Check(size, build)
                return build

            return keep


        def weigh_all(fruit):
            WEIGHTS[fruit] = 1


        @check(size=2)
        def checked_graph():
            return cs.sequence(told("plum"), told("pear"))


        CHOICE = Check(1, weigh_all)


        def shown(fruit):
            return f"{fruit} {WEIGHTS[fruit]}"


        def other():
            return shown("pear")


        @cs.task
        def told(fruit: str) -> str:
            return shown(Crate(fruit).fruit)


        flow = told("pear")
    """
    package = Package(tmp_path, steps=steps)
    path = package.save(package.load().told)
    assert printed(path, "--fruit", "plum") == "plum 1"
    text = path.read_text()
    left = ("LIGHT", "COUNT", "KNOWN", "PEAR", "MORE", "LOG", "SMALL", "flow", "CHECKS", "CHOICE")
    assert [word for word in left if f"\n{word} = " in text] == []
    assert "class Large" not in text
    assert "def other" not in text
    assert "checked_graph" not in text


def test_functions_that_make_the_graph_are_left_out_though_they_bind_what_is_taken_along(tmp_path: Path) -> None:
    steps = """
        import cascade as cs


        class State:
            def __init__(self, n):
                self.n = n


        @cs.task
        def step(state: State):
            return cs.Jump("again", State(state.n - 1)) if state.n else cs.Jump("exit", "done")


        START = State(3)


        def build():
            root = step(START)
            cs.bind(root, cs.select_jump({"again": root, "exit": None}))
            return root


        flow = build()
    """
    package = Package(tmp_path, steps=steps)
    path = package.save(package.load().flow)
    assert printed(path) == "done"
    assert "def build" not in path.read_text()
