"""Defines functions from text, with the text at hand for whoever looks for their source."""

from __future__ import annotations

import itertools
import linecache
from textwrap import dedent
from types import FunctionType
from typing import Any

_numbers = itertools.count(1)


def define(text: str, **names: Any) -> dict[str, Any]:
    """Run `text` as a module of its own that has `names` already; gives its globals."""
    text = dedent(text)
    file = f"<tasks {next(_numbers)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace: dict[str, Any] = {"__name__": "tasks_under_test", **names}
    exec(compile(text, file, "exec", dont_inherit=True), namespace)
    return namespace


def function(text: str, name: str = "f", **names: Any) -> FunctionType:
    """The function `name` that `text` defines; of a task its plain function."""
    found = define(text, **names)[name]
    plain = getattr(found, "func", found)
    assert isinstance(plain, FunctionType)
    return plain
