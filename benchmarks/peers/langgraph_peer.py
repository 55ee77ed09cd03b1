"""LangGraph: https://docs.langchain.com/oss/python/langgraph/graph-api"""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

from langgraph.graph import END, START, StateGraph

from ..slices import Work


class _State(TypedDict):
    n: int


def _step(state: _State) -> _State:
    return {"n": state["n"] - 1}


def _next(state: _State) -> str:
    return "step" if state["n"] > 0 else END


def works(folder: Path) -> dict[str, Work]:
    """The countdown."""
    builder = StateGraph(_State)
    builder.add_node("step", _step)
    builder.add_edge(START, "step")
    builder.add_conditional_edges("step", _next, ["step", END])
    graph = builder.compile()

    def countdown(rounds: int) -> object:
        state = graph.invoke({"n": rounds}, {"recursion_limit": rounds + 1})
        return "done" if state["n"] == 0 else state

    return {"countdown": countdown}
