"""Short words for libcst nodes: what the generator writes, in the form that black leaves as it is."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from keyword import iskeyword
from typing import Any, Literal

import libcst as cst

from .written import Assign, Call, Line, Raw, Return, Text

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement
Expression = cst.BaseExpression

_NOTHING, _SPACE, _END = cst.SimpleWhitespace(""), cst.SimpleWhitespace(" "), cst.TrailingWhitespace()
"""Made once: libcst makes them for every node anew."""

_COMMA = cst.Comma(whitespace_after=_SPACE)
_TIGHT_EQUAL = cst.AssignEqual(whitespace_before=_NOTHING, whitespace_after=_NOTHING)


def name(word: str) -> Expression:
    """A name, or names joined by dots."""
    return raw(word)


def raw(text: str) -> Expression:
    """An expression that is written as this text."""
    return Raw(text)


_BARE = cst.Module([])


def text_of(value: Expression) -> str:
    """The text of an expression."""
    if isinstance(value, cst.Name):
        return value.value
    return _BARE.code_for_node(value)


def call(function: Expression | str, *arguments: cst.Arg | Expression) -> cst.Call:
    """`function(arguments)`."""
    func = name(function) if isinstance(function, str) else function
    given = [one if isinstance(one, cst.Arg) else argument(one) for one in arguments]
    return Call(func, given, whitespace_after_func=_NOTHING, whitespace_before_args=_NOTHING)


def argument(value: Expression, word: cst.Name | None = None, star: Literal["", "*", "**"] = "") -> cst.Arg:
    """`value`, `word=value` or `*value`, an argument of a call."""
    equal = cst.MaybeSentinel.DEFAULT if word is None else _TIGHT_EQUAL
    return cst.Arg(value, word, equal, star=star, whitespace_after_star=_NOTHING, whitespace_after_arg=_NOTHING)


def keyword(word: str, value: Expression) -> cst.Arg:
    """`word=value`, an argument of a call; `**{"two words": value}` where the word can't stand there."""
    if not word.isidentifier() or iskeyword(word):
        return star(dict_([literal(word)], [value]), 2)
    return argument(value, Raw(word))


def named(word: str, text: str) -> str:
    """The text of `keyword`, for a value that is text."""
    return f"{word}={text}" if word.isidentifier() and not iskeyword(word) else f"**{{{quoted(word)}: {text}}}"


def star(value: Expression, stars: int = 1) -> cst.Arg:
    """`*value` or `**value`, an argument of a call."""
    return argument(value, star="*" if stars == 1 else "**")


def await_(value: Expression) -> cst.Await:
    """`await value`."""
    return cst.Await(value)


def line(small: cst.BaseSmallStatement) -> Statement:
    """A line of one statement."""
    return Line([small], (), _END)


def import_from(module: str, word: str, alias: str) -> Statement:
    """`from module import word as alias`, or without the alias where that is the word."""
    named = cst.AsName(Raw(alias)) if alias != word else None
    return line(cst.ImportFrom(Raw(module), [cst.ImportAlias(Raw(word), named)]))


def assign(target: Expression | str, value: Expression) -> Statement:
    """`target = value`."""
    left = name(target) if isinstance(target, str) else target
    assert isinstance(left, cst.BaseAssignTargetExpression)
    return line(Assign([cst.AssignTarget(left, _SPACE, _SPACE)], value))


def annotated(target: str, annotation: str, value: Expression) -> Statement:
    """`target: annotation = value`, or without the annotation where that is empty."""
    if not annotation:
        return assign(target, value)
    return line(cst.AnnAssign(Raw(target), cst.Annotation(name(annotation)), value))


def drop(words: Sequence[str]) -> Statement:
    """`del a, b`."""
    return line(cst.Del(Raw(", ".join(words)), _SPACE))


def forget(words: Sequence[str]) -> list[Statement]:
    """`a = b = None`, which drops values that may be there; nothing where there are no words."""
    return [expression(raw(" = ".join([*words, "None"])))] if words else []


def expression(value: Expression) -> Statement:
    """A value on a line of its own."""
    return line(Text(value) if isinstance(value, Raw) else cst.Expr(value))


def return_(value: Expression) -> Statement:
    """`return value`."""
    return line(Return(value, _SPACE))


def returning(statements: Sequence[Statement], value: Expression) -> list[Statement]:
    """The statements and the return of a value, which the last of them may give itself instead of assigning it."""
    small = statements[-1].body[0] if statements and isinstance(statements[-1], Line) else None
    if isinstance(small, cst.Assign) and isinstance(value, cst.Name):
        (target,) = small.targets
        if isinstance(target.target, cst.Name) and target.target.value == value.value:
            return [*statements[:-1], return_(small.value)]
    return [*statements, return_(value)]


def raise_(value: Expression) -> Statement:
    """`raise value`."""
    return line(cst.Raise(value))


def block(statements: Iterable[Statement], of_function: bool = False) -> cst.IndentedBlock:
    """An indented block; `pass` if it would be empty. A function at its beginning stands apart, but `of_function`."""
    body = spaced(statements, 1) or [line(cst.Pass())]
    if isinstance(body[0], cst.FunctionDef) and not of_function:
        body[0] = body[0].with_changes(leading_lines=_GAP)
    return cst.IndentedBlock(body, _END)


_GAP = [cst.EmptyLine(indent=False)]


def spaced(statements: Iterable[Statement], blank: int) -> list[Statement]:
    """The statements with `blank` empty lines around functions, and none at their beginning."""
    found: list[Statement] = []
    gap = _GAP * blank
    for one in statements:
        around = found and (_is_apart(one, blank) or _is_apart(found[-1], blank))
        same = not around and not one.leading_lines
        found.append(one if same else one.with_changes(leading_lines=gap if around else []))
    return found


def _is_apart(statement: Statement, blank: int) -> bool:
    """Whether empty lines stand around a statement: functions, and at module level the `if __name__` too."""
    return isinstance(statement, cst.FunctionDef) or (blank > 1 and isinstance(statement, cst.If))


def if_(tests: Sequence[tuple[Expression, list[Statement]]], otherwise: list[Statement]) -> cst.If:
    """`if` ... `elif` ... `else`; no `else` where there is nothing to do."""
    node: cst.If | cst.Else | None = cst.Else(block(otherwise)) if otherwise else None
    for test, body in reversed(tests):
        node = cst.If(test, block(body), node)
    assert isinstance(node, cst.If)
    return node


def items(values: Iterable[Expression]) -> list[cst.Element]:
    """The elements of a display."""
    found = [cst.Element(value) for value in values]
    return [one.with_changes(comma=_COMMA) for one in found[:-1]] + found[-1:]


def tuple_(values: Sequence[Expression], parentheses: bool = True) -> cst.Tuple:
    """`(a, b)`; a single one as `(a,)`."""
    elements: list[cst.BaseElement] = list(items(values))
    if len(elements) == 1:
        comma = cst.Comma()
        elements = [elements[0].with_changes(comma=comma)]
    if parentheses or not elements:
        return cst.Tuple(elements)
    return cst.Tuple(elements, lpar=[], rpar=[])


def list_(values: Iterable[Expression]) -> cst.List:
    """`[a, b]`."""
    return cst.List(items(values))


def dict_(keys: Iterable[Expression], values: Iterable[Expression]) -> cst.Dict:
    """`{a: b}`."""
    found = [cst.DictElement(key, value) for key, value in zip(keys, values, strict=True)]
    return cst.Dict([one.with_changes(comma=_COMMA) for one in found[:-1]] + found[-1:])


def negated(test: Expression) -> Expression:
    """`not test`."""
    return cst.UnaryOperation(cst.Not(), test)


def compare(left: Expression, operator: cst.BaseCompOp, right: Expression) -> cst.Comparison:
    """`left operator right`."""
    return cst.Comparison(left, [cst.ComparisonTarget(operator, right)])


RESERVED = re.compile("[\U00012000-\U0001203f]")
"""Cuneiform signs, with which places for the users' text are held open; literals have them as escapes."""


def literal(value: Any) -> Expression:
    """A constant: None, bool, a number, a str, bytes, `...` or `()`."""
    if value is ...:
        return cst.Ellipsis()
    if value is None or isinstance(value, bool):
        return cst.Name(repr(value))
    if isinstance(value, str | bytes):
        return cst.SimpleString(quoted(value))
    if isinstance(value, int):
        node: Expression = cst.Integer(repr(abs(value)))
        return node if value >= 0 else cst.UnaryOperation(cst.Minus(), node)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, complex):
        return call("complex", _float(value.real), _float(value.imag))
    assert value == ()
    return tuple_([])


def literal_text(value: Any) -> str:
    """The text of a constant."""
    if type(value) is int:
        return repr(value)
    return quoted(value) if type(value) is str else text_of(literal(value))


def _float(value: float) -> Expression:
    if not math.isfinite(value):
        return call("float", cst.SimpleString(f'"{value!r}"'))
    node: Expression = cst.Float(repr(abs(value)).replace("e+", "e"))
    return cst.UnaryOperation(cst.Minus(), node) if math.copysign(1, value) < 0 else node


def quoted(value: str | bytes) -> str:
    """The literal of a string as black writes it: in double quotes unless that needs more escapes."""
    text = repr(value)
    if not text.isascii():
        text = RESERVED.sub(lambda sign: f"\\U{ord(sign[0]):08x}", text)
    prefix = "b" if text.startswith("b") else ""
    quote, inner = text[len(prefix)], text[len(prefix) + 1 : -1]
    if quote == '"':
        return text
    if '"' not in inner and "\\" not in inner:
        return f'{prefix}"{inner}"'
    plain = inner.replace("\\'", "'")
    doubled = plain.replace('"', '\\"')
    if doubled.count("\\") > inner.count("\\"):
        return text
    return f'{prefix}"{doubled}"'


def function(
    word: str,
    parameters: cst.Parameters,
    body: Iterable[Statement],
    *,
    is_async: bool = False,
    returns: str = "",
    decorators: Sequence[Expression] = (),
) -> cst.FunctionDef:
    """`def word(parameters) -> returns:` with decorators."""
    return cst.FunctionDef(
        Raw(word),
        parameters,
        block(body, of_function=True),
        decorators=[cst.Decorator(one) for one in decorators],
        returns=cst.Annotation(Raw(returns)) if returns else None,
        asynchronous=cst.Asynchronous() if is_async else None,
        whitespace_after_def=_SPACE,
        whitespace_after_name=_NOTHING,
        whitespace_before_params=_NOTHING,
        whitespace_before_colon=_NOTHING,
    )


def parameter(word: str, annotation: str = "", default: Expression | None = None, stars: str = "") -> cst.Param:
    """A parameter of a function."""
    equal: cst.AssignEqual | cst.MaybeSentinel = cst.MaybeSentinel.DEFAULT
    if default is not None:
        equal = cst.AssignEqual() if annotation else _TIGHT_EQUAL
    return cst.Param(
        Raw(word),
        cst.Annotation(Raw(annotation)) if annotation else None,
        equal,
        default,
        star=stars,
    )


def parameters(words: Iterable[str]) -> cst.Parameters:
    """Plain parameters by name."""
    return cst.Parameters([cst.Param(Raw(word)) for word in words])
