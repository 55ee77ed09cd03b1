"""Module-level code that fills or changes what a task uses goes along, by whatever way it gets there."""

from __future__ import annotations

import json
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
import json
import cascade as cs
from {name}.steps import told
for inline in (True, False):
    cs.aot(told, inline=inline).save(f"{place}/agent_{{inline}}.py", standalone=True)
print(json.dumps(told.func()))
"""


@pytest.mark.parametrize("name", CASES)
def test_what_fills_what_a_task_uses(tmp_path: Path, name: str) -> None:
    before, value = CASES[name]
    text = f"import cascade as cs\n{dedent(before)}\n\n@cs.task\ndef told():\n    return {value}\n"
    package = Package(tmp_path, steps=text)
    expected = package.apart(SAVED.format(name=package.name, place=tmp_path))
    for inline in (True, False):
        found = printed(tmp_path / f"agent_{inline}.py")
        assert expected in (found, json.dumps(found))


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
    package.apart(SAVED.format(name=package.name, place=tmp_path))
    path = tmp_path / "agent_True.py"
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
    left = ("LIGHT", "COUNT", "KNOWN", "PEAR", "MORE", "LOG", "SMALL", "flow")
    assert [word for word in left if f"\n{word} = " in text] == []
    assert "class Large" not in text
    assert "def other" not in text
