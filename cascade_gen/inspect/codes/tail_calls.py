"""Codes of tail calls and jumps: warnings, since the code they stand in may never run."""

from __future__ import annotations

from .info import CodeInfo

_REVIEW = """\
@cs.task
def review(text, rounds=3):
    if rounds == 0:
        return cs.Jump("done", text)
    return cs.Jump("again", {"rounds": rounds - 1})

step = review("a draft")
"""

ENTRIES = (
    CodeInfo(
        "CS106",
        "a tail call to an unknown workflow",
        "`target_blueprint_id` names a workflow given to the same compilation, or a task of the same module by its"
        " task name. A warning when it is seen in the source, since a module may get the task later, and since the"
        " code may never run; `UnknownBlueprintError` when it is reached.",
        """\
@cs.task
def ping(n):
    return cs.TailCall([n - 1], target_blueprint_id="pong") if n else "done"

cs.aot(ping)
""",
        """\
@cs.task
def ping(n):
    return cs.TailCall([n - 1], target_blueprint_id="pong") if n else "done"

@cs.task
def pong(n):
    return cs.TailCall([n - 1], target_blueprint_id="ping") if n else "done"

cs.aot(ping)
""",
    ),
    CodeInfo(
        "CS301",
        "a call whose arguments don't bind (a warning)",
        "A tail call binds to the signature of its target as a Python call does, except that inputs it doesn't"
        " name keep their value. Here a name is unknown, given twice or missing, or there are too many arguments:"
        " the `TypeError` that it says, when the call is reached. The same holds for calls of tasks, and for the"
        " data of a jump.",
        """\
@cs.task
def count(left, seen=0):
    return cs.tail(count, lefft=left - 1, seen=seen + 1) if left else seen

cs.aot(count)
""",
        """\
@cs.task
def count(left, seen=0):
    return cs.tail(count, left=left - 1, seen=seen + 1) if left else seen

cs.aot(count)
""",
    ),
    CodeInfo(
        "CS302",
        "a jump without a route (a warning)",
        "A `cs.Jump` names a key that the step's `select_jump` doesn't have, or the step has no `select_jump` at"
        " all: `JumpError` when it is reached.",
        _REVIEW + 'cs.aot(cs.bind(step, cs.select_jump({"again": step})))\n',
        _REVIEW + 'cs.aot(cs.bind(step, cs.select_jump({"again": step, "done": None})))\n',
    ),
    CodeInfo(
        "CS303",
        "a route without a jump (a warning)",
        "Every jump of the step is there to be seen, and none has the key of this route: it can never be taken."
        " Either it is left over, or a jump was meant to have its key.",
        _REVIEW + 'cs.aot(cs.bind(step, cs.select_jump({"again": step, "done": None, "failed": None})))\n',
        _REVIEW + 'cs.aot(cs.bind(step, cs.select_jump({"again": step, "done": None})))\n',
    ),
    CodeInfo(
        "CS304",
        "a tail call where nobody can go round (a warning)",
        "Only a root, whose result ends the workflow, may go round. The result of this call is an input of another"
        " node, a condition, a predecessor or an item of a map, and its task visibly returns a tail call, a jump or"
        " a lazy result: `MisplacedTailCallError` when it does so.",
        """\
@cs.task
def count(n):
    return cs.tail(count, n - 1) if n else "done"

@cs.task
def show(value):
    return repr(value)

cs.aot(show(count(3)))
""",
        """\
@cs.task
def show(value):
    return repr(value)

@cs.task
def count(n):
    return cs.tail(count, n - 1) if n else show("done")

cs.aot(count(3))
""",
    ),
)
