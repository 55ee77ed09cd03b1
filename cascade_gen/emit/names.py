"""The names of a generated module: imports, functions and values that no local of the workflow hides."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from cascade_gen.lower.importable import is_hidden
from cascade_gen.lower.names import RESERVED, Namer

_BY_NAME = ("importlib", "import_module")


class ModuleNames:
    """Gives out module-level names, and remembers what has to be imported under which."""

    def __init__(self, locals_: Iterable[str]) -> None:
        self._locals = frozenset(locals_)
        self._names = Namer(self._locals)
        self._privates = Namer()
        self._runtime: dict[tuple[str, str], str] = {}
        self._modules: dict[str, str] = {}
        self._hidden: dict[str, str] = {}
        self._hinted: dict[str, str] = {}
        self._builtins: dict[str, str] = {}

    def private(self, hint: str) -> str:
        """A new module-level name with a leading underscore."""
        word = f"_{self._privates.name(hint)}"
        while word in self._locals:
            word = f"_{self._privates.name(hint)}"
        return word

    def local(self, hint: str) -> str:
        """A new name for a local variable of the generator's own."""
        return self._names.name(hint)

    @cached_property
    def unused(self) -> str:
        """The local variable of what nobody reads."""
        word = "_"
        while self._names.is_taken(word):
            word += "_"
        return word

    def is_known(self, word: str) -> bool:
        """Whether a word is a name of the module or of its function, or one of Python's own."""
        is_private = word[:1] == "_" and self._privates.is_taken(word[1:])
        return is_private or self._names.is_taken(word) or word in RESERVED

    def runtime(self, module: str, word: str) -> str:
        """The name under which `word` of a standard or runtime module is imported."""
        known = self._runtime.get((module, word))
        if known is None:
            known = self.private(word) if self._names.is_taken(word) else word
            self._runtime[module, word] = known
            self._names.reserve(known)
        return known

    def module(self, module: str) -> str:
        """The name under which a user's module is imported: `_crawl` for `agents.crawl`."""
        if module not in self._modules:
            self._modules[module] = self.private(module.rpartition(".")[2])
            if is_hidden(module):
                self._hidden[module] = self.runtime(*_BY_NAME)
        return self._modules[module]

    def forget_modules(self, unused: Callable[[str], bool], hints: str) -> None:
        """Don't import the modules that nothing turned out to be of; for type checkers alone those of `hints`."""
        mentioned = set(re.findall(r"\w+", hints))
        self._hinted = {module: word for module, word in self._modules.items() if unused(word) and word in mentioned}
        if self._hinted:
            self.runtime("typing", "TYPE_CHECKING")
        self._modules = {module: word for module, word in self._modules.items() if not unused(word)}
        if not self._hidden.keys() & self._modules.keys():
            self._runtime.pop(_BY_NAME, None)

    def builtin(self, word: str) -> str:
        """A builtin, by its own name unless an input of the workflow hides it."""
        if word not in self._locals:
            return word
        return self.runtime("builtins", word)

    @property
    def imports(self) -> list[str]:
        """The import lines, sorted: standard library, the house's runtime, the user's modules."""
        by_module: dict[str, list[str]] = {}
        for (module, word), known in self._runtime.items():
            by_module.setdefault(module, []).append(word if word == known else f"{word} as {known}")
        groups: list[list[str]] = [[], []]
        for module, words in sorted(by_module.items()):
            groups[module.startswith("cascade_gen.")].extend(from_lines(module, words))
        for module, known in sorted(self._modules.items()):
            if module in self._hidden:
                continue
            standard = module.partition(".")[0] in sys.stdlib_module_names
            groups[0 if standard else 1].append(f"import {module} as {known}")
        groups = [sorted(group, key=_line_order) for group in groups]
        found: list[str] = []
        for group in groups:
            if found and group:
                found.append("")
            found.extend(group)
        hidden = [
            f'{known} = {self._hidden[module]}("{module}")'
            for module, known in sorted(self._modules.items())
            if module in self._hidden
        ]
        found += ["", *hidden] if hidden else []
        if self._hinted:
            flag = self.runtime("typing", "TYPE_CHECKING")
            found += ["", f"if {flag}:", *(f"    {line}" if line else "" for line in _import_lines(self._hinted))]
        return found


def _import_lines(modules: Mapping[str, str]) -> list[str]:
    """The lines that import modules under other names, those of the standard library first."""
    groups: list[list[str]] = [[], []]
    for module, known in sorted(modules.items()):
        groups[module.partition(".")[0] not in sys.stdlib_module_names].append(f"import {module} as {known}")
    return [*groups[0], *([""] if all(groups) else []), *groups[1]]


def from_lines(module: str, words: Iterable[str]) -> list[str]:
    """The lines that import words of a module, each of which may say `as`."""
    ordered = sorted(words, key=_import_order)
    plain = [word for word in ordered if " " not in word]
    lines = [", ".join(plain)] if plain else []
    return [f"from {module} import {line}" for line in (*lines, *(word for word in ordered if " " in word))]


def _line_order(line: str) -> tuple[bool, str]:
    return (line.startswith("from "), line)


def _import_order(word: str) -> tuple[int, str]:
    """Constants, classes, then functions: the order of import sorters."""
    kind = 0 if word.isupper() else 1 if word[0].isupper() else 2
    return (kind, word)
