"""Cuts the statements of a standalone file out of their modules, names changed to those of the file."""

from __future__ import annotations

import ast
from collections import defaultdict

from . import edits
from .closure import TARGET, Closure, Refusal, Use
from .edits import Edit
from .facts import InnerImport, Scope
from .imports import import_lines
from .naming import Naming
from .phases import LATER, Phases
from .placing import Placing
from .resolve import Found, Outside, Refused, Symbol
from .sources import Module, Part
from .units import Unit

_RUNTIME = "cascade_gen.runtime."


class Cutter:
    """Gives the text of each statement. What can't be done is added to the closure's refusals."""

    def __init__(self, closure: Closure, phases: Phases, naming: Naming, placing: Placing, generated: Module) -> None:
        self._closure = closure
        self._phases = phases
        self._naming = naming
        self._placing = placing
        self._generated = generated
        self._uses: defaultdict[Unit, list[Use]] = defaultdict(list)
        self._units: defaultdict[Part, list[Unit]] = defaultdict(list)
        for use in closure.uses:
            self._uses[use.unit].append(use)
        for unit in closure.units:
            self._units[unit.part].append(unit)
        self._sent = _computed(generated)

    def text(self, part: Part) -> str:
        """The text of a statement, and of what belongs to it; "" for one that another has made needless."""
        if self._is_needless(part):
            return ""
        found = [one for unit in self._units[part] for one in self._unit_edits(unit)]
        found += self._left_out(part)
        found += edits.without_hints(part.module, part.node) if part.module is self._generated else []
        text = edits.apply(part, found).strip("\n")
        return text + self._behind(part)

    def _is_needless(self, part: Part) -> bool:
        if part.module is not self._generated or not isinstance(part.node, ast.Assign):
            return False
        target = part.node.targets[0]
        return isinstance(target, ast.Name) and Symbol(part.module.name, target.id) in self._naming.aliases

    def _unit_edits(self, unit: Unit) -> list[Edit]:
        found: list[Edit] = []
        globals_: defaultdict[ast.AST, set[str]] = defaultdict(set)
        lazily: defaultdict[ast.AST, dict[Outside, None]] = defaultdict(dict)
        for use in self._uses[unit]:
            found += self._use_edit(use)
            target, function = use.found.target, use.mention.scope.function()
            whole = use.mention.written and len(use.mention.path) == use.found.used > 1
            if isinstance(target, Symbol) and whole and function is not None and function.node is not None:
                globals_[function.node].add(self._naming.name(target))
            outermost = _outermost(use.mention.scope)
            if isinstance(target, Outside) and outermost is not None and self._placing.is_lazy(use):
                lazily[outermost][target] = None
        found += self._renamed_types(unit)
        for place in unit.facts.places:
            symbol = Symbol(unit.module.name, place.name)
            if symbol in self._closure.symbols:
                edit = edits.placed(unit.module, place, self._naming.name(symbol))
                found += [edit] if edit is not None else []
        for inner in unit.facts.inner_imports:
            edit = edits.without_import(unit.module, inner, self._instead(unit, inner))
            found += [edit] if edit is not None else []
        for node in {**globals_, **lazily}:
            lines = import_lines(self._placing.wanted(one) for one in lazily.get(node, ()))
            if node in globals_:
                lines.append(f"global {', '.join(sorted(globals_[node]))}")
            found += self._try(unit, node, lines)
        return found

    def _instead(self, unit: Unit, inner: InnerImport) -> list[str]:
        """What takes the place of an import inside of a function: getting what may not be compiled yet."""
        lines: dict[str, None] = {}
        for use in self._uses[unit]:
            imported, target = use.mention.imported, use.found.target
            if imported is None or not isinstance(target, Symbol) or not self._phases.is_seldom(use):
                continue
            for alias in inner.node.names:
                if edits.imported_as(inner.node, alias) == imported:
                    lines[f"{alias.asname or alias.name} = {self._later(target)}"] = None
        return list(lines)

    def _later(self, symbol: Symbol) -> str:
        return f"{self._naming.name(LATER)}('{self._naming.name(symbol)}')"  # quotes that f-strings don't have

    def _renamed_types(self, unit: Unit) -> list[Edit]:
        """The name that a `TypeVar` is told, which has to be that of its variable."""
        node = unit.part.node
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call) or not node.value.args:
            return []
        told, target = node.value.args[0], node.targets[0]
        if not isinstance(told, ast.Constant) or not isinstance(target, ast.Name) or told.value != target.id:
            return []
        if not ast.unparse(node.value.func).endswith(("TypeVar", "ParamSpec", "TypeVarTuple", "NewType")):
            return []
        name = self._naming.name(Symbol(unit.module.name, target.id))
        return [(*unit.module.span(told), f'"{name}"')]

    def _use_edit(self, use: Use) -> list[Edit]:
        target = use.found.target
        if target is None:
            is_name = use.unit.module is self._generated and use.mention.path == ("__name__",)
            text = "" if is_name else use.found.literal
        elif isinstance(target, Symbol):
            if use.found.typing and target not in self._closure.symbols and target not in self._closure.hinted:
                return []
            text = self._naming.name(target)
            if self._phases.is_seldom(use):
                text = "" if use.mention.imported is not None else self._later(target)
            plain = target in self._closure.makers and target not in self._closure.objects
            if plain and use.mention.path[use.found.used : use.found.used + 1] == ("func",):
                use.found = Found(target, use.found.used + 1)
                text = self._with_defaults(use, text)
        else:
            text = self._naming.name(target)
        if not text:
            return []
        try:
            edit = edits.spelled(use, text)
        except Refused as refused:
            refusal = Refusal(use.unit.module, use.mention.nodes[-1], str(refused), use.mention.path)
            self._closure.refusals[refusal] = None
            return []
        return [edit] if edit is not None else []

    def _with_defaults(self, use: Use, text: str) -> str:
        """The defaults of a function, which type checkers take for None as well, where they are read."""
        rest = use.mention.path[use.found.used :]
        if rest not in (("__defaults__",), ("__kwdefaults__",)):
            return text
        use.found = Found(use.found.target, use.found.used + 1)
        return f"({text}.{rest[0]} or {'()' if rest[0] == '__defaults__' else '{}'})"

    def _try(self, unit: Unit, function: ast.AST, lines: list[str]) -> list[Edit]:
        try:
            return [edits.inserted(unit.module, function, lines)]
        except Refused as refused:
            self._closure.refusals[Refusal(unit.module, function, str(refused))] = None
            return []

    def _left_out(self, part: Part) -> list[Edit]:
        """Methods that nobody calls, the decorator of a task that is called as a function, `Generic`."""
        found: list[Edit] = []
        node = part.node
        for name in sorted(part.facts.binds):
            symbol = Symbol(part.module.name, name)
            maker = self._closure.makers.get(symbol)
            if maker is None or symbol in self._closure.objects or maker not in getattr(node, "decorator_list", ()):
                continue
            if symbol in self._closure.targets:
                start, end = part.module.span(maker)
                found.append((start, end, self._naming.name(TARGET)))
            else:
                found.append(edits.without_decorator(part.module, maker))
        if isinstance(node, ast.If) and part.kind == "main":
            imports = [one for one in node.body if isinstance(one, ast.Import | ast.ImportFrom)]
            found += [edits.without_lines(part.module, one) for one in imports]
        if part.module.is_house and isinstance(node, ast.ClassDef):
            kept = {id(one) for unit in self._units[part] for one in unit.nodes}
            kept |= {id(one) for unit in self._units[part] if not unit.method for one in _body(unit)}
            gone = [one for one in node.body if id(one) not in kept]
            found += [edits.without_lines(part.module, one) for one in gone]
            if len(gone) == len(node.body):
                end = part.module.span(node)[1]
                found.append((end, end, "\n    pass\n"))
        return found

    def _behind(self, part: Part) -> str:
        """The text that says something of a value, and the names of a renamed function."""
        lines = ""
        parts = part.module.parts
        follower = parts[parts.index(part) + 1] if part is not parts[-1] else None
        if part.kind == "value" and follower is not None and follower.kind == "note":
            start, end = follower.module.span(follower.node)
            lines += "\n" + follower.module.data[start:end].decode()
        if isinstance(part.node, ast.FunctionDef | ast.AsyncFunctionDef) and not part.module.is_house:
            symbol = Symbol(part.module.name, part.node.name)
            name = self._naming.name(symbol)
            if name != symbol.name and not self._is_sent(symbol):
                lines += "\n\n\n" + self._own_names(symbol, name)
        return lines

    def _own_names(self, symbol: Symbol, name: str) -> str:
        """Gives a function that had to be renamed the name that its errors say."""
        if symbol not in self._closure.objects:
            return f'{name}.__name__ = {name}.__qualname__ = "{symbol.name}"'
        line = f'{name}.func.__name__ = {name}.func.__qualname__ = "{symbol.name}"\n'
        line += f'vars({name}).update(__name__="{symbol.name}", __qualname__="{symbol.name}")'
        maker = self._closure.makers[symbol]
        is_named = isinstance(maker, ast.Call) and any(one.arg == "name" for one in maker.keywords)
        return line if is_named else f'{line}\n{name}.name = "{symbol.name}"'

    def _is_sent(self, symbol: Symbol) -> bool:
        """Whether worker processes find a function by its name."""
        names = {alias.name for alias, found in self._naming.aliases.items() if found == symbol}
        for part in self._generated.parts:
            for use in (use for unit in self._units[part] for use in self._uses[unit]):
                if use.found.target == symbol and isinstance(part.node, ast.Assign):
                    names |= {one.id for one in part.node.targets if isinstance(one, ast.Name)}
        return bool(names & self._sent)


def _body(unit: Unit) -> list[ast.stmt]:
    return [one for node in unit.nodes for one in getattr(node, "body", [])]


def _outermost(scope: Scope) -> ast.AST | None:
    """The function at the top around a scope."""
    found: ast.AST | None = None
    current: Scope | None = scope
    while current is not None:
        if current.kind == "function" and not isinstance(current.node, ast.Lambda):
            found = current.node
        current = current.parent
    return found


def _computed(generated: Module) -> set[str]:
    """The names of the functions that the generated module sends to worker processes."""
    senders = {
        alias.asname or alias.name
        for part in generated.parts
        if isinstance(part.node, ast.ImportFrom)
        for alias in part.node.names
        if alias.name == "compute" and (part.node.module or "").startswith(_RUNTIME)
    }
    return {
        one.args[0].id
        for one in ast.walk(generated.tree)
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id in senders
        if one.args and isinstance(one.args[0], ast.Name)
    }
