"""What annotations make of texts: `cascade run`, a saved module and a standalone file, held against each other."""

from __future__ import annotations

import contextlib
import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import cascade as cs
from cascade_gen.lower.kinds import input_kinds
from cascade_gen.shell.inputs import param_types, read_inputs
from cascade_gen.shell.output import UsageError
from tests.standalone.support import Package, printed, run

ANNOTATIONS = (
    "None",
    "bool",
    "int",
    "float",
    "str",
    "complex",
    "bytes",
    "object",
    "Any",
    "list",
    "List",
    "list[str]",
    "t.List[Decimal]",
    "Dict[str, int]",
    "dict[str, Slot]",
    "tuple[int, ...]",
    "Tuple[()]",
    "set[int]",
    "frozenset",
    "Sequence[str]",
    "Callable[[int], str]",
    "type[int]",
    "Optional[str]",
    "t.Optional[int]",
    "Union[str, None]",
    "Union[int, str]",
    "str | int",
    "int | bool | None",
    "Optional[List[int]]",
    "Optional[Decimal]",
    "Optional[Slot]",
    "Path",
    "pathlib.Path",
    "Path | None",
    "str | Path",
    "Path | str",
    "int | Path",
    "Union[Colour, Path, Decimal]",
    'Literal["1", "2"]',
    "Literal[1, True, None]",
    'Optional[Literal["fast", "slow [all]"]]',
    "Literal[Colour.red]",
    "Colour",
    "Colour | None",
    "Level",
    "Outer.Inner",
    "Hidden",
    'Annotated[str, "told"]',
    "Annotated[Optional[int], 5]",
    'Optional[Annotated[float, "told"]]',
    "Decimal",
    "Fraction",
    "date",
    "UUID",
    "Slot",
    "Name",
    "Optional[Name]",
    "Count",
    "Text",
    "Word",
    "Numbers",
    "MaybeColour",
    "Letters",
    "Few",
    "Limited",
    '"str"',
    'Optional["int"]',
    '"Optional[Colour]"',
)

HEAD = """
    import pathlib
    import typing as t
    from collections.abc import Callable, Sequence
    from datetime import date
    from decimal import Decimal
    from enum import Enum, IntEnum
    from fractions import Fraction
    from pathlib import Path
    from typing import Annotated, Any, Dict, List, Literal, NewType, Optional, Tuple, TypeVar, Union
    from uuid import UUID

    import cascade as cs


    class Colour(Enum):
        red = 1
        blue = 2
        crimson = 1


    class Level(IntEnum):
        LOW = 1


    class Outer:
        class Inner(Enum):
            a = "b"


    def hidden():
        class Hidden(Enum):
            x = 1

        return Hidden


    class Slot:
        pass


    Hidden = hidden()
    Name = NewType("Name", str)
    Count = NewType("Count", int)
    Text = str
    Word = Optional[str]
    Numbers = List[int]
    MaybeColour = Optional[Colour]
    Letters = TypeVar("Letters")
    Few = TypeVar("Few", int, Path)
    Limited = TypeVar("Limited", bound=Decimal)


    def told(given):
        return " ".join(f"{type(one).__qualname__} {one!r}" for one in given.values() if one != "not given")
"""
TEXTS = (
    *("", " 2 ", "5", "007", "1.5", "NaN", "true", "on", "null", "None"),
    *("x", "a", "red", "Colour.red", "LOW", "slow [all]", '["1"]', "[[1]]", '{"a": 1}'),
)


@dataclass
class Programs:
    """A task with an input for each annotation, its function, and its files, compiled."""

    task: Any
    function: Any
    files: dict[str, Any]


def written(folder: Path, first: str, form: str) -> Package:
    """A package with the task, whose annotations are written like `form`."""
    rows = [f"        p{number}: {form.format(one)} = 'not given'," for number, one in enumerate(ANNOTATIONS)]
    text = "\n".join([HEAD, "    @cs.task", "    def shown(", *rows, "    ):", "        return told(locals())", ""])
    return Package(folder, steps=f"    {first}\n{text}")


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    folder = tmp_path_factory.mktemp("kinds")
    package = written(folder, "", "{}")
    task = package.load().shown
    function = cs.aot(task)
    function.save(folder / "module.py")
    paths = [folder / "module.py", package.save(task, "single")]
    return Programs(task, function, {one.stem: compile(one.read_text("utf-8"), str(one), "exec") for one in paths})


def by_cascade_run(programs: Programs, name: str, text: str) -> tuple[int, str]:
    """The exit code of `cascade run`, and what it prints or says is wrong."""
    function = programs.function
    try:
        types = param_types(function.blueprint)
        values = read_inputs([f"{name}={text}"], function.__signature__, input_kinds(programs.task), types)
    except UsageError as error:
        return 2, str(error)
    return 0, function.run(**values)


def by_command(code: Any, *arguments: str) -> tuple[int, str]:
    """The same of a file that is run."""
    out, err = io.StringIO(), io.StringIO()
    before, sys.argv = sys.argv, ["agent.py", *arguments]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
            exec(code, {"__name__": "__main__"})
    finally:
        sys.argv = before
    said = err.getvalue().rstrip("\n").rpartition("\n")[2].partition("error: ")[2]
    return int(ended.value.code or 0), said or out.getvalue().removesuffix("\n")


@pytest.mark.parametrize("index", range(len(ANNOTATIONS)), ids=ANNOTATIONS)
def test_a_saved_command_reads_what_cascade_run_reads(programs: Programs, index: int) -> None:
    for text in TEXTS:
        read = by_cascade_run(programs, f"p{index}", text)
        for name, code in programs.files.items():
            assert (text, name, *by_command(code, f"--p{index}={text}")) == (text, name, *read)


@pytest.mark.parametrize(("first", "form"), [("from __future__ import annotations", "{}"), ("", "{!r}")])
def test_annotations_that_are_text_mean_the_same(programs: Programs, tmp_path: Path, first: str, form: str) -> None:
    package = written(tmp_path, first, form)
    source = cs.aot(package.load().shown).source
    found = [text.partition("def shown(")[2].partition("    try:")[0] for text in (source, programs.function.source)]
    assert found[0] == found[1] != ""
    found = [text.partition("    command(")[2] for text in (source, programs.function.source)]
    assert found[0] == found[1] != ""


def test_help_says_what_is_read(tmp_path: Path) -> None:
    text = """
        from enum import Enum
        from pathlib import Path
        from typing import Literal, Optional

        import cascade as cs


        class Colour(Enum):
            red = 1
            blue = 2


        @cs.task
        def paint(
            folder: Path,
            colour: Optional[Colour] = None,
            mode: Literal["fast", "[all]"] = "fast",
            width: list[int] | int | str = 1,
            shade: Colour | float = 0.5,
            more=None,
            paper: Colour = Colour.blue,
        ):
            return colour
    """
    package = Package(tmp_path, steps=text)
    lines = printed(package.save(package.load().paint), "--help").splitlines()
    assert [" ".join(line.split()) for line in lines if line.startswith("  --")] == [
        "--folder PATH path",
        "--colour {red,blue} {red,blue}, default None",
        "--mode CHOICE {fast,[all]}, default 'fast'",
        "--width INT|STR|JSON int or str or json, default 1",
        "--shade {red,blue}|FLOAT",  # the rest stands below
        "--more JSON json, default None",
        "--paper {red,blue} {red,blue}, default blue",
    ]


def test_an_enum_without_a_name_is_read_by_cascade_run_alone(tmp_path: Path) -> None:
    text = """
        from enum import Enum
        from typing import Literal

        import cascade as cs


        def colours():
            return Enum("Colour", "red blue", module="paints")


        @cs.task
        def paint(colour: colours() = None, other: Literal[colours().red] = None):
            return colour.name
    """
    package = Package(tmp_path, steps=text)
    task = package.load().paint
    given = read_inputs(["colour=red"], cs.aot(task).__signature__, input_kinds(task))
    assert given["colour"].name == "red"
    for name in ("colour", "other"):
        done = run(package.save(task), f"--{name}", "red")
        assert done.returncode == 2
        assert f"the input '{name}' takes nothing that a command line can give; got 'red'" in done.stderr


def test_names_of_what_is_imported_hide_nothing(tmp_path: Path) -> None:
    text = """
        from enum import Enum

        import cascade as cs


        class Path(Enum):
            left = 1


        class command(Enum):
            go = 1


        class list(Enum):
            shopping = 1


        class shown(Enum):
            yes = 1
    """
    body = """
        import pathlib

        import cascade as cs
        from PACKAGE import names as n


        @cs.task
        def shown(a: n.Path, b: pathlib.Path, c: n.command, d: n.list, e: list[n.Path], g: n.shown):
            return [a.name, b.is_dir(), c.name, d.name, e, g.name]
    """
    package = Package(tmp_path, names=text, steps=body)
    task = package.load().shown
    cs.aot(task).save(tmp_path / "module.py")
    expected = '["left", true, "go", "shopping", [1], "yes"]'
    texts = {"a": "left", "b": ".", "c": "go", "d": "shopping", "e": "[1]", "g": "yes"}
    arguments = [f"--{name}={text}" for name, text in texts.items()]
    for path in (tmp_path / "module.py", package.save(task)):
        code = compile(path.read_text("utf-8"), str(path), "exec")
        assert by_command(code, *arguments) == (0, expected)
