"""Circles: nodes that wait for one another can none of them start."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from cascade_gen.errors import CycleError
from cascade_gen.lang import Symbolic, locate

_MOST = 10


def cycles(nodes: Iterable[Symbolic], waits_for: Callable[[Symbolic], Sequence[Symbolic]]) -> list[CycleError]:
    """The circles that a walk along what nodes wait for comes upon: one for each way that closes one, ten at most."""
    found: list[CycleError] = []
    done: set[int] = set()
    for root in nodes:
        path: dict[int, Symbolic] = {}
        stack: list[tuple[Symbolic, Iterator[Symbolic]]] = []
        if id(root) not in done:
            path[id(root)] = root
            stack.append((root, iter(waits_for(root))))
        while stack and len(found) < _MOST:
            node, pending = stack[-1]
            for needed in pending:
                if id(needed) in path:
                    found.append(cycle(list(path.values()), needed))
                elif id(needed) not in done:
                    path[id(needed)] = needed
                    stack.append((needed, iter(waits_for(needed))))
                    break
            else:
                stack.pop()
                del path[id(node)]
                done.add(id(node))
    return found


def cycle(path: Sequence[Symbolic], again: Symbolic) -> CycleError:
    """The error for a path of nodes, each of which waits for the next, whose last one waits for `again`."""
    start = next(index for index, node in enumerate(path) if node is again)
    circle = [*path[start:], again]
    names = " -> ".join(_names(circle[::-1]))
    return CycleError(
        f"these wait for one another: {names}",
        locate(again.origin),
        "take out one of the inputs or .after(...) that close the circle; only select_jump may point back",
    )


def _names(circle: Sequence[Symbolic]) -> list[str]:
    """The labels of a circle's nodes; of a long one those around the place where it closes."""
    left = len(circle) - 2 * _MOST
    if left <= 1:
        return [_printable(node._label()) for node in circle]
    return [*_names(circle[:_MOST]), f"... {left} more ...", *_names(circle[-_MOST:])]


def _printable(label: str) -> str:
    return label if label.isprintable() else repr(label)
