"""A sample of the corpus, and what the corpus takes for a new failure."""

from __future__ import annotations

import json
import subprocess
import sys
import types
from pathlib import Path
from textwrap import dedent

import pytest

from .compare import ROOT, BrokenRun, compare, new_failures
from .outcomes import FAILED, PASSED, SKIPPED, run_tests
from .subjects import SUBJECTS, Subject

_SAMPLE = [subject for subject in SUBJECTS if subject.name in ("colorsys", "shlex", "textwrap")]


def _has_tests() -> bool:
    probe = subprocess.run([sys.executable, "-c", "import test.support, test.test_textwrap"], capture_output=True)
    return probe.returncode == 0


@pytest.mark.parametrize("subject", _SAMPLE, ids=lambda subject: subject.name)
def test_cpythons_tests_pass_with_compiled_functions(subject: Subject) -> None:
    if not _has_tests():
        with pytest.raises(BrokenRun, match="test"):
            compare(subject)
        return
    report = compare(subject)
    assert report.failures == {}
    assert report.tests > 5
    assert report.ran is not None
    assert report.ran > 5
    assert report.verdicts["left out"] == 0


def test_what_came_out_worse_is_a_new_failure() -> None:
    plain = {"kept": PASSED, "broken": PASSED, "gone": PASSED, "skipped now": PASSED, "failed before": FAILED}
    replaced = {"kept": PASSED, "broken": FAILED, "skipped now": SKIPPED, "failed before": FAILED, "setup": FAILED}
    assert sorted(new_failures(plain, replaced)) == ["broken", "gone", "setup", "skipped now"]


def test_what_came_out_better_is_none() -> None:
    plain = {"repaired": FAILED, "dropped": FAILED, "runs now": SKIPPED}
    assert new_failures(plain, {"repaired": PASSED, "runs now": PASSED}) == {}


def test_outcomes_name_failing_subtests_and_their_test(monkeypatch: pytest.MonkeyPatch) -> None:
    text = """\
        import unittest

        class Case(unittest.TestCase):
            def test_good(self):
                pass

            def test_parts(self):
                for number in range(3):
                    with self.subTest(number=number):
                        self.assertNotEqual(number, 1)

            @unittest.skip("not here")
            def test_skipped(self):
                pass

            @unittest.expectedFailure
            def test_wrong(self):
                self.fail()
        """
    module = types.ModuleType("a_few_tests")
    exec(dedent(text), vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    outcomes = run_tests(["a_few_tests"])
    assert outcomes.tests == {
        "a_few_tests.Case.test_good": PASSED,
        "a_few_tests.Case.test_parts": FAILED,
        "a_few_tests.Case.test_parts (number=1)": FAILED,
        "a_few_tests.Case.test_skipped": SKIPPED,
        "a_few_tests.Case.test_wrong": PASSED,
    }
    assert "AssertionError: 1 == 1" in outcomes.tracebacks["a_few_tests.Case.test_parts (number=1)"]


_SHAPES = '''\
    def double(x):
        """Twice x."""
        return 2 * x

    async def later(x): return x
    def count(n): yield from range(n)

    table = {"double": [(double, later)]}

    class Shape:
        def area(self): return double(3)
        @staticmethod
        def unit(): return "m"
        @classmethod
        def named(cls): return cls.__name__
        @property
        def side(self): return self._side
        @side.setter
        def side(self, value): self._side = value
    '''

_LOOK = """\
    import importlib, json, sys
    from tests.corpus.replace import replace_in

    replaced = replace_in(["shapes"])
    import shapes
    first = [one.name for one in replaced.functions]
    shape = shapes.Shape()
    shape.side = 4
    found = {
        "functions": first,
        "same": shapes.table["double"][0][0] is shapes.double,
        "compiled": hasattr(shapes.double, "blueprint") and hasattr(vars(shapes.Shape)["side"].fset, "blueprint"),
        "values": [shapes.double(2), shape.area(), shape.unit(), shape.named(), shape.side, list(shapes.count(2))],
        "doc": shapes.double.__doc__,
    }
    del sys.modules["shapes"]
    found["anew"] = hasattr(importlib.import_module("shapes").double, "blueprint")
    print(json.dumps(found))
    """


def test_functions_are_replaced_wherever_a_module_refers_to_them(tmp_path: Path) -> None:
    (tmp_path / "shapes.py").write_text(dedent(_SHAPES), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", dedent(_LOOK)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == {
        "functions": [
            *("shapes:double", "shapes:later", "shapes:count", "shapes:Shape.area", "shapes:Shape.unit"),
            *("shapes:Shape.named", "shapes:Shape.side", "shapes:Shape.side"),
        ],
        "same": True,
        "compiled": True,
        "values": [4, 6, "m", "Shape", 4, [0, 1]],
        "doc": "Twice x.",
        "anew": True,
    }
