"""What the contract says a workflow does, by plain recursion over its lazies: slow, sequential, easy to believe."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import cascade as cs
from cascade_gen.lang import Argument, Inject, Symbolic

from .graphs import goes_round, holds_data, holds_lazy, leaves, parts, reachable, roots, written
from .oracle_calls import OracleRun, check_amount, once
from .oracle_loops import OracleLoop
from .oracle_scopes import OracleScope
from .told import CONDITION, DATA, SEQUENCE, UNCONDITIONED, CascadeOwnError, Told, convert


def run_oracle(
    workflow: Any,
    wait: Callable[[Any], Any],
    params: Mapping[str, Any],
    *,
    every: bool = False,
    resources: tuple[Any, ...] = (),
    capacity: Mapping[str, float] | None = None,
    blueprints: Mapping[str, Any] | None = None,
) -> tuple[Any, Exception | None, list[Exception]]:
    """A workflow's result, or the exception it ends with; and all exceptions that were raised.

    `wait` runs a coroutine. With `every`, siblings of what fails run too.
    """
    run = OracleRun(wait, params, every, resources, capacity or {}, blueprints or {})
    try:
        value, error = Oracle(run).run_workflow(workflow), None
    except Exception as raised:
        value, error = None, raised
        run.failures.append(raised)
    ended = run.scope.close(error)
    if ended is not None:
        run.failures.append(ended)
    return value, ended, run.failures


class Oracle:
    """A graph of a run: that of the workflow, or one that a round returned."""

    def __init__(self, run: OracleRun, scope: OracleScope | None = None, top: bool = True) -> None:
        self.run, self.top = run, top
        self.scope = run.scope if scope is None else scope
        self.roots: set[int] = set()
        self.memo: dict[int, tuple[Any, Told | Exception]] = {}
        if top:
            run.memo = self.memo

    def run_workflow(self, workflow: Any) -> Any:
        """The result of a workflow for the run's params."""
        run = self.run
        given = dict(run.params)
        if isinstance(workflow, cs.Workflow):
            symbols = {name: Argument(name, workflow.origin) for name in workflow.signature.parameters}
            for name, one in workflow.signature.parameters.items():
                run.arguments[id(symbols[name])] = given.pop(name, one.default)
            workflow = workflow.func(**symbols)
        elif isinstance(workflow, cs.LazyResult):
            run.entry = workflow
            run.overrides = {name: given.pop(name) for name in workflow.task.signature.parameters if name in given}
        nodes = reachable(workflow)
        for node in nodes:
            self.check_amounts(node)
        for node in nodes:
            if isinstance(node, cs.Param):
                self.told(node)
        return self.result(workflow)

    def check_amounts(self, node: Any) -> None:
        """What is impossible is told when it is compiled."""
        for name, amount in node.policies.constraints.items() if hasattr(node, "policies") else ():
            if not isinstance(amount, Symbolic):
                check_amount(self.run, name, amount)

    def result(self, workflow: Any) -> Any:
        """The result of a graph whose targets are roots."""
        self.roots = roots(workflow)
        targets = list(leaves(workflow))
        self.each(targets)
        for target in targets:
            why = self.told(target).skipped
            if why and why != SEQUENCE:
                raise CascadeOwnError(cs.DependencyMissingError, why)
        return self.fill(workflow, final=True)

    def inner(self, scope: OracleScope | None = None) -> Oracle:
        """For a graph that a round returned; `scope` is that of the round where it belongs to one."""
        return Oracle(self.run, scope, False)

    # values

    def told(self, node: Any) -> Told:
        """The value of a node, computed once."""
        if id(node) not in self.memo:
            try:
                self.memo[id(node)] = node, self.compute(node)
            except Exception as error:
                self.run.failures.append(error)
                self.memo[id(node)] = node, error
        found = self.memo[id(node)][1]
        if isinstance(found, Exception):
            raise found
        return found

    def each(self, nodes: Any) -> None:
        """Compute nodes from left to right."""
        first: Exception | None = None
        for node in nodes:
            try:
                self.told(node)
            except Exception as error:
                first = first or error
                if not self.run.every:
                    break
        if first is not None:
            raise first

    def fill(self, value: Any, final: bool = False) -> Any:
        """A value with what its lazies gave; the very object where there are none."""
        if isinstance(value, Symbolic):
            found = self.told(value)
            return None if final and found.skipped else found.value
        if not holds_lazy(value):
            return value
        items, kind = [self.fill(item, final) for item in parts(value) or ()], type(value)
        if kind is dict:
            return dict(zip(value, items, strict=True))
        return kind._make(items) if hasattr(kind, "_fields") else kind(items)

    def empty(self, value: Any) -> bool:
        return any(self.told(leaf).nothing for leaf in leaves(value))

    def compute(self, node: Any) -> Told:
        if isinstance(node, Argument):
            return Told(self.run.arguments[id(node)])
        if isinstance(node, cs.Param):
            return Told(convert(node, self.run.params.get(node.name, node.default)))
        if isinstance(node, cs.Env):
            return Told(convert(node, os.environ.get(node.name, node.default)))
        if isinstance(node, Inject):
            return Told(self.scope.use(node.name))
        if isinstance(node, cs.Router):
            return self.route(node)
        return self.step(node)

    def route(self, node: Any) -> Told:
        self.each(leaves(node.selector))
        if self.empty(node.selector):
            return Told(None, DATA, True)
        key = self.fill(node.selector)
        try:
            route = node.routes[key]
        except (KeyError, TypeError):
            raise CascadeOwnError(cs.RouteNotFoundError, *map(repr, node.routes)) from None
        self.each(leaves(route))
        if isinstance(route, Symbolic):
            return self.told(route)
        return Told(None, DATA, True) if self.empty(route) else Told(self.fill(route))

    def step(self, node: Any) -> Told:
        """A call or a map: predecessors, inputs, amounts, condition, then the call unless it is skipped."""
        policies = node.policies
        condition = policies.condition if policies.has_condition else True
        looping = id(node) in self.roots and goes_round(node)
        taken = [*written(node), *policies.constraints.values()]
        if looping:  # a loop is given its resources round by round, but for those among its `*args`
            fresh = {id(value) for value in node.values if isinstance(value, Inject)}
            taken = [value for value in taken if id(value) not in fresh]
        self.each(leaves(policies.after))
        self.each(leaves(taken))
        self.each(leaves(condition))
        why = ""
        if any(self.told(leaf).skipped for leaf in leaves(policies.after)):
            why = SEQUENCE
        elif any(map(self.empty, taken)):
            why = DATA
        elif any(self.told(leaf).skipped for leaf in leaves(condition)):
            why = UNCONDITIONED
        elif not self.fill(condition):
            why = CONDITION
        if why:
            return self.instead(node)._replace(skipped=why)
        amounts: dict[str, Any] = {name: self.fill(value) for name, value in policies.constraints.items()}
        if isinstance(node, cs.MappedLazyResult):
            return Told(self.map(node, amounts))
        inputs = self.inputs(node, looping)
        if id(node) in self.roots:
            return Told(OracleLoop(self).go(node, inputs, amounts))
        return Told(once(self.run, node.task, node, inputs, amounts))

    def instead(self, node: Any) -> Told:
        """The first data input of a skipped node: of a map the first iterable."""
        mapped = isinstance(node, cs.MappedLazyResult) and bool(node.iterables)
        for value in written(node):
            if mapped or holds_data(value):
                return Told(None, "", True) if self.empty(value) else Told(self.fill(value))
        return Told(None, "", True)

    def inputs(self, node: Any, looping: bool) -> dict[str, Any]:
        """The values of the parameters, but for the resources of what goes round."""
        found = {
            name: value if looping and isinstance(value, Inject) else self.fill(value)
            for name, value in zip(node.task.signature.parameters, node.values, strict=True)
        }
        return found | (self.run.overrides if node is self.run.entry else {})

    def map(self, node: Any, amounts: dict[str, Any]) -> list[Any]:
        """The results of a map's items."""
        if not node.iterables:
            return []
        read = {name: list(self.fill(value)) for name, value in node.iterables.items()}
        lengths = {name: len(value) for name, value in read.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"Mapped inputs have mismatched lengths: {lengths}")
        results: list[Any] = []
        first: Exception | None = None
        for items in zip(*read.values(), strict=True):
            call = node.task(**dict(zip(read, items, strict=True)))
            parameters = node.task.signature.parameters.items()
            inputs = {
                name: self.fill(value) if value is one.default else value
                for (name, one), value in zip(parameters, call.values, strict=True)
            }
            try:
                results.append(once(self.run, node.task, node, inputs, amounts))
            except Exception as error:
                self.run.failures.append(error)
                first = first or error
                if not self.run.every:
                    break
        if first is not None:
            raise first
        return results

    def values(self, value: Any) -> Any:
        """The values of lazies that a round returned among its data."""
        self.each(leaves(value))
        return self.fill(value)
