"""The calls in a task's source that can be checked: what is read of them, and what is left alone."""

from __future__ import annotations

from typing import Any

import pytest

import cascade as cs
from cascade_gen.tasks.tail_calls import WrittenCall, WrittenCalls, written_calls
from tests.unit.task_sources import function


@cs.task
def other(n: int = 0, **more: int) -> int:
    return n


def read(body: str, **names: Any) -> WrittenCalls:
    """The calls in a function of one parameter with this body."""
    text = "def f(n):\n" + "".join(f"    {line}\n" for line in body.split("\n"))
    return written_calls(function(text, cs=cs, other=other, **names))[0]


def described(call: WrittenCall) -> tuple[str, str, int, list[str], bool]:
    goal = call.name or (".".join(call.route.path) if call.route else "")
    words = [word for word, _ in call.arguments.keywords]
    return call.kind, goal, len(call.arguments.positional), words, call.arguments.complete


CALLS = [
    ("return cs.tail(other, n, more=1)", ("tail", "other", 1, ["more"], True)),
    ("return cs.tail(other, *n)", ("tail", "other", 0, [], False)),
    ("return cs.tail(other, 1, *n, 2)", ("tail", "other", 1, [], False)),
    ("return cs.tail(other, more=1, **n)", ("tail", "other", 0, ["more"], False)),
    ("return cs.TailCall()", ("tail", "", 0, [], True)),
    ("return cs.TailCall([n, 2])", ("tail", "", 2, [], True)),
    ("return cs.TailCall((n,), {'a': 1, 'b': 2})", ("tail", "", 1, ["a", "b"], True)),
    ("return cs.TailCall(kwargs={'a': 1})", ("tail", "", 0, ["a"], True)),
    ("return cs.TailCall(kwargs={'a': 1, **n})", ("tail", "", 0, ["a"], False)),
    ("return cs.TailCall(kwargs={n: 1})", ("tail", "", 0, [], False)),
    ("return cs.TailCall(kwargs=n)", ("tail", "", 0, [], False)),
    ("return cs.TailCall(n)", ("tail", "", 0, [], False)),
    ("return cs.TailCall([*n])", ("tail", "", 0, [], False)),
    ("return cs.TailCall([n], {}, 'there')", ("tail", "there", 1, [], True)),
    ("return cs.TailCall(target_blueprint_id='there', args=[1])", ("tail", "there", 1, [], True)),
    ("return other(n, more=2)", ("call", "other", 1, ["more"], True)),
    ("x = [other(n)]\nreturn x", ("call", "other", 1, [], True)),
    ("return cs.Jump('a', {'b': n})", ("jump", "", 0, ["b"], True)),
    ("return cs.Jump('a', n)", ("jump", "", 0, [], False)),
    ("return cs.Jump(data={'b': n}, target_key='a')", ("jump", "", 0, ["b"], True)),
    ("x = cs.tail(other, n)\nreturn x", ("tail", "other", 1, [], True)),
]


@pytest.mark.parametrize(("body", "call"), CALLS)
def test_what_is_read(body: str, call: tuple[Any, ...]) -> None:
    assert [described(one) for one in read(body).calls] == [call]


LEFT_ALONE = [
    "return n",
    "return cs.TailCall(**n)",
    "return cs.TailCall(*n)",
    "kept = cs.tail(other, n)\nreturn 1",  # made, but not returned
    "return other.map(n=[n])",
    "return other.func(n)",
    "other = n\nreturn other(n)",
    "return n.other(n)",
    "from builtins import len as other\nreturn other(n)",
]


@pytest.mark.parametrize("body", LEFT_ALONE)
def test_what_is_left_alone(body: str) -> None:
    assert read(body).calls == ()


@pytest.mark.parametrize(
    ("body", "accounted"),
    [
        ("return 1 if n else cs.Jump('a')", True),
        ("if n:\n    return cs.Jump('a')\nreturn 'b'", True),
        ("if n:\n    return cs.Jump('a')", True),
        ("return other(1)", True),
        ("return cs.Jump('a') if n else helper(n)", False),
        ("return [cs.Jump('a')][0]", False),
        ("yield 1\nreturn cs.Jump('a')", False),
    ],
)
def test_whether_every_return_is_accounted_for(body: str, accounted: bool) -> None:
    assert read(body).accounted is accounted


def test_a_function_without_source_has_none() -> None:
    namespace: dict[str, Any] = {"cs": cs, "other": other}
    exec("def f(n):\n    return cs.tail(other, m=n)\n", namespace)
    assert written_calls(namespace["f"]) == (WrittenCalls(), None)
    assert written_calls(len) == (WrittenCalls(), None)
