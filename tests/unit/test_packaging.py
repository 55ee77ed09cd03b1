"""The wheel: it holds what it needs, and works where there is no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from email.parser import Parser
from pathlib import Path
from textwrap import dedent

import pytest

from cascade_gen._version import __version__
from cascade_gen.resources_path import template_text

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(file.name for file in (ROOT / "templates").glob("*.py"))

USE = """\
    import sys
    from pathlib import Path

    import cascade as cs
    import cascade_gen
    from cascade_gen.resources_path import template_text

    import words

    assert Path(cascade_gen.__file__).is_relative_to(sys.prefix), cascade_gen.__file__
    assert Path(cs.__file__).is_relative_to(sys.prefix), cs.__file__
    for name in sys.argv[1:]:
        assert template_text(name)
    run = cs.aot(words.count(words.split("to be or not to be")))
    assert run.run() == 6
    print("ok")
"""

WORDS = """\
    import cascade as cs


    @cs.task
    def split(text: str) -> list[str]:
        return text.split()


    @cs.task
    def count(items: list[str]) -> int:
        return len(items)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout without asking for anything from outside."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT))
    (built,) = folder.iterdir()
    return built


def run(*command: str, cwd: Path = ROOT) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_holds_every_source_and_template(wheel: Path) -> None:
    packaged = names(wheel)
    for package in ("cascade", "cascade_gen"):
        assert f"{package}/py.typed" in packaged
        for file in (ROOT / package).rglob("*.py"):
            assert file.relative_to(ROOT).as_posix() in packaged
    assert TEMPLATES
    for name in TEMPLATES:
        assert f"cascade_gen/templates/{name}" in packaged


def test_holds_nothing_else(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in names(wheel)}
    assert tops == {"cascade", "cascade_gen", f"cascade_gen-{__version__}.dist-info"}
    assert not [name for name in names(wheel) if "__pycache__" in name]


def test_says_what_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        info = f"cascade_gen-{__version__}.dist-info"
        metadata = Parser().parsestr(archive.read(f"{info}/METADATA").decode())
        assert f"{info}/licenses/LICENSE" in archive.namelist()
        assert "cascade = cascade_gen.cli:main" in archive.read(f"{info}/entry_points.txt").decode()
    assert metadata["Name"] == "cascade-gen"
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"


def test_works_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", str(home))
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    python = str(scripts / "python")
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    install = ("-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index")
    run(sys.executable, *install, str(wheel))
    # The requirements are those of this environment. As a .pth they come after the wheel's own packages, and
    # the .pth files of that environment, which may point back to the checkout, are not read.
    (site / "requirements.pth").write_text(sysconfig.get_path("purelib") + "\n")

    work = tmp_path / "work"
    work.mkdir()
    (work / "words.py").write_text(dedent(WORDS))
    (work / "use.py").write_text(dedent(USE))
    assert run(python, "use.py", *TEMPLATES, cwd=work) == "ok\n"
    assert run(str(scripts / "cascade"), "--version", cwd=work) == f"cascade {__version__}\n"
    arguments = ("run", "words.py:split", "--input", "text=to be")
    assert run(str(scripts / "cascade"), *arguments, cwd=work) == '["to", "be"]\n'


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_checkout_finds_its_own_templates(name: str) -> None:
    assert template_text(name) == (ROOT / "templates" / name).read_text(encoding="utf-8")


def test_a_template_that_is_not_there() -> None:
    with pytest.raises(FileNotFoundError, match=r"no template 'nothing\.py'"):
        template_text("nothing.py")
