"""Whether something lazy can be in a value that a tail call carries on: it would have to be computed first."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from copy import copy
from types import NoneType

from cascade_gen.lang import names_a_method
from cascade_gen.tasks.names import Names, Route
from cascade_gen.tasks.plain import PlainTypes
from cascade_gen.tasks.plain_tables import Plain, Text
from cascade_gen.tasks.read_scopes import dotted
from cascade_gen.tasks.scopes import Binding, Scope

_ATOMS: frozenset[type] = frozenset((bool, int, float, complex, str, bytes, Text, NoneType, range))
_TEXTS: frozenset[type] = frozenset((str, bytes, Text))
_HELD = _ATOMS | {Plain}
"""What nothing lazy is in, but for the views of a dict that has some."""
_MORTAL: frozenset[type] = frozenset((bool, int, float, complex, NoneType))
_COPIERS = frozenset(
    (
        *("dict", "enumerate", "frozenset", "iter", "list", "max", "min", "next", "reversed"),
        *("set", "sorted", "tuple", "zip"),
        *("abs", "divmod", "pow", "round", "sum"),
    )
)
"""Builtins that give what they are given, or what is in it, or what operators make of it."""
_ORDERING = {"max": ("key",), "min": ("key",), "sorted": ("key", "reverse"), "zip": ("strict",)}
"""Their keywords that only order: whatever a `key` gives is compared, and forgotten."""
_VIEWS = frozenset(("items", "keys", "values"))
_OF_TEXTS = frozenset(
    (
        *("capitalize", "casefold", "center", "copy", "decode", "encode", "expandtabs", "format", "join", "ljust"),
        *("lower", "lstrip", "removeprefix", "removesuffix", "replace", "rjust", "rsplit", "rstrip", "split"),
        *("splitlines", "strip", "swapcase", "title", "translate", "upper", "zfill"),
    )
)
_KINDS = (bool, bytes, dict, float, frozenset, int, list, set, str, tuple)
METHODS = frozenset(name for kind in _KINDS for name in vars(kind) if not name.startswith("_"))
"""The methods of builtin types, by which a call is taken for one of theirs unless a class has a task of that name."""
_CALLING_BACK = frozenset(
    ("asyncio", "bisect", "concurrent", "functools", "heapq", "itertools", "operator", "re", "threading")
)
"""Modules whose functions call those that they are given."""


class Settled:
    """Tells of the expressions of one function.

    Its parameters hold nothing lazy, having been looked through before, but for those in `doubtful`. What a function
    of the user's gives may be anything; what operators, indices and the methods of texts make of settled values is
    settled, and so is what comes out of them one by one. Views and generators are settled if what comes out of them
    is: they aren't looked into, but a list of it is.
    """

    def __init__(self, scope: Scope, names: Names, types: PlainTypes, doubtful: frozenset[str] = frozenset()) -> None:
        self._scope = scope
        self._doubtful = doubtful
        self._names = names
        self._types = types
        self._known: dict[str, bool] | None = None
        self._own: Mapping[str, bool] = {}  # the variables of the comprehensions around what is asked for

    def of(self, node: ast.expr) -> bool:
        """Whether nothing lazy can be in the value of an expression."""
        match node:
            case ast.Name(id=name):
                return self._variable(name)
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts) | ast.BoolOp(values=parts):
                return all(map(self.of, parts))
            case ast.Dict(keys=keys, values=parts):
                return all(map(self.of, parts)) and all(map(self.of, filter(None, keys)))
            case ast.BinOp(left=left, right=right):
                return (self.of(left) and self.of(right)) or self.flat(node)
            case ast.IfExp(body=first, orelse=second):
                return self.of(first) and self.of(second)
            case ast.UnaryOp(operand=value) | ast.NamedExpr(value=value) | ast.Starred(value=value):
                return self.of(value)
            case ast.Subscript(value=value):
                return self.of(value)
            case ast.Constant() | ast.JoinedStr() | ast.Compare():
                return True
            case ast.Call():
                return self._call(node)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return self._comprehension(node.generators, node.elt)
            case ast.DictComp():
                return self._comprehension(node.generators, node.key, node.value)
            case _:
                return False

    def is_given(self, name: str) -> bool:
        """Whether a parameter is given nothing lazy."""
        return name not in self._doubtful

    def flat(self, node: ast.expr) -> bool:
        """Whether a value is surely no container, into which something lazy could have been put."""
        match node:
            case ast.Constant() | ast.JoinedStr() | ast.Compare():
                return True
            case ast.IfExp(body=first, orelse=second):
                return self.flat(first) and self.flat(second)
            case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Div() | ast.FloorDiv() | ast.Pow()):
                return any(self._is(one, _MORTAL) or self._is(one, _TEXTS) for one in (node.left, node.right))
            case _:
                return self._is(node, _ATOMS)

    def _runs(self, node: ast.expr) -> bool:
        """Whether an argument is a function from outside, which whoever gets it may call."""
        path = dotted(node)
        if path is None or path[0] in self._scope.local_names or self.builtin(node):
            return False
        value = self._names.look_up(Route("name", path))
        return callable(value) and not _is_standard(value)

    def _is(self, node: ast.expr, kinds: AbstractSet[type]) -> bool:
        found = self._types.of(node, self._own)
        return found is not None and found <= kinds

    def mortal(self, name: str) -> bool:
        """Whether a variable may keep its value beyond its time: small, and without a destructor, or of a module."""
        bindings = self._scope.bindings.get(name, ())
        if not bindings or (bindings[0].kind == "import" and all(one.kind == "import" for one in bindings)):
            return True
        found = self._types.variables.get(name)
        return found is not None and found <= _MORTAL

    def makes_nothing(self, known: AbstractSet[int]) -> bool:
        """Whether nothing lazy can be made behind the function's back: it calls no function of the user's.

        `known` are the ids of the calls that don't count.
        """
        calls = (call for scope in self._scope.walk() for call in scope.calls if id(call) not in known)
        return not any(map(self._may_make, calls))

    def _variable(self, name: str) -> bool:
        if name in self._own:
            return self._own[name]
        return name in self._scope.local_names and self._variables()[name]

    def _variables(self) -> Mapping[str, bool]:
        """Of each variable of the function whether it is settled."""
        if self._known is None:
            self._known = {one: one not in self._doubtful for one in self._scope.local_names}
            self._solve(self._known)
        return self._known

    def _comprehension(self, loops: Sequence[ast.comprehension], *parts: ast.expr) -> bool:
        """What a comprehension gives: its parts, of variables that are settled if all is that it goes through.

        The first iterable is evaluated outside of it. A `:=` in it binds a variable of the function's to anything.
        """
        targets = (one for loop in loops for one in ast.walk(loop.target))
        own = {one.id for one in targets if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
        if any(binding.kind == "import" for name in own for binding in self._scope.bindings.get(name, ())):
            return False  # the name is taken for the module
        inside = self._inside(dict.fromkeys(own, True))
        clean = self.of(loops[0].iter) and all(inside.of(loop.iter) for loop in loops[1:])
        if not clean or any(loop.is_async for loop in loops):
            inside = self._inside(dict.fromkeys(own, False))
        return all(map(inside.of, parts))

    def _inside(self, own: Mapping[str, bool]) -> Settled:
        """The same for what stands in a comprehension with variables of its own."""
        self._variables()  # which know nothing of these
        found = copy(self)
        found._own = {**self._own, **own}
        return found

    def _solve(self, known: dict[str, bool]) -> None:
        """Start with all of them, and leave out what isn't bound to settled values alone until nothing changes."""
        changed = True
        while changed:
            changed = False
            for name in [name for name, settled in known.items() if settled]:
                known[name] = all(map(self._bound, self._scope.bindings[name]))
                changed |= not known[name]

    def _bound(self, binding: Binding) -> bool:
        if binding.value is not None:
            return self.of(binding.value)
        return binding.kind == "parameter"

    def _call(self, node: ast.Call) -> bool:
        called, builtin = node.func, self.builtin(node.func)
        ordering = _ORDERING.get(builtin, ())
        given = [*node.args, *(one.value for one in node.keywords if one.arg not in ordering)]
        held = self._is(node, _HELD)
        if isinstance(called, ast.Attribute):
            if held and called.attr not in _VIEWS:
                return True
            by_name = called.attr in _OF_TEXTS and not names_a_method(called.attr)
            return (held or by_name) and all(map(self.of, (called.value, *given)))
        return held or (builtin in _COPIERS and all(map(self.of, given)))

    def builtin(self, called: ast.expr) -> str:
        """The builtin that a name stands for, or nothing."""
        if not isinstance(called, ast.Name) or called.id in self._scope.bindings or called.id in self._own:
            return ""
        return self._names.tag(Route("name", (called.id,))).partition(":")[2]

    def _may_make(self, call: ast.Call) -> bool:
        """Whether a call may run what makes something lazy: the user's functions, also those that it is handed."""
        given = [*call.args, *(one.value for one in call.keywords)]
        if any(map(self._runs, given)):
            return True
        path = dotted(call.func)
        called = [one.value for one in call.keywords if one.arg == "key"]
        called += call.args[:1] if path in (("filter",), ("iter",), ("map",)) else []
        if not all(isinstance(one, ast.Lambda) or self.builtin(one) for one in called):
            return True
        if path is None or path[0] in self._scope.local_names:
            attribute = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            return attribute not in METHODS or names_a_method(attribute)
        if self.builtin(call.func):
            return False
        tag = self._names.tag(Route("name", path))
        if tag in ("TailCall", "tail"):
            return False
        if len(path) > 1 and path[-1] in METHODS and type(self._names.look_up(Route("name", path[:-1]))) in _KINDS:
            return False  # of a container of the module
        value = self._names.look_up(Route("name", path))
        if not _is_standard(value):
            return True
        calls_back = value.__module__.partition(".")[0].lstrip("_") in _CALLING_BACK
        return calls_back and any(isinstance(one, ast.Name) for one in given)


def _is_standard(value: object) -> bool:
    """Whether a function or class is of the standard library."""
    module = getattr(value, "__module__", None) if callable(value) else None
    return isinstance(module, str) and module.partition(".")[0] in sys.stdlib_module_names
