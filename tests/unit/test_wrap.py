"""Lines that are too long are wrapped exactly as black wraps them, with and without its help."""

from __future__ import annotations

import sys
from itertools import chain
from random import Random

import black
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cascade_gen.emit.wrap import WIDTH, wrap_long_lines
from cascade_gen.emit.wrap_calls import wrap_call

NAMES_IN_LINES = ["a", "page", "_load", "box.first", "_crawl.fetch.func", "a_name_of_some_length"]
ATOMS = [*NAMES_IN_LINES, "True", "0", "-17", "2.5", "f()", "[]", "{}", "()", 'b"x"']
ODD = ["1e5", "...", '"it\\"s"', "a + b", 'f"{a}"', "not a", "x[0]", "f(a)(b)"]
"""What is left to black."""
SIGNS = "ab ,=:()[]{}#'"


def item(random: Random, depth: int) -> str:
    """An argument or an element."""
    kind = random.random()
    if depth == 0 or kind < 0.4:
        text = "".join(random.choices(SIGNS, k=random.randint(0, 25)))
        return random.choice(ODD if kind < 0.005 else [*ATOMS, f'"{text}"'])
    inner = [item(random, depth - 1) for _ in range(random.choice([0, 1, 1, 2, 3, 5, 12]))]
    if kind < 0.7:
        return call(random, inner)
    if kind < 0.8:
        return f"[{', '.join(inner)}]"
    if kind < 0.9:
        return f"({', '.join(inner)})" if len(inner) != 1 else inner[0]
    keys = [random.choice([*NAMES_IN_LINES, '"key"', "3"]) for _ in inner]
    return f"{{{', '.join(map('{}: {}'.format, keys, inner))}}}"


def call(random: Random, arguments: list[str]) -> str:
    named = random.randint(0, len(arguments))
    words = [*([""] * named), *(f"word_{number}=" for number in range(len(arguments) - named))]
    inner = ", ".join(map("".join, zip(words, arguments, strict=True)))
    return f"{random.choice(['', '', 'await '])}{random.choice(NAMES_IN_LINES)}({inner})"


def statement(random: Random) -> str:
    """A line that mostly is too long."""
    value = call(random, [item(random, 3) for _ in range(random.randint(1, 9))])
    targets = random.choices(["part", "part_2", "a_target_of_some_length"], k=random.randint(1, 9))
    kinds = ["", "return ", "value: list = ", f"{', '.join(targets)} = ", f"{', '.join(targets)} = "]
    decorator = f"@{value.removeprefix('await ')}"
    return random.choice([decorator, *(kind + value for kind in kinds), f"{targets[0]} = {item(random, 4)}"])


def by_black(line: str) -> str:
    code = line.lstrip(" ")
    indent = len(line) - len(code)
    closer = "\ndef f():\n    pass" if code.startswith("@") else ""
    text = black.format_str(code + closer, mode=black.Mode(line_length=WIDTH - indent)).rstrip("\n")
    rows = text.removesuffix(closer).split("\n")
    return "\n".join(" " * indent + row for row in rows)


@given(st.integers(0, 2**32), st.integers(0, 4))
@settings(max_examples=150, deadline=None)
def test_what_is_wrapped_without_black_is_what_black_writes(seed: int, level: int) -> None:
    line = "    " * level + statement(Random(seed))
    wrapped = wrap_call(line, WIDTH) if len(line) > WIDTH else None
    if wrapped is not None:
        assert wrapped == by_black(line)


LONG = ", ".join(f'"a_route_{number}": {number}' for number in range(7))
NAMES = [f"part_{number}" for number in range(30)]


@pytest.mark.parametrize(
    "line",
    [
        f"{', '.join(NAMES)} = await together({', '.join(f'_load({name})' for name in NAMES)})",
        f"    return _many([{', '.join(f'_load({number})' for number in range(30))}])",
        f'@binds("idle", _idle, jumps={{{LONG}}})',
        f"_jumps = {{{LONG}}}",
    ],
)
def test_what_large_graphs_give_takes_no_black(line: str) -> None:
    assert wrap_call(line, WIDTH) == by_black(line)


HEADERS = [
    f"if {' and '.join(NAMES)}:",
    f"except ({', '.join(NAMES)}) as failure:",
    f"async def f({', '.join(NAMES)}) -> list[int]:",
    f"with scope({', '.join(NAMES)}) as inner:",
    f'@binds("idle", _idle, natural=a + b, jumps={{{LONG}}})',
]


@pytest.mark.parametrize("line", HEADERS)
def test_headers_and_decorators_are_wrapped(line: str) -> None:
    behind = {"@": "def f():\n    pass\n"}.get(line[0], "    pass\n")
    before = "try:\n    pass\n" if line.startswith("except") else ""
    text = f"{before}{wrap_long_lines(line)}\n{behind}"
    assert len(text.split("\n")) > 5
    assert black.format_str(text, mode=black.Mode()) == text


def test_another_way_of_a_condition_is_wrapped() -> None:
    text = wrap_long_lines(f"if a:\n    pass\nelif {' and '.join(NAMES)}:\n    pass\n")
    assert black.format_str(text, mode=black.Mode()) == text
    assert max(map(len, text.splitlines())) <= WIDTH


def test_signs_that_take_two_columns_count_twice() -> None:
    line = f'value = _greet("{"日本" * 20}", "{"a" * 12}")'
    assert len(line) <= WIDTH
    assert wrap_long_lines(line) == by_black(line) != line


def test_comments_stay() -> None:
    assert wrap_long_lines(f"# {'word ' * 30}") == f"# {'word ' * 30}"


def test_what_is_nested_deeply_is_left_to_black() -> None:
    line = "f(" * 60 + "a" + ")" * 60
    assert wrap_call(line, WIDTH) is None
    assert wrap_long_lines(line) == by_black(line)


def test_thousands_of_calls_need_no_black(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "black", None)  # importing it fails
    names = [f"part_{number}" for number in range(3000)]
    line = f"{', '.join(names)} = await together({', '.join(f'_load({name}, [1, 2])' for name in names)})"
    rows = wrap_long_lines(line).split("\n")
    assert rows == list(
        chain(
            ["("],
            (f"    {name}," for name in names),
            [") = await together("],
            (f"    _load({name}, [1, 2])," for name in names),
            [")"],
        )
    )
