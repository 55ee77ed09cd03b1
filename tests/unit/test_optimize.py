"""The passes, on listings: what goes in, and what comes out."""

from __future__ import annotations

from textwrap import dedent

import pytest

import cascade as cs
from cascade_gen.blueprint.parse import parse_blueprint
from cascade_gen.blueprint.text import print_blueprint
from cascade_gen.blueprint.verify import verify
from cascade_gen.optimize import PASSES, drop_dead, optimise, thread_skips

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


def test_a_call_fills_the_register_it_is_copied_to() -> None:
    blueprint = drop_dead(parse_blueprint(lines("\nfetch = call fetch()\nresult = fetch\nreturn result\n")))
    assert print_blueprint(blueprint).rstrip("\n") == lines("\nresult = call fetch()\nreturn result\n").rstrip("\n")


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
