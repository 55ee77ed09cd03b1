"""The modules that a standalone file is made from: their text, their top-level statements, what binds what."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from .facts import Facts, Import, Path
from .mentions import read_facts

HOUSE = ("cascade", "cascade_gen")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)

Kind = Literal["definition", "value", "import", "typing", "effect", "main", "note"]
"""What a top-level statement is: `def` and `class`; an assignment to names; an import; `if TYPE_CHECKING:` with
imports alone; anything that may do more; `if __name__ == "__main__":`; a text that says something of a value."""


@dataclass(slots=True, eq=False)
class Part:
    """One top-level statement of `module`: bytes `start` to `end` of its text, with its comments."""

    module: Module
    node: ast.stmt
    kind: Kind
    start: int
    end: int
    facts: Facts = field(default_factory=Facts)

    @property
    def line(self) -> int:
        """The line of the statement."""
        return self.node.lineno

    @property
    def text(self) -> str:
        """The text as it stands in the module."""
        return self.module.data[self.start : self.end].decode()


class Module:
    """The source of a module, read and not run. `data` is its text in UTF-8, `shown` what messages call its file.

    The generated module, which no user has seen, has no file to show.
    `is_own` says of a module's name that what is imported from there goes into the file itself.
    """

    def __init__(self, name: str, text: str, is_package: bool, shown: str, is_own: Callable[[str], bool]) -> None:
        self.name = name
        self.shown = shown
        self._is_own = is_own
        self.is_package = is_package
        self.data = text.encode("utf-8")
        self.tree = ast.parse(text)
        self._starts = [0]
        for line in self.data.split(b"\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)
        self.parts = self._parts()
        self.binders: dict[str, list[Part]] = {}
        for part in self.parts:
            part.facts = read_facts([part.node], self.is_quiet, self.is_moved)
            if isinstance(part.node, ast.ImportFrom) and part.node.module == "__future__":
                continue  # the file begins with one, whose names nobody means
            for name in sorted(part.facts.binds):
                self.binders.setdefault(name, []).append(part)

    def offset(self, line: int, column: int) -> int:
        """The byte at a line, from 1, and a column as trees count it."""
        return self._starts[line - 1] + column

    def span(self, node: ast.AST) -> tuple[int, int]:
        """First byte of a node and the one behind it."""
        where: ast.expr | ast.stmt = node  # type: ignore[assignment]
        return (
            self.offset(where.lineno, where.col_offset),
            self.offset(where.end_lineno or where.lineno, where.end_col_offset or 0),
        )

    def line_start(self, line: int) -> int:
        """The first byte of a line."""
        return self._starts[line - 1]

    def rest_of_line(self, offset: int) -> bytes:
        """What stands behind an offset in its line."""
        end = self.data.find(b"\n", offset)
        return self.data[offset:] if end < 0 else self.data[offset:end]

    @property
    def is_house(self) -> bool:
        """Whether this is a module of Cascade's own."""
        return self.name.partition(".")[0] in HOUSE

    def words(self, path: Path) -> str:
        """A path as its user has written it, for messages: generated text names the module in front of it."""
        if not self.shown and len(path) > 1 and self.imported(path[0]) is not None:
            path = path[1:]
        return ".".join(path)

    def absolute(self, found: Import) -> tuple[str, str | None]:
        """The full name of the module of an import, and the name in it."""
        module, name, level = found
        if level:
            package = self.name if self.is_package else self.name.rpartition(".")[0]
            for _ in range(level - 1):
                package = package.rpartition(".")[0]
            module = f"{package}.{module}" if module else package
        return module, name

    def imported(self, name: str) -> Import | None:
        """What a name stands for that one import alone binds, at the top or for type checkers."""
        binders = self.binders.get(name, [])
        if len(binders) == 1 and binders[0].kind in ("import", "typing", "main"):
            return _imports_of(binders[0].node).get(name)
        top = [part for part in binders if part.kind == "import"]
        if top and len(top) == len(binders):
            found = {_imports_of(part.node)[name] for part in top}
            return found.pop() if len(found) == 1 else None
        return None

    def is_moved(self, found: Import) -> bool:
        """Whether what an import gives is going to be in the file itself, or nowhere."""
        return self._is_own(self.absolute(found)[0])

    def is_quiet(self, decorator: ast.expr) -> bool:
        """Whether a decorator is known to leave annotations alone: those of Cascade."""
        node = decorator.func if isinstance(decorator, ast.Call) else decorator
        names: list[str] = []
        while isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return False
        if self.is_house:
            return True
        for part in self.tree.body:
            if isinstance(part, ast.Import | ast.ImportFrom):
                found = _imports_of(part).get(node.id)
                if found is not None and self.absolute(found)[0].partition(".")[0] in HOUSE:
                    return True
        return False

    def __repr__(self) -> str:
        return f"<module {self.name}>"

    def _parts(self) -> list[Part]:
        found: list[Part] = []
        end = 0
        for number, node in enumerate(self.tree.body):
            kind = _kind(node, found[-1].kind if found else "", number == 0)
            start, stop = self._extent(node, end)
            found.append(Part(self, node, kind, start, stop))
            end = stop
        return found

    def _extent(self, node: ast.stmt, least: int) -> tuple[int, int]:
        """The bytes of a statement with its decorators, the comments right above and the one behind it."""
        line = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
        own, stop = self.span(node)
        start = own if line == node.lineno else self.line_start(line)
        if not self.data[self.line_start(line) : start].strip():
            start = self.line_start(line)
            while line > 1:
                above = self.data[self.line_start(line - 1) : self.line_start(line)]
                if not above.startswith(b"#") or self.line_start(line - 1) < least:
                    break
                line -= 1
                start = self.line_start(line)
        rest = self.rest_of_line(stop)
        return start, stop + len(rest) if rest.lstrip().startswith(b"#") else stop


def _kind(node: ast.stmt, before: str, first: bool) -> Kind:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return "import"
    if isinstance(node, _DEFINITIONS):
        return "definition"
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return "note"
    if isinstance(node, ast.If) and not node.orelse:
        if _says_main(node.test):
            return "main"
        if is_type_checking(node.test) and all(isinstance(one, ast.Import | ast.ImportFrom) for one in node.body):
            return "typing"
    if isinstance(node, ast.Assign) and all(map(_only_names, node.targets)):
        return "value"
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return "value"
    return "value" if type(node).__name__ == "TypeAlias" else "effect"


def _only_names(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return all(map(_only_names, target.elts))
    return isinstance(target, ast.Name)


def is_type_checking(test: ast.expr) -> bool:
    """Whether a condition is `TYPE_CHECKING`."""
    return "TYPE_CHECKING" in (getattr(test, "id", ""), getattr(test, "attr", ""))


def _says_main(test: ast.expr) -> bool:
    return ast.unparse(test) in ("__name__ == '__main__'", "'__main__' == __name__")


def _imports_of(node: ast.stmt) -> dict[str, Import]:
    """What each name stands for that an import, or a block of them, binds."""
    found: dict[str, Import] = {}
    for one in ast.walk(node):
        if isinstance(one, ast.ImportFrom):
            for alias in one.names:
                found[alias.asname or alias.name] = (one.module or "", alias.name, one.level)
        elif isinstance(one, ast.Import):
            for alias in one.names:
                top = alias.name.partition(".")[0]
                found[alias.asname or top] = (alias.name if alias.asname else top, None, 0)
    return found


def dotted_imports(module: Module, name: str) -> list[str]:
    """The modules that `import a.b` statements load for the name `a`."""
    return sorted(
        alias.name
        for part in module.binders.get(name, [])
        for one in ast.walk(part.node)
        if isinstance(one, ast.Import)
        for alias in one.names
        if not alias.asname and alias.name.startswith(f"{name}.")
    )
