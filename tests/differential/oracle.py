"""What the contract says a workflow does, by plain recursion over its lazies: slow, sequential, easy to believe."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import cascade as cs
from cascade_gen.lang import Argument, Symbolic

from .graphs import holds_lazy, leaves, parts, reachable, roots, written

SEQUENCE, DATA, CONDITION, UNCONDITIONED = (
    "UpstreamSkipped_Sequence",
    "UpstreamSkipped_Data",
    "ConditionFalse",
    "UpstreamSkipped_Condition",
)
_REDIRECTS = (cs.LazyResult, cs.MappedLazyResult, cs.Router)


class CascadeOwnError(Exception):
    """Stands for an error whose text is Cascade's own: its class, and words that the text must contain."""

    def __init__(self, kind: type[Exception], *words: str) -> None:
        super().__init__(f"{kind.__name__} with {', '.join(map(repr, words))}")
        self.kind = kind
        self.words = words


class Told(NamedTuple):
    """A node's value, or what stands in for it when it was skipped; `nothing`: nothing does."""

    value: Any
    skipped: str = ""
    nothing: bool = False


class State(NamedTuple):
    """A call of a loop: its task, the node with its policies (None: a task met by a tail call), its inputs."""

    task: Any
    node: Any
    inputs: dict[str, Any]


class Oracle:
    """One run. With `every`, siblings of what fails run too, and `failures` collects what they raise."""

    def __init__(
        self,
        wait: Callable[[Any], Any],
        params: Mapping[str, Any],
        every: bool = False,
        outer: Oracle | None = None,
    ) -> None:
        self.wait, self.params, self.every = wait, params, every
        self.failures: list[Exception] = outer.failures if outer else []
        self.bound: dict[str, State] = outer.bound if outer else {}
        self.roots: set[int] = set()
        self.overrides: dict[str, Any] = outer.overrides if outer else {}
        self.entry: Any = outer.entry if outer else None
        self.top = outer is None
        self.arguments: dict[int, Any] = outer.arguments if outer else {}
        self.memo: dict[int, tuple[Any, Told | Exception]] = {}

    def run(self, workflow: Any) -> Any:
        """The result of a workflow for the inputs given in `params`."""
        given = dict(self.params)
        if isinstance(workflow, cs.Workflow):
            symbols = {name: Argument(name, workflow.origin) for name in workflow.signature.parameters}
            for name, one in workflow.signature.parameters.items():
                self.arguments[id(symbols[name])] = given.pop(name, one.default)
            workflow = workflow.func(**symbols)
        elif isinstance(workflow, cs.Task):
            names = [name for name in workflow.signature.parameters if name in given]
            workflow = workflow(**{name: given.pop(name) for name in names})
        elif isinstance(workflow, cs.LazyResult):
            self.entry = workflow
            self.overrides = {name: given.pop(name) for name in workflow.task.signature.parameters if name in given}
        for node in reachable(workflow):
            if isinstance(node, cs.Param):
                self.told(node)
        return self.result(workflow)

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

    def inner(self) -> Oracle:
        """For a graph that a round returned."""
        return Oracle(self.wait, self.params, self.every, self)

    # values

    def told(self, node: Any) -> Told:
        """The value of a node, computed once."""
        if id(node) not in self.memo:
            try:
                self.memo[id(node)] = node, self.compute(node)
            except Exception as error:
                self.failures.append(error)
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
                if not self.every:
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
        return kind(*items) if hasattr(kind, "_fields") else kind(items)

    def empty(self, value: Any) -> bool:
        return any(self.told(leaf).nothing for leaf in leaves(value))

    def compute(self, node: Any) -> Told:
        if isinstance(node, Argument):
            return Told(self.arguments[id(node)])
        if isinstance(node, cs.Param):
            return Told(convert(node, self.params.get(node.name, node.default)))
        if isinstance(node, cs.Env):
            return Told(convert(node, os.environ.get(node.name, node.default)))
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
        """A call or a map: predecessors, inputs, condition, then the call unless it is skipped."""
        policies = node.policies
        condition = policies.condition if policies.has_condition else True
        self.each(leaves(policies.after))
        self.each(leaves(written(node)))
        self.each(leaves(condition))
        why = ""
        if any(self.told(leaf).skipped for leaf in leaves(policies.after)):
            why = SEQUENCE
        elif any(map(self.empty, written(node))):
            why = DATA
        elif any(self.told(leaf).skipped for leaf in leaves(condition)):
            why = UNCONDITIONED
        elif not self.fill(condition):
            why = CONDITION
        if why:
            return self.instead(node)._replace(skipped=why)
        if isinstance(node, cs.MappedLazyResult):
            return Told(self.map(node))
        inputs = self.inputs(node)
        return Told(self.loop(node, inputs) if id(node) in self.roots else self.once(node.task, node, inputs))

    def instead(self, node: Any) -> Told:
        """The first data input of a skipped node: of a map the first iterable."""
        mapped = isinstance(node, cs.MappedLazyResult)
        for value in written(node):
            if mapped or holds_lazy(value):
                return Told(None, "", True) if self.empty(value) else Told(self.fill(value))
        return Told(None, "", True)

    def inputs(self, node: Any) -> dict[str, Any]:
        names = node.task.signature.parameters
        found = {name: self.fill(value) for name, value in zip(names, node.values, strict=True)}
        return found | (self.overrides if node is self.entry else {})

    # calls

    def call(self, task: Any, node: Any, inputs: dict[str, Any]) -> Any:
        """Call the plain function, as often as its retry allows."""
        retry = None if node is None else node.policies.retry
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        for name, one in task.signature.parameters.items():
            if one.kind is one.VAR_POSITIONAL:
                args += inputs[name]
            elif one.kind is one.VAR_KEYWORD:
                kwargs |= inputs[name]
            elif one.kind is one.KEYWORD_ONLY:
                kwargs[name] = inputs[name]
            else:
                args.append(inputs[name])
        for attempt in range(1, (retry.max_attempts if retry else 1) + 1):
            try:
                result = task.func(*args, **kwargs)
                return self.wait(result) if inspect.iscoroutine(result) else result
            except Exception as error:
                if retry is None or attempt == retry.max_attempts or not isinstance(error, retry.retry_on):
                    raise
        raise AssertionError("at least one attempt")

    def once(self, task: Any, node: Any, inputs: dict[str, Any]) -> Any:
        """The call of a task that is no root."""
        result = self.call(task, node, inputs)
        if isinstance(result, (cs.TailCall, cs.Jump, *_REDIRECTS)):
            raise CascadeOwnError(cs.MisplacedTailCallError, task.name)
        return result

    def map(self, node: Any) -> list[Any]:
        if not node.iterables:
            return []
        read = {name: list(self.fill(value)) for name, value in node.iterables.items()}
        lengths = {name: len(value) for name, value in read.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"Mapped inputs have mismatched lengths: {lengths}")
        given = [dict(zip(read, items, strict=True)) for items in zip(*read.values(), strict=True)]
        results, first = [], None
        for item in given:
            call = node.task(**item)
            inputs = dict(zip(node.task.signature.parameters, call.values, strict=True))
            try:
                results.append(self.once(node.task, node, inputs))
            except Exception as error:
                self.failures.append(error)
                first = first or error
                if not self.every:
                    break
        if first is not None:
            raise first
        return results

    # loops

    def loop(self, node: Any, inputs: dict[str, Any]) -> Any:
        """Rounds, until a result sends nobody round."""
        state = State(node.task, node, inputs)
        if self.top:
            self.bound = {node.task.name: state}
        while True:
            result = self.call(*state)
            if isinstance(result, cs.TailCall):
                target = self.target(result.target_blueprint_id, state)
                args, kwargs = self.inner().values([list(result.args), dict(result.kwargs)])
                if isinstance(target, cs.Workflow):
                    return self.inner().result(target(*args, **kwargs))
                state = target._replace(inputs=rebind(target, args, kwargs))
            elif isinstance(result, cs.Jump):
                jumps = state.node.policies.jumps if state.node is not None else None
                if jumps is None or result.target_key not in jumps.routes:
                    raise CascadeOwnError(cs.JumpError, *map(repr, jumps.routes if jumps else ()))
                data = self.inner().values([result.data])[0]
                step = jumps.routes[result.target_key]
                if step is None:
                    return data
                state = self.inner().jumped(step, data)
            elif isinstance(result, _REDIRECTS):
                return self.inner().result(result)
            else:
                return result

    def values(self, value: Any) -> Any:
        """The values of lazies that a round returned among its data."""
        self.each(leaves(value))
        return self.fill(value)

    def jumped(self, step: Any, data: Any) -> State:
        """The inputs of a jump's target: as bound, but for those that the data overrides."""
        names = list(step.task.signature.parameters)
        given = data if type(data) is dict else {} if data is None else {names[0]: data}
        bound = dict(zip(names, step.values, strict=True)) | (self.overrides if step is self.entry else {})
        rebind(State(step.task, step, bound), [], given)
        for name in names:
            if name not in given:
                self.each(leaves(bound[name]))
        return State(
            step.task,
            step,
            {name: given[name] if name in given else self.fill(bound[name]) for name in names},
        )

    def target(self, named: Any, current: State) -> State | Any:
        """The state that a tail call names, with the inputs it starts from; a workflow is given back."""
        name = getattr(named, "name", named)
        if name is None or name == current.task.name:
            return current
        if isinstance(named, cs.Workflow):
            return named
        if name in self.bound:
            return self.bound[name]
        tasks = [
            one for one in current.task.func.__globals__.values() if isinstance(one, cs.Task) and one.name == name
        ]
        if not tasks:
            raise CascadeOwnError(cs.UnknownBlueprintError, repr(name))
        empty = {inspect.Parameter.VAR_POSITIONAL: (), inspect.Parameter.VAR_KEYWORD: {}}
        parameters = tasks[0].signature.parameters.items()
        return State(tasks[0], None, {key: empty.get(one.kind, one.default) for key, one in parameters})


def rebind(target: State, args: list[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The inputs of the next round: what the call names, and else those of the target."""
    signature, inputs = target.task.signature, dict(target.inputs)
    try:
        given = signature.bind_partial(*args, **kwargs).arguments
    except TypeError:
        raise CascadeOwnError(TypeError, target.task.func.__qualname__) from None
    for name, value in given.items():
        merged = signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD
        inputs[name] = {**inputs[name], **value} if merged else value
    if any(value is inspect.Parameter.empty for value in inputs.values()):
        raise CascadeOwnError(TypeError, target.task.func.__qualname__)
    return inputs


def convert(node: Any, value: Any) -> Any:
    """The value of a Param or an Env: text becomes its type."""
    if repr(value) == "MISSING":
        raise CascadeOwnError(cs.MissingParamError, node.name)
    if not isinstance(value, str):
        return value
    try:
        if node.type is bool:
            return {"yes": True, "off": False, "true": True, "1": True}[value.lower()]
        return node.type(value)
    except (ValueError, KeyError):
        raise CascadeOwnError(ValueError, node.name) from None
