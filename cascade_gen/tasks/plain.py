"""Proves of an expression that its value is of a plain builtin type, and which."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise, product
from types import FunctionType, GeneratorType
from typing import NamedTuple

from .memo import CodeMemo
from .names import Names, Route
from .plain_library import File, given_by, given_by_class, method_gives
from .plain_tables import (
    ALWAYS,
    NUMBERS,
    Other,
    Text,
    Types,
    binary,
    equatable,
    in_place,
    one_of,
    orderable,
)
from .read_scopes import dotted
from .scopes import Binding, Scope

Variables = dict[str, Types]

_ROUNDS = 20
_ARITHMETIC = one_of(int, float, complex)
_DISPLAYS: dict[type[ast.expr], frozenset[type]] = {
    ast.List: one_of(list),
    ast.ListComp: one_of(list),
    ast.Tuple: one_of(tuple),
    ast.Dict: one_of(dict),
    ast.DictComp: one_of(dict),
    ast.Set: one_of(set),
    ast.SetComp: one_of(set),
    ast.GeneratorExp: one_of(GeneratorType),
    ast.Lambda: one_of(FunctionType),
}
_ENTERED = one_of(File)
"""Types whose instances are what a `with` gives."""

_SLICED = one_of(str, bytes, bytearray, list, tuple, range)
_FROM_BINDING = {
    "rest": one_of(list),
    "positional": one_of(tuple),
    "keyword": one_of(dict),
    "function": one_of(FunctionType),
    "parameter": one_of(Other),
}


class _Solved(NamedTuple):
    """The types of a function's variables, and the tags of names that they rest on."""

    variables: Variables
    tags: dict[Route, str]


_memo: CodeMemo[_Solved] = CodeMemo()


class PlainTypes:
    """The types of the expressions of one function, whatever the arguments and the path taken.

    A type means exactly that type, since a subclass may define any operator; `Plain` and `Text` stand for an instance
    of a subclass as well. None is "may be anything". A local variable has the types of all that is assigned
    to it anywhere: the least fixed point of its assignments, regardless of their order.

    It holds as long as nobody rebinds, from outside of the module, a builtin, a name of the module, or a function
    of the standard library.
    """

    def __init__(self, scope: Scope, names: Names) -> None:
        self._scope = scope
        self._names = names
        self._solved: Variables | None = None

    def of(self, expression: ast.expr, hidden: Iterable[str] = ()) -> Types:
        """The types that `expression`, which stands in the function's own scope, may have.

        In a comprehension the function's variables in `hidden` are others, of which nothing is known.
        """
        return self._of(expression, {**self.variables, **dict.fromkeys(hidden)} if hidden else self.variables)

    @property
    def variables(self) -> Variables:
        """The types that the variables of the function may have."""
        if self._solved is None:
            self._solved = self._solve()
        return self._solved

    def _solve(self) -> Variables:
        """What was found before, as long as the names in the source stand for the same kind of things."""
        names = self._names
        kept = _memo.get(names.code)
        if kept is None or not names.still(kept.tags):
            found = self._fixed_point()
            kept = _memo.put(names.code, _Solved(found, dict(names.tags)))
        return kept.variables

    def _fixed_point(self) -> Variables:
        """Start from "never has a value" and widen until nothing changes; give up after some rounds."""
        variables: Variables = dict.fromkeys(self._scope.local_names, frozenset())
        for _ in range(_ROUNDS):
            before = dict(variables)
            for name in variables:
                found = [self._bound(name, binding, variables) for binding in self._scope.bindings[name]]
                variables[name] = _union(found)
            if variables == before:
                return variables
        return {}

    def _bound(self, name: str, binding: Binding, variables: Variables) -> Types:
        if binding.value is None or binding.kind == "rest":
            return _FROM_BINDING.get(binding.kind)
        if binding.kind == "value":
            return self._of(binding.value, variables)
        if binding.kind == "entered":
            kinds = self._of(binding.value, variables)
            return kinds if kinds is not None and kinds <= _ENTERED else None
        if binding.kind == "element":
            return self._element(binding.value, binding.position, variables)
        if binding.operator is None:
            return None
        operator = binding.operator
        kinds = _pairs(
            lambda left, right: in_place(operator, left, right),
            variables[name],
            self._of(binding.value, variables),
        )
        return one_of(Other) if kinds is None else kinds

    def _of(self, node: ast.expr, variables: Variables) -> Types:
        if type(node) in _DISPLAYS:
            return _DISPLAYS[type(node)]
        rule = self._RULES.get(type(node))
        return None if rule is None else rule(self, node, variables)

    def _any(self, nodes: Iterable[ast.expr], variables: Variables) -> Types:
        return _union(self._of(node, variables) for node in nodes)

    def _compare(self, node: ast.Compare, variables: Variables) -> Types:
        """`is` and `in` always give a bool; a chain gives the result of any of its comparisons."""
        operands = pairwise((node.left, *node.comparators))
        for operator, (left, right) in zip(node.ops, operands, strict=True):
            if isinstance(operator, ast.Is | ast.IsNot | ast.In | ast.NotIn):
                continue
            before, after = self._of(left, variables), self._of(right, variables)
            if before is None or after is None:
                return one_of(Other)
            rule = equatable if isinstance(operator, ast.Eq | ast.NotEq) else orderable
            if not all(rule(*pair) for pair in product(before, after)):
                return one_of(Other)
        return one_of(bool)

    def _binary(self, node: ast.BinOp, variables: Variables) -> Types:
        kinds = _pairs(
            lambda left, right: binary(node.op, left, right),
            self._of(node.left, variables),
            self._of(node.right, variables),
        )
        return one_of(Other) if kinds is None else kinds

    def _unary(self, node: ast.UnaryOp, variables: Variables) -> Types:
        if isinstance(node.op, ast.Not):
            return one_of(bool)
        kinds = self._of(node.operand, variables)
        return _ARITHMETIC if kinds is not None and kinds <= NUMBERS else one_of(Other)

    def _subscript(self, node: ast.Subscript, variables: Variables) -> Types:
        kinds = self._of(node.value, variables)
        if kinds is None:
            return None
        if isinstance(node.slice, ast.Slice):
            return kinds if kinds <= _SLICED else None
        if kinds <= one_of(str):
            return kinds
        return kinds | {int} if kinds <= one_of(bytes, bytearray, range) else None  # an index may be a slice

    def _call(self, node: ast.Call, variables: Variables) -> Types:
        origin, _, name = self._tag(node.func, variables).partition(":")
        if origin == "library":
            return given_by(name, node)
        if origin == "class":
            return one_of(Other)
        if isinstance(node.func, ast.Attribute):
            return self._method(node, node.func, variables)
        return self._of_builtin(name, node, variables) if origin == "builtin" else None

    def _method(self, node: ast.Call, called: ast.Attribute, variables: Variables) -> Types:
        origin, _, name = self._tag(called.value, variables).partition(":")
        if origin == "library":
            return given_by_class(name, called.attr, node)
        kinds = self._of(called.value, variables)
        found = None if kinds is None else _union(method_gives(kind, called.attr) for kind in kinds)
        return one_of(Other) if found is None and self._is_of_texts(called, variables) else found

    def _is_of_texts(self, called: ast.Attribute, variables: Variables) -> bool:
        """Whether a method has the name of one of texts; what a module has of that name is no method."""
        path = dotted(called)
        if path is not None:
            bindings = self._scope.bindings.get(path[0], ())
            if path[0] not in variables or any(one.kind == "import" for one in bindings):
                return False
        return self._names.tag(Route("method", (called.attr,))) == "text"

    def _of_builtin(self, builtin: str, node: ast.Call, variables: Variables) -> Types:
        if builtin in ALWAYS:
            return ALWAYS[builtin]
        if builtin == "open":
            return one_of(File)
        if any(isinstance(argument, ast.Starred) for argument in node.args):
            return None
        if builtin in ("min", "max"):
            return self._one_of(node, variables)
        if builtin in ("abs", "divmod", "pow", "round"):
            kinds = None if node.keywords else self._any(node.args, variables)
            plain = kinds is not None and kinds <= NUMBERS and builtin != "divmod"
            return _ARITHMETIC if plain else one_of(Other)  # operators, but for how they are written
        return self._sum(node, variables) if builtin == "sum" else None

    def _tag(self, called: ast.expr, variables: Variables) -> str:
        """What a name, or an attribute of a module, stands for, as `Names.tag` has it; empty for anything else.

        A local variable is followed to the only import that binds it.
        """
        path = dotted(called)
        if path is None:
            return ""
        bindings = self._scope.bindings.get(path[0], [])
        if [one.kind for one in bindings] == ["import"]:
            return self._names.tag(Route("module", (*bindings[0].path, *path[1:])))
        return "" if bindings or path[0] in variables else self._names.tag(Route("name", path))

    def _builtin(self, called: ast.expr, variables: Variables) -> str:
        """The name of the builtin that is called; empty if it is something else."""
        origin, _, name = self._tag(called, variables).partition(":")
        return name if origin == "builtin" else ""

    def _one_of(self, node: ast.Call, variables: Variables) -> Types:
        """`min` and `max` give one of their arguments, or of what the only one has, or the default."""
        if len(node.args) > 1:
            return self._any(node.args, variables)
        words = {one.arg: one.value for one in node.keywords}
        if not node.args or None in words:
            return None
        default = [words["default"]] if "default" in words else []
        return _union((self._within(node.args[0], variables), self._any(default, variables)))

    def _sum(self, node: ast.Call, variables: Variables) -> Types:
        """A sum of numbers is one; any other is what operators give, or what it starts with."""
        words = {one.arg: one.value for one in node.keywords}
        if not node.args or not words.keys() <= {"start"}:
            return None
        started = self._any((*node.args[1:], *words.values()), variables)
        kinds = _union((self._within(node.args[0], variables), started))
        if kinds is not None and kinds <= NUMBERS:
            return _ARITHMETIC | kinds
        return _union((one_of(Other), started))

    def _within(self, node: ast.expr, variables: Variables) -> Types:
        """The types of what is in an iterable."""
        if isinstance(node, ast.GeneratorExp | ast.ListComp | ast.SetComp):
            return self._of(node.elt, self._inside(node, variables))
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return self._any(node.elts, variables)
        return self._element(node, None, variables)

    def _inside(self, node: ast.GeneratorExp | ast.ListComp | ast.SetComp, outside: Variables) -> Variables:
        """The variables as seen inside a comprehension, whose own ones hide the function's."""
        variables = dict(outside)
        for loop in node.generators:
            kinds = None if loop.is_async else self._element(loop.iter, None, variables)
            for target in ast.walk(loop.target):
                if isinstance(target, ast.Name):
                    variables[target.id] = kinds if target is loop.target else None
        return variables

    def _element(self, iterable: ast.expr, position: int | None, variables: Variables) -> Types:
        """The types of what a loop over `iterable` takes out of it (or has at `position` of it)."""
        if position is not None:
            if position or not isinstance(iterable, ast.Call) or len(iterable.args) != 1 or iterable.keywords:
                return None
            return one_of(int) if self._builtin(iterable.func, variables) == "enumerate" else None
        kinds = self._of(iterable, variables)
        if kinds is None or not kinds <= one_of(range, str, bytes):
            return None
        return frozenset(str if kind is str else int for kind in kinds)

    _RULES: Mapping[type[ast.expr], Callable[..., Types]] = {
        ast.Constant: lambda self, node, _: one_of(type(node.value)),
        ast.JoinedStr: lambda self, node, _: _formatted(node),
        ast.Compare: _compare,
        ast.BinOp: _binary,
        ast.UnaryOp: _unary,
        ast.BoolOp: lambda self, node, variables: self._any(node.values, variables),
        ast.IfExp: lambda self, node, variables: self._any((node.body, node.orelse), variables),
        ast.NamedExpr: lambda self, node, variables: self._of(node.value, variables),
        ast.Name: lambda self, node, variables: variables.get(node.id),
        ast.Subscript: _subscript,
        ast.Call: _call,
    }


def _formatted(node: ast.JoinedStr) -> Types:
    """Of an f-string with one part, and no text, the value is what `__format__` gives."""
    lone = len(node.values) == 1 and isinstance(node.values[0], ast.FormattedValue)
    return one_of(Text if lone else str)


def _union(found: Iterable[Types]) -> Types:
    kinds: set[type] = set()
    for types in found:
        if types is None:
            return None
        kinds |= types
    return frozenset(kinds)


def _pairs(rule: Callable[[type, type], Types], left: Types, right: Types) -> Types:
    if left is None or right is None:
        return None
    return _union(rule(*pair) for pair in product(left, right))
