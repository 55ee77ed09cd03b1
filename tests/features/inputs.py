"""Inputs: template mode, `Param` and `Env`."""

from __future__ import annotations

import cascade as cs

from .table import feature, note
from .words import add, double, give, join, one


@cs.task
def greet(name, greeting="hello", *, mark="!"):
    note("greet", name, greeting, mark)
    return f"{greeting} {name}{mark}"


@cs.workflow
def report(url, limit=10):
    return join(double(limit), url, add(limit, 1))


@feature(value="hello Ada!", calls="greet Ada hello !")
def given_values():
    """the values of a call are the defaults of its inputs"""
    return greet("Ada")


@feature(value="bye Bob?", calls="greet Bob bye ?", inputs={"name": "Bob", "mark": "?", "greeting": "bye"})
def overridden():
    """inputs given by name"""
    return greet("Ada")


@feature(value="hi Eve!", calls="greet Eve hi !", inputs={"name": "Eve", "greeting": "hi"})
def of_a_task():
    """a task as the workflow: its parameters are the inputs"""
    return greet


@feature(raises=TypeError, says="", inputs={})
def missing_input():
    """an input without a value is `TypeError`, as in Python"""
    return greet


@feature(raises=TypeError, says="nmae", inputs={"nmae": "Eve"})
def unknown_input():
    """an unknown input is `TypeError`"""
    return greet("Ada")


@feature(value=[6, "u", 4], calls="double 3; add 3 1; join 6 u 4", inputs={"url": "u", "limit": 3})
def of_a_workflow():
    """a `@cs.workflow`: its arguments are the inputs"""
    return report


@feature(value=[20, "u", 11], calls="double 10; add 10 1; join 20 u 11", inputs={"url": "u"})
def defaults_of_a_workflow():
    """the defaults of a `@cs.workflow`"""
    return report


@feature(value=6, calls="give 3; double 3", inputs={"n": 3})
def params():
    """`Param`: a keyword input"""
    return double(give(cs.Param("n", type=int)))


@feature(value=8, calls="give 4; double 4", inputs={"n": "4"})
def converted_params():
    """`Param`: a str is converted to its type"""
    return double(give(cs.Param("n", type=int)))


@feature(value=[False, True], calls="join False True", inputs={"a": "off", "b": "Yes"})
def bool_params():
    """`Param`: words for bool"""
    return join(cs.Param("a", type=bool), cs.Param("b", type=bool))


@feature(value=["d"], calls="join d")
def default_params():
    """`Param`: the default"""
    return join(cs.Param("n", default="d"))


@feature(raises=cs.MissingParamError, says="n")
def missing_params():
    """`Param` without a value: `MissingParamError`"""
    return join(cs.Param("n"))


@feature(raises=ValueError, says="n", inputs={"n": "three"})
def bad_params():
    """`Param` whose conversion fails: `ValueError` that names it"""
    return join(cs.Param("n", type=int))


@feature(value=[[1, {"k": 5}]], calls="one; join [1, {'k': 5}]", inputs={"n": 5})
def params_in_containers():
    """`Param` within containers"""
    return join([one(), {"k": cs.Param("n")}])


@feature(value=12, calls="add 5 7", environ={"FEATURE_LIMIT": "7"})
def env():
    """`Env` reads the environment when it runs, and converts"""
    return add(5, cs.Env("FEATURE_LIMIT", type=int))


@feature(value=15, calls="add 5 10")
def default_env():
    """`Env`: the default"""
    return add(5, cs.Env("FEATURE_NOWHERE", default=10, type=int))


@feature(raises=cs.MissingParamError, says="FEATURE_NOWHERE", calls="")
def missing_env():
    """`Env` without a value: `MissingParamError`"""
    return add(5, cs.Env("FEATURE_NOWHERE"))
