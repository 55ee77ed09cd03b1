"""Runs golden cases: writes their modules, compiles and runs their workflows, and shows what came of it."""

from __future__ import annotations

import asyncio
import importlib
import json
import linecache
import re
import shlex
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cascade as cs

from .cases import Case, all_modules, load_cases

ROOT = Path(__file__).parents[2]

_AS_A_SCRIPT = """
import runpy, sys
sys.path[:0] = [sys.argv.pop(1), sys.argv.pop(1)]
try:
    runpy.run_path(sys.argv.pop(1), run_name="__main__")
finally:
    compiler = {"libcst", "black", "cascade_gen.emit", "cascade_gen.lower"} & set(sys.modules)
    if compiler:
        sys.exit(f"a saved module imports {sorted(compiler)}")
"""


@dataclass(frozen=True)
class Outcome:
    """What compiling a case gave: the function, or the error, and the warnings."""

    function: Any = None
    error: Exception | None = None
    warned: tuple[str, ...] = ()

    def sections(self) -> dict[str, str]:
        """What a case's sections would have to say."""
        found = {"warning": "\n".join(self.warned)} if self.warned else {}
        if self.error is not None:
            return found | {"error": shown(show_error(self.error))}
        return found | {
            "blueprint": shown(str(self.function.blueprint)),
            "source": shown(self.function.source),
        }


class Workspace:
    """A folder with the modules of all cases, which are imported afresh for each use and forgotten after it."""

    def __init__(self, root: Path, cases: list[Case]) -> None:
        self.root = root
        self.modules = root / "modules"
        texts = all_modules(cases)
        for path, text in texts.items():
            file = self.modules / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{text}\n", encoding="utf-8", newline="\n")
            if file.parent != self.modules:
                (file.parent / "__init__.py").touch()
        self._names = {path.partition("/")[0].removesuffix(".py") for path in texts}
        taken = self._names & sys.modules.keys()
        if taken:
            raise ValueError(f"modules of these names are imported already: {', '.join(sorted(taken))}")

    @contextmanager
    def imported(self, case: Case) -> Iterator[dict[str, Any]]:
        """The namespace of the case's module, imported anew."""
        sys.path.insert(0, str(self.modules))
        try:
            importlib.invalidate_caches()
            yield vars(importlib.import_module(case.module))
        finally:
            sys.path.remove(str(self.modules))
            for name in list(sys.modules):
                if name.partition(".")[0] in self._names:
                    del sys.modules[name]

    @contextmanager
    def compiled(self, case: Case) -> Iterator[Any]:
        """The case's compiled function; its modules stay imported inside of the `with`."""
        with self.imported(case) as namespace:
            yield self._aot(case, namespace)

    def outcome(self, case: Case) -> Outcome:
        """What compiling the case gives, whatever it is."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            function, error = None, None
            try:
                with self.compiled(case) as function:
                    pass
            except Exception as raised:
                error = raised
        warned = tuple(f"{one.category.__name__}: {one.message}" for one in caught)
        return Outcome(function, error, warned)

    def runs(self, case: Case, interpreted: bool) -> str:
        """The `[run]` section with the results that each of its lines gives."""
        lines = []
        with self.imported(case) as namespace:
            function = self._aot(case, namespace)
            run = interpreter(function.blueprint, self._options(case, namespace)) if interpreted else function.run
            for line in case.expected["run"].splitlines():
                expression = re.split(r" -> | raises ", line, maxsplit=1)[0]
                values = {**namespace, "run": run, "compiled": function}
                lines.append(f"{expression} {_result(expression, values)}")
        return "\n".join(lines)

    def command(self, case: Case, file: Path) -> str:
        """The `[command]` section with what the saved module `file` prints."""
        lines = []
        for line in case.expected["command"].splitlines():
            arguments = re.split(r"(?:^| )(?:->|exits)(?: |$)", line, maxsplit=1)[0]
            words = [str(ROOT), str(self.modules), str(file), *shlex.split(arguments)]
            done = subprocess.run([sys.executable, "-c", _AS_A_SCRIPT, *words], capture_output=True, text=True)
            if done.returncode == 0:
                said = f"-> {shown(done.stdout.rstrip())}"
            else:
                said = f"exits {done.returncode}: {shown(done.stderr.rstrip()).splitlines()[-1]}"
            lines.append(f"{arguments} {said}".lstrip())
        return "\n".join(lines)

    def _aot(self, case: Case, namespace: dict[str, Any]) -> Any:
        """Compile the workflow with the options, from files of the user's."""
        workflow = self._evaluate(case, "main.py", case.workflow, namespace)
        arguments = f"workflow, {case.options}" if case.options else "workflow"
        names = {**namespace, "cs": cs, "workflow": workflow}
        return self._evaluate(case, "build.py", f"cs.aot({arguments})", names)

    def _options(self, case: Case, namespace: dict[str, Any]) -> dict[str, Any]:
        options: dict[str, Any] = self._evaluate(case, "options.py", f"dict({case.options})", namespace)
        return options

    def _evaluate(self, case: Case, name: str, text: str, namespace: dict[str, Any]) -> Any:
        """The value of an expression, which is written in a file beside the case's module for errors to show."""
        folder = self.root / "expressions" / case.id
        file = folder.joinpath(*case.module.split(".")[:-1], name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n", encoding="utf-8", newline="\n")
        linecache.checkcache(str(file))
        return eval(compile(text, str(file), "eval"), namespace)


def interpreter(blueprint: Any, options: dict[str, Any]) -> Callable[..., Any]:
    """A function that walks the Blueprint instead of running the module made from it."""

    def run(*args: Any, **kwargs: Any) -> Any:
        machine = cs.VirtualMachine(options.get("system_resources"))
        result = machine.execute(blueprint, args, kwargs)
        return asyncio.run(_awaited(result)) if blueprint.is_async else result

    return run


async def _awaited(result: Any) -> Any:
    return await result


def _result(expression: str, values: dict[str, Any]) -> str:
    """What an expression gives, as `[run]` shows it."""
    try:
        return f"-> {shown(repr(eval(expression, values)))}"
    except Exception as error:
        return f"raises {shown(show_error(error))}".replace("\n", "\\n")


def show_error(error: BaseException) -> str:
    """The class of an error, with the bases of one of our own, and its text."""
    kind = type(error)
    bases = ", ".join(base.__name__ for base in kind.__bases__)
    ours = f"({bases})" if issubclass(kind, cs.CascadeError) else ""
    text = re.sub(r"\. Did you mean '\w+'\?$", "", str(error), flags=re.M)  # Python 3.13 adds it
    return f"{kind.__name__}{ours}: {text}"


def shown(text: str) -> str:
    """Text as the files have it: without version and addresses, and with long runs of one character cut short."""
    text = text.replace(f"cascade-gen {cs.__version__}", "cascade-gen VERSION").rstrip("\n")
    text = re.sub(r" at 0x[0-9a-f]+", " at 0x...", text)
    return re.sub(r"(\S)\1{99,}", lambda run: f"{run[1]}...({len(run[0])} times)", text)


def compile_all(root: Path) -> dict[str, str]:
    """The source of every case that compiles; their modules are written to `root`."""
    cases = load_cases()
    workspace = Workspace(root, cases)
    sources = {}
    for case in cases:
        if case.compiles:
            with workspace.compiled(case) as function:
                sources[case.id] = function.source
    return sources


if __name__ == "__main__":
    print(json.dumps(compile_all(Path(sys.argv[1]))))
