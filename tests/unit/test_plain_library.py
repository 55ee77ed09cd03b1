"""What the standard library is said to give is what it gives, to odd arguments too."""

from __future__ import annotations

import datetime
import hashlib
import pathlib
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from cascade_gen.runtime.redirects import Redirect
from cascade_gen.tasks import plain_library
from cascade_gen.tasks.plain_library import LIBRARY_METHODS, Digest, File
from cascade_gen.tasks.plain_tables import Other, Plain, Text
from tests.unit.test_task_exits_sound import SpoiledNumber, SpoiledText, Spoiler

_WITHOUT = ("io.open", "time.sleep", "os.chdir", "os.rename", "os.replace", "random.seed")
"""What would take long, or change what other tests rely on."""


def _pool(folder: pathlib.Path) -> list[Any]:
    text = folder / "text"
    text.write_text('{"a": [1]}')
    spoiled = [Spoiler(), SpoiledText(text), SpoiledText("a"), SpoiledNumber(2)]
    return [
        *spoiled,
        3,
        2.5,
        -1,
        True,
        "a",
        "[1]",
        b"b",
        [1, 2],
        [SpoiledNumber(1)],
        str(text),
        folder,
        re.compile("a"),
    ]


def _ways(pool: list[Any]) -> Iterator[tuple[Any, ...]]:
    yield ()
    yield from ((one,) for one in pool)
    yield from product(pool, repeat=2)
    yield ("a", SpoiledText("b"), SpoiledText("text a"))
    yield ("z", "b", SpoiledText("text a"))


def _is_as_told(value: object, kinds: frozenset[type]) -> bool:
    given: tuple[type, ...] = tuple(kinds - {File, Digest, Other, Plain, Text})
    if type(value) in given or (pathlib.Path in given and isinstance(value, pathlib.Path)):
        return True
    if File in kinds:
        return hasattr(value, "read")
    if Text in kinds and isinstance(value, str | bytes):
        return True
    if Digest in kinds:
        return hasattr(value, "hexdigest")
    return bool(kinds & {Other, Plain}) and not isinstance(value, Redirect)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(set(plain_library._GIVEN) - {*_WITHOUT}))
def test_a_function_gives_what_it_is_said_to_give(name: str, tmp_path: pathlib.Path) -> None:
    function, kinds = plain_library._GIVEN[name]
    for arguments in _ways(_pool(tmp_path)):
        try:
            value = function(*arguments)
        except Exception:  # what fails gives nothing
            continue
        assert _is_as_told(value, kinds), (arguments, value)
        if File in kinds:
            value.close()


def _instances(folder: pathlib.Path) -> dict[type, list[Any]]:
    match = re.match("(a)(z)?", SpoiledText("ab"))
    return {
        File: [open(folder / "text", mode) for mode in ("r", "rb", "r+b", "a+")],
        Digest: [hashlib.sha256(b"a"), hashlib.md5(b"a"), hashlib.blake2b(b"a")],
        re.Pattern: [re.compile("a"), re.compile("b")],
        re.Match: [match],
        pathlib.Path: [folder, folder / "text", folder / "new", pathlib.Path(SpoiledText("a"))],
        datetime.datetime: [datetime.datetime.now(), datetime.datetime.now(datetime.UTC)],
        datetime.date: [datetime.date.today()],
        datetime.timedelta: [datetime.timedelta(2)],
    }


@pytest.mark.filterwarnings("ignore")
def test_a_method_gives_what_it_is_said_to_give(tmp_path: pathlib.Path) -> None:
    pool, tried = _pool(tmp_path), set()
    instances = _instances(tmp_path)
    last = ("unlink", "rmdir", "close")
    for (kind, name), kinds in sorted(LIBRARY_METHODS.items(), key=lambda one: (one[0][1] in last, one[0][1])):
        for one, arguments in product(instances[kind], [(), ("b", "text"), *((value,) for value in pool)]):
            try:
                value = getattr(one, name)(*arguments)
            except Exception:  # what fails gives nothing
                continue
            tried.add((kind, name))
            assert _is_as_told(value, kinds), (kind, name, arguments, value)
    assert tried == LIBRARY_METHODS.keys()
