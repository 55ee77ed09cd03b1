"""What random programs are written with: a text that stands above each of them, and runs anew with each."""

from __future__ import annotations

from types import CodeType

PRELUDE = '''\
import asyncio
import itertools
import types

import cascade as cs
from cascade import TailCall as TC, tail as again

LOG = []                # what has happened, in order: everything observable ends up here
KEPT = []               # closures, generators and objects of earlier rounds
SPENT = itertools.count()
PARTS = itertools.count()
G0, G1, G2 = 3, 5, [7]
here = locals           # a name that doesn't look like what it is


class OutOfFuel(BaseException):
    pass


class Odd(Exception):
    pass


def shown(value):
    """Text that is the same for equal programs: no addresses, functions by their qualified name."""
    if next(PARTS) > 100_000 or (isinstance(value, (str, bytes)) and len(value) > 10_000):
        raise OutOfFuel  # it doubles with every round
    if isinstance(value, (list, tuple, set, frozenset)):
        inner = ", ".join(map(shown, sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value))
        return f"{type(value).__name__}({inner})"
    if isinstance(value, dict):
        return f"dict({', '.join(f'{key}: {shown(one)}' for key, one in value.items())})"
    if isinstance(value, types.FunctionType):
        return f"function {value.__module__}.{value.__qualname__}{shown(value.__defaults__)}"
    if isinstance(value, (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)):
        return f"{type(value).__name__} {value.__qualname__}"
    if isinstance(value, type):
        return f"class {value.__module__}.{value.__qualname__}"
    if isinstance(value, BaseException):
        return f"{type(value).__name__}({value})"
    if isinstance(value, (int, float, str, bytes, type(None), type(...))):
        return repr(value)
    return f"<{type(value).__qualname__}>"


def note(tag, *values):
    LOG.append(f"{tag} {' '.join(map(shown, values))}")
    if len(LOG) > 400:
        raise OutOfFuel
    return values[0] if values else 0


def spend():
    return next(SPENT) < 30


def maybe(value):
    note("maybe", value)
    if value % 3 == 2:
        raise Odd(f"odd {value}")
    return value


def many(*values, k=0, **more):
    return note("many", values[0] if values else 0, values, k, more)


def keep(value):
    KEPT.append(value)
    return len(KEPT)


def recall():
    """Use what was kept longest: call a closure, take one step of a generator."""
    if not KEPT or not spend():
        return note("nothing")
    value = KEPT.pop(0)
    try:
        if isinstance(value, types.FunctionType):
            value = value()
        elif isinstance(value, types.GeneratorType):
            value = next(value, -1)
    except Odd as error:
        value = error
    note("recalled", value)
    return value if type(value) is int else 0


def rebind():
    global G0
    G0 = (G0 + 1) % 11
    return note("rebind", G0)


class Guard:
    def __init__(self, tag, value=0, suppress=False):
        self.tag, self.value, self.suppress = tag, value, suppress

    def __enter__(self):
        return note(f"enter {self.tag}", self.value)

    def __exit__(self, kind, error, traceback):
        note(f"exit {self.tag}", error)
        return self.suppress and not isinstance(error, OutOfFuel)

    async def __aenter__(self):
        await asyncio.sleep(0)
        return self.__enter__()

    async def __aexit__(self, kind, error, traceback):
        return self.__exit__(kind, error, traceback)


class Dying:
    def __init__(self, tag):
        self.tag = tag

    def __del__(self):
        LOG.append(f"dies {self.tag}")


class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x=0, y=0):
        self.x, self.y = x, y


class Box:
    """Attributes and items that tell when they are read, set and deleted."""

    RED = 1

    def __init__(self):
        object.__setattr__(self, "v", 1)

    def __getattribute__(self, name):
        value = super().__getattribute__(name)
        return note(f"get {name}", value) if name == "v" else value

    def __setattr__(self, name, value):
        note(f"set {name}", value)
        super().__setattr__(name, value)

    def __delattr__(self, name):
        note(f"delete {name}")

    def __getitem__(self, key):
        return note("get item", key)

    def __setitem__(self, key, value):
        note("set item", key, value)

    def __delitem__(self, key):
        note("delete item", key)


BOX = Box()


async def soon(value):
    note("soon", value)
    await asyncio.sleep(0)
    return value


async def counted(count):
    for i in range(count):
        note("counted", i)
        await asyncio.sleep(0)
        yield i


@cs.task
def twice(x):
    return note("twice", x) * 2
'''

PRELUDE_FILE = "prelude_of_random_programs.py"
PRELUDE_CODE: CodeType = compile(PRELUDE, PRELUDE_FILE, "exec", dont_inherit=True)
