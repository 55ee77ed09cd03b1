"""Writes instructions one after the other: a value that is used once stands where it is used, and values die early.

    page = _fetch(url)                     return _store(_parse(_fetch(url)))
    text = _parse(page)
    return _store(text)

What is evaluated keeps its order: the values that stand in an expression are the last that were computed before
it, in the order in which it reads them.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from types import MappingProxyType

import libcst as cst

from cascade_gen.blueprint import (
    Block,
    Call,
    Choose,
    Copy,
    Defer,
    Instruction,
    Loop,
    Map,
    Operand,
    Register,
    Route,
    registers_of,
    walk,
)
from cascade_gen.blueprint.rewrite import reads, surely_written

from . import nodes
from .calls import call_expression, check, is_statement
from .function import EMITTERS, Emitter
from .given import bind, is_expression
from .moving import is_small
from .nodes import Expression, Statement
from .places import LONGEST
from .ways import dying_within

_WORKLESS = (Copy,)
_WIDEST = 72
"""Columns that are left in a line of a function with a `try` and a `return`, about."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A value that hasn't been written yet.

    `quiet`: computing it calls nothing. `uses` are the registers it reads.
    """

    register: Register
    value: Expression
    quiet: bool
    uses: frozenset[str]


class Straight:
    """The statements of a block being written."""

    def __init__(self, emitter: Emitter, born: Mapping[str, bool]) -> None:
        self.statements: list[Statement] = []
        self._emitter = emitter
        self._pending: dict[str, Pending] = {}
        self._awaited: Counter[str] = Counter()  # how many pending values read each register
        self._born = dict(born)
        self._busy: frozenset[str] = frozenset()

    def add(self, instruction: Instruction, more: bool) -> None:
        """Write an instruction; `more` says whether anything but the end of the function follows."""
        self.begin(instruction)
        if isinstance(instruction, Call) and self._emitter.plain:
            self._call(instruction, more)
            return
        if isinstance(instruction, Loop):
            self.take_first(instruction)
        else:
            self.flush(more)
        stays = isinstance(instruction, Defer)  # what that reads is read again who knows when
        uses = frozenset() if stays else frozenset(one.name for one in _all_reads(instruction))
        if isinstance(instruction, Choose | Route):
            self._emitter.dying_within = self._dying_within(instruction)
        self._emitter.busy.append(self._busy)
        self.statements.extend(EMITTERS[type(instruction)](self._emitter, instruction))
        self._emitter.busy.pop()
        if more and isinstance(instruction, Map) and isinstance(self.statements[-1], cst.For):
            self._drop_items(instruction)
            if not self._emitter.is_read(instruction.target):  # it has a variable only to be filled
                self._born[instruction.target.name] = False
                uses |= {instruction.target.name}
        written = [one for one in surely_written((instruction,)) if self._emitter.is_read(one)]
        later = [one for one in written if not self._emitter.is_over(one.name)]
        self._born.update((one.name, is_small(one)) for one in later)
        self._busy = frozenset()
        self._drop(uses, more)

    def begin(self, instruction: Instruction) -> None:
        """Count the reads of an instruction that is written next; till then what it reads stays."""
        self._busy = frozenset(one.name for one in reads(instruction))
        self._emitter.leave(instruction)

    def flush(self, more: bool = True, keep: int = 0) -> None:
        """Write what is pending but for the last `keep` values."""
        for name in list(islice(self._pending, len(self._pending) - keep)):
            one = self._pending.pop(name)
            self._awaited.subtract(one.uses)
            self._write(one.register, one.value, one.uses, more or bool(self._pending))

    def take(self, operand: Operand) -> None:
        """Have the pending values that an operand reads stand in it; write the others."""
        wanted = [(register.name, True) for register in registers_of(operand)]
        self.flush(False, self._matching(wanted))
        self._use(len(self._pending))

    def take_first(self, loop: Loop) -> None:
        """Have the pending values that a loop begins with stand in its beginning, where they are read once."""
        operands = [item.initial if item.first is None else item.first for item in loop.states[0].inputs]
        begins = [register.name for operand in operands for register in registers_of(operand)]
        wanted = [] if loop.comes_back else [(name, True) for name in begins]
        self.flush(True, self._matching(wanted))
        uses = self._use(len(self._pending)) | {name for name, _ in wanted}
        if loop.comes_back:
            uses |= _only_first(loop)
        self._busy = frozenset()
        over = self._over(uses)
        self._emitter.over_first = frozenset((*over, *filter(self._is_free, begins)))
        self._emitter.dead_first = self._gone(over)

    def take_call(self, call: Call) -> frozenset[str]:
        """Have the pending values that a call reads stand in it, and write the others; gives the registers used."""
        self.flush(True, self._matching(list(_read_in_order(self._emitter, call))))
        return self._use(len(self._pending))

    # calls

    def _call(self, call: Call, more: bool) -> None:
        emitter = self._emitter
        if is_statement(emitter, call):
            self.flush()
            self.statements.extend(EMITTERS[Call](emitter, call))
            uses, self._busy = self._busy, frozenset()
            if call.checked or emitter.is_read(call.target):
                self._born[call.target.name] = is_small(call.target)
                if not emitter.is_read(call.target):  # it has a variable only to be checked
                    uses |= {call.target.name}
            self._drop(uses, more)
            return
        taken = self._matching(list(_read_in_order(emitter, call)))
        if self._is_wide(call, taken):
            self.flush()
            taken = 0
        uses = self._use(taken).union(one for one in self._busy if one in self._born or one in self._pending)
        if not (taken or call.checked or emitter.is_read(call.target)) and _is_idle(emitter, call):
            self.flush()
            self._busy = frozenset()
            self._drop(uses, more)
            return
        value = call_expression(emitter, call)
        text = nodes.text_of(value)
        if emitter.reads[call.target.name] == 1 and not call.checked and len(text) <= LONGEST:
            self._pending[call.target.name] = Pending(call.target, value, _is_quiet(emitter, call), uses)
            self._awaited.update(uses)
            self._busy = frozenset()
            return
        self._busy |= uses  # what stands in the call is still read
        self.flush()
        self._busy = frozenset()
        self._write(call.target, value, uses, more, call.checked)
        if call.checked:
            self.statements.extend(check(emitter, call))
            self._drop(uses | {call.target.name}, more)

    def _is_wide(self, call: Call, taken: int) -> bool:
        """Whether a user's expression, which nothing breaks, is too long for a line with what stands in it."""
        one = self._emitter.moves.at(call)
        if not taken or one is None or one.body.value is None:
            return False
        values = list(self._pending.values())[-taken:]
        width = sum(len(nodes.text_of(value.value)) for value in values)
        return len(one.body.text.of(one.body.value)) + width > _WIDEST

    def _write(
        self, target: Register, value: Expression, uses: frozenset[str], more: bool, checked: bool = False
    ) -> None:
        if checked or self._emitter.is_read(target):
            self.statements.append(nodes.assign(target.name, value))
            self._born[target.name] = is_small(target)
        else:
            self.statements.append(nodes.expression(value))
        if not checked:
            self._drop(uses, more)

    def _drop(self, uses: frozenset[str], more: bool) -> None:
        """Drop the values that nobody reads any more."""
        dead = self._dead(uses) if more else []
        if dead and not (self.statements and self._emitter.places.drop(self.statements[-1], dead)):
            self.statements.append(nodes.drop(dead))

    @property
    def large(self) -> list[str]:
        """The registers that have their values here, and that have to be dropped."""
        return [name for name, small in self._born.items() if not small]

    def _dying_within(self, choice: Choose | Route) -> list[str]:
        """The registers that die within the ways of a choice, each of which drops them from now on."""
        living = frozenset().union(self._emitter.pinned, *self._emitter.busy)
        dying = dying_within(self._emitter, choice, [name for name in self.large if name not in living])
        for name in dying:
            del self._born[name]
        return dying

    def _drop_items(self, one: Map) -> None:
        """Drop each item of a map that is written as a `for`, and what it gave; items that are written down stay."""
        loop = self.statements[-1]
        found = [item.item for item in one.inputs if next(registers_of(item.iterable), None)]
        found += [register for register in surely_written(one.block) if register == one.result]
        dead = [register.name for register in found if not is_small(register)]
        assert isinstance(loop, cst.For)
        if dead:
            body = nodes.block([*loop.body.body, nodes.drop(dead)])
            self.statements[-1] = loop.with_changes(body=body)

    def _dead(self, uses: frozenset[str]) -> list[str]:
        """Those of the registers that have to be dropped, since nobody reads them any more."""
        return self._gone(self._over(uses))

    def _gone(self, over: list[str]) -> list[str]:
        """Those of the values that aren't small; from now on all of them are gone."""
        return [name for name in over if not self._born.pop(name)]

    def _over(self, uses: frozenset[str]) -> list[str]:
        """Those of the registers that nobody reads any more."""
        over = sorted(name for name in uses if name in self._born and self._emitter.is_over(name))
        return [name for name in over if not self._is_living(name)]

    def _is_free(self, name: str) -> bool:
        """Whether nobody asks for the value of a register any more, and nothing drops it."""
        emitter = self._emitter
        if not self._born.get(name, True):  # it dies behind what is written next
            return False
        waits = self._awaited[name] or name in self._busy or any(name in busy for busy in emitter.busy)
        return emitter.is_over(name) and not waits and name not in (*emitter.deferred, *emitter.nested)

    def _is_living(self, name: str) -> bool:
        """Whether a register has to keep its value although nobody reads it in what isn't written yet."""
        emitter = self._emitter
        if self._awaited[name] or name in self._busy or name in emitter.pinned:
            return True
        return any(name in busy for busy in emitter.busy)

    # matching

    def _matching(self, wanted: list[tuple[str, bool]]) -> int:
        """How many of the last pending values stand among the wanted, in their order.

        A name is wanted with whether nothing but what is quiet may stand there.
        """
        last = reversed(self._pending)
        expected, count = next(last, None), 0
        for name, anything in reversed(wanted):
            if name == expected:
                if not anything and not self._pending[name].quiet:
                    break
                expected, count = next(last, None), count + 1
            elif name in self._pending:
                break
        return count

    def _use(self, count: int) -> frozenset[str]:
        """Have the last `count` pending values stand where they are read."""
        taken = dict(self._pending.popitem() for _ in range(count))
        for one in taken.values():
            self._awaited.subtract(one.uses)
        self._emitter.nested.update({name: one.value for name, one in taken.items()})
        used = (name for one in taken.values() for name in one.uses)
        return frozenset(name for name in used if name in self._born or name in self._pending)


def write_block(
    emitter: Emitter, block: Block, more: bool = True, born: Mapping[str, bool] = MappingProxyType({})
) -> Straight:
    """The statements of a block, with what is pending at its end.

    `born` are the registers written before that die in it, with whether they are small.
    """
    straight = Straight(emitter, born)
    block = tuple(_without_copies(emitter, block)) if emitter.plain else block
    last = max((place for place, one in enumerate(block) if not isinstance(one, _WORKLESS)), default=-1)
    for index, instruction in enumerate(block):
        rest = more or index < last
        straight.add(instruction, rest)
    return straight


def _without_copies(emitter: Emitter, block: Block) -> Iterator[Instruction]:
    """The instructions, with what is called only to be copied right behind called for the target of the copy."""
    pending: Instruction | None = None
    for instruction in block:
        if (
            isinstance(instruction, Copy)
            and isinstance(pending, Call)
            and _is_passed_on(emitter, pending, instruction)
        ):
            emitter.leave(instruction)
            pending = replace(pending, target=instruction.target)
            continue
        if pending is not None:
            yield pending
        pending = instruction
    if pending is not None:
        yield pending


def _is_passed_on(emitter: Emitter, call: Call, copy: Copy) -> bool:
    return copy.source == call.target and emitter.reads[call.target.name] == 1 and emitter.is_read(copy.target)


def _only_first(loop: Loop) -> frozenset[str]:
    """What the first round of a loop is given, and no later one is."""
    bound = {register for state in loop.states for item in state.inputs for register in registers_of(item.initial)}
    first = {register for item in loop.states[0].inputs for register in registers_of(item.first)}
    return frozenset(register.name for register in first - bound)


def _all_reads(instruction: Instruction) -> Iterator[Register]:
    """The registers that an instruction and its blocks read."""
    for one in walk((instruction,)):
        yield from reads(one)


def _read_in_order(emitter: Emitter, call: Call) -> Iterator[tuple[str, bool]]:
    """The registers that a call reads, in the order of evaluation, if another expression could stand there."""
    one = emitter.moves.at(call)
    if one is None or not is_expression(emitter, one, call):
        for argument in call.arguments:
            yield from ((register.name, True) for register in registers_of(argument.value))
        return
    bound = bind(emitter, one, call)
    if bound is None:
        return
    for name, anything in one.leading:
        operand = bound.get(name)
        if isinstance(operand, Register):
            yield operand.name, anything


def _is_quiet(emitter: Emitter, call: Call) -> bool:
    """Whether a call has become an expression that calls nothing."""
    one = emitter.moves.at(call)
    return one is not None and one.body.quiet and not emitter.nested


def _is_idle(emitter: Emitter, call: Call) -> bool:
    """Whether a call has become nothing but a literal, or what it was given."""
    one = emitter.moves.at(call)
    if one is None:
        return False
    value = one.body.value
    return isinstance(value, ast.Constant) or (isinstance(value, ast.Name) and value.id in one.parameters)
