"""The oracle's calls: of plain functions, within cache, constraints, retry and timeout."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import cascade as cs
from cascade_gen.lang import Inject

from . import clock, pool
from .oracle_scopes import OracleScope
from .told import CascadeOwnError, State, bound

_REDIRECTS = (cs.LazyResult, cs.MappedLazyResult, cs.Router)


class OracleRun:
    """What all parts of one run share. With `every`, siblings of what fails run too; `failures` collects all."""

    def __init__(
        self,
        wait: Callable[[Any], Any],
        params: Mapping[str, Any],
        every: bool,
        resources: tuple[Any, ...],
        capacity: Mapping[str, float],
        blueprints: Mapping[str, Any],
    ) -> None:
        self.wait, self.params, self.every = wait, params, every
        self.capacity, self.blueprints = capacity, blueprints
        self.scope = OracleScope(wait, {one.name: one for one in resources})
        self.failures: list[Exception] = []
        self.states: dict[str, State] = {}
        self.overrides: dict[str, Any] = {}
        self.entry: Any = None
        self.arguments: dict[int, Any] = {}
        self.memo: dict[int, Any] = {}

    def fresh(self) -> OracleScope:
        """The scope of a round."""
        return OracleScope(self.wait, self.scope.table, self.scope)


def governed(run: OracleRun, task: Any, node: Any, inputs: dict[str, Any], amounts: dict[str, Any]) -> Any:
    """The call within its policies; a redirect isn't cached."""
    cache = None if node is None else node.policies.cache
    if cache is None:
        return _constrained(run, task, node, inputs, amounts)
    unkeyed = _injected(node)
    keyed = {name: value for name, value in inputs.items() if name not in unkeyed}
    key = f"{task.name} {_canonical(keyed)}"
    found = _settled(run, cache.check(key, keyed))
    if found is not cs.MISS:
        return found
    value = _constrained(run, task, node, inputs, amounts)
    if not isinstance(value, (cs.TailCall, cs.Jump, *_REDIRECTS)):
        _settled(run, cache.save(key, keyed, value))
    return value


def _injected(node: Any) -> set[str]:
    """The parameters that are given a resource."""
    if isinstance(node, cs.MappedLazyResult):
        parameters = node.task.signature.parameters.items()
        return {name for name, one in parameters if isinstance(one.default, Inject) and name not in node.iterables}
    return {name for name, value in bound(node).items() if isinstance(value, Inject)}


def _canonical(value: Any) -> str:
    """A text that is the same for equal values of the same types, in whichever order dicts are."""
    kind = type(value)
    if isinstance(value, _REDIRECTS):
        raise CascadeOwnError(TypeError, "has no canonical form")
    if isinstance(value, dict):
        return f"{kind}{sorted((pool.shown(key), _canonical(item)) for key, item in value.items())}"
    if isinstance(value, list | tuple):
        return f"{kind}{[_canonical(item) for item in value]}"
    return pool.shown(value)


def _settled(run: OracleRun, value: Any) -> Any:
    return run.wait(value) if inspect.iscoroutine(value) else value


def _constrained(run: OracleRun, task: Any, node: Any, inputs: dict[str, Any], amounts: dict[str, Any]) -> Any:
    for name, amount in amounts.items():
        check_amount(run, name, amount)
    return call(run, task, node, inputs)


def check_amount(run: OracleRun, name: str, amount: float) -> None:
    """An error if that is no amount, or if the system has less."""
    if isinstance(amount, bool) or not isinstance(amount, (int, float)):
        raise CascadeOwnError(TypeError, f"Resource amount '{name}' must be a number, not {amount!r}")
    if amount > run.capacity.get(name, amount):
        words = f"Resource requirement '{name}={amount}' exceeds total system capacity ({run.capacity[name]:.1f})."
        raise CascadeOwnError(ValueError, words)


def call(run: OracleRun, task: Any, node: Any, inputs: dict[str, Any]) -> Any:
    """Call the plain function, as often as its retry allows."""
    retry = None if node is None else node.policies.retry
    timeout = None if node is None else node.policies.timeout
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
            words = f"{task.name!r} took more than {timeout} s"
            with clock.at_most(timeout, words):
                result = task.func(*args, **kwargs)
            return run.wait(_timed(result, timeout, words)) if inspect.iscoroutine(result) else result
        except Exception as error:
            if retry is None or attempt == retry.max_attempts or not isinstance(error, retry.retry_on):
                raise
    raise AssertionError("at least one attempt")


async def _timed(work: Any, seconds: float | None, words: str) -> Any:
    try:
        async with asyncio.timeout(seconds) as limit:
            return await work
    except TimeoutError:
        if limit.expired():
            raise TimeoutError(words) from None
        raise


def once(run: OracleRun, task: Any, node: Any, inputs: dict[str, Any], amounts: dict[str, Any]) -> Any:
    """The call of a task that is no root."""
    result = governed(run, task, node, inputs, amounts)
    if isinstance(result, (cs.TailCall, cs.Jump, *_REDIRECTS)):
        raise CascadeOwnError(cs.MisplacedTailCallError, task.name)
    return result
