"""Tasks that hand on to whatever they are told to by name; where it lives, only `blueprints=` says."""

from __future__ import annotations

import asyncio
from typing import Any

import cascade as cs

from .pool import ident, note, num


def _handed_on(name: str, n: int, to: Any, x: Any) -> Any:
    note(name, n, to, x)
    if n <= 0 or not to:
        return [name, x]
    return cs.TailCall(kwargs={"n": n - 1}, target_blueprint_id=to[n % len(to)])


@cs.task
def relay(n, to=("relay_too", "relay"), x=0):
    return _handed_on("relay", n, to, x)


@cs.task
def relay_too(n, to=("keep", "relay"), x=(1,)):
    return _handed_on("relay_too", n, to, x)


@cs.task
def relay_lazily(n, to=("relay",), x="x"):
    note("relay_lazily", n, to, x)
    return cs.TailCall(kwargs={"n": n - 1, "x": num(x)}, target_blueprint_id=to[0]) if n > 0 else ident(x)


@cs.task
async def a_relay(n, to=("relay",), x=0):
    await asyncio.sleep(0)
    return _handed_on("a_relay", n, to, x)


TASKS = (relay, relay_too, relay_lazily)
TASKS_ASYNC = (a_relay,)
TARGETS = ("relay", "relay_too", "relay_lazily", "keep", "count", "down", "ping", "looping_flow", "uses", "walk")
