"""Saved modules tell type checkers of inputs that are of the user's own classes, and import nothing for that."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import cascade as cs
from tests.type_checks import mypy

ROOT = Path(__file__).resolve().parents[2]
MAIL = """
    class Inbox:
        size = 1


    class Outer:
        class Inner:
            pass
"""
JOBS = """
    from __future__ import annotations

    import decimal
    from collections.abc import Callable, Sequence
    from typing import TYPE_CHECKING, Annotated, Any, Optional

    import cascade as cs
    import MAIL
    from MAIL import Inbox
    from MAIL import Outer as Around

    if TYPE_CHECKING:
        from fractions import Fraction


    @cs.task
    def read(
        inbox: Inbox,
        own: Optional["Own"] = None,
        inner: "list[Around.Inner] | None" = None,
        parts: Sequence[MAIL.Inbox] = (),
        exact: Annotated[decimal.Decimal | None, "money"] = None,
        more: dict[str, Any] | None = None,
        kind: type[Inbox] | None = None,
        text: str = "a",
        anything: Any = None,
        hidden: Fraction | None = None,
        call: Callable[[Inbox], int] | None = None,
    ) -> int:
        return inbox.size


    class Own:
        pass


    @cs.workflow
    def flow(inbox: Inbox, own: Own | None = None):
        return read(inbox, own)


    @cs.task
    def strict(inbox: Inbox, own: Own | None = None) -> int:
        return inbox.size + (own is None)
"""
EXPECTED = {
    "inbox": '"_MAIL.Inbox"',
    "own": '"_JOBS.Own | None"',
    "inner": '"list[_MAIL.Outer.Inner] | None"',
    "parts": '"_abc.Sequence[_MAIL.Inbox]"',
    "exact": '"_decimal.Decimal | None"',
    "more": '"dict[str, _typing.Any] | None"',
    "kind": '"type[_MAIL.Inbox] | None"',
    "text": "str",
}


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    folder = tmp_path_factory.mktemp("hints")
    for name, text in {"hinted_mail": MAIL, "hinted_jobs": JOBS}.items():
        lines = [line[4:] for line in text.splitlines()]
        (folder / f"{name}.py").write_text("\n".join(lines).strip().replace("MAIL", "hinted_mail") + "\n")
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module("hinted_jobs")
    finally:
        sys.path.remove(str(folder))


def test_each_is_told_where_it_can_be_named(jobs: ModuleType) -> None:
    source = cs.aot(jobs.read).source
    found = dict(re.findall(r"^    (\w+): (.*?)(?: = .*)?,$", source.partition("def read(")[2], re.M))
    assert found == {
        name: text.replace("MAIL", "hinted_mail").replace("JOBS", "hinted_jobs") for name, text in EXPECTED.items()
    }


def test_what_is_saved_imports_nothing_for_it(jobs: ModuleType, tmp_path: Path) -> None:
    cs.aot(jobs.strict).save(tmp_path / "saved.py")
    code = "import sys, saved; print([one for one in sys.modules if one.startswith('hinted')])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_what_is_saved_passes_type_checkers(jobs: ModuleType, tmp_path: Path) -> None:
    for name in ("read", "flow", "strict"):
        cs.aot(getattr(jobs, name)).save(tmp_path / f"{name}_saved.py")
    program = "from strict_saved import strict\nimport hinted_mail\n\nstrict(hinted_mail.Inbox())\nstrict(1)\n"
    (tmp_path / "program.py").write_text(program)
    roots = ROOT, Path(str(jobs.__file__)).parent
    options = ["--config-file=", "--no-error-summary", "--follow-imports=silent", f"--cache-dir={tmp_path / 'cache'}"]
    assert mypy([*options, "read_saved.py", "flow_saved.py"], tmp_path, *roots) == ("", "", 0)
    assert mypy([*options, "--strict", "strict_saved.py"], tmp_path, *roots) == ("", "", 0)
    said, _, _ = mypy([*options, "program.py"], tmp_path, *roots)
    assert said.strip() == (
        'program.py:5: error: Argument 1 to "strict" has incompatible type "int"; expected "Inbox"  [arg-type]'
    )


def test_the_command_reads_them_as_without(jobs: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "saved.py"
    cs.aot(jobs.strict).save(path)
    places = os.pathsep.join((str(ROOT), str(Path(str(jobs.__file__)).parent)))
    done = subprocess.run(
        [sys.executable, str(path), "--help"],
        env={**os.environ, "PYTHONPATH": places},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "--inbox JSON  json" in done.stdout
    alone = tmp_path / "alone.py"
    cs.aot(jobs.strict).save(alone, standalone=True)
    assert "_hinted_mail" not in alone.read_text()
