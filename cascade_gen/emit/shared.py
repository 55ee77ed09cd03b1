"""Writes the functions of work that several have in common, each for the first of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count

from cascade_gen.blueprint import Argument, Block, Call, Instruction, Register, walk
from cascade_gen.blueprint.rewrite import as_block, rewrite_blocks

from . import nodes
from .function import Emitter
from .nodes import Expression, Statement
from .shapes import Key, Shape

Write = Callable[[Emitter, Block, Sequence[Register]], list[Statement]]
"""Gives the statements of a block that is a function of its own and the return of its results."""


def shared_work(emitter: Emitter, block: Block, results: Sequence[Register], write: Write) -> list[Expression] | None:
    """The function that does the work of a block and of others, and what it is given for this one; None if there
    are no others, or events are told, which go by names.

    It is written for the first of them, with the names that this one has.
    """
    shape = emitter.shapes.shared(block) if emitter.plain else None
    if shape is None:
        return None
    differing = emitter.shapes.differing(shape)
    key = _key(emitter, shape, results)
    if key in emitter.work_of:
        emitter.left.subtract(shape.reads)
    else:
        block, literals = _with_parameters(emitter, block, differing)
        calls = [one.task for one in walk(block) if isinstance(one, Call)]
        hint = emitter.tasks[calls[-1]].name if calls else "some"
        word = emitter.work_of[key] = emitter.names.local(f"{hint}_work")
        parameters = nodes.parameters([*shape.given, *literals])
        body = write(emitter, block, results)
        emitter.works.append(nodes.function(word, parameters, body, is_async=emitter.blueprint.is_async))
    given = [nodes.name(one) for one in shape.given]
    return [nodes.name(emitter.work_of[key]), *given, *(emitter.read(shape.literals[place]) for place in differing)]


def _key(emitter: Emitter, shape: Shape, results: Sequence[Register]) -> Key:
    """What is equal for blocks that one function does the work of, which gives these results.

    What drops values that aren't results goes by more than names.
    """
    given = {one.name for one in results}
    notes = (
        (one.type, emitter.is_read(one), one.name in emitter.pinned) for one in shape.written if one.name not in given
    )
    return (shape.key, *notes, *(shape.names.get(one.name) for one in results))


def _with_parameters(emitter: Emitter, block: Block, differing: Sequence[int]) -> tuple[Block, list[str]]:
    """The block with parameters in the places of the literals that differ, and their names."""
    if not differing:
        return block, []
    places = count()
    words: list[str] = []

    def instruction(one: Instruction) -> Instruction:
        if not isinstance(one, Call):
            return rewrite_blocks(one, rewritten)
        arguments: list[Argument] = []
        for argument in one.arguments:
            if emitter.shapes.may_differ(one, argument) and next(places) in differing:
                words.append(_word(emitter, one, len(arguments)))
                argument = replace(argument, value=Register(words[-1]))
            arguments.append(argument)
        return replace(one, arguments=tuple(arguments))

    def rewritten(inner: Block) -> Block:
        return as_block([instruction(one) for one in inner], inner)

    block = rewritten(block)
    for word in words:
        emitter.reads[word] = emitter.left[word] = 1
    emitter.pinned.update(words)
    return block, words


def _word(emitter: Emitter, call: Call, place: int) -> str:
    """What a parameter is called that stands in the place of an argument: nearly as the task's own, which its body
    may bind anew, and drop."""
    task, argument = emitter.blueprint.bound_tasks.get(call.task), call.arguments[place]
    names = [] if task is None else list(task.signature.parameters)
    return emitter.names.local(argument.keyword or (names[place] if place < len(names) else "value"))
