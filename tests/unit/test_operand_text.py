"""Operands in a listing: what they look like, and that they read back as the same operands."""

from __future__ import annotations

import pytest
from hypothesis import given

from cascade_gen.blueprint import Blueprint, Copy, Input, Literal, Object, Operand, Pack, Register
from cascade_gen.blueprint.parse import parse_blueprint
from tests.operands import LITERALS

URL, PAGE = Register("url"), Register("page")


def returning(operand: Operand) -> Blueprint:
    return Blueprint("crawl", (Input(URL, "url"),), (Copy(PAGE, operand),), operand)


OPERANDS: dict[str, Operand] = {
    "None": Literal(None),
    "True": Literal(True),
    "...": Literal(...),
    "-1": Literal(-1),
    "-0.0": Literal(-0.0),
    "1e+22": Literal(1e22),
    'float("nan")': Literal(float("nan")),
    'float("-inf")': Literal(float("-inf")),
    "2.0j": Literal(2j),
    "complex(-0.0, 2.0)": Literal(complex(-0.0, 2)),
    'complex(1.5, float("inf"))': Literal(complex(1.5, float("inf"))),
    '"it\'s \\"so\\"\\n"': Literal('it\'s "so"\n'),
    '"\\\\\\u2028\\ud800\\U000e0001ß😀"': Literal("\\\u2028\ud800\U000e0001ß😀"),
    'b"\\x00\\"\'\\\\"': Literal(b"\0\"'\\"),
    "()": Literal(()),
    "(1,)": Literal((1,)),
    '((1, "a"), (), frozenset())': Literal(((1, "a"), (), frozenset())),
    "frozenset({1})": Literal(frozenset({1})),
    "tuple([])": Pack("tuple", ()),
    "tuple([1, 2])": Pack("tuple", (Literal(1), Literal(2))),
    "(tuple([1]),)": Pack("tuple", (Pack("tuple", (Literal(1),)),)),
    "frozenset([1])": Pack("frozenset", (Literal(1),)),
    "frozenset({url, 1})": Pack("frozenset", (URL, Literal(1))),
    "(url,)": Pack("tuple", (URL,)),
    "(url, (1, 2))": Pack("tuple", (URL, Literal((1, 2)))),
    "[]": Pack("list", ()),
    "set()": Pack("set", ()),
    "{1, 1}": Pack("set", (Literal(1), Literal(1))),
    "{}": Pack("dict", ()),
    '{"k": url, 1: {}}': Pack("dict", (URL, Pack("dict", ())), (Literal("k"), Literal(1))),
    "@Point(url, 2)": Pack("namedtuple", (URL, Literal(2)), factory=Object("Point")),
    "@agents.Point()": Pack("namedtuple", (), factory=Object("agents.Point")),
    '@"a b"': Object("a b"),
    '%"None"': Register("None"),
    "nan": Register("nan"),
    "tuple": Register("tuple"),
    "call": Register("call"),
}


@pytest.mark.parametrize(("text", "operand"), OPERANDS.items(), ids=list(OPERANDS))
def test_an_operand_looks_like_this_and_reads_back(text: str, operand: Operand) -> None:
    shown = str(returning(operand))
    assert shown.split("\n")[-2:] == [f"  page = {text}", f"  return {text}"]
    parsed = parse_blueprint(shown)
    assert parsed.result == operand
    assert parsed.body == (Copy(PAGE, operand),)


def test_a_frozenset_looks_the_same_in_whatever_order_it_was_built() -> None:
    one, two = (Literal(frozenset(items)) for items in ([0, 8, "b", "a"], ["a", "b", 8, 0]))
    shown = str(returning(one))
    assert shown == str(returning(two))
    assert shown.endswith('return frozenset({"a", "b", 0, 8})')


def test_integers_that_python_does_not_write_in_decimals() -> None:
    shown = str(returning(Literal(-(10**9000))))
    result = parse_blueprint(shown).result
    assert isinstance(result, Literal)
    assert result.value == -(10**9000)


def test_a_long_text_stays_on_one_line() -> None:
    text = "'\"\n\\" * 10_000
    shown = str(returning(Literal(text)))
    assert len(shown.split("\n")) == 4
    assert parse_blueprint(shown).result == Literal(text)


def test_a_literal_that_is_none_is_refused() -> None:
    with pytest.raises(TypeError, match="a literal can't be of type list"):
        str(returning(Literal([1])))


@given(LITERALS)
def test_every_literal_reads_back(literal: Literal) -> None:
    result = parse_blueprint(str(returning(literal))).result
    assert result == literal
    assert type(result.value) is type(literal.value)  # type: ignore[union-attr]


def test_two_hundred_levels_of_operands() -> None:
    operand: Operand = URL
    for kind in ("tuple", "frozenset", "list", "dict") * 50:
        operand = Pack(kind, (operand,), (Literal(1),) if kind == "dict" else ())
    one = returning(operand)
    assert str(parse_blueprint(str(one))) == str(one)
