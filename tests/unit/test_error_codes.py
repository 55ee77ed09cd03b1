"""Every code: it is explained, its examples do what they say, and a golden case shows it."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator
from importlib import import_module, invalidate_caches
from pathlib import Path
from types import ModuleType

import pytest

import cascade as cs
from cascade_gen.check import capacity, checks, edges, empty, jumps, misplaced, tail_calls
from cascade_gen.errors import CompileError, CompileWarning
from cascade_gen.inspect.codes import CODES
from cascade_gen.inspect.explain_code import errors_page, explain
from tests.golden.cases import load_cases

ROOT = Path(__file__).parents[2]


def error_classes(base: type[CompileError] = CompileError) -> Iterator[type[CompileError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from error_classes(kind)


def codes_in_use() -> set[str]:
    """The codes of all error classes, and those that the checks give their warnings."""
    modules: list[ModuleType] = [capacity, checks, edges, empty, jumps, misplaced, tail_calls]
    constants = (value for module in modules for value in vars(module).values() if isinstance(value, str))
    warned = {value for value in constants if re.fullmatch(r"CS\d{3}", value)}
    return warned | {kind.code for kind in error_classes() if kind.__module__.startswith("cascade_gen")}


def test_every_code_is_explained_and_no_other() -> None:
    assert codes_in_use() == CODES.keys()


def test_every_error_class_has_a_code_of_its_own() -> None:
    classes = [kind for kind in error_classes() if kind.__module__.startswith("cascade_gen")]
    assert len({kind.code for kind in classes}) == len(classes)
    assert CompileError.code not in CODES


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@cs.task
def poll(url: str) -> str:
    return url


def codes_of(folder: Path, name: str, program: str) -> set[str]:
    """The codes that running a program as a module gives, errors and warnings."""
    cs.aot(poll).save("newer.py")
    saved = folder / "newer.py"
    saved.write_text(re.sub(r"(?m)^format \d+,", "format 1000,", saved.read_text()))
    (folder / f"{name}.py").write_text(f"import cascade as cs\n\n{program}")
    invalidate_caches()
    found: set[str] = set()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            import_module(name)
        except CompileError as error:
            found = {one.code for one in error.errors}
        finally:
            sys.modules.pop(name, None)
    warned = [one.message for one in caught]
    return found | {one.code if isinstance(one, CompileWarning) else str(one) for one in warned}


@pytest.mark.parametrize("code", CODES)
def test_the_wrong_example_gets_the_code_and_the_right_one_none(code: str, folder: Path) -> None:
    assert codes_of(folder, f"wrong_{code}", CODES[code].wrong) == {code}
    assert codes_of(folder, f"right_{code}", CODES[code].right) == set()


@pytest.mark.parametrize("code", CODES)
def test_the_explanation_has_all_parts(code: str) -> None:
    text = explain(f" {code.lower()}\n")
    assert text is not None
    assert text.startswith(f"{code}: {CODES[code].title}\n\n")
    assert "\n\nWrong:\n\n    " in text and "\n\nRight:\n\n    " in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("code", CODES.keys() - {"CS202", "CS901"})
def test_a_golden_case_shows_the_code(code: str) -> None:
    shown = [text for case in load_cases() for text in case.expected.values()]
    assert any(f"{code}: " in text for text in shown)


def test_the_page_of_errors_is_that_of_the_table() -> None:
    assert (ROOT / "docs" / "errors.md").read_text(encoding="utf-8") == errors_page()
