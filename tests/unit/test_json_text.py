"""JSON read and written without the json module says what that says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cascade_gen.runtime.json_text import read_json
from cascade_gen.runtime.shown import shown

_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
DATA = st.recursive(_LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(DATA, st.sampled_from([None, 1]), st.booleans())
def test_reading(data: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(data, indent=indent, ensure_ascii=ascii_only)
    assert repr(read_json(f" {text}\n")) == repr(json.loads(text))


@pytest.mark.parametrize(
    "text", ["", "{", "[1,]", "1 2", "nul", '"a', "'a'", "\ufeff1", "01", '"\t"', "{1: 2}", "\xa01"]
)
def test_what_is_no_json_is_a_value_error_in_its_words(text: str) -> None:
    with pytest.raises(ValueError) as expected:
        json.loads(text)
    with pytest.raises(ValueError) as found:
        read_json(text)
    assert str(found.value) == str(expected.value)


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1e999", "-0", "1E2", '"\\ud83d\\ude00\\u0000"', "[[], {}]"])
def test_what_json_takes(text: str) -> None:
    assert repr(read_json(text)) == repr(json.loads(text))


@given(st.lists(DATA) | st.dictionaries(st.text() | st.integers(), DATA) | st.floats() | st.booleans())
def test_writing(data: Any) -> None:
    try:
        expected = json.dumps(data, ensure_ascii=False, allow_nan=False)
    except ValueError:
        expected = str(data)
    assert shown(data) == expected


def test_data_that_is_no_json_is_shown_as_it_is() -> None:
    row: list[Any] = [{1, 2}]
    assert shown(row) == "[{1, 2}]"
    row[0] = row
    assert shown(row) == "[[...]]"
    deep: list[Any] = []
    for _ in range(40):
        deep = [deep]
    assert shown(deep) == json.dumps(deep)
