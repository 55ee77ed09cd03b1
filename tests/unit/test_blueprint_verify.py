"""The rules of a Blueprint: what `verify` accepts, and what it says of what breaks them."""

from __future__ import annotations

from dataclasses import replace

import pytest

import cascade_gen.blueprint as ir
from cascade_gen.blueprint.parse import parse_blueprint
from cascade_gen.blueprint.verify import verify
from cascade_gen.errors import BlueprintError
from cascade_gen.runtime.errors import Location

HEAD = """\
blueprint poll:
  input url
  task f
  resource db per run
"""


def listing(body: str, result: str = "url") -> str:
    """A listing with those instructions."""
    lines = "".join(f"  {line}\n" for line in body.split("\n"))
    return f"{HEAD}{lines}  return {result}"


GOOD = [
    "a = url\nb = a",
    "a: int = url\na = url\na: int = url",
    # every way writes it, or ends the run
    "if url:\n  a = 1\nelif url:\n  a = 2\nelse:\n  a = 3\nb = a",
    'if url:\n  a = 1\nelse:\n  missing f because "x"\nb = a',
    "if url:\n  a: int = 1\nelse:\n  a: str = 2\na: bytes = a",
    'missing f because "x"\nb = a',
    'if url:\n  missing f because "x"\nelse:\n  missing f because "y"\nb = a',
    'a: int = 1\nmissing f because "x"\na: str = 1',
    "choose:\nelse:\n  a = 1\nb = a",
    "b = route url:\n  case 1 -> a:\n    a = 1\n  case 2 -> url:\n    a = 2\nc = [a, b]",
    'b = route url:\n  case 1 -> a:\n    a = 1\n  case 2 -> x:\n    missing f because "x"\nc = a',
    # blocks that run
    "retry f(max_attempts=1, delay=0, backoff=1, retry_on=[], max_delay=None, jitter=0):\n  a = 1\nb = a",
    "timeout 1:\n  a = 1\nb = a",
    "hold f(gpu=url):\n  a = 1\nb = a",
    'timeout 1:\n  missing f because "x"\nb = a',
    "parallel:\n  branch:\n    a = url\n  branch:\n    b = url\nc = [a, b]",
    'parallel:\n  branch:\n    pass\n  branch:\n    missing f because "x"\nb = a',
    # blocks of which only the target is seen afterwards
    "a = cached f(url=url) by @policy:\n  b = url\n  a = b\nc = a",
    "a = map (x in url, y in url) -> [z, x]:\n  z = y\nb = a",
    "a: list = map (x: int in url) -> x:\n  pass\nx: str = a",
    "a = fill url else b:\n  b = url\nc = a",
    "a = fill url else url:\n  pass",
    "a = loop:\n  state p of f(x = url) -> r:\n    r = x\n  state q of f(y) -> r:\n    r = y\nb = a",
    "a = loop:\n  state p of f(url = url) -> url jumps {1: 0, 2: None}:\n    url = url\nb = a",
    # deferred blocks
    "defer d -> (a):\n  a = url\na = force d\nb = a\na = force d",
    "defer d -> (a):\n  a = url\ndefer e -> (b):\n  a = force d\n  b = a\nb = force e",
    "defer d -> (a):\n  a = url\nif url:\n  a = force d\nelse:\n  a = force d\nb = a",
    "parallel:\n  branch:\n    defer d -> (a):\n      a = url\na = force d",
    'defer d -> (a):\n  missing f because "x"\na = force d',
    'missing f because "x"\na = force d',
    # names
    "a = inject db\nb = call f()\nc = @anything",
]

FEW = "nothing is deferred as {} on every way to this place"
UNWRITTEN = "{} is read here, but not written on every way to this place"
A, B, X = (UNWRITTEN.format(repr(name)) for name in "abx")
OWES = "the block has to write {}, and doesn't on every way"

# The line that is marked starts with `^`.
BAD = {
    "^b = a": A,
    "^a = a": A,
    "^b = call f(url, k=[1, (a,)])": A,
    "^b = param n from a as @int": A,
    "if url:\n  pass\n^elif a:\n  pass": A,
    "^if a:\n  pass": A,
    "if url:\n  a = 1\n^b = a": A,
    "if url:\n  a = 1\nelse:\n  b = 1\n^b = a": A,
    "if url:\n  a = 1\nelif url:\n  pass\nelse:\n  a = 1\n^b = a": A,
    'if url:\n  missing f because "x"\n^b = a': A,
    "^missing f because a": A,
    "^skip f as a because a": A,
    "^b = route a:\n  case 1 -> url:\n    pass": A,
    "b = route url:\n  ^case a -> url:\n    pass": A,
    "b = route url:\n  case 1 -> url:\n    pass\n  ^case 2 -> a:\n    pass": A,
    "b = route url:\n  case 1 -> a:\n    a = 1\n  case 2 -> 1:\n    pass\n^c = a": A,
    "b = route url:\n  case 1 -> 1:\n    a = 1\n  case 2 -> 1:\n    ^c = a": A,
    "b = route url:\n  case 1 -> 1:\n    ^c = b": B,
    "timeout 1:\n  ^b = a\n  a = 1": A,
    "^retry f(max_attempts=1, delay=0, backoff=1, retry_on=[a], max_delay=None, jitter=0):\n  pass": A,
    "^hold f(gpu=a):\n  a = 1": A,
    "parallel:\n  branch:\n    a = url\n  branch:\n    ^b = a": A,
    "b = cached f() by @policy:\n  a = url\n  b = a\n^c = a": A,
    "^b = cached f(k=a) by @policy:\n  b = 1": A,
    "b = map (x in url) -> x:\n  pass\n^c = x": X,
    "b = map (x in url) -> x:\n  a = 1\n^c = a": A,
    "^b = map (x in a) -> x:\n  a = 1": A,
    "^b = map (x in url) -> a:\n  pass": A,
    "^b = map (x in url, y in x) -> x:\n  pass": X,
    'b = map (x in url) -> x:\n  missing f because "x"\n^c = a': A,
    "b = fill url else a:\n  a = 1\n^c = a": A,
    "^b = fill a else url:\n  a = 1": A,
    "^b = fill url else a:\n  pass": A,
    "b = loop:\n  state p of f(x) -> a:\n    a = 1\n^c = a": A,
    "b = loop:\n  state p of f(x) -> a:\n    a = 1\n^c = x": X,
    "b = loop:\n  state p of f(x) -> a:\n    a = 1\n  state q of f(y) -> a:\n    ^a = x": X,
    "b = loop:\n  ^state p of f(x = a) -> a:\n    a = 1": A,
    "b = loop:\n  ^state p of f(x = 1 first a) -> a:\n    a = 1": A,
    "b = loop:\n  ^state p of f(x) -> a jumps {a: 0}:\n    a = 1": A,
    "defer d -> (a):\n  a = 1\n^b = a": A,
    "defer d -> (a):\n  ^a = b\nb = 1\na = force d": B,
    # what blocks have to write
    "^a = cached f() by @policy:\n  b = 1": OWES.format("'a'"),
    "^url = cached f() by @policy:\n  b = 1": OWES.format("'url'"),
    "a = loop:\n  state p of f(x) -> a:\n    a = 1\n  ^state q of f(y) -> y:\n    a = 1": OWES.format("'y'"),
    "a = loop:\n  ^state p of f(x) -> a:\n    if x:\n      a = 1": OWES.format("'a'"),
    "^defer d -> (a, b):\n  a = 1": OWES.format("'b'"),
    # deferred blocks
    "^force d": FEW.format("'d'"),
    "if url:\n  defer d -> ():\n    pass\n^force d": FEW.format("'d'"),
    "defer d -> ():\n  defer e -> ():\n    pass\n^force e": FEW.format("'e'"),
    "defer d -> (a):\n  a = 1\n^b = force d": "what is deferred as 'd' gives ['a'], not ['b']",
    "defer d -> (a):\n  a = 1\n^force d": "what is deferred as 'd' gives ['a'], not []",
    # types
    "a: int = 1\n^a: str = 1": "'a' is written as 'str' here, and as 'int' before",
    "a: int = 1\na = 1\nif url:\n  ^a: str = 1": "'a' is written as 'str' here, and as 'int' before",
    "a: int = 1\nb = map (x in url) -> 1:\n  ^a: str = x": ("'a' is written as 'str' here, and as 'int' before"),
    "a: int = 1\n^b = map (a: str in url) -> 1:\n  pass": "'a' is written as 'str' here, and as 'int' before",
    "^parallel:\n  branch:\n    a: int = 1\n  branch:\n    a: str = 1": (
        "'a' is written as 'str' here, and as 'int' before"
    ),
    # names
    "^a = call g()": "there is no task 'g'",
    "^skip g as a because 1": "there is no task 'g'",
    "^hold g():\n  pass": "there is no task 'g'",
    "a = loop:\n  ^state p of g(x) -> a:\n    a = 1": "there is no task 'g'",
    "^a = inject settings": "there is no resource 'settings'",
    # loops
    "a = loop:\n  state p of f(x) -> a:\n    a = 1\n  ^state q of f(x) -> a:\n    a = 1": (
        "'x' is carried twice in this loop"
    ),
    "a = loop:\n  ^state p of f(x, x as y) -> a:\n    a = 1": "'x' is carried twice in this loop",
    "a = loop:\n  ^state p of f(x) -> a jumps {1: 1}:\n    a = 1": "there is no state 1; the last one is 0",
    "a = loop:\n  ^state p of f(x) -> a jumps {1: -1}:\n    a = 1": "there is no state -1; the last one is 0",
    "^a = loop:": "a loop needs a state",
}


def excerpt(marked: str) -> str:
    """The lines around the one with the `^`, as the error should show them."""
    lines = marked.split("\n")
    bad = next(number for number, line in enumerate(lines) if line.lstrip().startswith("^"))
    first, last = max(0, bad - 5), min(len(lines), bad + 6)
    return "\n".join(
        f"{'>' if number == bad else ' '} {number + 1:{len(str(last))}} | {lines[number].replace('^', '')}"
        for number in range(first, last)
    )


def error_of(blueprint: ir.Blueprint) -> str:
    with pytest.raises(BlueprintError) as caught:
        verify(blueprint)
    return str(caught.value)


@pytest.mark.parametrize("body", GOOD)
def test_what_keeps_the_rules(body: str) -> None:
    verify(parse_blueprint(listing(body)))


@pytest.mark.parametrize(("marked", "message"), BAD.items(), ids=list(BAD))
def test_what_breaks_a_rule(marked: str, message: str) -> None:
    text = listing(marked)
    assert error_of(parse_blueprint(text.replace("^", ""))) == f"CS901: {message}\n{excerpt(text)}"


def test_what_an_error_looks_like() -> None:
    text = listing("a = url\nif url:\n  b = call f(a)   ; crawl.py:14:4-20\nc = call f(b)   ; crawl.py:15:4-20")
    assert error_of(parse_blueprint(text)) == """\
CS901: 'b' is read here, but not written on every way to this place
  3 |   task f
  4 |   resource db per run
  5 |   a = url
  6 |   if url:
  7 |     b = call f(a)   ; crawl.py:14:4-20
> 8 |   c = call f(b)   ; crawl.py:15:4-20
  9 |   return url
  --> crawl.py:15"""


def test_the_error_carries_the_place_in_the_users_file() -> None:
    with pytest.raises(BlueprintError) as caught:
        verify(parse_blueprint(listing("b = a   ; crawl.py:14:4-20")))
    assert caught.value.location == Location("crawl.py", 14, 4, 20)


def test_the_result_is_written() -> None:
    verify(parse_blueprint(listing("a = 1", "a")))
    text = listing("if url:\n  a = 1", "[url, a]")
    expected = f"CS901: {A}\n{excerpt(text.replace('  return', '  ^return'))}"
    assert error_of(parse_blueprint(text)) == expected


DECLARATIONS = {
    "blueprint p:\n  input a\n  ^input b as a\n  return 1": "there are two inputs 'a'",
    "blueprint p:\n  input a\n  ^input a as b\n  return 1": "there are two inputs 'a'",
    "blueprint p:\n  input a = 1\n  ^input b = c\n  return 1": UNWRITTEN.format("'c'"),
    "blueprint p:\n  task f\n  ^task f as g\n  return 1": "there are two tasks 'f'",
    "blueprint p:\n  resource a per run\n  ^resource a per run\n  return 1": "there are two resources 'a'",
    "blueprint p:\n  ^resource a per run injects (x=b)\n  return 1": "there is no resource 'b'",
}


@pytest.mark.parametrize(("marked", "message"), DECLARATIONS.items(), ids=list(DECLARATIONS))
def test_declarations(marked: str, message: str) -> None:
    text = marked.replace("^", "")
    assert error_of(parse_blueprint(text)) == f"CS901: {message}\n{excerpt(marked)}"


OBJECTS = [
    "b = @one",
    "b = [@one]",
    "b = {@one: 1}",
    "b = @one(1)",
    "b = param n from url as @one",
    "b = cached f() by @one:\n  b = 1",
    "b = map (x in url) -> @one:\n  pass",
    "b = loop links (p=@one):\n  state p of f(x) -> r:\n    r = 1",
    "b = loop:\n  state p of f(x = @one) -> r:\n    r = 1",
]


@pytest.mark.parametrize("body", OBJECTS)
def test_objects_are_declared_where_there_are_any(body: str) -> None:
    text = listing(body)
    verify(parse_blueprint(text))
    verify(parse_blueprint(text, objects={"one": 1}))
    error = error_of(parse_blueprint(text, objects={"two": 2}))
    assert error.startswith("CS901: there is no object 'one'\n")


def test_a_listing_far_from_the_error_is_left_out_and_long_lines_are_cut() -> None:
    body = "\n".join(["a = 1"] * 20 + [f'^b = [c, "{"x" * 200}"]'] + ["a = 1"] * 20)
    lines = error_of(parse_blueprint(listing(body).replace("^", ""))).split("\n")[1:]
    assert lines[0] == "  20 |   a = 1"
    assert lines[5] == f'> 25 |   b = [c, "{"x" * 96}...'
    assert lines[10] == "  30 |   a = 1"
    assert len(lines) == 11


def test_many_instructions_in_a_row() -> None:
    registers = [ir.Register(f"r_{number}") for number in range(50_001)]
    body = tuple(ir.Copy(target, source) for target, source in zip(registers[1:], registers, strict=False))
    blueprint = ir.Blueprint("row", (ir.Input(registers[0], "r_0"),), body, registers[-1])
    verify(blueprint)
    assert "50003 |   return r_50000" in error_of(replace(blueprint, body=body[:-1] + body[:1]))


def test_many_arms() -> None:
    url, page, rest = ir.Register("url"), ir.Register("page"), ir.Register("rest")
    arms = [ir.Arm(url, (ir.Copy(page, ir.Literal(number)),)) for number in range(2_000)]
    choose = ir.Choose(tuple(arms), (ir.Copy(page, url), ir.Copy(rest, url)))
    blueprint = ir.Blueprint("arms", (ir.Input(url, "url"),), (choose,), page)
    verify(blueprint)
    assert "'rest' is read here" in error_of(replace(blueprint, result=rest))


def test_blocks_and_operands_nest_deeply() -> None:
    operand: ir.Operand = ir.Register("a")
    block: tuple[ir.Instruction, ...] = (ir.Copy(ir.Register("a"), ir.Literal(1)),)
    for _ in range(200):
        operand = ir.Pack("tuple", (operand,))
        block = (ir.Timeout(1, (*block, ir.Copy(ir.Register("b"), ir.Register("a")))),)
    verify(ir.Blueprint("deep", (), block, operand))
