"""The delays that generated code writes down are those that the runtime would give."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import cascade as cs
from cascade_gen.runtime.retry import delay_before

_SECONDS = st.sampled_from([0, 0.1, 0.3, 1, 1.0, 2, 7.5, 1e12]) | st.floats(0, 1e9)
_BACKOFFS = st.sampled_from([1, 1.0, 1.5, 2, 2.0, 3, 10, 0, 0.5, 1e200]) | st.floats(0, 100)


@cs.task
def fetch(url: str) -> str:
    return open(url).read()


@settings(deadline=None, max_examples=30)
@example(1.0, 2.0, 30, 6)
@example(0.3, 3, None, 5)
@example(0.5, 1e200, None, 9)
@example(1e12, 1, None, 2)
@given(
    _SECONDS,
    _BACKOFFS,
    st.none() | _SECONDS,
    st.integers(1, 60),
)
def test_every_delay_is_exact(delay: float, backoff: float, most: float | None, attempts: int) -> None:
    call = fetch("x").with_retry(attempts, delay=delay, backoff=backoff, max_delay=most)
    calls = (one for one in ast.walk(ast.parse(cs.aot([call, 1]).source)) if isinstance(one, ast.Call))
    found = next((ast.unparse(one.args[0]) for one in calls if ast.unparse(one.func) == "sleep"), "0")
    for attempt in range(2, attempts + 1):
        expected = delay_before(attempt, delay, backoff, most)
        assert eval(found, {"delay_before": delay_before, "attempt": attempt}) == expected


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        ({"delay": 0.5, "backoff": 2}, "sleep(0.5 * 2 ** (attempt - 2))"),
        ({"delay": 1, "backoff": 2.0}, "sleep(2.0 ** (attempt - 2))"),
        ({"delay": 1, "backoff": 3, "max_delay": 20}, "sleep(min(3 ** (attempt - 2), 20))"),
        ({"delay": 5, "backoff": 3, "max_delay": 2}, "sleep(2)"),
        ({"delay": 1, "backoff": 2, "jitter": 0.5}, "sleep(delay_before(attempt, 1, 2, None, 0.5))"),
    ],
)
def test_they_read_as_one_would_write_them(policy: dict[str, Any], text: str) -> None:
    assert f" {text}\n" in cs.aot([fetch("x").with_retry(5, **policy), 1]).source
