"""Writes what rounds ask the runtime: to go on by itself, and to compute what is lazy before the next round."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from cascade_gen.blueprint import Carried
from cascade_gen.bodies.writer import Line

from . import nodes
from .course import Course
from .gotos import Goto


def is_redirect(course: Course, result: str) -> str:
    """The test whether what a round gives is a redirect."""
    emitter = course.emitter
    return f"{emitter.names.builtin('isinstance')}({result}, {emitter.runtime('redirects', 'Redirect')})"


def finish(course: Course, index: int, result: str) -> str:
    """The call that leaves the rest of the rounds to the runtime, behind the round of a state that gave `result`."""
    emitter = course.emitter
    given = [result, _tuple(course.inputs(index)), *_run(course)]
    if len(course.loop.states) > 1:
        given.append(f"index={index}")
    if course.loop.comes_back:
        given.append(f"initials={nodes.text_of(course.jumps.binder.initial_tuples())}")
    if not emitter.blueprint.is_async:
        return f"{course.table}.finish({', '.join(given)})"
    if emitter.options.yield_every != 0.005:
        given.append(f"every={emitter.options.yield_every!r}")
    return f"await {course.table}.finish_async({', '.join(given)})"


def settle_lines(course: Course, goto: Goto, doubts: Sequence[Sequence[str]], origin: int) -> list[Line]:
    """What is lazy in the new inputs is computed before the round, and data of any kind is told apart.

    `doubts` are the variables to be tested for each unsure input, where that isn't tested itself. The runtime is
    given them too, so that it remembers their types.
    """
    if goto.data is not None:
        return _override_lines(course, goto, goto.data, origin)
    items = goto.open if course.makes else goto.unsure
    if not items:
        return []
    asked = _asked(course, goto, doubts)
    given = dict.fromkeys(course.name(item) for item in items)
    given.update(dict.fromkeys(word for words in doubts for word in words))
    return _settle(course, asked, list(given), origin)


def unsettled_lines(course: Course, goto: Goto, doubts: Sequence[Sequence[str]], origin: int) -> list[Line]:
    """Whether something lazy is in the new inputs is found out; it is computed when the next round begins."""
    if not (goto.open if course.makes else goto.unsure):
        return []
    return [Line(f"{course.unsettled} = {_tests(course, _asked(course, goto, doubts))}", 0, origin)]


def late_lines(course: Course, index: int) -> list[Line]:
    """What a round begins with that may have been gone on with from within a `try`: what is lazy is computed."""
    if index not in course.late:
        return []
    values = _tuple([course.name(item) for item in course.late[index]])
    return [
        Line(f"if {course.unsettled}:", 0, 0),
        Line(f"{values}, {course.made} = {_call(course, 'settle', [values, course.made])}", 1, 0),
        Line(f"{course.unsettled} = False", 1, 0),
    ]


def _asked(course: Course, goto: Goto, doubts: Sequence[Sequence[str]]) -> list[str]:
    """The variables to be tested."""
    asked = [words or [course.name(item)] for item, words in zip(goto.unsure, doubts, strict=True)]
    return list(dict.fromkeys(chain(*asked)))


def settle_end_lines(course: Course, asked: Sequence[str], result: str, origin: int) -> list[Line]:
    """What is lazy in the data of a jump that ends the loop is computed, if it may be in what is `asked`."""
    return _settle(course, asked, [result], origin)


def _settle(course: Course, asked: Sequence[str], given: Sequence[str], origin: int) -> list[Line]:
    """What is lazy in the given variables is computed if something lazy may be in those that are asked."""
    values = _tuple(given)
    call = _call(course, "settle", [values, course.made])
    test = _tests(course, asked)
    return [Line(f"if {test}:", 0, origin), Line(f"{values}, {course.made} = {call}", 1, origin)]


def _tests(course: Course, asked: Sequence[str]) -> str:
    """Whether something lazy may be in what is asked, or in anything since some has been made."""
    emitter = course.emitter
    kinds = [f"{emitter.names.builtin('type')}({word})" for word in asked]
    tests = [f"{kind} not in {course.inert or f'{course.table}.inert'}" for kind in kinds]
    if course.makes:
        tests.append(f"{emitter.runtime('redirects', 'MADE')}[0] != {course.made}")
    return " or ".join(tests)


def _override_lines(course: Course, goto: Goto, data: Carried, origin: int) -> list[Line]:
    """The first input has the data of a jump, unless that overrides inputs by name, or is none."""
    emitter = course.emitter
    whole = emitter.runtime("rounds", "PLAIN_DATA")
    initials = _tuple([nodes.text_of(one) for one in goto.initials])
    call = _call(course, "jump", [str(goto.state), course.name(data), initials, course.made])
    test = f"if {emitter.names.builtin('type')}({course.name(data)}) not in {whole}:"
    inputs = [course.name(item) for item in course.loop.states[goto.state].inputs]
    return [Line(test, 0, origin), Line(f"{_tuple(inputs)}, {course.made} = {call}", 1, origin)]


def _call(course: Course, word: str, given: Sequence[str]) -> str:
    """A call of the runtime's loop."""
    arguments = ", ".join([*given, *_run(course)])
    if course.emitter.blueprint.is_async:
        return f"await {course.table}.{word}_async({arguments})"
    return f"{course.table}.{word}({arguments})"


def _tuple(words: Sequence[str]) -> str:
    return f"({', '.join(words)}{',' * (len(words) == 1)})"


def _run(course: Course) -> list[str]:
    run = course.emitter.run()
    return [] if run is None else [nodes.text_of(run)]
