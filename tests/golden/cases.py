"""Golden cases: the form of the `.test` files, read and written.

A file holds several cases, in the manner of mypyc's test data:

    [case poll_goes_round]
    What the case shows, in a line or two.

    [module agents/crawl.py]
    import cascade as cs
    ...

    [workflow]
    poll("http")

    [options]
    blueprints=[pong]

    [blueprint]
    [source]
    [run]
    run(n=3) -> 'done'
    run(n="x") raises TypeError: the message

    [command]
    --n 3 -> done
    --n x exits 2: the last line of standard error

`[workflow]` is evaluated in the last of the case's modules; a case without a module goes on with those of the
case before it. `[options]` are keyword arguments of `cs.aot`. `[error]` is what compiling raises, `[warning]` what
it warns of. Only the sections that a case has are checked, and rewritten by `--update-data`; one with none of them
gets its Blueprint and source, or its error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"

_INPUTS = ("module", "workflow", "options")
_OUTPUTS = ("error", "warning", "blueprint", "source", "run", "command")
_HEADER = re.compile(rf"\[(case|{'|'.join((*_INPUTS, *_OUTPUTS))})(?: ([^\]]+))?\]")


@dataclass
class Case:
    """One case: its inputs, and what is expected of it by the name of the section."""

    file: str
    name: str
    about: str = ""
    modules: dict[str, str] = field(default_factory=dict)
    inherited: bool = False
    workflow: str = ""
    options: str = ""
    expected: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The case's name in the whole suite, fit to be that of a module."""
        return f"{self.file}_{self.name}"

    @property
    def module(self) -> str:
        """The dotted name of the module in which the workflow is evaluated."""
        return module_name(list(self.modules)[-1])

    @property
    def compiles(self) -> bool:
        """Whether compiling is expected to succeed."""
        return "error" not in self.expected


def module_name(path: str) -> str:
    """`agents.crawl` for `agents/crawl.py`."""
    return path.removesuffix(".py").replace("/", ".")


def load_cases() -> list[Case]:
    """Every case of every file, checked to be told apart."""
    cases = [case for path in sorted(DATA.glob("*.test")) for case in read_cases(path)]
    ids = [case.id for case in cases]
    doubled = sorted({one for one in ids if ids.count(one) > 1})
    if doubled:
        raise ValueError(f"cases of one name: {', '.join(doubled)}")
    all_modules(cases)
    return cases


def all_modules(cases: list[Case]) -> dict[str, str]:
    """The text of every module of every case, by its path."""
    found: dict[str, str] = {}
    for case in cases:
        for path, text in case.modules.items():
            if found.setdefault(path, text) != text:
                raise ValueError(f"{case.id}: another case has another module {path}")
    return found


def read_cases(path: Path) -> list[Case]:
    """The cases of one file."""
    cases: list[Case] = []
    for kind, argument, text in _sections(path):
        if kind == "case":
            cases.append(Case(path.stem, argument, text))
        elif not cases:
            raise ValueError(f"{path.name}: [{kind}] stands before the first [case ...]")
        elif kind == "module":
            cases[-1].modules[argument] = text
        elif kind in _INPUTS:
            setattr(cases[-1], kind, text)
        else:
            cases[-1].expected[kind] = text
    for before, case in pairwise(cases):
        if not case.modules:
            case.modules, case.inherited = before.modules, True
    return cases


def write_cases(path: Path, cases: list[Case]) -> None:
    """Write a file anew, in the order of the cases."""
    path.write_text(file_text(cases), encoding="utf-8", newline="\n")


def file_text(cases: list[Case]) -> str:
    """What stands in a file of these cases."""
    return "\n\n".join(map(_text, cases))


def _sections(path: Path) -> Iterator[tuple[str, str, str]]:
    """Kind, argument and text of each section."""
    kind, argument, lines = "", "", list[str]()
    for line in [*path.read_text(encoding="utf-8").split("\n"), "[case the_end]"]:
        header = _HEADER.fullmatch(line)
        if header is None:
            lines.append(line)
            continue
        if kind or "\n".join(lines).strip():
            yield kind, argument, "\n".join(lines).strip("\n")
        kind, argument, lines = header[1], header[2] or "", []


def _text(case: Case) -> str:
    parts: list[str] = []
    if not case.inherited:
        parts.extend(f"[module {path}]\n{text}" for path, text in case.modules.items())
    parts.extend(f"[{kind}]\n{text}" for kind in _INPUTS[1:] if (text := getattr(case, kind)))
    parts.extend(f"[{kind}]\n{case.expected[kind]}" for kind in _OUTPUTS if kind in case.expected)
    about = f"{case.about}\n\n" if case.about else ""
    return f"[case {case.name}]\n{about}" + "\n\n".join(map(str.rstrip, parts)) + "\n"
