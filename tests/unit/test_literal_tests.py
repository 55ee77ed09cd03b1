"""Tests of literals come out as Python has them, or are left to it."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cascade_gen.bodies.literal_tests import known_literals, outcome

_NAMES = {"t": True, "f": False, "no": None, "one": 1, "half": 0.5, "word": "ab", "empty": "", "raw": b"ab"}


def _known(text: str) -> object:
    found = outcome(ast.parse(text, mode="eval").body, _NAMES)
    return "unknown" if found is None else found.value


@pytest.mark.parametrize(
    "text",
    [
        "len(word)",
        "other",
        "one < word",
        "word < 'b'",
        "word == raw",
        "word in (raw, word)",
        "word is 'ab'",
        "word in 'abc'",
        "one in [other]",
        "t and other",
        "no or other()",
        "other and f",
        "-t",
        "one + 1",
        "one < other < 0",
        "[] == []",
        "f'{word}' == 'ab'",
    ],
)
def test_what_may_fail_or_run_code_is_left_to_python(text: str) -> None:
    assert _known(text) == "unknown"


@pytest.mark.parametrize(
    "text", ["f and other", "t or other()", "one > 2 > other", "1 if t else other", "f and -word"]
)
def test_what_is_not_reached_does_not_matter(text: str) -> None:
    assert _known(text) == eval(text, dict(_NAMES))


def test_values_of_other_types_decide_nothing() -> None:
    class Text(str):
        """A text that has its own way."""

    given = {"a": Text("a"), "b": 1j, "c": [], "d": ..., "e": 2, "g": None}
    assert known_literals(given) == {"e": 2, "g": None}


_LEAVES = st.sampled_from([*_NAMES, "True", "None", "1", "-2", "1.5", "'ab'", "''", "0"])
_EXPRESSIONS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        inner.map("(not {})".format),
        st.tuples(inner, st.sampled_from(["and", "or", "==", "!=", "<", ">=", "is", "is not"]), inner).map(
            lambda parts: f"({' '.join(parts)})"
        ),
        st.tuples(inner, inner, inner).map(lambda parts: "({} if {} else {})".format(*parts)),
        st.tuples(inner, inner, inner).map(lambda parts: "({} in ({}, {}))".format(*parts)),
        st.tuples(inner, inner, inner).map(lambda parts: "({} not in [{}, {}])".format(*parts)),
        st.tuples(inner, inner, inner).map(lambda parts: "({} < {} <= {})".format(*parts)),
    ),
    max_leaves=6,
)


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::BytesWarning")
@given(text=_EXPRESSIONS)
def test_what_is_known_is_what_python_gives(text: str) -> None:
    found = outcome(ast.parse(text, mode="eval").body, _NAMES)
    if found is not None:
        value = eval(text, dict(_NAMES))
        assert (type(found.value), found.value) == (type(value), value)
