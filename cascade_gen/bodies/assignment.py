"""Definite assignment: which of a function's variables may have no value where they are read.

A local that is read before it has a value is an error in a call, and would be what an earlier round left in it
where the body stands in a loop. The analysis is the one of the Java Language Specification, chapter 16, for the
statements of Python.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cascade_gen.tasks.nodes import nodes_of

Names = frozenset[str] | None
"""The variables that surely have a value; None where no way leads to."""


@dataclass(slots=True)
class _Flow:
    """What is known at the jumps out of a loop that stands within so many `finally`s and handlers."""

    depth: int
    breaks: list[Names] = field(default_factory=list)
    continues: list[Names] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is known of a function's variables.

    `unbound` may have no value where they are read or deleted; `bound` are those that surely have one at each
    `return`, by its id, and under 0 where the body ends without one.
    """

    unbound: frozenset[str]
    bound: Mapping[int, frozenset[str]]

    @property
    def ends(self) -> bool:
        """Whether no way leads out of the end of the body."""
        return 0 not in self.bound


def assignment(body: Sequence[ast.stmt], variables: frozenset[str], given: Iterable[str]) -> Assignment:
    """What is known of the `variables` of a function with this body; `given` have a value from the start."""
    analysis = _Analysis(variables)
    last = analysis.block(body, frozenset(given))
    bound = analysis.returns if last is None else {**analysis.returns, 0: last}
    return Assignment(frozenset(analysis.unbound), bound)


def ends(body: Sequence[ast.stmt]) -> bool:
    """Whether no way leads out of the end of a block."""
    return _Analysis(frozenset()).block(body, frozenset()) is None


def _meet(ways: Iterable[Names]) -> Names:
    known = [way for way in ways if way is not None]
    return frozenset.intersection(*known) if known else None


class _Analysis:
    def __init__(self, variables: frozenset[str]) -> None:
        self.unbound: set[str] = set()
        self.returns: dict[int, frozenset[str]] = {}
        self._variables = variables
        self._flows: list[_Flow] = []
        self._finals: list[frozenset[str]] = []
        """What is deleted behind a `return` and its like: by each `finally` around, and by each handler."""

    def block(self, body: Sequence[ast.stmt], known: Names) -> Names:
        for statement in body:
            if known is None:
                break  # nothing leads here
            known = self._statement(statement, known)
        return known

    def _statement(self, node: ast.stmt, known: frozenset[str]) -> Names:
        match node:
            case ast.Return():
                self.returns[id(node)] = self._read(node, known).difference(*self._finals)
                return None
            case ast.Raise():
                self._read(node, known)
                return None
            case ast.Break():
                self._flows[-1].breaks.append(known.difference(*self._finals[self._flows[-1].depth :]))
                return None
            case ast.Continue():
                self._flows[-1].continues.append(known.difference(*self._finals[self._flows[-1].depth :]))
                return None
            case ast.If(test=test, body=body, orelse=orelse):
                known = self._read(test, known)
                return _meet((self.block(body, known), self.block(orelse, known)))
            case ast.While():
                return self._while(node, known)
            case ast.For() | ast.AsyncFor():
                return self._for(node, known)
            case ast.Try() | ast.TryStar():
                return self._try(node, known)
            case ast.With() | ast.AsyncWith():
                return self._with(node, known)
            case ast.Match():
                return self._match(node, known)
            case ast.Assert(test=test, msg=message):
                after = self._read(test, known)
                if message is not None:
                    self._read(message, after)
                return known  # under -O it isn't evaluated
            case ast.AugAssign(target=target, value=value):
                if isinstance(target, ast.Name):
                    self._use(target.id, known)
                known = self._read(value, self._read(target, known))
                return known | _stored(target)
            case ast.Delete(targets=targets):
                for one in targets:
                    known = self._read(one, known)
                    gone = _deleted((one,))
                    for name in gone:
                        self._use(name, known)
                    known -= gone
                return known
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                return known | {(one.asname or one.name.partition(".")[0]) for one in names}
            case _:
                return self._read(node, known) | _stored(node)

    def _use(self, name: str, known: frozenset[str]) -> None:
        if name in self._variables and name not in known:
            self.unbound.add(name)

    def _read(self, node: ast.AST, known: frozenset[str]) -> frozenset[str]:
        """Check what an expression reads; what its walruses surely bind is known behind it."""
        if isinstance(node, ast.Lambda):
            return self._lambda(node, known)
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            return self._comprehension(node, known)
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                self._use(node.id, known)
            return known
        if isinstance(node, ast.NamedExpr):
            return self._read(node.value, known) | {node.target.id}
        if isinstance(node, ast.BoolOp):
            first = self._read(node.values[0], known)
            for value in node.values[1:]:
                self._read(value, first)
            return first
        if isinstance(node, ast.IfExp):
            known = self._read(node.test, known)
            return self._read(node.body, known) & self._read(node.orelse, known)
        if isinstance(node, ast.Compare) and len(node.ops) > 1:
            known = self._read(node.comparators[0], self._read(node.left, known))
            for value in node.comparators[1:]:
                self._read(value, known)
            return known
        for child in _evaluated(node):
            known = self._read(child, known)
        return known

    def _lambda(self, node: ast.Lambda, known: frozenset[str]) -> frozenset[str]:
        """Its defaults are read here, its body by whoever calls it; its parameters hide the function's variables."""
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                known = self._read(default, known)
        owned = {one.arg for one in nodes_of(node.args) if isinstance(one, ast.arg)}
        walruses = {one.target.id for one in nodes_of(node.body) if isinstance(one, ast.NamedExpr)}
        self._read(node.body, known | owned | walruses)
        return known

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, known: frozenset[str]
    ) -> frozenset[str]:
        """What is read when it goes round first; its own variables hide those of the function."""
        known = self._read(node.generators[0].iter, known)
        inner = known
        for number, loop in enumerate(node.generators):
            inner = self._read(loop.iter, inner) if number else inner
            inner |= _stored(loop.target)
            for test in loop.ifs:
                inner = self._read(test, inner)
        for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            inner = self._read(part, inner)
        return known

    def _while(self, node: ast.While, known: frozenset[str]) -> Names:
        tested = self._read(node.test, known - _deleted(node.body))
        flow = self._loop(node.body, tested)
        for_ever = isinstance(node.test, ast.Constant) and bool(node.test.value)
        ended = None if for_ever else self.block(node.orelse, tested)
        return _meet((ended, *flow.breaks))

    def _for(self, node: ast.For | ast.AsyncFor, known: frozenset[str]) -> Names:
        known = self._read(node.iter, known)
        start = known - _deleted(node.body)
        self._read(node.target, start)
        flow = self._loop(node.body, start | _stored(node.target))
        return _meet((self.block(node.orelse, start), *flow.breaks))

    def _loop(self, body: Sequence[ast.stmt], known: frozenset[str]) -> _Flow:
        flow = _Flow(len(self._finals))
        self._flows.append(flow)
        self.block(body, known)
        self._flows.pop()
        return flow

    def _try(self, node: ast.Try | ast.TryStar, known: frozenset[str]) -> Names:
        self._finals.append(_deleted(node.finalbody))
        anywhere = known - _deleted(node.body)
        if not isinstance(node, ast.Try):  # several handlers of `except*` may run
            anywhere -= _deleted([one for handler in node.handlers for one in handler.body])
            anywhere -= {handler.name for handler in node.handlers if handler.name}
        ways = [self.block(node.orelse, after) if (after := self.block(node.body, known)) is not None else None]
        for handler in node.handlers:
            start = anywhere
            if handler.type is not None:
                start = self._read(handler.type, start)
            own = frozenset((handler.name,) if handler.name else ())
            self._finals.append(own)  # its name is gone, too, when it is left
            caught: Names = self.block(handler.body, start | own)
            self._finals.pop()
            if caught is not None:
                caught -= own
            ways.append(caught)
        after = _meet(ways)
        self._finals.pop()
        if not node.finalbody:
            return after
        everything = [*node.body, *node.orelse, *(one for handler in node.handlers for one in handler.body)]
        names = {handler.name for handler in node.handlers if handler.name}
        last = self.block(node.finalbody, known - _deleted(everything) - names)
        if last is None or after is None:
            return None
        return (after - _deleted(node.finalbody)) | last

    def _with(self, node: ast.With | ast.AsyncWith, known: frozenset[str]) -> Names:
        """What a context manager suppresses may come from anywhere in the block."""
        for item in node.items:
            known = self._read(item.context_expr, known)
            if item.optional_vars is not None:
                self._read(item.optional_vars, known)
                known |= _stored(item.optional_vars)
        self.block(node.body, known)
        return known - _deleted(node.body)

    def _match(self, node: ast.Match, known: frozenset[str]) -> Names:
        known = self._read(node.subject, known)
        ways: list[Names] = []
        open_end = True
        for case in node.cases:
            bound = known | _captured(case.pattern)
            self._read(case.pattern, known)
            if case.guard is not None:
                bound = self._read(case.guard, bound)
            ways.append(self.block(case.body, bound))
            open_end &= not (case.guard is None and _always_matches(case.pattern))
        return _meet([*ways, known] if open_end else ways)


def _evaluated(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node in the order of their evaluation."""
    match node:
        case ast.Assign(targets=targets, value=value):
            yield value
            yield from targets
        case ast.AnnAssign(target=target, value=value):
            if value is not None:
                yield value
            yield target
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if key is not None:
                    yield key
                yield value
        case _:
            yield from ast.iter_child_nodes(node)


def _stored(node: ast.AST) -> frozenset[str]:
    """The names that a target, or a simple statement, surely binds outside of expressions."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            return frozenset((name,))
        case ast.Assign(targets=targets):
            return frozenset().union(*map(_stored, targets))
        case ast.AnnAssign(target=target, value=value):
            return _stored(target) if value is not None else frozenset()
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return frozenset().union(*map(_stored, elements))
        case ast.Starred(value=value):
            return _stored(value)
        case _:
            return frozenset()


def _deleted(body: Sequence[ast.AST]) -> frozenset[str]:
    """The names that may lose their value anywhere in some statements."""
    found: set[str] = set()
    for node in nodes_of(*body):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del):
            found.add(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
    return frozenset(found)


def _captured(pattern: ast.pattern) -> frozenset[str]:
    """The names that a pattern surely binds when it matches."""
    if isinstance(pattern, ast.MatchOr):
        return frozenset.intersection(*map(_captured, pattern.patterns))
    own = {name for name in (getattr(pattern, "name", None), getattr(pattern, "rest", None)) if name is not None}
    parts = [one for one in ast.iter_child_nodes(pattern) if isinstance(one, ast.pattern)]
    return frozenset(own).union(*map(_captured, parts))


def _always_matches(pattern: ast.pattern) -> bool:
    match pattern:
        case ast.MatchAs(pattern=None):
            return True
        case ast.MatchAs(pattern=inner) if inner is not None:
            return _always_matches(inner)
        case ast.MatchOr(patterns=patterns):
            return any(map(_always_matches, patterns))
        case _:
            return False
