"""The oracle's loops: rounds, until a result sends nobody round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cascade as cs
from cascade_gen.lang import Inject

from .graphs import goes_round, leaves
from .oracle_calls import governed
from .oracle_scopes import OracleScope
from .told import CascadeOwnError, State, bound, lazy_ones, rebind, state_of

if TYPE_CHECKING:
    from .oracle import Oracle

_REDIRECTS = (cs.LazyResult, cs.MappedLazyResult, cs.Router)


class OracleLoop:
    """The loop of a root in a graph."""

    def __init__(self, graph: Oracle) -> None:
        self.graph = graph
        self.run = graph.run
        self.amounts: dict[int, dict[str, Any]] = {}

    def go(self, node: Any, inputs: dict[str, Any], amounts: dict[str, Any]) -> Any:
        """The result of the root, for the inputs that it starts with."""
        injected = frozenset(name for name, value in inputs.items() if isinstance(value, Inject))
        state = State(node.task, node, inputs, {}, amounts, injected)
        self.amounts = {id(node): amounts}
        if self.graph.top:
            named = {name: one for name, one in self.run.blueprints.items() if not isinstance(one, cs.Workflow)}
            self.run.states = {name: state_of(one) for name, one in named.items()} | {node.task.name: state}
        while True:
            result = self.round(state)
            if isinstance(result, cs.TailCall):
                target = self.target(result.target_blueprint_id, state)
                args, kwargs = self.graph.inner().values([list(result.args), dict(result.kwargs)])
                if isinstance(target, cs.Workflow):
                    return self.graph.inner().result(target(*args, **kwargs))
                state = rebind(target, args, kwargs)
            elif isinstance(result, cs.Jump):
                step = self.step(result, state)
                data = self.graph.inner().values([result.data])[0]
                if step is None:
                    return data
                state = self.jumped(step, data)
            elif isinstance(result, _REDIRECTS):
                return self.graph.inner().result(result)
            else:
                return result

    def round(self, state: State) -> Any:
        """The call of a state, with what belongs to the round alone made and torn down around it."""
        looping = state.node is None or goes_round(state.node)
        scope = self.run.fresh() if looping else self.graph.scope
        error: Exception | None = None
        try:
            inputs = self.filled(state, scope)
            return governed(self.run, state.task, state.node, inputs, state.amounts)
        except Exception as raised:
            error = raised
            raise
        finally:
            ended = scope.close(error) if looping else error
            if ended is not None and ended is not error:
                raise ended

    def filled(self, state: State, scope: OracleScope) -> dict[str, Any]:
        """The inputs of a round, with its resources and what is computed in the round."""
        inner = self.graph.inner(scope)
        if state.node is None or state.node.policies.jumps is None:
            inner.memo = self.run.memo  # whoever else is bound to it has it
        found = {}
        for name, value in state.inputs.items():
            if name not in state.lazy:
                found[name] = value
            elif isinstance(value, Inject):
                found[name] = scope.use(value.name)
            elif id(value) in state.kept:
                found[name] = state.kept[id(value)]
            else:
                inner.each(leaves(value))
                if inner.empty(value):
                    raise CascadeOwnError(cs.DependencyMissingError)
                found[name] = inner.fill(value)
                if state.node is None or state.node.policies.jumps is None:
                    state.kept[id(value)] = found[name]
        return found

    def step(self, jump: Any, state: State) -> Any:
        """The step that a jump leads to."""
        jumps = state.node.policies.jumps if state.node is not None else None
        if jumps is None or jump.target_key not in jumps.routes:
            raise CascadeOwnError(cs.JumpError, *map(repr, jumps.routes if jumps else ()))
        return jumps.routes[jump.target_key]

    def jumped(self, step: Any, data: Any) -> State:
        """A jump's target with its inputs: as bound, but for those that the data overrides."""
        names = list(step.task.signature.parameters)
        given = dict(data) if isinstance(data, dict) else {} if data is None else {names[0]: data}
        inputs = bound(step) | (self.run.overrides if step is self.run.entry else {})
        amounts = self.amounts.get(id(step), step.policies.constraints)
        return rebind(State(step.task, step, inputs, {}, amounts, lazy_ones(bound(step))), [], given)

    def target(self, named: Any, current: State) -> Any:
        """The state that a tail call names, with the inputs it starts from; a workflow is given back."""
        name = getattr(named, "name", named)
        if name is None or name == current.task.name:
            return current
        if isinstance(named, cs.Workflow):
            return named
        if name in self.run.states:
            return self.run.states[name]
        if name in self.run.blueprints:
            return self.run.blueprints[name]
        tasks = [
            one for one in current.task.func.__globals__.values() if isinstance(one, cs.Task) and one.name == name
        ]
        if not tasks:
            raise CascadeOwnError(cs.UnknownBlueprintError, repr(name))
        return state_of(tasks[0])
