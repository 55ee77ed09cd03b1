"""What task functions can return, as proven from their source."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterator
from textwrap import indent
from types import ModuleType
from typing import Any

import pytest

from cascade_gen import lang
from cascade_gen.runtime.redirects import Jump, Redirect, TailCall
from cascade_gen.tasks.exits import Exits, exits
from tests.unit.task_sources import define, function

cs = ModuleType("face")
vars(cs).update({name: getattr(lang, name) for name in lang.__all__}, TailCall=TailCall, Jump=Jump)


@pytest.fixture(scope="module")
def others() -> Iterator[dict[str, Any]]:
    """Tasks and a workflow by name, in scope and in a module `other`."""
    names = define(
        """
        @cs.task
        def ping(n=0, cfg=None): return n
        @cs.task
        def pong(n=0, cfg=None): return n
        @cs.task
        async def load(path="."): return path
        @cs.task
        def check(): return True
        @cs.workflow
        def report(n): return ping(n)
        def helper(n): return n
        """,
        cs=cs,
    )
    module = ModuleType("agents.other")
    module.__dict__.update({name: names[name] for name in ("ping", "pong", "load", "helper")})
    package = sys.modules["agents"] = ModuleType("agents")
    sys.modules["agents.other"] = package.__dict__["other"] = module
    yield {**names, "other": module, "TC": TailCall, "go": lang.tail}
    del sys.modules["agents.other"], sys.modules["agents"]


def _exits(body: str, names: dict[str, Any], head: str = "def f(n=0, x=None, *args, **kwargs):") -> Exits:
    text = f"{head}\n{indent(body.strip(), '    ')}\n"
    return exits(function(text, **{**names, "__name__": "agents.here", "__package__": "agents"}))


VALUES = [
    "return 1",
    "return",
    "pass",
    "raise ValueError(x)",
    "return None",
    "return -1.5",
    "return 'a' 'b'",
    "return f'{x}'",
    "return f'{x} and {n}'",
    "return ...",
    "return [x, n]",
    "return (ping(n),)",
    "return {n: pong(n)}",
    "return {x, n}",
    "return [*x]",
    "return [ping(i) for i in x]",
    "return {i: i for i in x}",
    "return {i for i in x}",
    "return (i for i in x)",
    "return lambda: ping(n)",
    "return not x",
    "return x is None",
    "return x in n",
    "return x is not None is n",
    "return 1 if x else 'a'",
    "return 'a' or 1",
    "return (y := [])",
    "return args",
    "return kwargs",
    "return args[1:]",
    "return kwargs.keys()",
    "return len(x)",
    "return len(x) + 1",
    "return -len(x) ** 2 / 3",
    "return len(x) == 1 or len(x) < 3",
    "return 'done' == 'd'",
    "return [x] == (n,)",
    "return str(x)",
    "return repr(x)",
    "return int(x) // 2",
    "return sorted(x)",
    "return list(map(ping, x))",
    "return isinstance(x, str)",
    "return sum(len(i) for i in x)",
    "return min([], default=x)",
    "return round([x] < [n])",
    "return sum(x)",
    "return sum([x])",
    "return sum(i for i in x)",
    "return sum([], x)",
    "return abs(x)",
    "return divmod(1, x)",
    "return pow(2, x)",
    "return round(x)",
    "return open(x)",
    "return sum(len(n) for len in x)",
    "return sum(str(i) for i in x)",
    "return max(len(i) for i in x)",
    "return max([1, 2], default=x)",
    "return sum(x, start=0)",
    "return open(x).read()",
    "with open(x) as file:\n    return file.read()",
    "with open(x) as file:\n    return file.readlines()[1:]",
    "import json\nreturn json.loads(x)",
    "import json\nreturn json.dumps(x, indent=2)",
    "import json as j\nreturn j.load(x)",
    "from json import dumps\nreturn dumps(x).encode()",
    "import math\nreturn math.sqrt(x)",
    "import math\nreturn math.floor(x)",
    "import os\nreturn os.path.join(x, 'a')",
    "import os.path\nreturn os.path.exists(x)",
    "from os import path\nreturn path.splitext(x)[:1]",
    "import re\nreturn re.sub('a', 'b', x)",
    "import re\nfound = re.match('a', x)\nreturn found.group(1) if found else None",
    "import re\nreturn re.compile('a').findall(x)",
    "import time\nreturn time.time() - n",
    "import random\nreturn random.randint(1, n)",
    "from datetime import datetime\nreturn datetime.now().isoformat()",
    "from datetime import datetime, timezone\nreturn datetime.now(timezone.utc).isoformat()",
    "import datetime as dt\nreturn dt.datetime.now(tz=dt.UTC).strftime('%d')",
    "from pathlib import Path\nreturn Path(x).read_text()",
    "from pathlib import Path\nreturn Path.cwd()",
    "import hashlib\nreturn hashlib.sha256(x).hexdigest()",
    "return sum([1, 2], len(x))",
    "return max(len(x), 3)",
    "return round(len(x) / 3, 2)",
    "return print(x)",
    "return ', '.join(x)",
    "return 'a{}'.format(x)",
    "return 'a %s' % 1",
    "return 'abc'.upper().split('b')",
    "return 'abc'[x]",
    "return b'abc'[1:].hex()",
    "return [x] * 3 + [n]",
    "return {x} | {n}",
    "return {'a': x} | {'b': n}",
    "y = len(x)\nreturn y",
    "y = z = 'a'\nz += 'b'\nreturn y + z",
    "a, b = 0, 1\nwhile n:\n    a, b = b, a + b\nreturn a",
    "a, (b, c) = 0, (1, [x])\nreturn c",
    "(a, *b) = x\nreturn b",
    "out = []\nfor i in x:\n    out.append(i)\nreturn out",
    "out = []\nout += [x]\nreturn out",
    "total = 0\nfor i in range(n):\n    total += i\nreturn total",
    "for i, c in enumerate(x):\n    if c: return i",
    "for c in 'abc':\n    if c == x: return c",
    "def g(): return x\nreturn g",
    "def g(): return ping(n)\nreturn 1",
    "try:\n    return 1\nexcept ValueError:\n    return 'a'\nfinally:\n    return []",
    "with x as y:\n    return 1",
    "match x:\n    case [y]: return 1\n    case _: return 'a'",
    "yield x\nreturn ping(n)",
    "y = yield\nreturn cs.TailCall()",
    "x: int = 3\ny: str = 'a'\nreturn y",
    "if x:\n    y = 1\nelse:\n    y = 'a'\nreturn y",
    "y = 1\ndel y\nreturn y",
    "del x\ny: int\nreturn y",
]


# What a parameter holds, and what an operator gives, is taken to be no redirect.
VALUES += [
    "return x",
    "return x and 1 or n",
    "return x if n else 1",
    "return x + 1",
    "return -helper(n)",
    "return helper(n) * x.y",
    "return x.y == 1",
    "return 0 < len(x) < n",
    "return [x] < [n]",
    "return '%s' % x",
    "return str(x) + n",
    "return f'{x}' + 'a'",
    "return f'{x}{n}'.upper()",
    "return str(x).upper()",
    "return ('%s' % (x,)).upper()",
    "return x.strip()",
    "return n.join(x.y.split(n))",
    "return [one.lower() for one in x][0:1]",
    "return x(n).partition(n)",
    "return 'a{}'.format(x) + 'a'",
    "return max(x, 1)",
    "y = x\nreturn y",
    "y = 1\ny += x.y\nreturn y",
    "y = []\ny += x\nreturn y",
    "x, n = n, x\nreturn x",
    "def g(): return x\nreturn x",
]


@pytest.mark.parametrize("body", VALUES)
def test_proves_values(others: dict[str, Any], body: str) -> None:
    assert _exits(body, others).kind == "value"


UNKNOWN = [
    "return max(x, key=len)",
    "return min(x, default=0)",
    "return max([x[0]])",
    "return min(*x)",
    "return max(1, 2, **kwargs).real",
    "return sum([], x[0])",
    "return sum([], start=x[0])",
    "return sum(x, **kwargs)",
    "return x.read()",
    "with x as file:\n    return file",
    "with open(x) as file, x as file:\n    return file.read()",
    "import json\nreturn json.loads(x, object_hook=n)",
    "import json\nreturn json.loads(x, **kwargs)",
    "import json\nreturn json.dumps(x, cls=n)",
    "import json\njson = x\nreturn json.loads(n)",
    "import random\nreturn random.choice(x)",
    "from datetime import datetime\nreturn datetime.now(x).isoformat()",
    "from pathlib import Path\nreturn Path(x).open",
    "import re\nreturn re.match('a', x)[0]",
    "import os\nreturn os.environ[x]",
    "def open(a): return x[0]\nreturn open(x)",
    "return x.y",
    "return x[0]",
    "return x()",
    "return x.y or 1",
    "return 1 and x.y",
    "return x.y if n else 1",
    "return max(x.y, 1)",
    "return [x][0]",
    "return {1: x}[1]",
    "return {1: x}.get(1)",
    "return [x].pop()",
    "return args[0]",
    "return kwargs['a']",
    "return kwargs.pop('a')",
    "return max(x)",
    "return max(*args, 1)",
    "return next(x)",
    "return str(x).index(n)",  # `__str__` may give a subclass of str, with methods of its own
    "return x.splitlines",
    "return os.strip(x)",
    "import os\nreturn os.strip(x)",
    "return x.strip().get(n)",
    "return str(x)[0]",
    "return getattr(x, 'y')",
    "return eval('x')",
    "return iter(x)",
    "return reversed(x)",
    "return type(x)",
    "return helper(n)",
    "return other.helper(n)",
    "return missing",
    "return missing(n)",
    "return cs.Redirect",
    "return ping",
    "return ping.func(n)",
    "return x.ping(n)",
    "return ping.name",
    "n = ping\nreturn n",
    "return LIMIT",
    "y = 1\ny = x.y\nreturn y",
    "y = x.y\ny = 1\nreturn y",
    "y = 1\nfor y in x: pass\nreturn y",
    "y = 1\nfor a, y in x: pass\nreturn y",
    "for y, c in enumerate(x, n): pass\nreturn y",
    "for c, y in enumerate(x): pass\nreturn y",
    "y = 1\nwith x as y: pass\nreturn y",
    "y = 1\nimport sys as y\nreturn y",
    "y = 1\nclass y: pass\nreturn y",
    "y = 1\n@x\ndef y(): pass\nreturn y",
    "y = 1\ntry: pass\nexcept E as y: return y",
    "y = 1\nmatch x:\n    case y: pass\nreturn y",
    "y = 1\nmatch x:\n    case {**y}: pass\nreturn y",
    "y = 1\nmatch x:\n    case [*y, 1]: pass\nreturn y",
    "y = 1\nmatch x:\n    case str() as y: pass\nreturn y",
    "y = 1\n(y := x.y)\nreturn y",
    "y = 1\n[y := i for i in x]\nreturn y",
    "i = 1\n[y := i for i in x]\nreturn y",
    "y = 1\na, y = x\nreturn y",
    "y = 1\n[a, (b, y)] = x\nreturn y",
    "y = 1\na, y, b = x, *args\nreturn y",
    "y, *a = 1, x\nreturn y",
    "y = 1\ndef g():\n    nonlocal y\n    y = x\ng()\nreturn y",
    "def g():\n    nonlocal x\n    x = n\ng()\nreturn x",
    "x = x.y\nreturn x",
    "for x in x: pass\nreturn x",
    "import x\nreturn x",
    "y = 1\ndef g():\n    def h():\n        nonlocal y\n        y = x\n    h()\ng()\nreturn y",
    "y = 1\nclass C:\n    nonlocal y\n    y = x\nreturn y",
    "global y\ny = 1\nreturn y",
    "args = x.y\nreturn args",
    "len = x\nreturn len(n)",
    "for len in x: pass\nreturn len(n)",
    "import len\nreturn len(n)",
    "def len(y): return y\nreturn len(n)",
    "global len\nlen = x\nreturn len(n)",
    "return [len(n) for len in x][0]",
    "if x:\n    return 1\nreturn x.y",
    "try:\n    return 1\nfinally:\n    return x.y",
    "a = b = c = d = 1\na = b\nb = c\nc = d\nd = x.y\nreturn a",
    "def g(): return 1\nreturn g()",
    "return (lambda: 1)()",
]


@pytest.mark.parametrize("body", UNKNOWN)
def test_calls_nothing_a_value_that_is_not_proven(others: dict[str, Any], body: str) -> None:
    assert _exits(body, others).kind == "unknown"


# Body, then the targets in the order of the source: what is named, and its role if it isn't "target".
REDIRECTS = [
    ("return cs.TailCall()", ["self"]),
    ("return cs.TailCall([n - 1])", ["self"]),
    ("return cs.TailCall(kwargs={'n': 1}, target_blueprint_id=None)", ["self"]),
    ("return TC(kwargs={'n': 1})", ["self"]),
    ("return TC(target_blueprint_id='pong')", ["'pong'"]),
    ("return TC([], {}, 'pong')", ["'pong'"]),
    ("return TC(target_blueprint_id=pong)", ["pong"]),
    ("return TC(target_blueprint_id='a' if n else pong)", ["'a'", "pong"]),
    ("t = 'a'\nif n: t = 'b'\nreturn TC(target_blueprint_id=t)", ["'a'", "'b'"]),
    ("return TC(target_blueprint_id=x)", ["dynamic"]),
    ("return TC(target_blueprint_id=x or 'a')", ["dynamic", "'a'"]),
    ("return TC(target_blueprint_id=f'{n}')", ["dynamic"]),
    ("return TC(*x)", ["dynamic"]),
    ("return TC(**x)", ["dynamic"]),
    ("return TC(**x, target_blueprint_id='pong')", ["'pong'"]),
    ("return cs.tail(pong, n=1)", ["pong"]),
    ("return go(pong if n else ping, n=1)", ["pong", "ping"]),
    ("return go(other.pong)", ["pong"]),
    ("return go(x, n=1)", ["dynamic"]),
    ("return go(*args)", ["dynamic"]),
    ("return go(report, n=1)", ["report"]),
    ("return cs.Jump('again')", ["jump"]),
    ("return pong(n - 1)", ["pong"]),
    ("return other.pong(n - 1)", ["pong"]),
    ("return report(n - 1)", ["report"]),
    ("return pong(n, cfg=load())", ["pong", "load argument"]),
    ("return pong(n, cfg=[load(load('a')), {'k': other.load()}])", ["pong"] + ["load argument"] * 3),
    ("return pong(n, cfg=[load(i) for i in x])", ["pong", "load argument"]),
    ("return pong(n, cfg=load.map(path=x))", ["pong", "load argument"]),
    ("return pong(n, cfg=load)", ["pong", "load mention"]),
    ("c = load()\nreturn pong(n, cfg=c)", ["load argument", "pong"]),
    ("c = d = load()\ne = [d]\nreturn pong(n, cfg=e)", ["load argument", "pong"]),
    ("return cs.tail(pong, cfg=load())", ["pong", "load argument"]),
    ("return TC([load()])", ["self", "load argument"]),
    ("return pong.map(n=x)", ["pong"]),
    ("return pong(n).with_retry(3)", ["pong"]),
    ("return pong(n).run_if(check()).after(load())", ["pong", "check argument", "load argument"]),
    ("y = pong(n)\nreturn y.with_timeout(1)", ["pong"]),
    ("y = pong(n)\ny.run_if(check())\nreturn y", ["pong", "check mention"]),
    ("return cs.Router(x, {1: ping(n), 2: pong(n)})", ["ping mention", "pong mention"]),
    ("return cs.LazyResult(x)", []),
    ("return cs.sequence([ping(n), pong(n)])", ["ping argument", "pong argument"]),
    ("return cs.bind(ping(n), cs.select_jump({1: pong(n)}))", ["ping", "pong argument"]),
    ("return 1 if n else pong(n)", ["pong"]),
    ("return ping(n) if n else pong(n)", ["ping", "pong"]),
    ("return n and pong(n)", ["pong"]),
    ("return ping(n) or pong(n)", ["ping", "pong"]),
    ("return (y := pong(n))", ["pong"]),
    ("y = pong(n)\nreturn y", ["pong"]),
    ("y = 1\nif n: y = pong(n)\nz = y\nreturn z", ["pong"]),
    ("a, b = 1, pong(n)\nreturn b", ["pong"]),
    ("y = z\nz = y\nz = pong(n)\nreturn y", ["pong"]),
    ("while n:\n    for i in x:\n        with i:\n            return pong(n)", ["pong"]),
    ("try:\n    return 1\nexcept* E:\n    pass\nelse:\n    return pong(n)", ["pong"]),
    ("try:\n    n()\nexcept E:\n    return ping(n)\nfinally:\n    return pong(n)", ["ping", "pong"]),
    ("match n:\n    case 1: return ping(n)\n    case y: return pong(y)", ["ping", "pong"]),
    ("if n:\n    return x\nreturn pong(n)", ["pong"]),
    ("return (ping if n else pong)(n)", ["ping", "pong"]),
    ("p = pong\nreturn p(n)", ["pong"]),
    ("p = TC\nreturn p()", ["self"]),
    ("m = cs\nreturn m.tail(pong)", ["pong"]),
    ("from cascade_gen.runtime.redirects import TailCall as T\nreturn T()", ["self"]),
    ("import cascade_gen.runtime.redirects as r\nreturn r.TailCall()", ["self"]),
    ("import cascade_gen.runtime.redirects\nreturn cascade_gen.runtime.redirects.Jump(1)", ["jump"]),
    ("from agents.other import pong as p, load\nreturn p(load())", ["pong", "load argument"]),
    ("from .other import pong\nreturn pong(n)", ["pong"]),
    ("from . import other\nreturn other.pong(n)", ["pong"]),
    ("return Mine(target_blueprint_id='pong')", ["'pong'"]),
    ("return pong(lambda ping: ping(n))", ["pong"]),
    ("return pong([ping for ping in x])", ["pong"]),
    ("def g(): return ping(n)\nreturn pong(n)", ["ping mention", "pong"]),
]


class Mine(TailCall):
    """A user's own kind of tail call."""


@pytest.mark.parametrize(("body", "wanted"), REDIRECTS)
def test_sees_tail_calls_behind_any_alias(others: dict[str, Any], body: str, wanted: list[str]) -> None:
    found = _exits(body, {**others, "Mine": Mine})
    assert found.kind == "redirect"
    assert [_shown(target) for target in found.targets] == wanted


def _shown(target: Any) -> str:
    if target.name is None and target.task is None:
        return str(target.role)
    named = repr(target.name) if target.task is None else target.task.name
    return named if target.role == "target" else f"{named} {target.role}"


MENTIONS = [
    ("value", "return [load, pong]", ["load mention", "pong mention"]),
    ("value", "return [load(n)]", ["load mention"]),
    ("value", "yield load(n)", ["load mention"]),
    ("unknown", "steps = [load, pong]\nreturn steps[n](n)", ["load mention", "pong mention"]),
    ("unknown", "return helper(load)", ["load mention"]),
    ("unknown", "return helper(cs.TailCall(target_blueprint_id='pong'))", ["'pong' mention"]),
    ("unknown", "return helper(lambda: TC([], {}, 'pong'))", ["'pong' mention"]),
    ("unknown", "return (lambda: pong(n))()", ["pong mention"]),
    ("unknown", "def g():\n    return other.load(n)\nreturn g()", ["load mention"]),
    ("unknown", "def g(load, *, pong): return load(pong)\nreturn g(n)", []),
    ("unknown", "load = x\nreturn load(n)", []),
    ("unknown", "load = x\nreturn [lambda: load(n)].pop()", []),
    ("unknown", "return x.load(n)", []),
    ("unknown", "class C:\n    load = 1\n    def m(self): return load\nreturn C()", ["load mention"]),
    ("unknown", "class C:\n    load = 1\n    y = load\nreturn C()", []),
    ("value", "return 'load'", []),
]


@pytest.mark.parametrize(("kind", "body", "wanted"), MENTIONS)
def test_collects_every_task_that_the_source_names(
    others: dict[str, Any], kind: str, body: str, wanted: list[str]
) -> None:
    found = _exits(body, others)
    assert found.kind == kind
    assert [_shown(target) for target in found.targets] == wanted


def test_a_redirect_by_default_is_not_overlooked() -> None:
    names = define(
        """
        def f(x, again=TailCall()): return again
        def g(x, *, again=Jump(1)): return again
        def h(x, later=task(lambda: 1)()): return later
        """,
        TailCall=TailCall,
        Jump=Jump,
        task=lang.task,
    )
    assert [exits(names[name]).kind for name in "fgh"] == ["unknown", "unknown", "value"]


def test_lambdas_and_coroutines_follow_the_same_rules(others: dict[str, Any]) -> None:
    head = "async def f(n, x):"
    assert _exits("return pong(await x)", others, head).kind == "redirect"
    assert _exits("return [i async for i in x]", others, head).kind == "value"
    assert _exits("return sum(1 async for i in x)", others, head).kind == "value"
    assert _exits("return await x", others, head).kind == "unknown"
    assert _exits("async for y in x: return y", others, head).kind == "unknown"
    assert _exits("async with x as y: return y", others, head).kind == "unknown"
    assert _exits("yield 1\nreturn", others, head).kind == "value"
    lambdas = define("a = lambda n: pong(n)\nb = lambda n: [n]\nc = lambda n: n.a\nd = lambda: (yield)", **others)
    kinds = [exits(lambdas[name]).kind for name in "abcd"]
    assert kinds == ["redirect", "value", "unknown", "value"]


def test_places_point_at_what_names_the_target(others: dict[str, Any]) -> None:
    text = (
        "class C:\n"
        "    def f(self, n):\n"
        "        if n:\n"
        "            return TC(kwargs={'é': 1}, target_blueprint_id='pong')\n"
        "        return other.pong(\n"
        "            load(n))\n"
    )
    found = exits(define(text, **others)["C"].f)
    lines = text.splitlines()
    spots = [(target.line, lines[target.line - 1][target.col : target.end_col]) for target in found.targets]
    assert spots == [(4, "'pong'"), (5, "other.pong"), (6, "load")]


def test_closures_are_looked_into_and_shadowing_names_are_not() -> None:
    names = define("""
        def make(step, len):
            def f(n): return step(n)
            def g(n): return len(n)
            def h(n, step): return step(n)
            return f, g, h
        """)
    step = lang.task(lambda n: n)
    f, g, h = names["make"](step, lambda n: TailCall())
    assert exits(f).kind == "redirect"
    assert [target.task for target in exits(f).targets] == [step]
    assert exits(g).kind == "unknown"
    assert exits(h).kind == "unknown"
    other, _, _ = names["make"](print, len)
    assert exits(other).kind == "unknown"
    assert exits(f).kind == "redirect"


def test_an_empty_cell_is_no_error() -> None:
    made = define(
        """
        def make():
            def f(n): return later(n)
            yield f
            later = task(lambda n: n)
            yield
        """,
        task=lang.task,
    )["make"]()
    f = next(made)
    assert exits(f).kind == "unknown"
    next(made)
    assert exits(f).kind == "redirect"


def test_a_task_defined_or_replaced_later_is_seen_then() -> None:
    names = define("def f(n): return pong(n)")
    assert exits(names["f"]) == Exits("unknown")
    names["pong"] = first = lang.task(lambda n: n)
    assert [target.task for target in exits(names["f"]).targets] == [first]
    names["pong"] = second = lang.task(lambda n: n)
    assert [target.task for target in exits(names["f"]).targets] == [second]
    names["pong"] = len
    assert exits(names["f"]) == Exits("unknown")


@pytest.mark.parametrize(
    "module",
    [
        "def len(x): return x\ndef f(x): return len(x)\n",
        "from math import *\nlen = x = 1\ndef f(x): return len(x)\n",
        "def f(x): return len(x)\ndef g():\n    global y, len\n    len = 1\n",
        "def f(x): return len(x)\nif 0:\n    exec('1'); global len\n",
        "def f(x): return len(x)\nf.early = True\nif 0: pass\nlen: object = f\n",
    ],
)
def test_a_builtin_that_the_module_rebinds_anywhere_is_not_trusted(module: str) -> None:
    assert exits(function(module)).kind == "unknown"


def test_a_builtin_that_the_module_is_about_to_rebind_is_not_trusted() -> None:
    kinds: list[str] = []
    define("def f(x): return len(x)\nlook(f)\ndef len(x): return x\n", look=lambda f: kinds.append(exits(f).kind))
    assert kinds == ["unknown"]


def test_a_builtin_rebound_after_a_first_look_is_seen() -> None:
    names = define("def f(x): return len(x)")
    assert exits(names["f"]).kind == "value"
    names["len"] = lambda x: TailCall()
    assert exits(names["f"]).kind == "unknown"


def test_replaced_builtins_are_not_trusted() -> None:
    f = function("def f(x): return len(x)", __builtins__={"len": lambda x: TailCall()})
    assert isinstance(f([]), TailCall)
    assert exits(f).kind == "unknown"


def test_nothing_of_the_users_is_run() -> None:
    class Trap:
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(name)

        def __call__(self, *args: Any) -> Any:
            raise AssertionError(args)

    module = ModuleType("lazy")
    module.__dict__["__getattr__"] = Trap()

    class LazyModule(ModuleType):
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(name)

    names = {"trap": Trap(), "lazy": module, "lazier": LazyModule("lazier")}
    for body in ("return trap(n)", "return trap.a.b(n)", "return lazy.pong(n)", "return lazier.pong(n)"):
        assert _exits(body, names).kind == "unknown"


def test_our_own_modules_may_load_lazily() -> None:
    face = ModuleType("cascade")
    face.__dict__["__getattr__"] = lambda name: {"tail": lang.tail, "TailCall": TailCall}[name]
    ping = lang.task(lambda n: n)
    assert _exits("return cs.tail(ping, n=1)", {"cs": face, "ping": ping}).kind == "redirect"
    assert _exits("return cs.TailCall()", {"cs": face}).kind == "redirect"


def test_private_names_in_a_class_are_not_mistaken() -> None:
    names = define(
        """
        class C:
            def f(self, n): return __pong(n)
            def g(self, n):
                __len = len(n)
                return [__len]
        """,
        __pong=lang.task(lambda n: n),
        _C__pong=lambda n: n,
    )
    assert exits(names["C"].f).kind == "unknown"
    assert exits(names["C"].g).kind == "value"


def test_what_has_no_source_is_unknown() -> None:
    namespace: dict[str, Any] = {}
    exec("def f(): return 1", namespace)
    for made in (namespace["f"], len, object(), None):
        assert exits(made).kind == "unknown"


def test_a_wrapper_is_judged_by_its_own_source(others: dict[str, Any]) -> None:
    names = define(
        """
        import functools
        def logged(func):
            @functools.wraps(func)
            def wrapper(*args):
                return func(*args)
            return wrapper
        @logged
        def f(n): return 1
        """,
        **others,
    )
    assert exits(names["f"]).kind == "unknown"
    assert exits(names["f"].__wrapped__).kind == "value"


def test_very_deep_expressions_are_unknown_rather_than_an_error() -> None:
    deep = " + ".join(["1"] * 900)
    assert exits(function(f"def f(x): return {deep} + x")).kind == "unknown"


def test_very_many_variables_are_unknown_rather_than_slow() -> None:
    chain = "\n".join(f"    v{k} = v{k + 1}" for k in range(300))
    assert exits(function(f"def f(x):\n    v300 = 1\n{chain}\n    return v0")).kind == "unknown"


def test_the_analysis_keeps_neither_tasks_nor_functions_alive() -> None:
    names = define("def f(n): return pong(n)", pong=lang.task(lambda n: n))
    alive = [weakref.ref(names["f"]), weakref.ref(names["pong"])]
    assert exits(names["f"]).kind == "redirect"
    names.clear()
    gc.collect()
    assert [each() for each in alive] == [None, None]


@pytest.mark.parametrize("base", [TailCall, Jump, lang.LazyResult, lang.MappedLazyResult, lang.Router])
@pytest.mark.parametrize("plain", [int, str, bytes, float, list, dict, tuple, set])
def test_no_redirect_is_an_instance_of_a_builtin_type(base: type, plain: type) -> None:
    """The proofs rest on it: what `__str__` gives is a str, or of a subclass, and so no redirect."""
    assert issubclass(base, Redirect)
    with pytest.raises(TypeError, match="lay-out conflict"):
        type("Both", (base, plain), {})


MODULE = """
import json, os
from collections import namedtuple
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple
class Plain: ...
@dataclass
class Report:
    lines: list
class Pair(NamedTuple):
    a: int
Point = namedtuple("Point", "x y")
class Text(str): ...
class Meta(type):
    def __call__(cls): return cs.tail(f)
class Called(metaclass=Meta): ...
class New:
    def __new__(cls): return cs.tail(f)
class Later(New): ...
class Twice: ...
Twice = Twice
class Declared: ...
def replace():
    global Declared, os
class Colour(Enum):
    RED = 1
def f(x): return {0}
"""


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        ("Plain()", "value"),
        ("Report(x)", "value"),
        ("Pair(x)", "value"),
        ("Point(x, x)", "value"),
        ("Text(x)", "value"),
        ("json.dumps(x)", "value"),
        ("Called()", "unknown"),
        ("New()", "unknown"),
        ("Later()", "unknown"),
        ("Twice()", "unknown"),
        ("Declared()", "unknown"),
        ("os.getcwd()", "unknown"),
        ("Colour(x)", "unknown"),
        ("Plain().found", "unknown"),
        ("Plain", "unknown"),
    ],
)
def test_a_class_gives_its_instances_and_a_library_what_it_says(result: str, kind: str) -> None:
    names = define(MODULE.replace("{0}", result), cs=cs)
    assert exits(names["f"]).kind == kind


def test_a_class_that_became_something_else_is_seen() -> None:
    names = define("class Page: ...\ndef f(): return Page()\n")
    assert exits(names["f"]).kind == "value"
    names["f"].__globals__["Page"] = lambda: lang.tail("f")
    assert exits(names["f"]).kind == "unknown"
