"""Variables that a body binds only to return them at once, so that they may as well be what that is handed to.

lower = offer * 0.9
return tail(buyer, offer=lower)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from .body import Body


def handed_on(body: Body) -> dict[str, list[ast.Return]]:
    """The variables that are bound nowhere but right before a `return`, and read nowhere but in that, each once; with
    these returns."""
    found: dict[str, list[ast.Return]] = {}
    for block in _blocks(body):
        for statement, following in pairwise(block):
            if isinstance(following, ast.Return) and (name := _bound(statement)):
                found.setdefault(name, []).append(following)
    return {name: nodes for name, nodes in found.items() if _only_there(body, name, nodes)}


def _blocks(body: Body) -> Iterator[list[ast.stmt]]:
    yield [*body.statements]
    for node in body.nodes:
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list):
                yield block


def _bound(statement: ast.stmt) -> str:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            return name
    return ""


def _only_there(body: Body, name: str, nodes: list[ast.Return]) -> bool:
    if name in body.parameters:
        return False
    stores = [one for one in body.uses.get(name, ()) if one.store]
    loads = [one for one in body.uses.get(name, ()) if not one.store]
    spans = [(body.text.start(node), body.text.end(node)) for node in nodes]
    inside = all(any(start < one.start < end for start, end in spans) for one in loads)
    return inside and len(stores) == len(loads) == len(nodes) and not any(one.later for one in loads)
