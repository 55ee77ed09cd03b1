"""The text form of a Blueprint: what it looks like, and that it reads back as the same Blueprint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings

from cascade_gen.blueprint import (
    Argument,
    Arm,
    Blueprint,
    Cached,
    Call,
    Carried,
    Case,
    Choose,
    Copy,
    Defer,
    Fill,
    Force,
    Hold,
    Inject,
    Input,
    Instruction,
    Literal,
    Loop,
    Map,
    MapInput,
    Missing,
    Object,
    Operand,
    Pack,
    Parallel,
    ReadEnv,
    ReadParam,
    Register,
    ResourceRef,
    Retry,
    Route,
    Skip,
    State,
    TaskRef,
    Timeout,
    registers_of,
    walk,
)
from cascade_gen.blueprint.parse import parse_blueprint
from cascade_gen.blueprint.text import print_blueprint
from cascade_gen.runtime.errors import Location
from tests.blueprints import blueprints

URL, PAGE, SEEN, OK = Register("url"), Register("page"), Register("seen"), Register("ok")
TYPED = Register("page", "str")
HERE = Location("agents/crawl.py", 14)
STEP = Copy(PAGE, URL)


def blueprint(*body: Instruction, result: Operand = PAGE) -> Blueprint:
    return Blueprint("crawl", (Input(URL, "url"),), body, result)


def body_of(text: str) -> str:
    """The instructions of a listing, at the margin."""
    lines = [line[2:] for line in text.split("\n")[1:-1]]
    return "\n".join(line for line in lines if not line.startswith("input "))


# Each instruction, as it looks

EXAMPLES: dict[str, Instruction] = {
    'page: str = call f(url, *seen, limit=10, "a b"=ok, **{"k": url}) checked   ; agents/crawl.py:14': Call(
        TYPED,
        "f",
        (
            Argument(URL),
            Argument(SEEN, stars=1),
            Argument(Literal(10), "limit"),
            Argument(OK, "a b"),
            Argument(Pack("dict", (URL,), (Literal("k"),)), stars=2),
        ),
        checked=True,
        location=HERE,
    ),
    "page = [url, 1]   ; agents/crawl.py:14": Copy(PAGE, Pack("list", (URL, Literal(1))), HERE),
    "page: str = param limit from url as @int   ; agents/crawl.py:14": ReadParam(
        TYPED, URL, "limit", Object("int"), HERE
    ),
    "page: str = env HOME as @str   ; agents/crawl.py:14": ReadEnv(TYPED, "HOME", None, Object("str"), HERE),
    "page: str = env HOME as @str else None": ReadEnv(TYPED, "HOME", Literal(None), Object("str")),
    "page: str = inject database   ; agents/crawl.py:14": Inject(TYPED, "database", HERE),
    """\
if ok:   ; agents/crawl.py:14
  page = url
elif seen:
  pass
else:
  page = url""": Choose(
        (Arm(OK, (STEP,)), Arm(SEEN, ())), (STEP,), HERE
    ),
    """\
choose:   ; agents/crawl.py:14
else:
  page = url""": Choose(
        (), (STEP,), HERE
    ),
    """\
page: str = route ok:   ; agents/crawl.py:14
  case "new" or 2 -> url:
    pass
  case None -> page:
    page = url""": Route(
        TYPED, OK, (Case((Literal("new"), Literal(2)), (), URL), Case((Literal(None),), (STEP,), PAGE)), HERE
    ),
    """\
page: list[str] = map (url: str in seen, ok as flag in [1]) -> page overlap:   ; agents/crawl.py:14
  page = url""": Map(
        Register("page", "list[str]"),
        (
            MapInput("url", SEEN, Register("url", "str")),
            MapInput("flag", Pack("list", (Literal(1),)), OK),
        ),
        (STEP,),
        PAGE,
        overlap=True,
        location=HERE,
    ),
    "page = map () -> 1:\n  pass": Map(PAGE, (), (), Literal(1)),
    """\
retry fetch(max_attempts=3, delay=0.5, backoff=2.0, retry_on=[@OSError], max_delay=None, jitter=0.0):\
   ; agents/crawl.py:14
  page = url""": Retry(
        "fetch", 3, 0.5, 2.0, (Object("OSError"),), None, 0.0, (STEP,), HERE
    ),
    "timeout 2.5:   ; agents/crawl.py:14\n  page = url": Timeout(2.5, (STEP,), HERE),
    "hold fetch(gpu=1, mem_gb=seen):   ; agents/crawl.py:14\n  page = url": Hold(
        "fetch", (("gpu", Literal(1)), ("mem_gb", SEEN)), (STEP,), HERE
    ),
    "page: str = cached fetch(url=url) by @policy not final:   ; agents/crawl.py:14\n  page = url": Cached(
        TYPED, "fetch", Object("policy"), (("url", URL),), (STEP,), final=False, location=HERE
    ),
    """\
parallel:
  branch:
    page = url
  branch:
    pass""": Parallel(
        ((STEP,), ())
    ),
    "defer later -> (page):\n  page = url": Defer("later", (PAGE,), (STEP,)),
    "page: str, ok = force later": Force("later", (TYPED, OK)),
    "force later": Force("later", ()),
    'skip fetch as page because "ConditionFalse"   ; agents/crawl.py:14': Skip(
        "fetch", "page", Literal("ConditionFalse"), HERE
    ),
    "missing fetch because ok   ; agents/crawl.py:14": Missing("fetch", OK, HERE),
    "page: str = fill url else page kept:\n  page = url": Fill(TYPED, URL, (STEP,), PAGE, kept=True),
    """\
page: str = loop unseen among others links (pong=@pong):   ; agents/crawl.py:14
  state ping(url: str = url, keyword seen as count required first 0) -> page:
    page = url
  state pong of pong_task by its instance(star standard, standard keyword = 1) -> page jumps {"go": 0, "exit": None}:
    page = url""": Loop(
        TYPED,
        (
            State(
                "ping",
                "ping",
                (
                    Carried(Register("url", "str"), "url", "standard", URL),
                    Carried(SEEN, "count", "keyword", None, required=True, first=Literal(0)),
                ),
                (STEP,),
                PAGE,
            ),
            State(
                "pong",
                "pong_task",
                (
                    Carried(Register("standard"), "standard", "star", None),
                    Carried(Register("keyword"), "keyword", "standard", Literal(1)),
                ),
                (STEP,),
                PAGE,
                ((Literal("go"), 0), (Literal("exit"), None)),
                method=True,
            ),
        ),
        visible=False,
        links=(("pong", Object("pong")),),
        others=True,
        location=HERE,
    ),
}

DECLARED = Blueprint(
    name="agents.crawl",
    inputs=(
        Input(Register("url", "str"), "url", annotation="str"),
        Input(Register("url_2"), "url", "positional", Literal("/"), "str"),
        Input(Register("limit", "int"), "limit", "keyword", None, "int", param=True, description="how many"),
    ),
    body=(STEP,),
    result=PAGE,
    tasks=(
        TaskRef("fetch", "fetch", "agents.crawl", "fetch", True, "inline", True, "6f1c", True),
        TaskRef("parse_2", "parse", "", "", mode="compute"),
        TaskRef("a b", "a b", "agents", "make.<locals>.parse"),
    ),
    resources=(
        ResourceRef("database", "agents.db", "connect", "run", True, (("config", "settings"),)),
        ResourceRef("settings", "", "", "task", False),
    ),
    is_async=True,
    returns="list[str] | None",
    location=Location("my agents.py", 3, 4, 20),
)


@pytest.mark.parametrize(
    ("text", "instruction"), EXAMPLES.items(), ids=[type(one).__name__ for one in EXAMPLES.values()]
)
def test_an_instruction_looks_like_this_and_reads_back(text: str, instruction: Instruction) -> None:
    shown = print_blueprint(blueprint(instruction))
    assert body_of(shown) == text
    assert parse_blueprint(shown) == blueprint(instruction)
    assert print_blueprint(parse_blueprint(shown)) == shown


def test_declarations_look_like_this_and_read_back() -> None:
    shown = str(DECLARED)
    assert shown == """\
async blueprint agents.crawl -> list[str] | None:   ; "my agents.py":3:4-20
  input url: str
  input positional url_2 as url annotated str = "/"
  param keyword limit: int "how many"
  task fetch = agents.crawl:fetch async pure plain #6f1c
  task parse_2 as parse compute
  task "a b" = agents:"make.<locals>.parse"
  resource database = agents.db:connect per run async injects (config=settings)
  resource settings per task
  page = url
  return page"""
    assert parse_blueprint(shown) == DECLARED
    assert str(parse_blueprint(shown)) == shown


def parts_of(thing: object) -> Iterator[Any]:
    """Every dataclass instance in a tree of them."""
    if isinstance(thing, tuple):
        for one in thing:
            yield from parts_of(one)
    elif is_dataclass(thing):
        yield thing
        for one in fields(thing):
            yield from parts_of(getattr(thing, one.name))


def test_the_examples_leave_no_field_at_its_default() -> None:
    """So that a field added to the IR and not to the listing is noticed: no example could have it."""
    shown, known = set(), set()
    for thing in parts_of((*EXAMPLES.values(), DECLARED)):
        for one in fields(thing):
            known.add((type(thing).__name__, one.name))
            default = one.default_factory() if one.default_factory is not MISSING else one.default
            if getattr(thing, one.name) != default or not one.compare:
                shown.add((type(thing).__name__, one.name))
    assert known - shown == {("Pack", "factory")}  # which the tests of operands have
    assert {type(one) for one in EXAMPLES.values()} == set(get_args(Instruction))


GOLDEN = """\
async blueprint poll -> int:   ; agents/crawl.py:12
  input url: str
  input seen: int = 0
  param keyword limit: int = 10 "pages a round"
  task fetch = agents.crawl:fetch blocking pure #6f1c
  task poll = agents.crawl:poll async #d20a
  resource database = agents.db:connect per run
  limit: int = param limit from limit as @int   ; agents/crawl.py:30:18-40
  defer database -> (db):
    db = inject database
  total: int = loop:   ; agents/crawl.py:12
    state poll(url: str = url, seen: int = seen) -> total:
      if url:   ; agents/crawl.py:31
        retry fetch(max_attempts=3, delay=0.5, backoff=2.0, retry_on=[@OSError], max_delay=8.0, jitter=0.0):
          timeout 2.5:
            page: str = call fetch(url, limit=limit)   ; agents/crawl.py:31:11-34
      else:
        skip fetch as page because "ConditionFalse"   ; agents/crawl.py:31
        page: str = url
      db = force database
      total = call poll(page, seen, db=db, options={"tags": ("a", "b"), "size": [seen, 2]})
  return total"""


def test_a_listing_reads_back_word_for_word() -> None:
    parsed = parse_blueprint(GOLDEN)
    assert str(parsed) == GOLDEN
    assert [type(one).__name__ for one in walk(parsed.body)] == [
        *("ReadParam", "Defer", "Inject", "Loop", "Choose", "Retry", "Timeout", "Call", "Skip", "Copy"),
        *("Force", "Call"),
    ]


def test_registers_keep_their_types_where_they_are_read() -> None:
    parsed = parse_blueprint("blueprint x:\n  input url: str\n  page: int = url\n  return [url, page, other]")
    assert [register.type for register in registers_of(parsed.result)] == ["str", "int", ""]


def test_what_the_names_stand_for_is_given_to_the_parser() -> None:
    tasks, resources, objects = {"fetch": print}, {"database": len}, {"int": int}
    parsed = parse_blueprint(GOLDEN, tasks=tasks, resources=resources, objects=objects)
    assert (parsed.bound_tasks, parsed.bound_resources, parsed.objects) == (tasks, resources, objects)
    assert parsed == parse_blueprint(GOLDEN)
    assert parse_blueprint(GOLDEN).objects == {}


def test_blank_lines_and_comments_say_nothing() -> None:
    lines = GOLDEN.split("\n")
    spread = "\n\n   \n# the poller\n" + "\n".join(f"{line}  \n      # note" for line in lines) + "\r\n"
    assert parse_blueprint(spread) == parse_blueprint(GOLDEN)


# Whole Blueprints


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(blueprints(hostile=True))
def test_every_blueprint_reads_back(one: Blueprint) -> None:
    shown = str(one)
    parsed = parse_blueprint(shown)
    assert parsed == one
    assert str(parsed) == shown


def test_two_hundred_levels_of_blocks() -> None:
    block: tuple[Instruction, ...] = (STEP,)
    for _ in range(50):
        block = (Timeout(1, block),)
        block = (Choose((Arm(OK, block),), block[:0]),)
        block = (Parallel((block,)),)
        block = (Route(PAGE, OK, (Case((Literal(1),), block, PAGE),)),)
    one = blueprint(*block)
    assert str(parse_blueprint(str(one))) == str(one)


def test_many_instructions() -> None:
    registers = [Register(f"r_{number}", "int") for number in range(20_001)]
    steps = zip(registers[1:], registers, strict=False)
    body = [Call(target, "fetch", (Argument(source),), location=HERE) for target, source in steps]
    one = blueprint(*body, result=registers[-1])
    assert parse_blueprint(str(one)) == one
