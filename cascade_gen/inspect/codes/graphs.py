"""Codes of what is wrong with a graph: its nodes, inputs, names, resources and constraints."""

from __future__ import annotations

from .info import CodeInfo

_STEPS = """\
@cs.task
def first():
    return 1

@cs.task
def second(value):
    return value + 1
"""

_QUERY = """\
@cs.task
def query(sql, db=cs.inject("db")):
    return db.execute(sql)
"""

ENTRIES = (
    CodeInfo(
        "CS101",
        "nodes that wait for one another",
        "A node runs after its inputs, its condition and its predecessors. Here that order goes in a circle, so"
        " that none of them could ever start. Only the routes of a `select_jump` may point back.",
        f"""{_STEPS}
a = first()
b = second(a)       # b needs a ...
a.after(b)          # ... and a is to wait for b
cs.aot(b)
""",
        f"""{_STEPS}
a = first()
b = second(a)       # runs after a: a is its input
cs.aot(b)
""",
    ),
    CodeInfo(
        "CS104",
        "two inputs of one name",
        "Every input of the compiled function is given by its name. A `Param` named like an argument of the root,"
        " or two `Param`s of one name with other types or defaults, could not be told apart.",
        """\
@cs.task
def poll(url, limit):
    return url, limit

cs.aot(poll("http://localhost", limit=cs.Param("url")))
""",
        """\
@cs.task
def poll(url, limit):
    return url, limit

cs.aot(poll("http://localhost", limit=cs.Param("most", type=int)))
""",
    ),
    CodeInfo(
        "CS105",
        "two workflows of one name",
        "Tail calls find their target by its name, so the names of the workflows compiled together must differ.",
        """\
@cs.task
def ping(n):
    return n

@cs.task(name="ping")
def slow_ping(n):
    return n

cs.aot(ping, blueprints=[slow_ping])
""",
        """\
@cs.task
def ping(n):
    return n

@cs.task(name="slow_ping")
def slow_ping(n):
    return n

cs.aot(ping, blueprints=[slow_ping])
""",
    ),
    CodeInfo(
        "CS107",
        "a resource nobody registered",
        "`cs.inject(name)` asks for a resource that is neither given by `resources=` nor registered with the"
        " engine. It is told before anything runs, whether or not the task would be reached.",
        f"""{_QUERY}
cs.aot(query("select 1"))
""",
        f"""\
import sqlite3

@cs.resource
def db():
    connection = sqlite3.connect(":memory:")
    yield connection
    connection.close()

{_QUERY}
cs.aot(query("select 1"), resources=[db])
""",
    ),
    CodeInfo(
        "CS108",
        "a resource that outlives what it needs",
        'A resource of scope "run" lives to the end of the run; one of scope "task" ends with its round. The'
        " longer one can't hold on to the shorter one. Nor can a resource inject itself, by however many others.",
        """\
@cs.resource(scope="task")
def connection():
    yield "connection"

@cs.resource
def cursor(on=cs.inject("connection")):
    yield on + " cursor"

@cs.task
def query(cursor=cs.inject("cursor")):
    return cursor

cs.aot(query, resources=[connection, cursor])
""",
        """\
@cs.resource                            # as long as the cursor
def connection():
    yield "connection"

@cs.resource
def cursor(on=cs.inject("connection")):
    yield on + " cursor"

@cs.task
def query(cursor=cs.inject("cursor")):
    return cursor

cs.aot(query, resources=[connection, cursor])
""",
    ),
    CodeInfo(
        "CS109",
        "more than the system has",
        "A task's constraints ask for more of a resource than `system_resources` says there is, so that it could"
        " never start.",
        """\
@cs.task
def train(rows):
    return len(rows)

cs.aot(train([1, 2]).with_constraints(gpu=2), system_resources={"gpu": 1})
""",
        """\
@cs.task
def train(rows):
    return len(rows)

cs.aot(train([1, 2]).with_constraints(gpu=1), system_resources={"gpu": 1})
""",
    ),
    CodeInfo(
        "CS110",
        "nested too deeply",
        "A container with something lazy in it contains itself, or containers are nested deeper than the compiler"
        " goes. Such a value can be built inside a task.",
        """\
@cs.task
def first():
    return 1

@cs.task
def show(values):
    return repr(values)

values = [first()]
values.append(values)
cs.aot(show(values))
""",
        """\
@cs.task
def first():
    return 1

@cs.task
def show(value):
    values = [value]
    values.append(values)
    return repr(values)

cs.aot(show(first()))
""",
    ),
    CodeInfo(
        "CS111",
        "a route of a select_jump that is no step",
        "A jump goes on with the call of a task, which must be there when the graph is declared, without a"
        " condition or predecessors of its own; or it ends the loop, where the route is `None`.",
        """\
@cs.task
def plan(left):
    return cs.Jump("act" if left else "done", left)

@cs.task
def act(left):
    return cs.Jump("plan", left - 1)

step = plan(3)
cs.aot(cs.bind(step, cs.select_jump({"act": act, "done": None})))
""",
        """\
@cs.task
def plan(left):
    return cs.Jump("act" if left else "done", left)

@cs.task
def act(left):
    return cs.Jump("plan", left - 1)

step = plan(3)
again = cs.bind(act(0), cs.select_jump({"plan": step}))
cs.aot(cs.bind(step, cs.select_jump({"act": again, "done": None})))
""",
    ),
    CodeInfo(
        "CS305",
        "types that can't match (a warning)",
        "By its annotation a task gives what the parameter that takes it doesn't, by its own. Only builtin classes"
        " and unions of them are compared, an `int` passes for a `float`, and nothing is said where the giving task"
        " may be skipped, since something else passes in its stead then.",
        """\
@cs.task
def count(text: str) -> int:
    return len(text.split())

@cs.task
def longest(words: list[str]) -> str:
    return max(words, key=len)

cs.aot(longest(count("some words")))
""",
        """\
@cs.task
def split(text: str) -> list[str]:
    return text.split()

@cs.task
def longest(words: list[str]) -> str:
    return max(words, key=len)

cs.aot(longest(split("some words")))
""",
    ),
)
