"""Cache keys: one text for a task and its inputs, the same in every process and for every hash seed.

Equal values of one type give equal keys. Values that a task could tell apart by type or text give different
ones, even where Python calls them equal: `1`, `True` and `1.0`, `0.0` and `-0.0`, a list and a tuple,
`Decimal("1.0")` and `Decimal("1.00")`. The order of sets and dicts doesn't count, dataclasses count by the
fields that they compare, functions and classes by the name under which they can be imported.

Scalars are written out, each with a tag and a length, so that no two rows of scalars share a text. A
container's digest is that of its parts and theirs, a Merkle tree (R. Merkle, "A Digital Signature Based on a
Conventional Encryption Function", 1987), worked out from the leaves up, without recursion, once for each
object. What lies on a cycle, or reaches one, has no leaves: it is numbered in the order of a walk from the
top, and hashed as a table of numbered rows.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from .errors import UncacheableError
from .key_types import Refused, open_value
from .quick import quick

__all__ = ["cache_key"]

_FORMAT = b"cascade-key-1;"
_LARGE = 1024  # texts longer than this many bytes go into the key as their digest
_STEPS = 8  # of a deep path, so many last steps are shown


_quick: Any = quick("_sha2" if sys.version_info >= (3, 12) else "_sha256", "hashlib", "sha256")
"""As Python's `random` does."""


def _sha256(content: bytes | bytearray) -> Any:
    """The hash of a text; that of a long one by OpenSSL, which is several times as fast."""
    if len(content) <= _LARGE:
        return _quick(content)
    from hashlib import sha256

    return sha256(content)


def cache_key(identity: str, inputs: Mapping[str, object]) -> str:
    """The key of a call: 64 hexadecimal digits over `identity` (the task and its source) and all `inputs`.

    An input that holds something that can't be keyed is `UncacheableError`, a `TypeError`, which names the
    input and the path within it.
    """
    parts = [_FORMAT, _text(identity)]
    for name in sorted(inputs):
        value = inputs[name]
        plain = _PLAIN.get(type(value))
        parts.append(_text(name))
        parts.append(_other(name, value) if plain is None else plain(value))
    found: str = _sha256(b"".join(parts)).hexdigest()
    return found


# --- scalars -----------------------------------------------------------------------------------------------


def _blob(tag: bytes, content: bytes | bytearray) -> bytes:
    if len(content) > _LARGE:
        digest: bytes = _sha256(content).digest()
        return tag + b"#" + digest
    return b"%b%d:" % (tag, len(content)) + content


def _text(value: str) -> bytes:
    content = value.encode("utf-8", "surrogatepass")
    return _blob(b"s", content) if len(content) > _LARGE else b"s%d:%b" % (len(content), content)


def _range(value: range) -> bytes:
    return b"r%x,%x,%x;" % (value.start, value.stop, value.step)


def _packed(value: float) -> bytes:
    from struct import pack  # which few keys need

    return pack(">d", value)


_PLAIN: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda value: b"N",
    bool: lambda value: b"T" if value else b"F",
    int: lambda value: b"i%x;" % value,
    str: _text,
}
"""What most inputs are: all that a standalone file compiles at once."""

_SCALARS = _PLAIN | {
    type(...): lambda value: b"E",
    float: lambda value: b"f" + _packed(value),
    complex: lambda value: b"c" + _packed(value.real) + _packed(value.imag),
    bytes: lambda value: _blob(b"b", value),
    bytearray: lambda value: _blob(b"a", value),
    range: _range,
}


def _other(name: str, value: object) -> bytes:
    """The encoding of the input `name`, whose value is none of the plainest."""
    scalar = _SCALARS.get(type(value))
    return _digest(name, value) if scalar is None else scalar(value)


# --- containers --------------------------------------------------------------------------------------------


class _Node:
    """A value that is no scalar: its kind, its children in order, and how far its digest has come."""

    __slots__ = ("digest", "head", "opened", "origin", "parents", "parts", "value", "waiting")

    def __init__(self, value: object, origin: tuple[_Node, int] | None) -> None:
        self.value = value  # also keeps it alive, so that its id stays its own
        self.origin = origin
        self.opened = open_value(value)
        self.head = b"".join(map(_text, self.opened.head))
        self.parts: list[bytes | _Node] = []
        self.parents: list[_Node] = []
        self.waiting = 0
        self.digest = b""


def _digest(name: str, value: object) -> bytes:
    """The encoding of the input `name`, whose value is no scalar."""
    nodes = _collect(name, value)
    ready = [node for node in nodes if not node.waiting]
    while ready:
        node = ready.pop()
        node.digest = b"#" + _sha256(node.head + b"".join(_row(node, name))).digest()
        for parent in node.parents:
            parent.waiting -= 1
            if not parent.waiting:
                ready.append(parent)
    return nodes[0].digest or _cyclic(name, nodes[0])


def _collect(name: str, value: object) -> list[_Node]:
    """A node for each object that is no scalar and can be reached from `value`, that one first."""
    known: dict[int, _Node] = {}
    try:
        top = known[id(value)] = _Node(value, None)
    except Refused as refused:
        _refuse(name, None, refused)
    todo = [top]
    while todo:
        node = todo.pop()
        for position, child in enumerate(node.opened.children):
            scalar = _SCALARS.get(type(child))
            if scalar is not None:
                node.parts.append(scalar(child))
                continue
            found = known.get(id(child))
            if found is None:
                try:
                    found = known[id(child)] = _Node(child, (node, position))
                except Refused as refused:
                    _refuse(name, (node, position), refused)
                todo.append(found)
            node.parts.append(found)
            node.waiting += 1
            found.parents.append(node)
    return list(known.values())


def _row(node: _Node, name: str) -> Iterable[bytes]:
    """The parts of a node, every one of which is known, in their canonical order."""
    return (part if isinstance(part, bytes) else part.digest for part in _ordered(node, name))


def _ordered(node: _Node, name: str) -> list[bytes | _Node]:
    """The parts of a node in their canonical order; those still unknown, on a cycle, as they are."""
    parts = [part if isinstance(part, bytes) else part.digest or part for part in node.parts]
    kind = node.opened.kind
    if kind == "row":
        return parts
    keys = parts if kind == "bag" else parts[::2]
    if not all(isinstance(key, bytes) for key in keys):
        _refuse(name, node.origin, Refused("has an element or key that leads back to itself"))
    order = sorted(range(len(keys)), key=keys.__getitem__)  # type: ignore[arg-type]  # bytes, as just seen
    if kind == "bag":
        return [keys[index] for index in order]
    return [part for index in order for part in parts[2 * index : 2 * index + 2]]


def _cyclic(name: str, top: _Node) -> bytes:
    """The encoding of a value on a cycle or with a cycle within: a table of the nodes that have no digest."""
    numbers: dict[int, int] = {}
    rows: list[tuple[_Node, list[bytes | _Node]]] = []
    todo = [top]
    while todo:
        node = todo.pop()
        if id(node) in numbers:
            continue
        numbers[id(node)] = len(numbers)
        row = _ordered(node, name)
        rows.append((node, row))
        todo.extend(part for part in reversed(row) if isinstance(part, _Node))
    table = _quick()
    for node, row in rows:
        table.update(b"%d:%b" % (len(row), node.head))
        for part in row:
            table.update(part if isinstance(part, bytes) else b"@%d;" % numbers[id(part)])
    digest: bytes = table.digest()
    return b"@" + digest


# --- refusals ----------------------------------------------------------------------------------------------


def _refuse(name: str, origin: tuple[_Node, int] | None, refused: Refused) -> NoReturn:
    """Raise the error for what was refused, which lies at `origin` (a node, and a position in it)."""
    steps: list[str] = []
    while origin is not None:
        node, position = origin
        steps.append(node.opened.step(position))
        origin = node.origin
    shown: Sequence[str] = steps[::-1] if len(steps) <= _STEPS else ["…", *steps[_STEPS - 1 :: -1]]
    raise UncacheableError(f"input {name!r} can't be part of a cache key: {name}{''.join(shown)} {refused}") from None
