"""Text that is no listing is a `BlueprintError` that shows the line with a caret, never another exception."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cascade_gen.blueprint import Blueprint
from cascade_gen.blueprint.parse import parse_blueprint
from cascade_gen.errors import BlueprintError
from tests.blueprints import blueprints

# `^` stands before the place that the caret shows.
PLAIN_DATA = {
    "^": "a listing starts with 'blueprint'",
    "^workflow poll:": "a listing starts with 'blueprint'",
    "  ^blueprint poll:\n  return 1": "a listing starts with 'blueprint'",
    "blueprint poll^": "':' should stand here",
    "^blueprint poll:": "this needs a 'return' at its end",
    "^blueprint poll:\n  a = 1": "this needs a 'return' at its end",
    "blueprint poll:\n^return 1": "only the first line stands at the margin",
    "blueprint poll:\n    ^return 1": "a line here is indented by 2 spaces or fewer, 2 a level",
    "blueprint poll:\n   ^return 1": "a line here is indented by 2 spaces or fewer, 2 a level",
    "blueprint poll:\n^\treturn 1": "'\\t' has no place in a listing",
    "blueprint poll:\n  ^return 1\n  return 2": "this doesn't stand in a block of instructions",
    "blueprint poll:\n  a = 1\n  ^input b\n  return a": "this doesn't stand in a block of instructions",
    "blueprint poll:\n  return 1\n^blueprint two:": "only the first line stands at the margin",
}

LINES = {
    # lines
    "^fetch a": "no instruction starts like this",
    '^"a" = 1': "a register should stand here",
    "a =^": "an operand should stand here",
    "a, b = ^call f()": "only 'force' writes several registers",
    "a, ^= force f": "a register should stand here",
    "a = b ^c": "nothing more should stand here",
    "a = b\n    ^c = d": "a line here is indented by 2 spaces or fewer, 2 a level",
    "if a^\n    b = 1": "':' should stand here",
    "^else:\n    b = 1": "'else' goes on after an 'if'",
    "if a:\n    b = 1\n  c = 1\n  ^elif b:": "'elif' goes on after an 'if'",
    "if a:\n  else:\n  ^else:": "'else' goes on after an 'if'",
    "if a:\n  else:\n  ^elif b:": "'elif' goes on after an 'if'",
    "choose:\n  ^elif b:": "'elif' goes on after an 'if'",
    "choose:\n    ^a = b": "this doesn't stand in 'choose'",
    "^case 1 -> a:": "this doesn't stand in a block of instructions",
    "a = route b:\n    ^b = 1": "this doesn't stand in 'route'",
    "a = loop:\n    ^case 1 -> b:": "this doesn't stand in 'loop'",
    "parallel:\n    ^b = 1": "this doesn't stand in 'parallel'",
    "parallel:   ^; crawl.py:1": "nothing more should stand here",
    "a = b   ^; here": "a location is written as '; file:line' or '; file:line:column-column'",
    "a = b   ^; crawl.py:1:2": "a location is written as '; file:line' or '; file:line:column-column'",
    f"a = b   ^; c.py:{'9' * 5000}": "a number with too many digits",
    "task f = agents.crawl^": "':' should stand here",
    # parts of instructions
    "a = call f(b ^c)": "')' should stand here",
    "a = call f(b) ^check": "nothing more should stand here",
    "a = call ^(b)": "a name should stand here",
    "a = param n ^b": "'from' should stand here",
    "timeout ^b:": "int or float should stand here",
    'timeout ^"5":': "int or float should stand here",
    "a = cached f() by ^b:": "an object should stand here",
    "a = loop:\n    state f() -> a jumps {1: ^1.5}:": "int or None should stand here",
    # annotations
    "a: ^= b": "an annotation should stand here",
    "a: ^list[str = b": "an annotation that doesn't end",
    "a: ^int | = b": "an annotation that doesn't end",
    # operands
    'a = ^"text': "a text without an end, or with an escape that there isn't",
    'a = ^"\\q"': "a text without an end, or with an escape that there isn't",
    'a = ^"\\Uffffffff"': "an escape that stands for no character",
    'a = ^"\\U00110000"': "an escape that stands for no character",
    'a = b^"é"': "nothing more should stand here",
    "a = ^'text'": "an operand should stand here",
    "a = b ^+ 1": "'+' has no place in a listing",
    "a = b ^\x00": "'\\x00' has no place in a listing",
    "a = ^b.c": "a register should stand here",
    "a = -^b": "a number should stand here",
    f"a = ^{'9' * 5000}": "a number with too many digits",
    "a = ^(b)": "a tuple of one item needs a comma",
    "a = [b, c^)": "',' or ']' should stand here",
    "a = [^, b]": "an operand should stand here",
    "a = {1: b, c^}": "':' should stand here",
    "a = {b, 1^: c}": "',' or '}' should stand here",
    "a = tuple(^b)": "tuple(...) isn't written like this",
    "a = frozenset(^b)": "frozenset(...) isn't written like this",
    "a = set(^1)": "set(...) isn't written like this",
    'a = ^__import__("os")': "only float(...) and complex(...) are called in an operand",
    'a = float(^"1.5")': "a float in words is 'nan', 'inf' or '-inf'",
    "a = complex(1.0, ^2)": "complex(...) takes two floats",
    "a = complex(^complex(1.0, 2.0), 2.0)": "complex(...) takes two floats",
    f"a = {'[' * 256}^[[": "containers nested too deeply",
}


def shown(marked: str, message: str) -> str:
    """The error that the place of the `^` should give."""
    before = marked[: marked.index("^")]
    number, column = before.count("\n") + 1, len(before) - before.rfind("\n") - 1
    line = marked.replace("^", "").split("\n")[number - 1]
    start, end = max(0, column - 50), max(0, column - 50) + 100
    cut = "..." * (start > 0) + line[start:end] + "..." * (len(line) > end)
    text = "".join(sign if sign.isprintable() else " " for sign in cut)
    caret = column - start + 3 * (start > 0)
    return f"CS901: {message}\n{number} | {text}\n  | {' ' * caret}^"


@pytest.mark.parametrize(("marked", "message"), PLAIN_DATA.items(), ids=range(len(PLAIN_DATA)))
def test_no_listing(marked: str, message: str) -> None:
    with pytest.raises(BlueprintError) as caught:
        parse_blueprint(marked.replace("^", ""))
    assert str(caught.value) == shown(marked, message)


@pytest.mark.parametrize(("marked", "message"), LINES.items(), ids=[line[:40] for line in LINES])
def test_a_bad_line(marked: str, message: str) -> None:
    text = f"blueprint poll:\n  {marked}\n  return 1"
    with pytest.raises(BlueprintError) as caught:
        parse_blueprint(text.replace("^", ""))
    assert str(caught.value) == shown(text, message)


def test_what_an_error_looks_like() -> None:
    with pytest.raises(BlueprintError) as caught:
        parse_blueprint("blueprint poll:\n  page = call get(url limit=10)\n  return page")
    assert str(caught.value) == """\
CS901: ')' should stand here
2 |   page = call get(url limit=10)
  |                       ^"""


@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(blueprints(), st.data())
def test_damaged_listings_are_errors_or_listings(one: Blueprint, data: st.DataObject) -> None:
    text = str(one)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 12)))
    put = data.draw(st.sampled_from([*" \n:=,;()[]{}@%#*-.\"'\\", "  ", "0x", "->", "else:\n", "1e999", ""]))
    damaged = text[:start] + put + text[end:]
    try:
        parsed = parse_blueprint(damaged)
    except BlueprintError:
        return
    assert str(parse_blueprint(str(parsed))) == str(parsed)
