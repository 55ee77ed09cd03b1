"""The passes, on listings: what goes in, and what comes out."""

from __future__ import annotations

from textwrap import dedent

import pytest

import cascade as cs
from cascade_gen.blueprint.parse import parse_blueprint
from cascade_gen.blueprint.text import print_blueprint
from cascade_gen.blueprint.verify import verify
from cascade_gen.optimize import (
    PASSES,
    Pass,
    drop_dead,
    follow_copies,
    hoist_forced,
    merge_pure,
    optimise,
    thread_skips,
)

HEAD = """
blueprint note:
  task ready
  task fetch
  task parse
"""


def lines(text: str) -> str:
    """A listing with these instructions in its body."""
    body = dedent(text).strip("\n").split("\n")
    return HEAD.lstrip("\n") + "".join(f"  {line}\n" for line in body)


FLAGS = """
ready = call ready()
if ready:
  fetch = call fetch()
  fetch_empty: bool = False
else:
  fetch = None
  fetch_empty: bool = True
if fetch_empty:
  parse = None
else:
  parse = call parse(fetch)
return parse
"""


def test_a_choice_by_a_known_flag_moves_to_where_it_is_known() -> None:
    blueprint = thread_skips(parse_blueprint(lines(FLAGS)))
    assert print_blueprint(blueprint).rstrip("\n") == lines("""
        ready = call ready()
        if ready:
          fetch = call fetch()
          fetch_empty: bool = False
          parse = call parse(fetch)
        else:
          fetch = None
          fetch_empty: bool = True
          parse = None
        return parse
        """).rstrip("\n")


def test_what_nobody_reads_afterwards_is_dropped() -> None:
    blueprint = optimise(parse_blueprint(lines(FLAGS)))
    verify(blueprint)
    assert print_blueprint(blueprint).rstrip("\n") == lines("""
        ready = call ready()
        if ready:
          fetch = call fetch()
          parse = call parse(fetch)
        else:
          parse = None
        return parse
        """).rstrip("\n")


def test_a_flag_that_is_not_known_on_every_way_stays_a_choice() -> None:
    text = lines("""
        ready = call ready()
        if ready:
          fetch_empty: bool = ready
        else:
          fetch_empty: bool = True
        if fetch_empty:
          parse = None
        else:
          parse = call parse(1)
        return parse
        """)
    blueprint = parse_blueprint(text)
    assert thread_skips(blueprint) == blueprint


def test_a_choice_by_what_is_known_before_it_is_none() -> None:
    text = lines("""
        ready: str = "ConditionFalse"
        waived: bool = False
        if waived:
          parse = None
        elif ready:
          missing parse because ready
        else:
          parse = call parse(1)
        fetch = call fetch()
        return parse
        """)
    blueprint = thread_skips(parse_blueprint(text))
    assert print_blueprint(blueprint).rstrip("\n") == lines("""
        ready: str = "ConditionFalse"
        waived: bool = False
        missing parse because "ConditionFalse"
        return parse
        """).rstrip("\n")


def test_a_call_fills_the_register_it_is_copied_to() -> None:
    blueprint = drop_dead(parse_blueprint(lines("\nfetch = call fetch()\nresult = fetch\nreturn result\n")))
    assert print_blueprint(blueprint).rstrip("\n") == lines("\nresult = call fetch()\nreturn result\n").rstrip("\n")


def test_a_choice_moves_into_the_routes_that_decide_it() -> None:
    given = """
        ready = call ready()
        route = route ready:
          case "a" -> fetch:
            if ready:
              fetch = call fetch()
              fetch_skipped: str = ""
            else:
              fetch = None
              fetch_skipped: str = "ConditionFalse"
            route_skipped: str = fetch_skipped
          case "b" -> parse:
            parse = call parse(1)
            route_skipped: str = ""
        if route_skipped:
          missing route because route_skipped
        else:
          result = route
        return result
        """
    blueprint = optimise(parse_blueprint(lines(given)))
    verify(blueprint)
    assert print_blueprint(blueprint).rstrip("\n") == lines("""
        ready = call ready()
        result = route ready:
          case "a" -> result:
            if ready:
              result = call fetch()
            else:
              missing route because "ConditionFalse"
          case "b" -> result:
            result = call parse(1)
        return result
        """).rstrip("\n")


FOLLOWED = {
    "a copy": ("a = call ready()\nb = a\nreturn [a, b]", "a = call ready()\nreturn [a, a]"),
    "a copy of a copy": (
        "a = call ready()\nb = a\nc = b\nd = call fetch(c, b)\nreturn d",
        "a = call ready()\nd = call fetch(a, a)\nreturn d",
    ),
    "a copy read in blocks": (
        "a = call ready()\nb = a\nif b:\n  c = call fetch(b)\nelse:\n  c = 1\nreturn c",
        "a = call ready()\nif a:\n  c = call fetch(a)\nelse:\n  c = 1\nreturn c",
    ),
}

NOT_FOLLOWED = {
    "written on two ways": "a = call ready()\nif a:\n  b = a\nelse:\n  b = 1\nreturn [a, b]",
    "of what two ways write": "a = call ready()\nif a:\n  b = 2\nelse:\n  b = 1\nc = b\nreturn [b, c]",
    "what is deferred gives": (
        "a = call ready()\ndefer later -> (b):\n  b = a\nc = call fetch(a)\nb = force later\nreturn [b, c]"
    ),
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_what_is_but_a_copy_is_read_itself(name: str) -> None:
    given, wanted = FOLLOWED[name]
    assert after(follow_copies, lines(given)).rstrip("\n") == lines(wanted).rstrip("\n")


@pytest.mark.parametrize("name", NOT_FOLLOWED)
def test_what_is_not_surely_a_copy_stays(name: str) -> None:
    blueprint = parse_blueprint(lines(NOT_FOLLOWED[name]))
    assert follow_copies(blueprint) == blueprint


def test_a_call_is_kept_even_if_nobody_reads_it() -> None:
    text = lines("\nfetch = call fetch()\nready = call ready()\nreturn ready\n")
    blueprint = parse_blueprint(text)
    assert drop_dead(blueprint) == blueprint


@cs.task
def flag(value: bool) -> bool:
    return value


@cs.task
def text(word: str) -> str:
    return f"<{word}>"


def skipping(first: bool, second: bool) -> list[object]:
    inner = text(text("a")).run_if(flag(first))
    outer = text(inner).run_if(flag(second))
    return [text(outer), text("z").after(text("y"))]


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("second", [True, False])
def test_passes_change_no_result(first: bool, second: bool) -> None:
    blueprint = cs.BlueprintBuilder().build(skipping(first, second))
    plain = cs.VirtualMachine().execute(blueprint)
    for one in PASSES:
        blueprint = one(blueprint)
        verify(blueprint)
        assert cs.VirtualMachine().execute(blueprint) == plain


PURE = """
blueprint note:
  task rate = shop:rate pure
  task deep = shop:deep async pure
  task sell
"""


def pure(text: str) -> str:
    """A listing that may call pure tasks, with these instructions in its body."""
    body = dedent(text).strip("\n").split("\n")
    return PURE.lstrip("\n") + "".join(f"  {line}\n" for line in body)


def after(one: Pass, text: str) -> str:
    """The listing after a pass, which leaves it sound."""
    blueprint = one(parse_blueprint(text))
    verify(blueprint)
    return print_blueprint(blueprint)


MERGED = {
    "in one block, and what then becomes equal": (
        """
        rate = call rate("usd")
        sell = call sell(rate)
        rate_2 = call rate("usd")
        rate_3 = call rate(rate_2, [rate])
        rate_4 = call rate(rate, [rate_2])
        return [sell, rate_3, rate_4, {"k": rate_2}]
        """,
        """
        rate = call rate("usd")
        sell = call sell(rate)
        rate_3 = call rate(rate, [rate])
        return [sell, rate_3, rate_3, {"k": rate}]
        """,
    ),
    "of an async task": (
        "deep = call deep(1)\ndeep_2 = call deep(1)\nreturn [deep, deep_2]",
        "deep = call deep(1)\nreturn [deep, deep]",
    ),
    "in a way behind the first": (
        """
        rate = call rate(1)
        if rate:
          sell = call rate(1)
        else:
          sell = None
        return [rate, sell]
        """,
        """
        rate = call rate(1)
        if rate:
          sell = rate
        else:
          sell = None
        return [rate, sell]
        """,
    ),
    "checked alike": (
        "rate = call rate(1) checked\nrate_2 = call rate(1) checked\nreturn (rate, rate_2)",
        "rate = call rate(1) checked\nreturn (rate, rate)",
    ),
}

KEPT = {
    "of another task": "sell = call sell(1)\nsell_2 = call sell(1)\nreturn [sell, sell_2]",
    "with literals of another type": "a = call rate(1)\nb = call rate(1.0)\nc = call rate(True)\nreturn [a, b, c]",
    "with zeros of another sign": "a = call rate(0.0)\nb = call rate(-0.0)\nreturn [a, b]",
    "by position and by name": "a = call rate(1)\nb = call rate(x=1)\nreturn [a, b]",
    "checked and not": "a = call rate(1)\nb = call rate(1) checked\nreturn [a, b]",
    "on two ways": """
        sell = call sell(1)
        if sell:
          a = call rate(1)
        else:
          a = call rate(1)
        b = call rate(1)
        return [a, b]
        """,
    "with what two ways have written": """
        sell = call sell(1)
        if sell:
          a = 1
        else:
          a = 2
        b = call rate(a)
        c = call rate(a)
        return [b, c]
        """,
    "side by side": """
        parallel:
          branch:
            a = call deep(1)
          branch:
            b = call deep(1)
        return [a, b]
        """,
    "within policies": """
        timeout 1.0:
          a = call deep(1)
        timeout 1.0:
          b = call deep(1)
        return [a, b]
        """,
}


@pytest.mark.parametrize("name", MERGED)
def test_equal_calls_of_pure_tasks_are_merged(name: str) -> None:
    given, wanted = MERGED[name]
    assert after(merge_pure, pure(given)).rstrip("\n") == pure(wanted).rstrip("\n")


@pytest.mark.parametrize("name", KEPT)
def test_calls_that_may_differ_are_not_merged(name: str) -> None:
    blueprint = parse_blueprint(pure(KEPT[name]))
    assert merge_pure(blueprint) == blueprint


def test_what_a_call_within_policies_reads_is_renamed_too() -> None:
    given = "a = call rate(1)\nb = call rate(1)\ntimeout 1.0:\n  c = call deep(b)\nreturn c"
    wanted = "a = call rate(1)\ntimeout 1.0:\n  c = call deep(a)\nreturn c"
    assert after(merge_pure, pure(given)).rstrip("\n") == pure(wanted).rstrip("\n")


def test_pure_calls_that_nobody_reads_are_dropped_and_what_only_they_read() -> None:
    given = """
        sell = call sell(1)
        rate = call rate(sell)
        rate_2 = call rate(rate)
        timeout 1.0:
          deep = call deep(2)
        rate_3 = call rate(3) checked
        return sell
        """
    wanted = """
        sell = call sell(1)
        timeout 1.0:
          deep = call deep(2)
        rate_3 = call rate(3) checked
        return sell
        """
    assert after(drop_dead, pure(given)).rstrip("\n") == pure(wanted).rstrip("\n")


def test_a_branch_that_has_nothing_left_to_do_is_dropped() -> None:
    given = """
        parallel:
          branch:
            a = call deep(1)
          branch:
            b = call sell(2)
        return b
        """
    assert after(drop_dead, pure(given)).rstrip("\n") == pure("b = call sell(2)\nreturn b").rstrip("\n")


CALLS: list[object] = []


@cs.task(pure=True)
def square(n: int) -> int:
    CALLS.append(n)
    return n * n


@cs.task(pure=True)
async def cube(n: int) -> int:
    CALLS.append(n)
    return n**3


@cs.task
def gathered(*values: object) -> list[object]:
    return list(values)


@pytest.mark.parametrize("inline", [True, False])
def test_a_pure_task_is_called_once_for_equal_arguments(inline: bool) -> None:
    workflow = gathered(square(3), square(3), square(True), square(1), cs.Router(square(1), {1: square(3)}))
    expected = [9, 9, 1, 1, 9]
    CALLS.clear()
    assert cs.aot(workflow, inline=inline)() == expected == cs.run(workflow)
    assert CALLS == 2 * [3, True, 1]


@pytest.mark.parametrize("inline", [True, False])
def test_pure_predecessors_that_nobody_reads_are_not_called(inline: bool) -> None:
    workflow = square(2).after(square(7), square(5).run_if(gathered(1)), cube(4))
    CALLS.clear()
    assert cs.aot(workflow, inline=inline).run() == 4 == cs.run(workflow)
    assert CALLS == [2, 2]


def test_an_async_pure_task_is_called_once_for_equal_arguments() -> None:
    workflow = gathered(cube(2), 1).after(cube(2))
    CALLS.clear()
    assert cs.aot(workflow).run() == [8, 1] == cs.run(workflow)
    assert CALLS == [2, 2]


SHARED = """
defer load_later -> (load):
  load = call rate("p")
"""
BRANCHES = """
parallel:
  branch:
    load = force load_later
    a = call deep(load)
  branch:
    load = force load_later
    b = call sell(load)
"""
FIRST = """
parallel:
  branch:
    a = call deep(load)
  branch:
    b = call sell(load)
"""
ELSEWHERE = """
sell = call sell(1)
if sell:
  load = force load_later
  c = call deep(load)
else:
  c = None
"""
LOADED = "  load = force load_later\n"
ASKED = f"if rate:\n{LOADED}  b = call deep(load)\nelse:\n{LOADED}  b = call sell(load)"


def joined(*parts: str) -> str:
    return "\n".join(part.strip("\n") for part in parts)


HOISTED = {
    "what all branches begin with runs before them": (
        joined(SHARED, BRANCHES, "return [a, b]"),
        joined('load = call rate("p")', FIRST, "return [a, b]"),
    ),
    "branches with nothing left are gone": (
        joined(SHARED, BRANCHES.replace("    b = call sell(load)\n", ""), "return [a, load]"),
        joined('load = call rate("p")', "a = call deep(load)", "return [a, load]"),
    ),
    "one after the other": (
        joined(
            'defer rate_later -> (rate):\n  rate = call rate("p")',
            "defer load_later -> (load):\n  rate = force rate_later\n  load = call rate(rate)",
            BRANCHES,
            "return [a, b]",
        ),
        joined('rate = call rate("p")\nload = call rate(rate)', FIRST, "return [a, b]"),
    ),
    "what is deferred within": (
        joined(
            "defer load_later -> (load):",
            '  defer rate_later -> (rate):\n    rate = call rate("p")',
            "  rate = force rate_later\n  load = call rate(rate)",
            BRANCHES,
            "return [a, b]",
        ),
        joined('rate = call rate("p")\nload = call rate(rate)', FIRST, "return [a, b]"),
    ),
    "what asks for it again has it": (
        joined(
            SHARED,
            "defer rate_later -> (rate):\n  load = force load_later\n  rate = call rate(load)",
            BRANCHES.replace("load = force load_later", "rate = force rate_later"),
            "load = force load_later\nc = call sell(load)\nreturn [a, b, c]",
        ),
        joined(
            'load = call rate("p")\nrate = call rate(load)',
            FIRST,
            "c = call sell(load)\nreturn [a, b, c]",
        ),
    ),
    "so have the ways of a choice": (
        joined(SHARED, BRANCHES, ELSEWHERE, "return [a, b, c]"),
        joined(
            'load = call rate("p")', FIRST, ELSEWHERE.replace("  load = force load_later\n", ""), "return [a, b, c]"
        ),
    ),
    "so has who asks behind a choice each way of which has asked": (
        joined('rate = call rate("q")', SHARED, ASKED, ELSEWHERE, "return [b, c]"),
        joined(
            'rate = call rate("q")',
            SHARED,
            ASKED,
            ELSEWHERE.replace("  load = force load_later\n", ""),
            "return [b, c]",
        ),
    ),
    "a branch that asked for nothing else is gone": (
        joined(
            'rate = call rate("q")',
            SHARED,
            ASKED,
            "parallel:\n  branch:\n    load = force load_later\n  branch:\n    c = call sell(1)",
            "return [b, c]",
        ),
        joined('rate = call rate("q")', SHARED, ASKED, "c = call sell(1)", "return [b, c]"),
    ),
    "a defer that others force too stays": (
        joined(SHARED, ELSEWHERE, BRANCHES, "return [a, b, c]"),
        joined(
            ELSEWHERE.replace("if sell", SHARED.lstrip("\n") + "if sell"),
            "load = force load_later",
            FIRST,
            "return [a, b, c]",
        ),
    ),
}


@pytest.mark.parametrize("name", HOISTED)
def test_what_branches_wait_for_first_runs_before_them(name: str) -> None:
    given, wanted = HOISTED[name]
    assert after(hoist_forced, pure(given)).rstrip("\n") == pure(wanted).rstrip("\n")


def test_what_overlaps_with_a_branch_stays_in_the_others() -> None:
    blueprint = parse_blueprint(pure(joined(SHARED, BRANCHES, "  branch:\n    c = call sell(1)\nreturn [a, b, c]")))
    assert hoist_forced(blueprint) == blueprint
