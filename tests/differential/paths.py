"""The ways in which a program can be run."""

from __future__ import annotations

import importlib.util
import itertools
import sys
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import cascade as cs
from cascade_gen.blueprint.parse import parse_blueprint
from cascade_gen.blueprint.verify import verify

from .author import Program
from .graphs import reachable

_modules = itertools.count()
_FORMS = 4  # in one program of so many it is looked at whether its forms are sound


def new_name(word: str) -> str:
    """A name that no other module has."""
    return f"{word}_{next(_modules)}"


class Paths:
    """A program with its inputs; `report` shows all about it. `as_file`: its module has a file in the folder."""

    def __init__(self, program: Program, folder: Path, as_file: bool = False) -> None:
        self.program, self.folder = program, folder
        self.workflow, self.blueprints = program.build(folder if as_file else None)
        self.params = self._params()
        self.resources = program.resources
        self.function = cache(lambda: self._aot())
        self.called = cache(lambda: self._aot(inline=False))
        self.blueprint = cache(self._blueprint)
        self.saved = cache(self._saved)

    def _params(self) -> dict[str, Any]:
        """The inputs that are left after reduction."""
        graph = self.workflow
        if isinstance(graph, cs.Workflow):
            graph = graph.func(**{name: cs.Param(name) for name in graph.signature.parameters})
        used = {node.name for node in reachable(graph) if isinstance(node, cs.Param)}
        given = self.program.params.items()
        return {name: value for name, value in given if name in used or not name.startswith("p")}

    def _aot(self, **options: Any) -> Any:
        return cs.aot(
            self.workflow,
            blueprints=self.blueprints,
            resources=self.resources,
            system_resources=self.program.capacity,
            **options,
        )

    def _blueprint(self) -> Any:
        builder = cs.BlueprintBuilder(self.resources, self.blueprints, self.program.capacity)
        return builder.build(self.workflow, template=self.program.overridden)

    def _saved(self) -> Callable[..., Any]:
        """The function of the saved module, imported under a name of its own."""
        name = new_name("saved_workflow")
        path = self.folder / f"{name}.py"
        self.function().save(path)
        try:
            spec = importlib.util.spec_from_file_location(name, path)
            assert spec is not None and spec.loader is not None
            module = sys.modules[name] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
        finally:
            sys.modules.pop(name, None)
            path.unlink()
        return getattr(module, self.function().__code__.co_name)  # type: ignore[no-any-return]

    def interpreted(self) -> Any:
        """The run of an engine, waited for."""
        return cs.run(self.workflow, self.params, resources=self.resources, system_resources=self.program.capacity)

    def machine(self) -> cs.VirtualMachine:
        return cs.VirtualMachine(self.program.capacity)

    def all(self) -> dict[str, Callable[[], Any]]:
        """Each path by its name; what an async workflow's gives may have to be awaited."""
        paths = {
            "cs.run": self.interpreted,
            "compiled": lambda: self.function()(**self.params),
            "compiled .run": lambda: self.function().run(**self.params),
            "compiled inline=False": lambda: self.called()(**self.params),
            "saved": lambda: self.saved()(**self.params),
            "VirtualMachine": lambda: self.machine().execute(self.blueprint(), (), self.params),
        }
        if self.blueprints:  # which engines take none of
            del paths["cs.run"]
        return paths

    def startable(self) -> dict[str, Callable[[], Any]]:
        """The paths that give something to await, each holding constraints for all its runs."""
        engine = cs.Engine(system_resources=self.program.capacity)
        for resource in self.resources:
            engine.register(resource)
        machine = self.machine()
        paths: dict[str, Callable[[], Any]] = {
            "Engine.run": lambda: engine.run(self.workflow, self.params),
            "compiled": lambda: self.function()(**self.params),
            "compiled inline=False": lambda: self.called()(**self.params),
            "VirtualMachine": lambda: machine.execute(self.blueprint(), (), self.params),
        }
        if self.blueprints:
            del paths["Engine.run"]
        return paths

    def check_forms(self) -> None:
        """What is true of every compiled workflow: valid, readable back, and the same when compiled again."""
        if zlib.crc32(self.program.source.encode()) % _FORMS:
            return
        for one in (self.blueprint(), self.function().blueprint):
            verify(one)
            assert parse_blueprint(str(one)) == one, self.report("Blueprint", "it reads back as another one", one, "")
        again = Paths(self.program, self.folder).function().source
        assert again == self.function().source, self.report("aot", "compiled twice", "", again)

    def report(self, path: str, what: str, wanted: Any, got: Any) -> str:
        """A failure in full."""
        texts = [f"{path}: {what}", f"expected {wanted}", f"actual   {got}", repr(self.program)]
        try:
            texts += [str(self.function().blueprint), self.function().source]
        except Exception as error:
            texts.append(f"it doesn't compile: {error!r}")
        return "\n".join(texts)
