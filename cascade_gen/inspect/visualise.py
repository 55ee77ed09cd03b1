"""A picture of a workflow: its graph of lazy calls as Graphviz draws it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import graphviz

from cascade_gen.errors import CascadeError
from cascade_gen.lang import (
    Argument,
    Env,
    Governed,
    Inject,
    JumpSelector,
    LazyResult,
    MappedLazyResult,
    Param,
    Policies,
    Router,
    Symbolic,
    Task,
    Workflow,
)
from cascade_gen.lang.symbolic import here
from cascade_gen.lower import workflow_name
from cascade_gen.lower.recursion import recursion_told
from cascade_gen.lower.trace import trace
from cascade_gen.runtime.containers import holds_lazy, is_container

_END = "end"
_CALL = {"shape": "box", "style": "rounded"}
_INPUT = {"shape": "ellipse"}
_LEAVES: dict[type[Symbolic], dict[str, str]] = {
    Argument: _INPUT,
    Param: _INPUT,
    Env: {"shape": "ellipse", "style": "dashed"},
    Inject: {"shape": "cylinder"},
}
_CONDITION = {"style": "dashed"}
_ORDER = {"style": "dotted"}
_JUMP = {"style": "bold", "constraint": "false"}


class _Edge(NamedTuple):
    source: Symbolic
    label: str
    style: dict[str, str]


def to_dot(workflow: Any) -> graphviz.Digraph:
    """The graph of `workflow`, to be rendered or, as its `source`, read: the same text on every run.

    An arrow goes from what is made to where it is needed, and names the parameter. Conditions are dashed,
    predecessors dotted, jumps bold; targets have a double border. `NotAWorkflowError` if it is none. A
    `@cs.workflow` function is traced, so what it raises comes out of here; `CompileError` if it calls itself.
    """
    drawing = _Drawing(workflow_name(workflow))
    drawing.draw(recursion_told(lambda: list(_targets(workflow))))
    return drawing.dot


def render(graph: graphviz.Digraph, file: Path) -> None:
    """Write `graph` to `file`: as text for `.dot` and `.gv`, else as the picture its suffix names.

    `CascadeError`: a suffix that Graphviz doesn't know, or Graphviz isn't installed; `OSError`: `file` can't
    be written. The file is there as a whole or not at all.
    """
    kind = file.suffix.removeprefix(".").lower()
    content = graph.source.encode() if kind in ("dot", "gv") else _picture(graph, kind, file)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def _picture(graph: graphviz.Digraph, kind: str, file: Path) -> bytes:
    if kind not in graphviz.FORMATS:
        raise CascadeError(f"{file.name!r} names no kind of picture; try {file.with_suffix('.svg').name!r}")
    try:
        return bytes(graph.pipe(format=kind))
    except graphviz.ExecutableNotFound:
        raise CascadeError(
            f"drawing {file.name!r} needs Graphviz, whose program `dot` isn't installed here; install it"
            f" (apt install graphviz, brew install graphviz), or write {file.with_suffix('.dot').name!r}"
        ) from None
    except graphviz.CalledProcessError as error:
        raise CascadeError(f"Graphviz could not draw {file.name!r}: {error}") from error


class _Drawing:
    """A Digraph being drawn. Nodes are numbered in the order they are met; each is drawn once."""

    def __init__(self, name: str) -> None:
        self.dot: graphviz.Digraph = graphviz.Digraph(graphviz.nohtml(name), node_attr={"fontname": "sans-serif"})
        self.dot.attr("edge", fontname="sans-serif", fontsize="10")
        self._numbers: dict[object, str] = {}
        self._nodes: list[Symbolic] = []

    def draw(self, targets: list[Symbolic]) -> None:
        """The targets and everything they need."""
        for target in targets:
            self.dot.node(self._number(target), peripheries="2")
        # The list grows as it is walked. No recursion: a chain of lazies may be longer than the stack.
        for node in self._nodes:
            self._draw_node(node)

    def _number(self, node: Symbolic) -> str:
        key = _identity(node)
        if key not in self._numbers:
            self._nodes.append(node)
            self._numbers[key] = f"n{len(self._nodes)}"
        return self._numbers[key]

    def _draw_node(self, node: Symbolic) -> None:
        number = self._number(node)
        lines, style = _face(node)
        self.dot.node(number, _label(*lines), **style)
        for edge in _edges(node):
            label = _label(edge.label) if edge.label else None
            self.dot.edge(self._number(edge.source), number, label, **edge.style)
        if isinstance(node, Governed) and node.policies.jumps is not None:
            self._draw_jumps(number, node.policies.jumps)

    def _draw_jumps(self, number: str, selector: JumpSelector) -> None:
        for key, step in selector.routes.items():
            if step is None:
                self.dot.node(_END, shape="doublecircle")
            following = _END if step is None else self._number(step)
            self.dot.edge(number, following, _label(repr(key)), **_JUMP)


def _label(*lines: str) -> Any:
    """A label that is shown as it is: backslashes and what looks like HTML too."""
    return graphviz.nohtml(r"\n".join(graphviz.escape(line) for line in lines))


def _targets(workflow: Any) -> Iterator[Symbolic]:
    """What is computed for the result, which has constants beside it where it is a container."""
    if isinstance(workflow, Task):
        yield _called(workflow)
    elif isinstance(workflow, Workflow):
        yield from _targets(trace(workflow)[0])
    elif isinstance(workflow, Symbolic):
        yield workflow
    elif is_container(workflow):
        for member in workflow.values() if isinstance(workflow, dict) else workflow:
            yield from _targets(member)


def _called(task: Task[..., Any]) -> LazyResult[Any]:
    """The call of a task that nobody has called yet: its parameters are the inputs."""
    parameters = task.signature.parameters.values()
    values = tuple(one.default if holds_lazy(one.default) else Argument(one.name, here()) for one in parameters)
    return LazyResult(task, (), {}, values, here())


def _symbols(value: Any) -> Iterator[Symbolic]:
    """The symbolic values in `value`, which may be a container of any depth, in the order written."""
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, Symbolic):
            yield current
        elif is_container(current):
            items = list(current.values()) if isinstance(current, dict) else list(current)
            if isinstance(current, set | frozenset):
                items.sort(key=_age)
            pending.extend(reversed(items))


def _age(value: Any) -> int:
    """Sets have no order of their own; their lazies are taken in the order they were created."""
    return min((one.serial for one in _symbols(value)), default=0)


def _identity(node: Symbolic) -> object:
    """What is drawn as one node: inputs of one kind and name, else the object itself."""
    if isinstance(node, Argument | Param | Env | Inject):
        return type(node), node.name
    return id(node)


def _face(node: Symbolic) -> tuple[list[str], dict[str, str]]:
    """The lines of a node's label, and how its kind is drawn."""
    if isinstance(node, LazyResult):
        return [node.task.name, *_policies(node.policies)], _CALL
    if isinstance(node, MappedLazyResult):
        return [f"{node.task.name}.map", *_policies(node.policies)], {"shape": "box3d"}
    if isinstance(node, Router):
        return ["route"], {"shape": "diamond"}
    if isinstance(node, Argument | Param | Env | Inject):
        return [node.name], _LEAVES[type(node)]
    raise TypeError(f"don't know how to draw {node!r}")


def _policies(policies: Policies) -> Iterator[str]:
    if policies.retry is not None:
        yield f"up to {policies.retry.max_attempts} attempts"
    if policies.timeout is not None:
        yield f"timeout {policies.timeout:g} s"
    if policies.cache is not None:
        yield "cached"
    for name, amount in policies.constraints.items():
        yield f"{name}={'…' if isinstance(amount, Symbolic) else amount}"


def _edges(node: Symbolic) -> Iterator[_Edge]:
    """What `node` needs: predecessors, inputs, condition, constraints."""
    if isinstance(node, Governed):
        for before in _symbols(list(node.policies.after)):
            yield _Edge(before, "", _ORDER)
    for label, value in _inputs(node):
        for source in _symbols(value):
            yield _Edge(source, label, {})
    if isinstance(node, Governed):
        if node.policies.has_condition:
            for source in _symbols(node.policies.condition):
                yield _Edge(source, "if", _CONDITION)
        for name, amount in node.policies.constraints.items():
            for source in _symbols(amount):
                yield _Edge(source, name, _CONDITION)


def _inputs(node: Symbolic) -> Iterator[tuple[str, Any]]:
    if isinstance(node, LazyResult):
        yield from zip(node.task.signature.parameters, node.values, strict=True)
    elif isinstance(node, MappedLazyResult):
        yield from node.iterables.items()
    elif isinstance(node, Router):
        yield "selects", node.selector
        for key, route in node.routes.items():
            yield repr(key), route
