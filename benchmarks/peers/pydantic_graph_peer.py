"""pydantic-graph: https://ai.pydantic.dev/graph/"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from pydantic_graph import BaseNode, End, GraphBuilder, GraphRunContext

from ..slices import Work


@dataclass
class Step(BaseNode[None, None, str]):
    """One round."""

    n: int

    async def run(self, context: GraphRunContext[None, None]) -> Step | End[str]:
        return Step(self.n - 1) if self.n > 0 else End("done")


def works(folder: Path) -> dict[str, Work]:
    """The countdown; it is async."""
    builder = GraphBuilder(input_type=Step, output_type=str, auto_instrument=False)
    builder.add(builder.node(Step), builder.edge_from(builder.start_node).to(Step))
    graph = builder.build()
    return {"countdown": lambda rounds: asyncio.run(graph.run(inputs=Step(rounds)))}
