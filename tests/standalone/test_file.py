"""The file itself: its command line, stamps, what checkers say of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import black
import pytest

from cascade_gen.artifact.check import check_file
from tests.standalone.support import Package, printed, run

STEPS = """
    from __future__ import annotations

    import time

    import cascade as cs

    from .rates import rate


    @cs.task
    def price(item: str, counts: list[int], percent: int = 10) -> int:
        return rate(item) * len(counts) * percent


    @cs.task
    def wait(seconds: float) -> None:
        print("waiting", flush=True)
        time.sleep(seconds)


    @cs.task
    async def later(n: int) -> int:
        if n < 0:
            raise ValueError("n is negative")
        return n


    def workflow():
        return price("apple", [1], percent=cs.Param("limit", type=int, description="how much of it"))
"""
RATES = """
    TABLE: dict[str, int] = {}
    TABLE["apple"] = 3


    def rate(item: str) -> int:
        return TABLE[item]
"""
FORMS = """
    from __future__ import annotations

    import sys
    from typing import Generic, TypeVar

    import cascade as cs

    T = TypeVar("T")

    if sys.version_info >= (3, 12):

        def half(n: int) -> int:
            return n // 2

    else:

        class half:
            def __new__(cls, n: int) -> int:  # type: ignore[misc]
                return n // 2


    LEAST = 1
    match LEAST:
        case 1:

            def whole() -> int:
                return LEAST


    MOST = 3
    Any = 5  # which the annotations of Cascade's functions mean
    annotations = 2  # which the first line imports


    class Stack(Generic[T]):
        items: list[T]


    def first(stack: Stack[int] | list[int]) -> int:
        return half(stack[0]) if isinstance(stack, list) else MOST


    class Steps:
        @staticmethod
        @cs.task
        def root(n: int = 4) -> int:
            return first([n]) + whole() + Any + annotations
"""


@pytest.fixture
def package(tmp_path: Path) -> Package:
    return Package(tmp_path, steps=STEPS, rates=RATES)


def test_help_shows_the_inputs(package: Package) -> None:
    text = printed(package.save(package.load().price), "--help")
    for words in ("--item STR", "--counts JSON", "--percent INT", "int, default 10"):
        assert words in text
    text = printed(package.save(package.load().workflow()), "--help")
    assert "--limit INT how much of it, int" in " ".join(text.split())


def test_inputs_are_converted(package: Package) -> None:
    path = package.save(package.load().price)
    assert printed(path, "--item", "apple", "--counts=[1, 2]", "--percent", "5") == "30"
    assert printed(path, "--percent", "-1", "--item", "apple", "--counts", "[1]") == "-3"


def test_exit_codes(package: Package) -> None:
    path = package.save(package.load().price)
    failed = run(path, "--item", "pear", "--counts", "[]")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "KeyError: 'pear'\ntask 'price'" in failed.stderr
    for wrong in (("--item", "x"), ("--item", "x", "--counts", "no"), ("--nope", "1")):
        done = run(path, *wrong)
        assert (done.returncode, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr
    later = package.save(package.load().later, "later")
    assert printed(later, "--n=-0") == "0"
    assert run(later, "--n=-1").returncode == 1


def test_interrupted(package: Package) -> None:
    path = package.save(package.load().wait)
    with subprocess.Popen(
        [sys.executable, "-I", str(path), "--seconds", "60"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "interrupted\n")


def test_check_tells_fresh_stale_and_edited(package: Package) -> None:
    path = package.save(package.load().price)
    assert check_file(path).status == "fresh"
    package.write("rates", RATES.replace("= 3", "= 4"))
    stale = check_file(path)
    assert stale.status == "stale"
    assert f"{package.name}.rates" in stale.lines[0]
    package.write("rates", RATES + "\n    OTHER = 1  # nothing that was taken along\n")
    assert check_file(path).status == "fresh"
    path.write_text(path.read_text().replace("percent", "per_cent"))
    assert check_file(path).status == "edited"


def test_checkers_have_nothing_to_say(package: Package) -> None:
    module = package.load()
    package.write("forms", FORMS)
    paths = [
        package.save(module.price, "price"),
        package.save(module.later(module.price("a", [1])), "both"),
        package.save(package.load("forms").Steps.root(), "forms"),
    ]
    for path in paths:
        text = path.read_text()
        assert black.format_str(text, mode=black.Mode()) == text
    binaries = Path(sys.executable).parent
    for command in (["ruff", "check", "--isolated", "--no-cache", "--select", "E,F,I"], ["mypy", "--no-incremental"]):
        tool = shutil.which(command[0], path=os.pathsep.join([str(binaries), os.environ.get("PATH", "")]))
        assert tool is not None
        done = subprocess.run(
            [tool, *command[1:], *map(str, paths)], capture_output=True, text=True, cwd=paths[0].parent
        )
        assert done.returncode == 0, done.stdout


def test_names_that_the_first_lines_bind_may_be_the_users_too(package: Package) -> None:
    package.write("forms", FORMS)
    assert printed(package.save(package.load("forms").Steps.root()), "--n", "8") == "12"


def test_the_same_bytes_for_every_hash_seed(package: Package) -> None:
    code = (
        f"import sys; sys.path[:0] = [{str(package.folder)!r}, {str(Path.cwd())!r}]\n"
        f"import cascade as cs, {package.name}.steps as steps\n"
        "cs.aot(steps.later(steps.price('a', [1]))).save(sys.argv[1], standalone=True)"
    )
    texts = []
    for seed in ("1", "2"):
        path = package.folder / f"seed_{seed}.py"
        subprocess.run(
            [sys.executable, "-c", code, str(path)], env={**os.environ, "PYTHONHASHSEED": seed}, check=True
        )
        texts.append(path.read_bytes())
    assert texts[0] == texts[1]


def test_a_small_sync_file_imports_nothing_slow(package: Package) -> None:
    path = package.save(package.load().price)
    code = (
        "import sys; exec(compile(open(sys.argv[1]).read(), sys.argv[1], 'exec'), {'__name__': 'agent'})\n"
        "print(*{'typing', 'inspect', 'argparse', 'asyncio'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
