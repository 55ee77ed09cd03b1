"""Resources."""

from __future__ import annotations

import cascade as cs
from cascade_gen.errors import ResourceScopeError

from .table import compile_error, feature, note
from .words import double, fail, give, one


@cs.resource
def db():
    note("open db")
    try:
        yield "db"
    except BaseException as error:
        note("db sees", type(error).__name__)
        raise
    finally:
        note("close db")


@cs.resource(name="session")
def of_db(base=cs.inject("db")):
    note("open session of", base)
    yield f"session of {base}"
    note("close session")


@cs.resource
async def slow_db():
    note("open slow_db")
    try:
        yield "slow"
    finally:
        note("close slow_db")


@cs.resource(scope="task")
def fresh():
    note("open fresh")
    yield "fresh"
    note("close fresh")


@cs.resource
def stubborn():
    note("open stubborn")
    try:
        yield "stubborn"
    except ValueError:
        note("stubborn swallows it")


@cs.resource(name="outlives")
def run_of_task(inner=cs.inject("fresh")):
    yield inner


@cs.task
def query(text, source=cs.inject("db")):
    note("query", text, source)
    return f"{text} from {source}"


@cs.task
def ask(text, source=cs.inject("session")):
    note("ask", text, source)
    return f"{text} from {source}"


@cs.task
def use_fresh(n, source=cs.inject("fresh")):
    note("use_fresh", n)
    return n


@cs.task
def rounds(n, source=cs.inject("fresh")):
    note("rounds", n)
    return cs.tail(rounds, n=n - 1) if n else source


@cs.task
def rounds_of_run(n, source=cs.inject("db")):
    note("rounds", n)
    return cs.tail(rounds_of_run, n=n - 1) if n else source


@cs.task
def fail_with(source, text):
    note("fail_with", source)
    raise ValueError(text)


@feature(value="q from db", calls="open db; query q db; close db", resources=(db,))
def injected():
    """injected as a parameter's default, made at first use, torn down at the end"""
    return query("q")


@feature(value="db", calls="one; open db; give db; close db", resources=(db,))
def as_an_argument():
    """injected as an argument"""
    return give(cs.inject("db")).after(one())


@feature(value="q from mine", calls="query q mine", resources=(db,))
def explicit():
    """an explicit argument wins, and nothing is made"""
    return query("q", "mine")


@feature(value=["a from db", "b from db"], calls="open db; query a db; query b db; close db", resources=(db,))
def once_a_run():
    """scope "run": one for all tasks of the run"""
    return [query("a"), query("b")]


@feature(
    value="q from session of db",
    calls="open db; open session of db; ask q session of db; close session; close db",
    resources=(db, of_db),
)
def nested():
    """a resource that injects another; torn down last in, first out"""
    return ask("q")


@feature(value="slow", calls="open slow_db; give slow; close slow_db", resources=(slow_db,))
def async_resource():
    """an async generator function as a resource"""
    return give(cs.inject("slow_db"))


@feature(
    raises=ValueError,
    says="no good",
    calls="open db; fail_with db; db sees ValueError; close db",
    resources=(db,),
)
def teardown_on_failure():
    """torn down on failure; the generator sees the exception"""
    return fail_with(cs.inject("db"), "no good")


@feature(
    raises=ValueError,
    says="no good",
    calls="open stubborn; fail_with stubborn; stubborn swallows it",
    resources=(stubborn,),
)
def cant_suppress():
    """the generator can't suppress the exception"""
    return fail_with(cs.inject("stubborn"), "no good")


@feature(value=[1, 2], calls="open fresh; use_fresh 1; use_fresh 2; close fresh", resources=(fresh,))
def shared_by_tasks():
    """scope "task": shared by the tasks of a graph that doesn't loop"""
    return [use_fresh(1), use_fresh(2)]


@feature(
    value="fresh",
    calls="open fresh; rounds 1; close fresh; open fresh; rounds 0; close fresh",
    resources=(fresh,),
)
def fresh_each_round():
    """scope "task": a new one for each round of a loop"""
    return rounds(1)


@feature(value="db", calls="open db; rounds 1; rounds 0; close db", resources=(db,))
def kept_by_rounds():
    """scope "run": the same for all rounds"""
    return rounds_of_run(1)


@feature(**compile_error(cs.ResourceNotFoundError, "db"))
def unknown():
    """a name nobody registered: `ResourceNotFoundError` before anything runs"""
    return query(one())


@feature(**compile_error(ResourceScopeError, "fresh"), resources=(fresh, run_of_task), variants=("sync",))
def outliving():
    """a "run" resource that injects a "task" one can't be compiled"""
    return give(cs.inject("outlives"))


@feature(raises=ValueError, says="before", calls="one; fail before", resources=(db,))
def never_used():
    """what is never used is never made"""
    return query(double(fail("before").after(one())))
