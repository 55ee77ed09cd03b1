"""Puts compiled functions in the place of a module's own, now and whenever the module is imported anew."""

from __future__ import annotations

import importlib
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import CodeType, FunctionType, ModuleType
from typing import Any

import cascade as cs

from .subjects import KEPT

_VERDICT = re.compile(r"^.+?: (inlined|called)\b[:;,]?\s*(.*)$")


@dataclass(slots=True)
class Compiled:
    """What became of one function: `why` says why it isn't inlined.

    `verdict` is inlined, called, left out (the compiler refused it, or it is kept), or crashed (the compiler did).
    """

    name: str
    line: int
    verdict: str
    why: str
    code: CodeType | None = None


@dataclass(slots=True)
class Replaced:
    """All functions compiled so far, those of a module that was imported twice twice; with methods or without."""

    methods: bool
    functions: list[Compiled] = field(default_factory=list)

    def by_function(self) -> list[list[Compiled]]:
        """All that became of each function: of one name there may be more, getter and setter for example."""
        found: dict[tuple[str, int], list[Compiled]] = {}
        for one in self.functions:
            found.setdefault((one.name, one.line), []).append(one)
        return list(found.values())


def replace_in(names: Sequence[str], methods: bool = True) -> Replaced:
    """Compile the functions of the modules `names`, of those loaded now and of all that are loaded from now on.

    With `methods` those of their classes too.
    """
    replaced = Replaced(methods)
    for name in ("black", "cascade_gen.emit", "libcst"):  # imported once they are needed; then may be too late
        importlib.import_module(name)
    cs.aot(cs.task(_warm))
    sys.meta_path.insert(0, _Finder(frozenset(names), replaced))
    for name in names:
        if name in sys.modules:
            _Swap(sys.modules[name], replaced).run()
    return replaced


def _warm(value: int) -> int:
    """Compiled first, so that all that the compiler imports is there before anything is replaced."""
    return value


class _Swap:
    """Exchanges the functions of one module wherever its names refer to them: directly, in containers, in classes."""

    def __init__(self, module: ModuleType, replaced: Replaced) -> None:
        self._module = module
        self._replaced = replaced
        self._known: dict[FunctionType, FunctionType] = {}
        self._seen: set[int] = set()

    def run(self) -> None:
        namespace = vars(self._module)
        for name in [one for one in namespace if not one.startswith("__") or callable(namespace[one])]:
            namespace[name] = self._swap(namespace[name])

    def _swap(self, value: Any) -> Any:
        """What is to stand in the place of a value: the value itself, changed inside, or another one."""
        if isinstance(value, FunctionType):
            return self._exchange(value)
        if type(value) is tuple:
            items = tuple(map(self._swap, value))
            return items if any(map(_differ, items, value)) else value
        if id(value) in self._seen:
            return value
        self._seen.add(id(value))
        if type(value) is list:
            value[:] = map(self._swap, value)
        elif type(value) is dict:
            value.update((key, self._swap(one)) for key, one in list(value.items()))
        elif isinstance(value, type) and value.__module__ == self._module.__name__ and self._replaced.methods:
            self._swap_class(value)
        return value

    def _swap_class(self, owner: type) -> None:
        for name, value in list(vars(owner).items()):
            new = self._swap_attribute(value)
            if new is not value:
                setattr(owner, name, new)

    def _swap_attribute(self, value: Any) -> Any:
        match value:
            case staticmethod() | classmethod() if isinstance(value.__func__, FunctionType):
                new = self._swap(value.__func__)
                return value if new is value.__func__ else type(value)(new)
            case property() if type(value) is property:
                getter, setter, deleter = map(self._swap, (value.fget, value.fset, value.fdel))
                return property(getter, setter, deleter, value.__doc__)
        return self._swap(value)

    def _exchange(self, function: FunctionType) -> FunctionType:
        if function.__module__ != self._module.__name__:
            return function
        if function not in self._known:
            self._known[function] = self._compiled(function)
        return self._known[function]

    def _compiled(self, function: FunctionType) -> FunctionType:
        """The compiled function, or the function itself if it stays; both are recorded."""
        record = Compiled(
            f"{self._module.__name__}:{function.__qualname__}", function.__code__.co_firstlineno, "left out", ""
        )
        self._replaced.functions.append(record)
        if record.name in KEPT:
            record.why = KEPT[record.name]
            return function
        try:
            run: Any = cs.aot(cs.task(function))
        except cs.CompileError as error:
            record.why = str(error).splitlines()[0]
            return function
        except Exception:
            record.verdict, record.why = "crashed", traceback.format_exc()
            return function
        verdict = _VERDICT.match(run.explain())
        assert verdict is not None, f"explain() of {record.name} says neither inlined nor called: {run.explain()!r}"
        record.verdict, record.why, record.code = verdict[1], verdict[2], run.__code__
        compiled: FunctionType = run
        return compiled


def _differ(one: object, other: object) -> bool:
    return one is not other


class _Finder(MetaPathFinder):
    """Finds the modules `names` as Python would, with a loader that compiles their functions.

    Tests of modules with a part in C import the module a second time, without that part.
    """

    def __init__(self, names: frozenset[str], replaced: Replaced) -> None:
        self._names = names
        self._loaded: Callable[[ModuleType], None] = lambda module: _Swap(module, replaced).run()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._names:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _Loader(spec.loader, self._loaded)
                return spec
        return None


class _Loader(Loader):
    """Loads a module as `loader` does, leaves no trace in it, and then tells `loaded`."""

    def __init__(self, loader: Loader, loaded: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._loaded = loaded

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        _bind_in_packages(module.__name__)
        self._loaded(module)


def _bind_in_packages(name: str) -> None:
    """Have `import a.b as c` give the module of `sys.modules`, though its import hasn't ended.

    Until then packages hold the module that was there before; after a fresh import they may hold that one.
    """
    while "." in name:
        package, _, last = name.rpartition(".")
        setattr(sys.modules[package], last, sys.modules[name])
        name = package
