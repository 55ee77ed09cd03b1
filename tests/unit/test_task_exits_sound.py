"""What is called a value is one, whatever the arguments: random functions are judged, then run."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from types import FunctionType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cascade_gen.runtime.redirects import Redirect, TailCall
from cascade_gen.tasks.exits import exits
from cascade_gen.tasks.function_scope import function_scope
from cascade_gen.tasks.names import Names
from cascade_gen.tasks.plain import PlainTypes
from cascade_gen.tasks.plain_tables import ALWAYS, OF_TEXTS, Other, Plain, Text, Types
from cascade_gen.tasks.plain_tables import METHODS as METHODS_KNOWN
from cascade_gen.tasks.source import read_source
from tests.unit.task_sources import function

_OPERATOR_METHODS = """
    add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow and rand or ror xor rxor
    lshift rshift neg pos invert iadd imul ior eq ne lt le gt ge abs round divmod rdivmod floor ceil trunc
"""
_BUILTINS = """
    len str repr int float list dict set tuple sorted sum min max abs round bool any next iter zip enumerate
    frozenset isinstance getattr print reversed divmod range format ascii
"""
_METHODS = """
    upper join split format strip encode append pop get copy keys union index count items extend
"""


class Spoiler:
    """An argument that answers whatever is asked of it with a tail call, but for operators and methods of texts.

    Those are taken not to; they give another one like it.
    """

    def __init__(self) -> None:
        self.questions = 0

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: Spoiler() if name in OF_TEXTS else TailCall()

    def __bool__(self) -> bool:
        self.questions += 1
        return self.questions % 2 == 1

    def __iter__(self) -> Any:
        return iter([Spoiler(), TailCall()])

    def __str__(self) -> str:
        return SpoiledText("text")

    def __format__(self, spec: str) -> str:
        return SpoiledText("text")

    def __len__(self) -> int:
        return SpoiledNumber(2)

    def __hash__(self) -> int:
        return SpoiledNumber(3)

    def __contains__(self, item: object) -> Any:
        return TailCall()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return TailCall()

    __repr__ = __str__
    __index__ = __int__ = __len__

    def __float__(self) -> float:
        return 0.5


class SpoiledText(str):
    """A str whose methods give tail calls or, as its operators, spoilers."""


class SpoiledNumber(int):
    """An int whose operators give spoilers."""


def _tail_call(*args: Any, **kwargs: Any) -> Any:
    return TailCall()


def _spoiler(*args: Any, **kwargs: Any) -> Any:
    return Spoiler()


for _class in (Spoiler, SpoiledText, SpoiledNumber):
    for _name in _OPERATOR_METHODS.split():
        setattr(_class, f"__{_name}__", _spoiler)
    _class.__getitem__ = _tail_call  # type: ignore[attr-defined,method-assign]
for _name in _METHODS.split():
    setattr(SpoiledText, _name, _spoiler if _name in OF_TEXTS else _tail_call)
SpoiledText.__hash__ = str.__hash__  # type: ignore[method-assign]
SpoiledNumber.__hash__ = int.__hash__  # type: ignore[method-assign]

NAMES = st.sampled_from(["a", "b", "x", "y", "z"])
LITERALS = st.sampled_from(["1", "0", "2.5", "True", "None", "'s'", "''", "b'b'", "[]", "{}", "()"])
# None that makes numbers very large.
OPERATORS = st.sampled_from(["+", "-", "*", "/", "//", "%", "&", "|", "^", ">>"])

COMPARISONS = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "is", "in", "is not", "not in"])
BUILTINS = st.sampled_from(_BUILTINS.split())
METHODS = st.sampled_from(_METHODS.split())


def _extend(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, inner, OPERATORS, inner),
        st.builds("({} {} {})".format, inner, COMPARISONS, inner),
        st.builds("({} ** 2)".format, inner),
        st.builds("pow({}, 2)".format, inner),
        st.builds("({} << 1)".format, inner),
        st.builds("({} {} {} {} {})".format, inner, COMPARISONS, inner, COMPARISONS, inner),
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("({}{})".format, st.sampled_from(["-", "not ", "~", "+"]), inner),
        st.builds("{}({})".format, BUILTINS, inner),
        st.builds("{}({}, {})".format, BUILTINS, inner, inner),
        st.builds("({}).{}({})".format, inner, METHODS, inner),
        st.builds("({}).{}()".format, inner, METHODS),
        st.builds("({})[{}]".format, inner, inner),
        st.builds("({})[:{}]".format, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("({}, {})".format, inner, inner),
        st.builds("{{'k': {}}}".format, inner),
        st.builds("{{{}}}".format, inner),
        st.builds("[{} for {} in {}]".format, inner, NAMES, inner),
        st.builds("sum({} for {} in {})".format, inner, NAMES, inner),
        st.builds("({} := {})".format, NAMES, inner),
        st.builds('f"{{{}}}"'.format, NAMES),
        st.builds('f"{{{}}}{{{}}}"'.format, NAMES, NAMES),
        st.builds("('%s' % {})".format, inner),
        st.builds("(lambda x: {})({})".format, inner, inner),
    )


EXPRESSIONS = st.recursive(NAMES | LITERALS, _extend, max_leaves=6)
SIMPLE = st.one_of(
    st.builds("{} = {}".format, NAMES, EXPRESSIONS),
    st.builds("{}, {} = {}, {}".format, NAMES, NAMES, EXPRESSIONS, EXPRESSIONS),
    st.builds("{}, *{} = {}".format, NAMES, NAMES, EXPRESSIONS),
    st.builds("{} {}= {}".format, NAMES, OPERATORS, EXPRESSIONS),
    st.builds("return {}".format, EXPRESSIONS),
    EXPRESSIONS,
)
BLOCKS = st.one_of(
    st.builds("if {}:\n        {}\n    else:\n        {}".format, EXPRESSIONS, SIMPLE, SIMPLE),
    st.builds("for {} in {}:\n        {}".format, NAMES, EXPRESSIONS, SIMPLE),
    st.builds("for {}, {} in enumerate({}):\n        {}".format, NAMES, NAMES, EXPRESSIONS, SIMPLE),
    st.builds("try:\n        {}\n    except Exception as {}:\n        {}".format, SIMPLE, NAMES, SIMPLE),
    st.builds("match {}:\n        case [{}, *{}]: {}".format, EXPRESSIONS, NAMES, st.just("y"), SIMPLE),
    st.builds("def g():\n        nonlocal x\n        x = {}\n    g()".format, EXPRESSIONS),
)
BODIES = st.lists(SIMPLE | BLOCKS, min_size=1, max_size=5)
ARGUMENTS = st.sampled_from(
    [Spoiler, lambda: [Spoiler(), TailCall()], lambda: 3, lambda: "text", lambda: {"k": TailCall()}]
)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=250, deadline=None)
@given(BODIES, EXPRESSIONS, st.lists(st.tuples(ARGUMENTS, ARGUMENTS), min_size=2, max_size=4))
def test_a_function_called_a_value_never_gives_a_redirect(
    body: list[str], result: str, calls: list[tuple[Any, Any]]
) -> None:
    lines = ["def f(a, b):", "    x = y = z = 1", *(f"    {line}" for line in body), f"    return {result}"]
    try:
        f = function("\n".join(lines) + "\n")
    except SyntaxError:  # some combinations are none: a star in a match twice, a literal that is called
        return
    try:
        kind, types = exits(f).kind, _claimed(f)
        assert (kind == "value") == (types is not None)
        if types is not None:
            for first, second in calls:
                given = _run(f, first(), second())
                assert given is FAILED or _is_one_of(given, types)
    finally:
        del linecache.cache[f.__code__.co_filename]


ATOMS = """
    a | 1 | 2.5 | True | None | 'text' | b'bytes' | [a] | (a, b) | {a} | {'k': a} | range(3) | frozenset([a])
    len(a) | int(a) | str(a) | repr(a) | f'{a}' | f'{a!r}' | f'{a}{b}' | '%s' % (a,) | 'a{}'.format(a) | str(1)
    sorted([1]) | list(a) | dict(k=a) | tuple(a) | [a] < [b] | a in b | not a | -len(a) | [a] * 2 | a + 1
    'text'[0] | 'text'[a] | b'bytes'[:a] | 'a'.join([str(a)]) | {'k': a}.items() | lambda: a | (i for i in a)
    max(len(a), 2.5) | sum(len(i) for i in [b]) | 1 if a else 'text' | a or 1 | enumerate(a) | map(str, a)
"""


def _small_expressions() -> list[str]:
    """Operators on pairs of operands, and all builtins and methods that are known on each."""
    atoms = [f"({atom.strip()})" for line in ATOMS.strip().splitlines() for atom in line.split("|")]
    found = [
        f"{left} {operator} {right}"
        for operator in (
            "+",
            "-",
            "*",
            "/",
            "//",
            "%",
            "**",
            "&",
            "|",
            "^",
            "<<",
            "<",
            "==",
            "in",
            "is",
            "or",
        )
        for left in atoms
        for right in atoms[::5]
    ]
    methods = sorted({name for _, name in METHODS_KNOWN} | {"pop", "get", "setdefault", "__add__"})
    for atom in atoms:
        found += [f"{builtin}({atom})" for builtin in sorted({*_BUILTINS.split(), *ALWAYS} - {"print"})]
        found += [f"{atom}.{method}({argument})" for method in methods for argument in ("", "a")]
        found += [f"{atom}[{index}]" for index in ("a", "0", "'k'", ":a", "::1")]
        found += [f"{sign}{atom}" for sign in ("-", "not ", "~")]
        found += [f"min({atom}, {other})" for other in atoms[::5]]
        found += [f"sum(i for i in {atom})", f"sum([{atom}])", f"[(i := j) for j in {atom}]"]
        found += [f"round({atom}, 1)", f"pow({atom}, 2)", f"sum([], {atom})"]
    return found


@pytest.mark.filterwarnings("ignore")
def test_every_small_expression_gives_what_it_is_said_to_give() -> None:
    expressions = _small_expressions()
    body = "\n".join(f"    return {expression}" for expression in expressions)
    f = function(f"def f(a, b):\n{body}\n")
    source = read_source(f)
    assert source is not None
    scope = function_scope(f, source)
    assert scope is not None
    plain = PlainTypes(scope, Names(f))
    told = 0
    for expression, result in zip(expressions, scope.results, strict=True):
        types = plain.of(result) if result is not None else None
        run = compile(expression, "<expression>", "eval")
        for argument in (
            Spoiler,
            lambda: 1,
            lambda: [TailCall()],
            lambda: {"k": TailCall()},
            lambda: slice(1),
        ):
            value = _run(eval, run, {"a": argument(), "b": Spoiler()})
            if types is not None and value is not FAILED:
                told += 1
                assert _is_one_of(value, types), (expression, types, type(value))
    assert told > 10_000  # that is, not for want of claims


FAILED = object()


def _claimed(f: FunctionType) -> Types:
    """All the types that the returns of `f` are said to have."""
    source = read_source(f)
    assert source is not None
    scope = function_scope(f, source)
    assert scope is not None
    plain = PlainTypes(scope, Names(f))
    claims = [plain.of(result) for result in scope.results if result is not None]
    found = [claim for claim in claims if claim is not None]
    return frozenset().union(*found) if len(found) == len(claims) else None


def _run(f: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return f(*arguments)
    except Exception:
        return FAILED


def _is_one_of(value: object, types: frozenset[type]) -> bool:
    if type(value) in types:
        return True
    if Other in types:
        return not isinstance(value, Redirect)
    if Text in types and isinstance(value, str | bytes):
        return True
    return Plain in types and not isinstance(value, Redirect | Spoiler)
