"""What a standalone file takes along of the user's modules, and that it means the same there."""

from __future__ import annotations

import json
from pathlib import Path

import cascade as cs
from tests.standalone.support import Package, printed


def test_helpers_constants_and_what_fills_them(tmp_path: Path) -> None:
    package = Package(
        tmp_path,
        rates="""
            import math

            RATES = {}
            RATES.update(apple=3)
            for _fruit in ("pear", "plum"):
                RATES[_fruit] = len(_fruit)
            UNUSED = object()


            def rate(fruit):
                return math.floor(RATES[fruit] + 0.5)


            def unused():
                return UNUSED
        """,
        steps="""
            import cascade as cs

            from . import rates
            from .rates import rate as rate_of


            @cs.task
            def price(fruit: str) -> int:
                return rate_of(fruit) * len(rates.RATES)
        """,
    )
    path = package.save(package.load().price)
    assert printed(path, "--fruit", "plum") == "12"
    text = path.read_text()
    assert "UNUSED" not in text
    assert "def unused" not in text
    assert "import cascade" not in text
    assert package.name not in text.split('"""')[2]


def test_names_that_clash_get_a_number(tmp_path: Path) -> None:
    package = Package(
        tmp_path,
        left="""
            LIMIT = 1


            def shown(x):
                return f"left {x} {LIMIT} {LIMIT!r:>2}"
        """,
        right="""
            LIMIT = 2


            def shown(x, LIMIT_2=5):
                return f"right {x} {LIMIT} {LIMIT_2}"
        """,
        steps="""
            import cascade as cs

            from . import left, right


            @cs.task
            def both(shown):
                def inner(left_word):
                    return [left.shown(left_word), right.shown(shown)]

                return inner(shown) + [right.LIMIT]
        """,
    )
    assert printed(package.save(package.load().both), "--shown", "x") == '["left x 1  1", "right x 2 5", 2]'


def test_tasks_that_clash_keep_the_names_that_they_say(tmp_path: Path) -> None:
    package = Package(
        tmp_path,
        left="""
            import cascade as cs


            @cs.task
            def natural(n: int) -> int:
                return n
        """,
        steps="""
            import cascade as cs

            from . import left


            @cs.task
            def natural(n: int) -> int:
                return n


            @cs.task(name="other")
            def said(n: int) -> list[str]:
                own = [task.name for task in (natural, left.natural)]
                own += [task.__name__ for task in (natural, left.natural)]
                own += [task.__qualname__ for task in (natural, left.natural)]
                return own + [task.func.__qualname__ for task in (natural, left.natural)]
        """,
    )
    path = package.save(package.load().said)
    assert "natural_2" in path.read_text()
    assert json.loads(printed(path, "--n", "1")) == ["natural"] * 8


def test_globals_that_functions_bind_stay_one_variable(tmp_path: Path) -> None:
    package = Package(
        tmp_path,
        state="""
            count = 0


            def step():
                global count
                count += 1
                return count
        """,
        steps="""
            import cascade as cs

            from . import state

            count = 100


            @cs.task
            def seen(n: int):
                global count
                count += n
                return [state.step(), state.step(), state.count, count]
        """,
    )
    assert printed(package.save(package.load().seen), "--n", "5") == "[1, 2, 2, 105]"


def test_registries_that_decorators_fill(tmp_path: Path) -> None:
    package = Package(
        tmp_path,
        steps="""
            import cascade as cs

            HANDLERS = {}


            def handler(name):
                def register(func):
                    HANDLERS[name] = func
                    return func

                return register


            @handler("double")
            def _double(x):
                return 2 * x


            class Child:
                found = []

                def __init_subclass__(cls):
                    Child.found.append(cls.__name__)


            class First(Child):
                pass


            @cs.task
            def handled(name: str, x: int):
                return [HANDLERS[name](x), Child.found]
        """,
    )
    assert printed(package.save(package.load().handled), "--name", "double", "--x", "4") == '[8, ["First"]]'


def test_classes_dataclasses_and_annotations(tmp_path: Path) -> None:
    package = Package(
        tmp_path,
        shapes="""
            from dataclasses import dataclass, field
            from enum import Enum
            from typing import TYPE_CHECKING, NamedTuple

            if TYPE_CHECKING:
                from decimal import Decimal


            class Kind(Enum):
                SMALL = "small"


            @dataclass
            class Box:
                kind: Kind
                items: list["Item"] = field(default_factory=list)

                def total(self) -> "Decimal | int":
                    return sum(one.weight for one in self.items)


            class Item(NamedTuple):
                weight: int
        """,
        steps="""
            import cascade as cs

            from .shapes import Box, Item, Kind


            @cs.task
            def packed(n: int) -> str:
                box = Box(Kind("small"), [Item(n), Item(1)])
                return f"{box!r} {box.total()}"
        """,
    )
    expected = "Box(kind=<Kind.SMALL: 'small'>, items=[Item(weight=3), Item(weight=1)]) 4"
    assert printed(package.save(package.load().packed), "--n", "3") == expected


def test_imports_that_may_fail_and_imports_within_functions(tmp_path: Path) -> None:
    package = Package(
        tmp_path,
        texts="""
            try:
                import no_such_module_anywhere as fast
            except ImportError:
                fast = None


            def shout(x):
                return x.upper() + str(fast)
        """,
        steps="""
            import xml.etree.ElementTree as tree

            import cascade as cs


            @cs.task
            def said(x: str):
                import PACKAGE.texts
                from PACKAGE.texts import shout as loud

                return [loud(x), PACKAGE.texts.shout(x), tree.Element("a").tag]
        """,
    )
    assert printed(package.save(package.load().said), "--x", "a") == '["ANone", "ANone", "a"]'


def test_loggers_keep_the_name_of_their_module(tmp_path: Path) -> None:
    package = Package(
        tmp_path,
        steps="""
            import logging

            import cascade as cs

            log = logging.getLogger(__name__)


            @cs.task
            def named():
                return log.name
        """,
    )
    assert printed(package.save(package.load().named)) == f"{package.name}.steps"


LOOPS = """
    import cascade as cs


    @cs.task
    def down(n: int, acc: int = 0):
        found = {"n": n}
        if found.get("n") == 0:
            return acc
        call = down(n - 1, acc=acc + n)
        return call


    @cs.task
    def turn(n: int):
        target = cs.tail(turn, n=n - 1) if n else [cs.MISS is cs.MISS, n]
        return target


    @cs.task
    def slow(n: int) -> int:
        return n * n


    @cs.task(mode="blocking")
    def blocked(n: int) -> int:
        return n + 1


    @cs.task(mode="compute")
    def computed(n: int) -> int:
        return n + 2


    @cs.task
    async def awaited(n: int) -> int:
        return n


    CACHE = cs.MemoryCache()


    @cs.resource
    def db():
        yield "db"


    @cs.task
    def query(n: int, db=cs.inject("db")):
        return f"{db} {n}"
"""


def test_natural_recursion_and_tail_calls(tmp_path: Path) -> None:
    steps = Package(tmp_path, steps=LOOPS)
    module = steps.load()
    assert printed(steps.save(module.down, "down"), "--n", "5000") == "12502500"
    assert printed(steps.save(module.turn, "turn"), "--n", "5000") == "[true, 0]"


def test_modes_resources_caches_and_policies(tmp_path: Path) -> None:
    package = Package(tmp_path, steps=LOOPS)
    m = package.load()
    workflow = {
        "blocked": m.blocked(m.awaited(1)).with_timeout(30),
        "computed": m.computed(2).with_retry(2, delay=0.0),
        "cached": [m.slow(3).with_cache(m.CACHE), m.slow(3).with_cache(m.CACHE)],
        "mapped": m.slow.map(n=[1, 2]),
        "query": m.query(4).with_constraints(gpu=1),
    }
    path = package.save(workflow, resources=[m.db], system_resources={"gpu": 1})
    expected = '{"blocked": 2, "computed": 4, "cached": [9, 9], "mapped": [1, 4], "query": "db 4"}'
    assert printed(path) == expected


def test_errors_say_the_names_that_the_user_gave(tmp_path: Path) -> None:
    package = Package(
        tmp_path,
        steps="""
            import cascade as cs


            @cs.task
            def start(n: int):
                found = [n]
                found.append(start.func.__name__)
                return found


            @cs.task
            def root(n: int):
                return start.func(n)
        """,
    )
    assert printed(package.save(package.load().start(1))) == '[1, "start"]'


def test_a_saved_file_is_the_same_wherever_it_is_saved(tmp_path: Path) -> None:
    package = Package(tmp_path, steps=LOOPS)
    module = package.load()
    first = package.save(module.down, "first").read_bytes()
    assert package.save(module.down, "second").read_bytes() == first
    assert isinstance(cs.aot(module.down).source, str)


def test_a_cache_whose_place_might_be_the_name_of_a_module(tmp_path: Path) -> None:
    package = Package(
        tmp_path,
        steps="""
            import cascade as cs


            @cs.task
            def page(url: str = "/") -> str:
                return f"page of {url}"


            kept = page("/b").with_cache(cs.FileExistsCache("out.txt"))
            stored = page("/b").with_cache(cs.DiskCache("store"))
        """,
    )
    for name in ("kept", "stored"):
        path = package.save(getattr(package.load(), name))
        assert "import out.txt" not in path.read_text()
        assert printed(path) == "page of /b"
