"""Writes the parameters of the function, and the defaults that they show."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from cascade_gen.blueprint import Input, Object, Operand
from cascade_gen.blueprint.signature import ordered_inputs

from . import nodes
from .function import INNER_RUN, Emitter
from .nodes import Expression
from .objects import importable, short_tuple


def parameters(emitter: Emitter, modules: Sequence[str]) -> cst.Parameters:
    """The parameters of the function, in whose body it is known by now what is read. `modules` are those of the
    users' own: what has a name there stands in the signature by that."""
    inner = emitter.options.inner
    by_kind: dict[str, list[cst.Param]] = {"positional": [nodes.parameter(INNER_RUN)] if inner else []}
    for one in ordered_inputs(emitter.blueprint):
        if not (inner and one.param):
            by_kind.setdefault(one.kind, []).append(_parameter(emitter, one, modules))
    return cst.Parameters(
        params=by_kind.get("standard", []),
        posonly_params=by_kind["positional"],
        star_arg=by_kind["star"][0] if "star" in by_kind else cst.MaybeSentinel.DEFAULT,
        kwonly_params=by_kind.get("keyword", []),
        star_kwarg=by_kind["stars"][0] if "stars" in by_kind else None,
    )


def _parameter(emitter: Emitter, one: Input, modules: Sequence[str]) -> cst.Param:
    stars = {"star": "*", "stars": "**"}.get(one.kind, "")
    default: Expression | None = None
    if one.default is not None:
        default = _shown_default(emitter, one.default, modules)
    elif one.param:
        default = nodes.name(emitter.runtime("sentinels", "MISSING"))
    return nodes.parameter(one.register.name, one.annotation or emitter.hint(one.hint), default, stars)


def _shown_default(emitter: Emitter, operand: Operand, modules: Sequence[str]) -> Expression:
    """A default in the signature: a tuple of constants stands there itself, unless the function reads it too."""
    if isinstance(operand, Object) and operand.name not in emitter.objects:
        value = emitter.blueprint.objects[operand.name]
        shown = short_tuple(value) if importable(value, modules) is None else None
        if shown is not None:
            return shown
    return emitter.read(operand)
