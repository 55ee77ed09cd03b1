"""Puts a standalone file together: docstring, imports, Cascade's parts, the user's, the workflow, the command."""

from __future__ import annotations

import ast
import re
import textwrap

from cascade_gen.blueprint import Blueprint
from cascade_gen.emit import text_hash

from .called import CalledTasks
from .closure import ALONE, Closure
from .cut import Cutter
from .formatting import formatted, is_definition, joined
from .imports import import_lines
from .library import Library
from .lines import table_again
from .naming import ANY, Naming
from .options import kinds_text
from .order import in_order
from .phases import CARRIED, KINDS, LATER_TEXT, Phases
from .placing import Placing
from .renamed import renamed
from .resolve import Symbol
from .sources import Module, Part
from .stamps import stamp_lines
from .untyped import STAND_INS

_WIDTH = 88
_NO_HASH = "0" * 16
_CODING = "# coding: utf-8\n"
"""Where that is said, Python doesn't look whether each line is: a tenth of what a text takes that nobody compiles."""
_LONG_LINES = "# ruff: noqa: E501\n"
_SUBSCRIPTED = '# mypy: disable-error-code="type-arg"\n'
"""What annotations mention and the file has not is `Any`, which type checkers let nobody subscript."""


class Writer:
    """Writes one file from a closure."""

    def __init__(
        self,
        closure: Closure,
        phases: Phases,
        library: Library,
        generated: Module,
        entry: str,
        blueprint: Blueprint,
    ) -> None:
        self._closure = closure
        self._phases = phases
        self._library = library
        self._generated = generated
        self._entry = entry
        self._function, *behind = generated.parts[generated.parts.index(generated.binders[entry][0]) :]
        self._table = behind[0] if behind and isinstance(behind[0].node, ast.Assign) else None
        self._known: dict[Part, str] = {}
        self._naming = Naming(closure, phases, generated, entry)
        self._placing = Placing(closure, phases, self._naming, blueprint.is_async)
        self._cutter = Cutter(closure, phases, self._naming, self._placing, generated)
        self._called = CalledTasks(closure, generated, self._formatted)

    def text(self) -> str:
        """The whole text, as black writes it."""
        late, rare = self._phases.late, self._phases.rare
        parts = in_order(self._closure, self._library, self._generated)
        early = [part for part in parts if part not in late and part not in rare]
        pieces = [
            *self._texts([part for part in early if part.module.is_house]),
            self._rare(parts) if rare else "",
            *self._texts([part for part in early if not part.module.is_house]),
            self._main([part for part in parts if part in late]),
        ]
        body = joined([one for one in pieces if one], 2)
        imports = "\n\n".join(formatted(one, _WIDTH) for one in self._imports())
        gap = "\n\n\n" if is_definition(body) else "\n\n"
        text = f"{imports}{gap}{body}\n"
        long = max(map(len, f"{self._docstring()}\n{text}".splitlines())) > _WIDTH
        asked = (_LONG_LINES if long else "") + (_SUBSCRIPTED if self._subscripts_unknown(text) else "")
        text = f"{_CODING}{self._docstring()}\n\n{asked}{text}"
        return text.replace(_NO_HASH, text_hash(text), 1)

    def _texts(self, parts: list[Part]) -> list[str]:
        """Statements as black writes them; "" for those that are needless."""
        return [self._formatted(part) for part in parts]

    def _formatted(self, part: Part) -> str:
        if part not in self._known:
            self._known[part] = self._form(part, self._text(part))
        return self._known[part]

    def _form(self, part: Part, text: str) -> str:
        if not text:
            return ""
        if part is self._table:
            function = self._function.node
            assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
            return table_again(text, function, self._formatted(self._function), self._called.places(part.node))
        known = renamed(part, text, _WIDTH) if part.module is self._generated else None
        return formatted(text, _WIDTH) if known is None else known

    def _text(self, part: Part) -> str:
        if part.module.name == ALONE:
            match sorted(part.facts.binds):
                case [LATER_TEXT.name]:
                    return ""
                case [CARRIED.name]:
                    return self._carried()
                case [KINDS.name]:
                    head = self._cutter.text(part).partition(" = ")[0]
                    return f"{head} = {kinds_text(self._generated, self._entry)}"
        return self._cutter.text(part)

    def _carried(self) -> str:
        """The names of all that is Cascade's, as its frames say them."""
        units = {unit.part: None for unit in self._closure.units}
        names = [
            self._naming.name(Symbol(part.module.name, name))
            for part in units
            if part.module.is_house and isinstance(part.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            for name in part.facts.binds
        ]
        words = textwrap.fill(" ".join(sorted(names)), _WIDTH)
        return f'{self._naming.name(CARRIED)} = """\n{words}\n""".split()'

    def _docstring(self) -> str:
        given = ast.get_docstring(self._generated.tree, clean=False) or ""
        lines = given.rstrip("\n").split("\n")
        lines[0] = lines[0].removesuffix(".") + ", with all that it needs."
        lines = [re.sub(r"^(format .*, text )[0-9a-f]+$", rf"\g<1>{_NO_HASH}", line) for line in lines]
        return '"""' + "\n".join([*lines, *stamp_lines(self._closure, self._generated), '"""'])

    def _imports(self) -> list[str]:
        """The import lines at the top, and what type checkers alone need."""
        sections = ["from __future__ import annotations", f'__all__ = ["{self._entry}"]']
        top = import_lines(map(self._placing.wanted, self._placing.at("top")))
        if top:
            sections.append("\n".join(top))
        hints = self._hints()
        if hints or self._mentions_flag():
            sections.append("TYPE_CHECKING = False")
        if hints:
            sections.append("if TYPE_CHECKING:\n" + textwrap.indent("\n".join(hints), "    ") + self._untyped())
        return sections

    def _untyped(self) -> str:
        """What stands in for parts of typing where no types are checked."""
        known = {self._naming.name(one): one for one in self._placing.untyped}
        texts = [STAND_INS[one.name or ""].format(name=name) for name, one in sorted(known.items())]
        inside = textwrap.indent("\n".join(texts), "    ")
        return f"\nelse:  # importing typing takes its time\n{inside}" if texts else ""

    def _hints(self) -> list[str]:
        wanted = [self._placing.wanted(one) for one in self._placing.at("typing")]
        unknown = self._unknown()
        if unknown and ANY not in {*self._placing.at("top"), *self._placing.at("typing")}:
            wanted.append(self._placing.wanted(ANY))
        lines = import_lines(one for one in wanted if one[1] != "TYPE_CHECKING")
        if unknown:
            lines += ["", *sorted(f"{self._naming.name(one)} = {self._naming.name(ANY)}" for one in unknown)]
        return lines

    def _unknown(self) -> list[Symbol]:
        return [one for one in self._closure.hinted if self._is_unknown(one)]

    def _subscripts_unknown(self, text: str) -> bool:
        names = "|".join(map(self._naming.name, self._unknown()))
        return bool(names) and re.search(rf"\b({names})\[", text) is not None

    def _is_unknown(self, symbol: Symbol) -> bool:
        """Whether annotations mention what the file has not, or as text only."""
        return any(
            use.found.target == symbol and use.unit.part not in self._phases.rare
            for use in self._closure.uses
            if use.mention.hint or use.found.typing
        ) and not self._phases.defines(symbol)

    def _mentions_flag(self) -> bool:
        flag = "TYPE_CHECKING"
        return any(flag in (use.mention.path[-1], use.found.literal) for use in self._closure.uses)

    def _rare(self, parts: list[Part]) -> str:
        """The function that gives the text of what few runs need, in pieces that are needed together."""
        pieces = []
        for symbols, found in self._phases.pieces().items():
            imports = import_lines(map(self._placing.wanted, self._placing.of(found)))
            lines = [formatted("\n".join(imports), _WIDTH)] if imports else []
            body = joined([*lines, *filter(None, self._texts([part for part in parts if part in found]))], 2)
            names = " ".join(sorted(map(self._naming.name, symbols)))
            pieces.append(f"# needed by: {names}\n{body}\n")
        text = "\n\n".join(pieces)
        assert "'''" not in text
        head = f'def {self._naming.name(LATER_TEXT)}() -> str:\n    """What few runs need, in pieces."""'
        return f"{head}\n    return r'''\n{text}'''"

    def _main(self, parts: list[Part]) -> str:
        """The block that runs the file as a command, with all that only it needs."""
        own = [part for part in parts if part.module is self._generated]
        if not own:
            return ""
        imports = import_lines(map(self._placing.wanted, self._placing.at("late")))
        others = [self._text(part) for part in parts if part.module is not self._generated]
        (block,) = own
        run = self._cutter.text(block).partition("\n")[2].strip("\n")
        texts = ["\n".join(imports), *others, textwrap.dedent(run)]
        inside = joined([formatted(text, _WIDTH - 4) for text in texts if text], 1)
        gap = "\n" if is_definition(inside) else ""  # as black has it
        return f'if __name__ == "__main__":\n{gap}' + textwrap.indent(inside, "    ")
