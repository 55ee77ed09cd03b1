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
from cascade_gen.emit.wrap_defs import wrap_def

PLACE = "\U00012000\U00012001\U00012001\U0001203f"
NAMES_IN_LINES = [PLACE, "a", "page", "_load", "box.first", "_crawl.fetch.func", "a_name_of_some_length"]
ATOMS = [*NAMES_IN_LINES, "True", "0", "-17", "2.5", "f()", "[]", "{}", "()", 'b"x"']
ODD = ["1e5", "...", '"it\\"s"', "a + b", 'f"{a}"', "not a", "x[0]", "f(a)(b)"]
"""What is left to black."""
SIGNS = "ab ,=:()[]{}#'"


def item(random: Random, depth: int) -> str:
    """An argument or an element."""
    kind = random.random()
    if depth == 0 or kind < 0.4:
        text = "".join(random.choices(SIGNS, k=random.choice([0, 3, 12, 25, 90])))
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


@pytest.mark.parametrize(
    "line",
    [
        f"        return [{', '.join([PLACE] * 30)}]",
        f'        key = cache_key("{"f" * 64}", inputs, "{"g" * 90}")',
    ],
)
def test_places_and_long_constants_take_no_black(line: str) -> None:
    assert wrap_call(line, WIDTH) == wrap_long_lines(line) == by_black(line)


PLAIN_TYPES = ["int", "None", "np.ndarray", '"Later"', 'Literal["a", -3]', "tuple[int, ...]", "Callable[[], str]"]
DEFAULTS = ["1", "-2.5", "None", f'"{"long " * 4}"', f'"{"long " * 14}"', "_default", "_agents.size", "()"]
ODD_TYPES = ["Callable[[a], b](c)", "tuple[int,]", "list[ int]", "a if b else c", "'int'", "(int)"]
"""What is left to black, but for what has more than one form."""


def annotation(random: Random, depth: int = 2) -> str:
    kind = random.random()
    if depth == 0 or kind < 0.5:
        return random.choice(ODD_TYPES if kind < 0.005 else PLAIN_TYPES)
    inner = ", ".join(annotation(random, depth - 1) for _ in range(random.randint(1, 3)))
    if kind < 0.8:
        return f"{random.choice(['list', 'dict', 'Callable'])}[{inner}]"
    return f"Callable[[{inner}], int]" if kind < 0.9 else inner.replace(", ", " | ")


def header(random: Random) -> str:
    """The first line of a function, mostly too long."""
    words: list[str] = []
    defaulted = False
    kinds = random.choices(["name", "name", "name", "name", "*", "/"], k=random.randint(0, 8))
    for number, kind in enumerate(kinds):
        if kind == "*" and "*" not in words and number < len(kinds) - 1 and kinds[number + 1] == "name":
            words.append("*")
            defaulted = False
        elif kind == "/" and words and not {"*", "/"}.intersection(words):
            words.append("/")
        else:
            defaulted = defaulted or random.random() < 0.3
            typed = random.random() < 0.8
            equals = [" = " if typed else "=", random.choice(DEFAULTS)] if defaulted else []
            name = f"{random.choice(['value', 'a_parameter_of_some_length'])}_{number}"
            words.append("".join([name, f": {annotation(random)}" if typed else "", *equals]))
    returns = f" -> {annotation(random)}" if random.random() < 0.8 else ""
    return f"{random.choice(['def', 'async def'])} survey({', '.join(words)}){returns}:"


@given(st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_headers_that_are_wrapped_without_black_are_what_black_writes(seed: int) -> None:
    line = header(Random(seed))
    wrapped = wrap_def(line, WIDTH) if len(line) > WIDTH else None
    if wrapped is not None:
        assert wrapped == black.format_str(f"{line}\n    pass", mode=black.Mode()).removesuffix("\n    pass\n")


@pytest.mark.parametrize(
    "parameters",
    [
        'text: str = "6 9 8", limit: int = 3, words: list[str] | None = None, other=1',
        f"{', '.join(f'number_{one}: int = {one}' for one in range(30))}",
        f"first: dict[str, tuple[int, ...]], /, *, {', '.join(f'number_{one}=None' for one in range(30))}",
        f"first, *, {', '.join(f'number_{one}: int' for one in range(30))}",
        f'text: str = "{"word " * 13}"',
    ],
)
def test_headers_of_workflows_take_no_black(parameters: str) -> None:
    line = f"def survey({parameters}) -> dict[str, int]:"
    expected = black.format_str(f"{line}\n    pass", mode=black.Mode()).removesuffix("\n    pass\n")
    assert wrap_def(line, WIDTH) == expected
    assert wrap_long_lines(line) == expected


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


def test_places_are_measured_without_black(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "black", None)  # importing it fails
    lines = [f"values = {', '.join([PLACE] * number)}" for number in (2, 12)]
    assert [len(line) <= WIDTH for line in lines] == [True, True]
    assert wrap_long_lines("\n".join(lines)) == "\n".join(lines)


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
