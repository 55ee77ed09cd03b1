"""Makes a failing program smaller: leaves statements out, or puts their blocks in their place."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace

from .bodies import Program

_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
_MOST_TRIES = 500


def failing(check: Callable[[Program], None], program: Program) -> BaseException | None:
    """What a check raises for a program."""
    try:
        check(program)
    except Exception as error:
        return error
    return None


def reduced(check: Callable[[Program], None], program: Program) -> Program:
    """A smaller program for which `check` raises what it raises for this one, by type."""
    kind = type(failing(check, program))
    tries, smaller = 0, True
    while smaller:
        smaller, number = False, 0
        while number < len(list(_places(ast.parse(program.text)))):
            for text in _candidates(program.text, number):
                tries += 1
                candidate = replace(program, text=text)
                if tries <= _MOST_TRIES and type(failing(check, candidate)) is kind:
                    program, smaller = candidate, True
                    break
            else:
                number += 1
    return program


def _candidates(text: str, number: int) -> Iterator[str]:
    """The text without its statement of that number, and with the statement's block in its place."""
    for hoist in (False, True):
        tree = ast.parse(text)
        block, index = list(_places(tree))[number]
        if hoist and not isinstance(block[index], ast.If | ast.For | ast.While | ast.Try | ast.With):
            continue
        inner = [one for name in _BLOCKS[:3] for one in getattr(block[index], name, [])] if hoist else []
        block[index : index + 1] = inner or ([] if len(block) > 1 else [ast.Pass()])
        changed = ast.unparse(tree) + "\n"
        if len(changed) < len(text):
            yield changed


def _places(tree: ast.AST) -> Iterator[tuple[list[ast.AST], int]]:
    for node in ast.walk(tree):
        for name in _BLOCKS:
            block = getattr(node, name, None)
            if isinstance(block, list):
                yield from ((block, index) for index in range(len(block)))
