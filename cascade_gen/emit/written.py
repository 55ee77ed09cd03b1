"""libcst nodes that write themselves at once, for what most of a module consists of.

Those of libcst tell at every step where they are, for whoever records positions, and ask each of their brackets,
spaces and commas for its text. Nobody records positions here, and there is one form: the text is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

if TYPE_CHECKING:
    from libcst._nodes.internal import CodegenState


class Raw(cst.Name):
    """An expression in text form, without parentheses of its own, which libcst takes its time to look for."""

    def _validate(self) -> None:
        """Any text will do."""

    def _codegen(self, state: CodegenState, **kwargs: Any) -> None:
        state.add_token(self.value)


class Line(cst.SimpleStatementLine):
    """A line of one statement and nothing behind it."""

    def _codegen_impl(self, state: CodegenState) -> None:
        for empty in self.leading_lines:
            empty._codegen(state)
        state.add_indent_tokens()
        self.body[0]._codegen_impl(state, default_semicolon=False)
        state.add_token(state.default_newline)


class Text(cst.Expr):
    """An expression in text form on a line of its own."""

    def _codegen_impl(self, state: CodegenState, default_semicolon: bool = False) -> None:
        self.value._codegen(state)


class Assign(cst.Assign):
    """An assignment to one target."""

    def _codegen_impl(self, state: CodegenState, default_semicolon: bool = False) -> None:
        self.targets[0].target._codegen(state)
        state.add_token(" = ")
        self.value._codegen(state)


class Return(cst.Return):
    """The return of a value."""

    def _codegen_impl(self, state: CodegenState, default_semicolon: bool = False) -> None:
        assert self.value is not None
        state.add_token("return ")
        self.value._codegen(state)


class Call(cst.Call):
    """A call without brackets around it."""

    def _codegen_impl(self, state: CodegenState) -> None:
        self.func._codegen(state)
        before = "("
        for one in self.args:
            state.add_token(before + one.star)
            if one.keyword is not None:
                one.keyword._codegen(state)
                state.add_token("=")
            one.value._codegen(state)
            before = ", "
        state.add_token(")" if self.args else "()")
