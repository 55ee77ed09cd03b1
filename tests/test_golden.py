"""Golden cases: what workflows become, and what comes of running them (`--update-data` rewrites them)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import black
import pytest

from cascade_gen.blueprint.parse import parse_blueprint
from cascade_gen.blueprint.verify import verify
from tests.golden.cases import DATA, Case, file_text, load_cases, read_cases, write_cases
from tests.golden.harness import ROOT, Workspace

CASES = load_cases()
COMPILED = [case for case in CASES if case.compiles]
SOUND = [case for case in COMPILED if not case.id.startswith("errors_")]
"""Those whose tasks' own code, which moves into the module, is nothing to complain of."""

pytestmark = pytest.mark.filterwarnings("ignore::cascade_gen.errors.CompileWarning")  # `[warning]` has them


def named(cases: list[Case]) -> list[object]:
    return [pytest.param(case, id=case.id) for case in cases]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(tmp_path_factory.mktemp("golden"), CASES)


@pytest.fixture(scope="module")
def update(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Whether the cases are to take what they get; they are written at the end."""
    wanted = bool(request.config.getoption("--update-data"))
    yield wanted
    if wanted:
        for path in DATA.glob("*.test"):
            write_cases(path, [case for case in CASES if case.file == path.stem])


@pytest.fixture(scope="module")
def generated(workspace: Workspace) -> Path:
    """A folder with the modules of all cases."""
    folder = workspace.root / "generated"
    folder.mkdir()
    for case in filter(lambda case: case.compiles, COMPILED):
        with workspace.compiled(case) as function:
            (folder / f"{case.id}.py").write_text(function.source, encoding="utf-8", newline="\n")
    return folder


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in sorted(DATA.glob("*.test"))])
def test_file_is_in_form(path: Path, update: bool) -> None:
    if update:
        pytest.skip("it is being written")
    assert file_text(read_cases(path)) == path.read_text(encoding="utf-8")


@pytest.fixture
def compiles(case: Case) -> None:
    """Leave out what `--update-data` has just found to be an error."""
    if not case.compiles:
        pytest.skip("it gives an error now")


def take(case: Case, found: dict[str, str]) -> None:
    """Let a case expect what it got, in the sections that it has."""
    kinds = {"blueprint", "source", "error", "warning"}
    old = {kind for kind in case.expected if kind in kinds}
    fresh = not case.expected or ("error" in old) != ("error" in found)
    for kind in old - found.keys():
        del case.expected[kind]
    for kind, text in found.items():
        if fresh or kind in old or kind == "warning":
            case.expected[kind] = text


@pytest.mark.parametrize("case", named(CASES))
def test_compiles_to(case: Case, workspace: Workspace, update: bool) -> None:
    found = workspace.outcome(case).sections()
    if update:
        take(case, found)
    for kind in ("error", "warning", "blueprint", "source"):
        if kind in case.expected or kind in ("error", "warning"):
            assert found.get(kind, "") == case.expected.get(kind, "")


@pytest.mark.usefixtures("compiles")
@pytest.mark.parametrize("interpreted", [False, True], ids=["compiled", "interpreted"])
@pytest.mark.parametrize("case", named([case for case in COMPILED if "run" in case.expected]))
def test_runs_to(case: Case, workspace: Workspace, update: bool, interpreted: bool, in_tmp_path: None) -> None:
    found = workspace.runs(case, interpreted)
    if update and not interpreted:
        case.expected["run"] = found
    assert found == case.expected["run"]


@pytest.fixture
def in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("compiles")
@pytest.mark.parametrize("case", named([case for case in COMPILED if "command" in case.expected]))
def test_runs_as_a_script(case: Case, workspace: Workspace, update: bool, generated: Path) -> None:
    found = workspace.command(case, generated / f"{case.id}.py")
    if update:
        case.expected["command"] = found
    assert found == case.expected["command"]


@pytest.mark.usefixtures("compiles")
@pytest.mark.parametrize("case", named(COMPILED))
def test_is_the_same_a_second_time(case: Case, workspace: Workspace, generated: Path) -> None:
    with workspace.compiled(case) as function:
        assert function.source.encode() == (generated / f"{case.id}.py").read_bytes()


@pytest.mark.usefixtures("compiles")
@pytest.mark.parametrize("case", named(COMPILED))
def test_is_stable_under_black(case: Case, generated: Path) -> None:
    source = (generated / f"{case.id}.py").read_text(encoding="utf-8")
    assert black.format_str(source, mode=black.Mode()) == source


@pytest.mark.usefixtures("compiles")
@pytest.mark.parametrize("case", named(COMPILED))
def test_blueprint_keeps_the_rules_and_parses_back(case: Case, workspace: Workspace) -> None:
    with workspace.compiled(case) as function:
        blueprint = function.blueprint
        verify(blueprint)
        assert parse_blueprint(str(blueprint)) == blueprint


def test_are_the_same_with_another_hash_seed(generated: Path, tmp_path: Path) -> None:
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.golden.harness", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    here = {file.stem: file.read_text(encoding="utf-8") for file in generated.glob("*.py")}
    assert json.loads(done.stdout) == here


@pytest.fixture(scope="module")
def ruff_says(generated: Path) -> dict[str, list[str]]:
    return complaints(["ruff", "check", "--isolated", "--no-cache", "--output-format=concise"], generated)


@pytest.mark.usefixtures("compiles")
@pytest.mark.parametrize("case", named(SOUND))
def test_passes_ruff(case: Case, ruff_says: dict[str, list[str]]) -> None:
    assert ruff_says.get(case.id, []) == []


@pytest.fixture(scope="module")
def mypy_says(generated: Path, workspace: Workspace, request: pytest.FixtureRequest) -> dict[str, list[str]]:
    cache = request.config.cache.mkdir("golden-mypy") if request.config.cache else workspace.root / "mypy"
    options = ["--config-file=", "--follow-imports=silent", "--no-error-summary", f"--cache-dir={cache}", "."]
    return complaints(["mypy", *options], generated, ROOT, workspace.modules)


@pytest.mark.usefixtures("compiles")
@pytest.mark.parametrize("case", named(SOUND))
def test_passes_mypy(case: Case, mypy_says: dict[str, list[str]]) -> None:
    assert mypy_says.get(case.id, []) == []


def complaints(command: list[str], folder: Path, *importable: Path) -> dict[str, list[str]]:
    """What a checker that is run once over a folder says of each module in it."""
    environment = {**os.environ, "MYPYPATH": os.pathsep.join(map(str, importable))}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode in (0, 1) and not done.stderr, done.stderr
    found: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        found.setdefault(Path(line.partition(":")[0]).stem, []).append(line)
    return found
