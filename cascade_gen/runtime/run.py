"""What a run hands on to the graphs that its tasks return: its resources, parameters, events and constraints."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple


class Run(NamedTuple):
    """One run. `scope` is that of its resources, `params` are the values of its `Param`s by name, `events`
    tells whoever listens, `governor` holds its constraints; each is None where the run has none."""

    scope: Any = None
    params: Mapping[str, Any] = MappingProxyType({})
    events: Any = None
    governor: Any = None
