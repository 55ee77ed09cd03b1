"""Codes of what can't be, or isn't yet, a workflow."""

from __future__ import annotations

from .info import CodeInfo

_COUNT = """\
@cs.task
def count(left, seen):
    return cs.tail(count, left=left - 1, seen=seen + 1) if left else seen
"""

ENTRIES = (
    CodeInfo(
        "CS102",
        "not a workflow",
        "What is compiled or run is a task, a call of a task, a `@cs.workflow` function, a mapped result, a"
        " Router, or a list, tuple or dict of those. A plain function becomes a task by `@cs.task`.",
        """\
def fetch(url):
    return url

cs.aot(fetch)
""",
        """\
@cs.task
def fetch(url):
    return url

cs.aot(fetch)
""",
    ),
    CodeInfo(
        "CS103",
        "a signature that can't become inputs",
        "The arguments of a `@cs.workflow` function become the inputs of the compiled function. They are traced"
        " one by one, so each needs a name: `*args` and `**kwargs` have none.",
        """\
@cs.task
def total(sizes):
    return sum(sizes)

@cs.workflow
def report(*sizes):
    return total(sizes)

cs.aot(report)
""",
        """\
@cs.task
def total(sizes):
    return sum(sizes)

@cs.workflow
def report(sizes):          # a list or a tuple
    return total(sizes)

cs.aot(report)
""",
    ),
    CodeInfo(
        "CS112",
        "a workflow that calls itself",
        "A `@cs.workflow` function is called once, when it is compiled, to declare the graph; its arguments have no"
        " values then, so that a recursion in it has no end. What goes round is a task: it has the values, and"
        " returns its next call.",
        f"""{_COUNT}
@cs.workflow
def total(left, seen):
    return total(left, count(left, seen))

cs.aot(total)
""",
        f"""{_COUNT}
@cs.workflow
def total(left, seen):
    return count(left, seen)

cs.aot(total)
""",
    ),
    CodeInfo(
        "CS306",
        "a workflow that returns nothing (a warning)",
        "A `@cs.workflow` function has made calls and returns None. Calls only declare a graph: what runs is what the"
        " function returns, and what that needs. Without it the workflow gives None and runs nothing.",
        """\
@cs.task
def store(rows):
    return len(rows)

@cs.workflow
def report(rows):
    store(rows)

cs.aot(report)
""",
        """\
@cs.task
def store(rows):
    return len(rows)

@cs.workflow
def report(rows):
    return store(rows)

cs.aot(report)
""",
    ),
)
