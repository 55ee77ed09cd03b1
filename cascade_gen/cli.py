"""The command line: parses, calls, prints. Exit codes: 0 done, 1 the workflow failed, 2 wrong usage; `diff` has 3."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cascade_gen._version import __version__
from cascade_gen.shell import inputs, output, target
from cascade_gen.shell.changes import write_changes

if TYPE_CHECKING:
    from cascade_gen.artifact.diff import Saved

app = typer.Typer(
    name="cascade",
    help="Compile workflows of Python tasks to plain Python.",
    epilog="MODULE:NAME names a task or a workflow: agents.crawl:poll, or by its path agents/crawl.py:poll.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich" if output.is_terminal(sys.stdout) and output.is_terminal(sys.stderr) else None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

TargetArgument = Annotated[
    str, typer.Argument(metavar="MODULE:NAME", help="What to compile, such as agents/crawl.py:poll.")
]


class Stage(StrEnum):
    """The stages of compiling that `show` can print."""

    workflow = "workflow"
    blueprint = "blueprint"
    source = "source"


def main() -> None:
    """The `cascade` command."""
    app(prog_name="cascade")


def _print_version(wanted: bool) -> None:
    if wanted:
        output.write(f"cascade {__version__}")
        raise typer.Exit()


@app.callback()
def cascade(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def run(
    target_name: TargetArgument,
    pairs: Annotated[
        list[str] | None,
        typer.Option("--input", "-i", metavar="NAME=VALUE", help="An input; repeat it for each."),
    ] = None,
    vm: Annotated[
        bool, typer.Option("--vm/--no-vm", help="Run the compiled module, or interpret the Blueprint.")
    ] = True,
) -> None:
    """Run a workflow and print what it gives.

    A value is converted by the annotation of its input; lists, dicts and other types are written in JSON.
    A str result is printed as it is, data as JSON, anything else as Python's print does, None not at all.
    """
    with output.reported():
        found, function = _compile(target_name)
        from cascade_gen.lower.kinds import input_kinds

        types = inputs.param_types(function.blueprint)
        kinds = input_kinds(found.value)
        values = inputs.read_inputs(pairs or (), function.__signature__, kinds, types)
        with output.workflow_failures():
            result = _run_compiled(function, values) if vm else _interpret(found, values)
        output.write_result(result)


@app.command()
def build(
    target_name: TargetArgument,
    file: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The module to write.")],
    standalone: Annotated[
        bool, typer.Option("--standalone", help="One file that needs neither cascade nor the compiler.")
    ] = False,
) -> None:
    """Save the compiled workflow as a Python module."""
    with output.reported():
        found, function = _compile(target_name)
        modules = [found.module.__name__, *(one.module for one in function.blueprint.tasks)]
        _check_is_no_source(file, modules)
        _write_file(file, lambda: function.save(file, standalone=standalone))
        if not standalone:
            _warn_of_hidden(file, [*modules, "cascade_gen"])


@app.command()
def show(
    target_name: TargetArgument,
    stage: Annotated[Stage | None, typer.Option(help="Which stage; source unless --after is given.")] = None,
    after: Annotated[str | None, typer.Option(metavar="PASS", help="The Blueprint as it is after this pass.")] = None,
) -> None:
    """Print a workflow at a stage of its compilation."""
    with output.reported():
        if after is not None and stage not in (None, Stage.blueprint):
            raise output.UsageError("--after shows the Blueprint: leave --stage out")
        if stage is Stage.workflow:
            from cascade_gen.inspect.show import workflow_text

            output.write(workflow_text(target.find_target(target_name).value).rstrip("\n"))
        elif after is not None:
            output.write(_blueprint_after(target_name, after).rstrip("\n"))
        elif stage is Stage.blueprint:
            output.write(str(_compile(target_name)[1].blueprint).rstrip("\n"))
        else:
            output.write_source(_compile(target_name)[1].source)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A saved module.")],
) -> None:
    """Tell whether a saved module still fits its tasks and workflow functions.

    Exit code 1 if it was edited or one of them has changed since.
    """
    with output.reported():
        if not file.is_file():
            raise output.UsageError(f"there is no file {str(file)!r}")
        target.search_current_folder()
        target.search_beside(file)
        from cascade_gen.artifact.check import check_file

        report = check_file(file)
        for line in report.lines:
            output.write(line)
        if report.status != "fresh":
            raise typer.Exit(output.FAILED)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A saved module, or what to compile, as MODULE:NAME.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Likewise.")],
) -> None:
    """Tell what differs for a caller between two saved modules.

    Exit code 1 if all that differs is compatible, 3 if something may break a call. The files are read, not run.
    """
    with output.reported():
        from cascade_gen.artifact.diff import compare

        changes = compare(_saved(old), _saved(new))
        write_changes(changes)
        if changes:
            raise typer.Exit(output.BREAKING if any(one.breaking for one in changes) else output.FAILED)


@app.command()
def explain(code: Annotated[str, typer.Argument(metavar="CODE", help="Such as CS101.")]) -> None:
    """Explain an error code."""
    with output.reported():
        from cascade_gen.inspect import explain_code

        text = explain_code.explain(code)
        if text is None:
            raise output.UsageError(explain_code.unknown(code))
        output.write(text, end="")


@app.command()
def visualize(
    target_name: TargetArgument,
    file: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="An .svg, .png, .pdf ..., or its text as .dot."),
    ] = None,
) -> None:
    """Draw the graph of a workflow.

    Without a FILE it is printed in Graphviz's language.
    """
    with output.reported():
        from cascade_gen.inspect.visualise import render, to_dot

        graph = to_dot(target.find_target(target_name).value)
        if file is None:
            output.write(graph.source, end="")
        else:
            _write_file(file, lambda: render(graph, file))


def _compile(name: str) -> tuple[target.Target, Any]:
    """What `name` stands for, and its compiled function. The resources of its module are at its disposal."""
    found = target.find_target(name)
    import cascade as cs

    return found, cs.aot(found.value, resources=_resources(found))


def _saved(name: str) -> Saved:
    """The saved module `name`, or what `cascade build` would save for a MODULE:NAME."""
    from cascade_gen.artifact.diff import read_saved

    file = Path(name)
    if file.is_file():
        return read_saved(file)
    if ":" not in name:
        raise output.UsageError(f"there is no file {name!r}")
    with TemporaryDirectory() as folder:
        built = Path(folder, "built.py")
        _compile(name)[1].save(built)
        return read_saved(built)


def _blueprint_after(name: str, after: str) -> str:
    """The listing of what `name` stands for as the pass `after` leaves it."""
    from cascade_gen.lower import BlueprintBuilder
    from cascade_gen.optimize import PASSES, optimise

    passes = [one.__name__ for one in PASSES]
    if after not in passes:
        hint = output.did_you_mean(after, passes)
        raise output.UsageError(f"there is no pass {after!r}{hint}\nThe passes are {', '.join(passes)}")
    found = target.find_target(name)
    lowered = BlueprintBuilder(_resources(found)).build(found.value, template=True)
    return str(optimise(lowered, after))


def _resources(found: target.Target) -> list[Any]:
    from cascade_gen.lang import ResourceDefinition

    named = {one.name: one for one in vars(found.module).values() if isinstance(one, ResourceDefinition)}
    return list(named.values())  # the last of a name, as with names of any kind


def _run_compiled(function: Any, values: dict[str, Any]) -> Any:
    positional, named = inputs.call_arguments(values, function.__signature__)
    return function.run(*positional, **named)


def _interpret(found: target.Target, values: dict[str, Any]) -> Any:
    import cascade as cs

    return cs.run(found.value, values, resources=_resources(found))


def _check_is_no_source(file: Path, modules: Iterable[str]) -> None:
    """Refuse to write over what is compiled: the file of one of these modules."""
    for name in modules:
        source = getattr(sys.modules.get(name), "__file__", None)
        if source is not None and file.exists() and file.samefile(source):
            raise output.UsageError(f"{str(file)!r} is the source of what is compiled; write to another file")


def _warn_of_hidden(file: Path, modules: Iterable[str]) -> None:
    """Tell where a file that is run as a script would be found in the place of a module that it imports."""
    name = file.stem
    if name in {one.partition(".")[0] for one in modules} and not (file.parent / name / "__init__.py").is_file():
        said = f"run as a script, {str(file)!r} finds itself as the module {name!r} that it imports"
        output.complain(f"{said}; give it another name", title="warning: ", colour="yellow")


def _write_file(file: Path, write: Callable[[], object]) -> None:
    try:
        write()
    except OSError as error:
        raise output.UsageError(f"can't write {str(file)!r}: {error.strerror or error}") from None
    output.write_error(f"wrote {file}\n")


if __name__ == "__main__":
    main()
