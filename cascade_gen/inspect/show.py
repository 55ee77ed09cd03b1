"""Shows a declared workflow as text: its nodes as a tree, each with what it waits for."""

from __future__ import annotations

import inspect
from typing import Any

from cascade_gen.lang import (
    Governed,
    LazyResult,
    MappedLazyResult,
    Retry,
    Router,
    Symbolic,
    Task,
    Workflow,
    locate,
)
from cascade_gen.lower import workflow_name
from cascade_gen.lower.graph import leaves, written_arguments
from cascade_gen.lower.recursion import recursion_told
from cascade_gen.lower.trace import reachable, trace

_LONGEST = 40


def workflow_text(workflow: Any) -> str:
    """The nodes of a workflow one a line, the targets last.

    A node is shown as `$2 = fetch($1, limit=10)`, with its policies and where it was written. `CompileError`: a
    `@cs.workflow` function calls itself.
    """
    name = workflow_name(workflow)
    return recursion_told(lambda: _text(workflow, name))


def _text(workflow: Any, name: str) -> str:
    if isinstance(workflow, Task):
        return f"workflow {name}: {name}{workflow.signature}"
    graph, header = workflow, f"workflow {name}"
    if isinstance(workflow, Workflow):
        graph, header = trace(workflow)[0], f"workflow {name}{workflow.signature}"
    nodes = reachable(reversed(leaves(graph)))[::-1]
    numbers = {id(node): f"${index}" for index, node in enumerate(nodes, 1)}
    lines = [f"  {numbers[id(node)]} = {_node(node, numbers)}" for node in nodes]
    return "\n".join([header, *lines, f"  result {_value(graph, numbers)}"])


def _node(node: Symbolic, numbers: dict[int, str]) -> str:
    match node:
        case LazyResult():
            shown = [
                _value(value, numbers) if word is None else f"{word}={_value(value, numbers)}"
                for word, value in written_arguments(node)
            ]
            text = f"{node.task.name}({', '.join(shown)})"
        case MappedLazyResult():
            shown = [_value(value, numbers) for value in node.bound]
            shown += [f"{word}={_value(value, numbers)}" for word, value in node.iterables.items()]
            text = f"{node.task.name}.map({', '.join(shown)})"
        case Router():
            routes = ", ".join(f"{key!r}: {_value(route, numbers)}" for key, route in node.routes.items())
            text = f"Router({_value(node.selector, numbers)}, {{{routes}}})"
        case _:
            return repr(node)
    return f"{text}{_policies(node, numbers)}  ; {locate(node.origin)}"


def _policies(node: Symbolic, numbers: dict[int, str]) -> str:
    if not isinstance(node, Governed):
        return ""
    policies = node.policies
    shown = []
    if policies.after:
        shown.append(f".after({', '.join(_value(one, numbers) for one in policies.after)})")
    if policies.has_condition:
        shown.append(f".run_if({_value(policies.condition, numbers)})")
    if policies.retry is not None:
        shown.append(f".with_retry({_retry(policies.retry)})")
    if policies.timeout is not None:
        shown.append(f".with_timeout({policies.timeout})")
    if policies.constraints:
        amounts = ", ".join(f"{word}={_value(one, numbers)}" for word, one in policies.constraints.items())
        shown.append(f".with_constraints({amounts})")
    if policies.cache is not None:
        shown.append(f".with_cache({type(policies.cache).__name__})")
    if policies.jumps is not None:
        shown.append(f".select_jump({', '.join(map(repr, policies.jumps.routes))})")
    return "".join(shown)


def _retry(retry: Retry) -> str:
    """The arguments of `.with_retry`: the attempts, and what isn't as it is by default."""
    parameters = inspect.signature(Governed.with_retry).parameters
    kinds = retry.retry_on if isinstance(retry.retry_on, tuple) else (retry.retry_on,)
    names = ", ".join(kind.__name__ for kind in kinds)
    said = {
        "delay": f"{retry.delay:g}",
        "backoff": f"{retry.backoff:g}",
        "retry_on": names if len(kinds) == 1 else f"({names})",
        "max_delay": f"{retry.max_delay}",
        "jitter": f"{retry.jitter:g}",
    }
    changed = [f"{name}={text}" for name, text in said.items() if getattr(retry, name) != parameters[name].default]
    return ", ".join([str(retry.max_attempts), *changed])


def _value(value: Any, numbers: dict[int, str]) -> str:
    """A node by its number, a container with what is in it, anything else by its repr, cut short."""
    if id(value) in numbers:
        return numbers[id(value)]
    if leaves(value) and not isinstance(value, Symbolic):
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key!r}: {_value(one, numbers)}" for key, one in value.items()) + "}"
        inside = ", ".join(_value(one, numbers) for one in value)
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
