"""The names task functions use, told from their source and checked against what Python compiled."""

from __future__ import annotations

import argparse
import asyncio
import configparser
import dataclasses
import dis
import enum
import functools
import inspect
import statistics
import sys
import tarfile
import typing
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

from cascade_gen.tasks.free_names import FreeNames, InnerScope, free_names
from tests.unit.task_sources import define, function


def _names(text: str, **names: Any) -> FreeNames:
    found = free_names(function(text, **names))
    assert found is not None
    return found


def test_tells_globals_from_builtins_and_locals() -> None:
    names = _names("""
        import os
        def f(a, /, b=1, *c, d: int, **e):
            g = len(a)
            for h in range(b): missing(h)
            with open(a) as i: pass
            import sys as j, os.path
            k: int
            l: str = os.sep
            return print(os.getcwd(), sorted)
        def sorted(x): return x
        """)
    assert names.parameters == ("a", "b", "d", "c", "e")
    assert names.local_names == frozenset("abcdeghijkl") | {"os"}
    assert names.globals_read == {"missing", "sorted"}
    assert names.builtins_read == {"len", "range", "open", "print"}
    assert names.closure_read == names.globals_written == names.closure_written == frozenset()


def test_what_is_evaluated_outside_does_not_count() -> None:
    names = _names("""
        keep = lambda *_: lambda f: f
        one = two = three = 1
        @keep(one)
        def f(a: two = three) -> one:
            b: four = 1
            return a, b
        """)
    assert names.globals_read == frozenset()


@pytest.mark.parametrize(("future", "read"), [("", {"A", "B", "C", "D"}), ("annotations", {"C", "D"})])
def test_annotations_inside_count_unless_they_are_postponed(future: str, read: set[str]) -> None:
    head = f"from __future__ import {future}\n" if future else ""
    names = _names(f"{head}def f():\n    @C\n    def g(a: A = D) -> B: pass\n    return g\n")
    assert names.globals_read == read


def test_tells_what_is_written_outside() -> None:
    names = _names("""
        def f(own):
            global count, gone
            count += 1
            del gone
            config.limit.low = 1
            del config.high
            own.x = 1
            local = own
            local.y = 2
            CACHE[own] = 1
            def g():
                global deep
                import deep
                config.inner: int = 1
                own.z = 1
            return g
        """)
    assert names.globals_written == {"count", "gone", "deep"}
    assert names.attributes_written == {"config.limit.low", "config.high", "config.inner"}
    assert {"count", "config", "CACHE"} <= names.globals_read
    assert "gone" not in names.globals_read


def test_tells_closures_apart() -> None:
    inner = define("""
        def make(a, b, c):
            def f(d):
                nonlocal b
                b = d
                def g():
                    nonlocal c
                    c = a, e
                return g
            return f
        """)["make"](1, 2, 3)
    names = free_names(inner)
    assert names is not None
    assert names.closure_read == {"a"}
    assert names.closure_written == {"b", "c"}
    assert names.globals_read == {"e"}


def test_a_global_statement_goes_past_the_closure() -> None:
    inner = define("def make(a):\n    def f():\n        global a\n        return a\n    return f\n")["make"](1)
    names = free_names(inner)
    assert names is not None
    assert names.globals_read == {"a"}
    assert names.closure_read == frozenset()


def test_lists_the_scopes_inside_and_what_they_capture() -> None:
    names = _names("""
        def f(a, b, c, d, e):
            w = [a + i for i in b]
            x = (c for j in w if j)
            y = lambda k=a: k + d
            def g(a):
                def h():
                    nonlocal e
                    e = a
                return h
            class C:
                b = b
                def m(self): return b, x
            return [len(l) for l in y]
        """)
    assert names.inner == (
        InnerScope("comprehension", 3, frozenset("a")),
        InnerScope("generator", 4, frozenset("c")),
        InnerScope("lambda", 5, frozenset("d")),
        InnerScope("function", 6, frozenset("e")),
        InnerScope("class", 11, frozenset("bx")),
        InnerScope("comprehension", 14, frozenset()),
    )


@pytest.mark.parametrize(
    ("body", "noticed"),
    [
        ("return locals()", {"locals"}),
        ("return eval(x), exec(x)", {"eval", "exec"}),
        ("return vars(), dir(), globals()", {"vars", "dir", "globals"}),
        ("return [locals() for i in x]", {"locals"}),
        ("return lambda: eval(x)", {"eval"}),
        ("return super().f()", {"super", "__class__"}),
        ("return __class__", {"__class__"}),
        ("return self.locals, 'eval'", set()),
        ("locals = exec = x; return locals, exec", set()),
        ("return lambda locals: locals()", set()),
    ],
)
def test_tells_what_would_notice_being_moved(body: str, noticed: set[str]) -> None:
    names = free_names(define(f"class C:\n    def f(self, x): {body}\n")["C"].f)
    assert names is not None
    assert names.noticing == noticed


@pytest.mark.parametrize(
    ("body", "yields", "awaits"),
    [
        ("return x", False, False),
        ("yield x", True, False),
        ("return (yield from x)", True, False),
        ("await x", False, True),
        ("async for i in x: pass", False, True),
        ("async with x: pass", False, True),
        ("return [i async for i in x]", False, True),
        ("return {await i: 1 for i in x}", False, True),
        ("return {[j async for j in i] for i in x}", False, True),
        ("return (i async for i in x)", False, False),
        ("return (i async for i in await x)", False, True),
        ("return [(j async for j in i) for i in x]", False, False),
        ("yield await x", True, True),
        ("def g(): yield x\nasync def h(): await x", False, False),
        ("return lambda: (yield)", False, False),
    ],
)
def test_tells_whether_the_function_itself_yields_or_awaits(body: str, yields: bool, awaits: bool) -> None:
    head = "async def" if awaits or "async" in body else "def"
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    if yields and "from" in body:
        head = "def"
    names = _names(f"{head} f(x):\n{lines}\n")
    assert (names.yields, names.awaits) == (yields, awaits)


def test_deleted_variables() -> None:
    names = _names("def f(a, b):\n    global c\n    del a, c\n    del b.x, b[0]\n    return b\n")
    assert names.deleted == {"a"}


def test_private_names_are_called_what_they_are_in_fact() -> None:
    found = define("""
        class _C:
            def f(self, __a):
                __b = __c
                config.__d = lambda: __b
                class D:
                    def g(self): return __a, __e, __f__
                return D
        """)["_C"].f
    names = free_names(found)
    assert names is not None
    assert names.parameters == ("self", "_C__a") == found.__code__.co_varnames[:2]
    assert names.local_names == {"self", "_C__a", "_C__b", "D"}
    assert names.globals_read == {"_C__c", "config", "_D__a", "_D__e", "__f__"}
    assert names.attributes_written == {"config._C__d"}


def test_lambdas() -> None:
    names = _names("f = lambda a, *b: (c, [a for a in b], len(b))")
    assert names.globals_read == {"c"}
    assert names.builtins_read == {"len"}
    assert names.parameters == ("a", "b")


def test_there_is_nothing_to_tell_without_source() -> None:
    namespace: dict[str, Any] = {}
    exec("def f(): return 1", namespace)
    assert free_names(namespace["f"]) is None
    assert free_names(len) is None


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
def test_type_parameters_are_variables_around_the_function() -> None:
    names = _names("""
        def f(x):
            def g[T: Bound](y: T) -> T: return T, x
            class C[U](Base[U]):
                def m(self): return U
            type A[V] = dict[V, Item]
            return g
        """)
    assert names.globals_read == {"Bound", "Base", "Item"}
    assert names.local_names == {"x", "g", "C", "A"}


def _functions(module: ModuleType) -> Iterator[FunctionType]:
    """The functions written in a module, methods and what decorators wrap among them."""
    holders = [module, *(value for value in vars(module).values() if inspect.isclass(value))]
    for value in [value for holder in holders for value in vars(holder).values()]:
        found = inspect.unwrap(getattr(value, "__func__", value)) if callable(value) else value
        if inspect.isfunction(found) and found.__code__.co_filename == module.__file__:
            yield found


MODULES = [argparse, asyncio.base_events, configparser, dataclasses, enum, functools, statistics, tarfile, typing]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_agrees_with_the_compiler(module: ModuleType) -> None:
    checked = 0
    for found in _functions(module):
        names = free_names(found)
        if names is not None:
            _compare(names, found.__code__)
            checked += 1
    assert checked > 10


def _compare(names: FreeNames, code: CodeType) -> None:
    loaded, stored = _global_names(code)
    builtin = {"AssertionError", "__name__"}  # an assertion's own, and what a class takes its `__module__` from
    known = names.globals_read | names.builtins_read
    assert loaded - builtin <= known <= loaded | {"__debug__"} | set(code.co_names), code
    assert stored == names.globals_written, code
    assert set(code.co_freevars) == names.closure_read | names.closure_written, code
    assert names.yields == bool(code.co_flags & (inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR)), code
    if sys.version_info < (3, 12):  # later versions put the variables of comprehensions among those outside
        variables = {*code.co_varnames, *code.co_cellvars} - {"__class__"}
        assert variables == names.local_names, code
        captured = frozenset().union(*(inner.captures for inner in names.inner))
        assert set(code.co_cellvars) - {"__class__"} == captured, code


def _global_names(code: CodeType) -> tuple[set[str], set[str]]:
    """The names that the code, and all code in it, loads and stores as globals."""
    loaded: set[str] = set()
    stored: set[str] = set()
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            loaded.add(step.argval)
        elif step.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
            stored.add(step.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            inner_loaded, inner_stored = _global_names(constant)
            loaded |= inner_loaded
            stored |= inner_stored
    return loaded, stored
