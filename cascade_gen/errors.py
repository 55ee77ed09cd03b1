"""Every error of compile time with its code, and what `cascade explain` says of it."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from cascade_gen.runtime.errors import (
    CascadeError,
    CompileError,
    DependencyMissingError,
    JumpError,
    Location,
    MisplacedTailCallError,
    MissingParamError,
    ResourceError,
    RouteNotFoundError,
    UnknownBlueprintError,
    shown_path,
)

__all__ = [
    "CODES",
    "BlueprintError",
    "BlueprintNameError",
    "CapacityError",
    "CascadeError",
    "CodeInfo",
    "CompileError",
    "CompileWarning",
    "CycleError",
    "DependencyMissingError",
    "InputClashError",
    "JumpError",
    "Location",
    "MisplacedTailCallError",
    "MissingParamError",
    "NestingError",
    "NotAWorkflowError",
    "NotShippableError",
    "ResourceError",
    "ResourceNotFoundError",
    "ResourceScopeError",
    "RouteNotFoundError",
    "SignatureError",
    "StaleFormatError",
    "UnknownBlueprintError",
    "caller",
]


def caller() -> Location | None:
    """The line outside of Cascade that has called into it."""
    frame = sys._getframe(1)
    while frame.f_globals.get("__name__", "").partition(".")[0] in ("cascade", "cascade_gen"):
        if frame.f_back is None:
            return None
        frame = frame.f_back
    path = frame.f_code.co_filename
    return Location(shown_path(path, frame.f_globals.get("__name__", "")), frame.f_lineno, path=path)


class CompileWarning(UserWarning):
    """Something that will be an error if it is ever reached."""


class CycleError(CompileError):
    """Nodes of a workflow wait for one another."""

    code = "CS101"


class NotAWorkflowError(CompileError, TypeError):
    """What was given to be compiled or run is no workflow."""

    code = "CS102"


class SignatureError(CompileError, TypeError):
    """A signature that cannot become the inputs of a workflow."""

    code = "CS103"


class InputClashError(CompileError):
    """Two inputs of one name that are not the same input."""

    code = "CS104"


class BlueprintNameError(CompileError):
    """Two workflows of one name in one compilation."""

    code = "CS105"


class ResourceNotFoundError(CompileError, LookupError):
    """`inject` names a resource that nobody registered."""

    code = "CS107"


class ResourceScopeError(CompileError):
    """A resource of scope "run" injects one of scope "task", which ends earlier."""

    code = "CS108"


class CapacityError(CompileError, ValueError):
    """A constraint asks for more than the system has."""

    code = "CS109"


class NestingError(CompileError):
    """Routes within routes, deeper than the compiler goes."""

    code = "CS110"


class NotShippableError(CompileError):
    """Tasks or values that another process could not import by name."""

    code = "CS201"


class StaleFormatError(CompileError):
    """A saved module of a format that this version doesn't know."""

    code = "CS202"


class BlueprintError(CompileError):
    """A Blueprint that breaks a rule of the IR; the message shows it with the mark at the bad instruction."""

    code = "CS901"


@dataclass(frozen=True, slots=True)
class CodeInfo:
    """What `cascade explain` prints: a title, an explanation and an example of the mend."""

    code: str
    title: str
    explanation: str
    example: str


CODES: dict[str, CodeInfo] = {
    info.code: info
    for info in (
        CodeInfo(
            "CS101",
            "nodes that wait for one another",
            "A node runs after its inputs, its condition and its predecessors. Here that order goes in a circle,"
            " so that none of them could ever start. Only the routes of a `select_jump` may point back.",
            "a = first()\nb = second(a)\na.after(b)        # wrong: b needs a, and a waits for b\n"
            "b.after(a)        # right, and not even needed: b has a as an input",
        ),
        CodeInfo(
            "CS102",
            "not a workflow",
            "What is compiled or run is a task, a call of a task, a `@cs.workflow` function, a mapped result, a"
            " Router, or a list, tuple or dict of those.",
            "cs.aot(fetch.func)   # wrong: a plain function\ncs.aot(fetch)        # right: the task",
        ),
        CodeInfo(
            "CS103",
            "a signature that can't become inputs",
            "The arguments of a `@cs.workflow` function become the inputs of the compiled function. They are"
            " traced one by one, so each needs a name: `*args` and `**kwargs` have none.",
            "@cs.workflow\ndef report(*urls): ...            # wrong\n\n"
            "@cs.workflow\ndef report(urls: list[str]): ...  # right",
        ),
        CodeInfo(
            "CS104",
            "two inputs of one name",
            "Every input of the compiled function is given by its name. A `Param` named like an argument of the"
            " root, or two `Param`s of one name that differ, could not be told apart.",
            'poll(cs.Param("url"), cs.Param("poll_limit", type=int))   # names of their own',
        ),
        CodeInfo(
            "CS105",
            "two workflows of one name",
            "Tail calls find their target by its name, so the names of the workflows compiled together must"
            " differ.",
            '@cs.task(name="ping_fast")\ndef ping(n): ...',
        ),
        CodeInfo(
            "CS106",
            "a tail call to an unknown workflow",
            "`target_blueprint_id` names a workflow given to the same compilation, or a task of the same module"
            " by its task name.",
            "cs.aot(ping, blueprints=[pong])     # now ping may tail-call 'pong'",
        ),
        CodeInfo(
            "CS107",
            "a resource nobody registered",
            "`cs.inject(name)` asks for a resource that is neither given by `resources=` nor registered with the"
            " engine.",
            "cs.aot(report, resources=[database])     # where database is a @cs.resource",
        ),
        CodeInfo(
            "CS108",
            "a resource that outlives what it needs",
            'A resource of scope "run" lives to the end of the run; one of scope "task" ends with its round. The'
            " longer one can't hold on to the shorter one.",
            '@cs.resource(scope="task")      # or scope="run" for the inner one\n'
            'def cursor(db=cs.inject("db")): ...',
        ),
        CodeInfo(
            "CS109",
            "more than the system has",
            "A task's constraints ask for more of a resource than `system_resources` says there is, so that it"
            " could never start.",
            'cs.aot(train().with_constraints(gpu=1), system_resources={"gpu": 1})',
        ),
        CodeInfo(
            "CS110",
            "nested too deeply",
            "Routers whose routes hold Routers, and so on, many levels deep. Put the inner ones into a task or a"
            " list of steps.",
            "cs.Router(kind, routes)     # one flat Router over all kinds",
        ),
        CodeInfo(
            "CS201",
            "not shippable",
            "A saved module imports its tasks by module and name. Functions of `__main__`, closures, lambdas and"
            " values that exist only in this process can't be found that way.",
            "# move the task to the top level of a module of its own:\nfrom agents.crawl import poll\n"
            'cs.aot(poll).save("poll.py")',
        ),
        CodeInfo(
            "CS202",
            "a module of a newer format",
            "The module was generated by a newer version of the compiler than the runtime that loads it.",
            "pip install --upgrade cascade-gen",
        ),
        CodeInfo(
            "CS901",
            "a Blueprint that breaks a rule",
            "A register is read before it is written, or an instruction is out of place. With a Blueprint built"
            " by the compiler this is a bug of the compiler; with one you wrote by hand, mend the marked line.",
            "n = call poll(url)      # url must be an input or written above",
        ),
    )
}
