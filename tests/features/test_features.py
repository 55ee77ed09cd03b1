"""Every feature on every path; docs/features.md is the table of what passed."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import cascade as cs

from .markdown import COLUMNS, table_text
from .paths import PATHS, save
from .surroundings import surrounded
from .table import Feature, features_of
from .twins import AREAS, twin_name, write_twins

pytestmark = pytest.mark.filterwarnings("ignore::cascade_gen.errors.CompileWarning")

ROOT = Path(__file__).parents[2]
DOC = ROOT / "docs" / "features.md"
PACKAGE = __package__ or "tests.features"

ROWS = [one for area in AREAS for one in features_of(importlib.import_module(f"{PACKAGE}.{area}").__name__)]
CELLS = [(row, path) for row in ROWS for path in COLUMNS if path not in row.dashes]


def cell_id(cell: tuple[Feature, str]) -> str:
    return f"{cell[0].module.rpartition('.')[2]}-{cell[0].name}-{cell[1].replace(' ', '_')}"


@pytest.fixture(scope="session")
def passed() -> set[tuple[str, str, str]]:
    """Module, row and path of the cells that passed."""
    return set()


@pytest.fixture(scope="session")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the async twins, which are importable meanwhile."""
    folder = tmp_path_factory.mktemp("twins")
    write_twins(folder)
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


def variants(row: Feature) -> list[Feature]:
    """The row as written and as its async twin, as far as it has them."""
    found = [row] if "sync" in row.variants else []
    if "async" in row.variants:
        twin = twin_name(row.module.rpartition(".")[2])
        importlib.import_module(twin)
        found += [one for one in features_of(twin) if one.name == row.name]
    return found


@pytest.fixture(scope="session")
def elsewhere(twins: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What failed of all saved modules, run by one other process."""
    folder = tmp_path_factory.mktemp("elsewhere")
    failed, index = {}, []
    for row in (one for one in ROWS if "elsewhere" not in one.dashes):
        for one in variants(row):
            file = f"{one.module.rpartition('.')[2]}_{one.name}.py"
            try:
                with surrounded(one, folder):
                    function = save(one, folder / file)
            except Exception as error:
                failed[file] = f"it could not be saved: {error!r}"
            else:
                index.append({"file": file, "module": one.module, "name": one.name, "function": function})
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", f"{PACKAGE}.elsewhere", str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(twins)])},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    return failed | json.loads(ran.stdout)


@pytest.mark.parametrize("cell", CELLS, ids=cell_id)
def test_feature(
    cell: tuple[Feature, str],
    passed: set[tuple[str, str, str]],
    twins: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    row, path = cell
    for one in variants(row):
        if path == "elsewhere":
            failed = request.getfixturevalue("elsewhere")
            file = f"{one.module.rpartition('.')[2]}_{one.name}.py"
            assert file not in failed, failed[file]
        else:
            with surrounded(one, tmp_path):
                one.check(PATHS[path])
    passed.add((row.module, row.name, path))


@pytest.mark.parametrize("area", AREAS)
def test_twins_have_no_sync_tasks_but_those_that_say_so(area: str, twins: Path) -> None:
    twin = importlib.import_module(twin_name(area))
    lines = (twins / f"{twin_name(area)}.py").read_text(encoding="utf-8").splitlines()
    for task in (
        one for one in vars(twin).values() if isinstance(one, cs.Task) and one.func.__module__ == twin.__name__
    ):
        decorator = lines[task.func.__code__.co_firstlineno - 1]
        assert task.is_async != ("mode=" in decorator or "stays sync" in decorator), task.name


def test_the_table_in_the_docs_is_what_passed(
    passed: set[tuple[str, str, str]], request: pytest.FixtureRequest
) -> None:
    ran = [item for item in request.session.items if item.name.startswith("test_feature[")]
    if len(ran) < len(CELLS):
        pytest.skip("only a part of the table was run")
    text = table_text(ROWS, passed)
    if request.config.getoption("--update-data"):
        DOC.write_text(text, encoding="utf-8")
    assert DOC.read_text(encoding="utf-8") == text, "run this folder's tests with --update-data"
