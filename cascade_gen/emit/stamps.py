"""Writes what a module says of itself in its docstring: who generated it, from what, and the hash of its text."""

from __future__ import annotations

import hashlib
import re

from cascade_gen._version import __version__
from cascade_gen.blueprint import Blueprint
from cascade_gen.lower.declared import declarations

FORMAT = 1
"""The form of the stamps; what is written in a newer one is refused."""

_SHOWN = 16
_PLAIN = re.compile(r"[\w .:/<>@,()\[\]-]*")
_NO_HASH = "0" * _SHOWN
"""What stands in the place of the text's hash until the text is known."""


def text_hash(text: str) -> str:
    """The hash of a module's text, but for the stamp that says it."""
    bare = re.sub(r"(?m)^(format .*, text )[0-9a-f]+$", rf"\g<1>{_NO_HASH}", text, count=1)
    return hashlib.sha256(bare.encode("utf-8", "surrogatepass")).hexdigest()[:_SHOWN]


def stamps(blueprint: Blueprint) -> str:
    """The docstring of a Blueprint's module; the place of the text's hash is held open for `stamped`."""
    where = "" if blueprint.location is None else f" from {_plain(str(blueprint.location))}"
    head = f'"""{_plain(blueprint.name)}: compiled by cascade-gen {__version__}{where}.'
    format_ = f"format {FORMAT}, blueprint {blueprint.hash[:_SHOWN]}, text {_NO_HASH}"
    tasks = [
        f"task {_plain(task.module or '-')}:{_plain(task.qualname or task.name)} {task.source_hash[:_SHOWN]}"
        for task in blueprint.tasks
    ]
    workflows = [f"workflow {_plain(place)} {hashed[:_SHOWN]}" for place, hashed in declarations(blueprint)]
    return "\n".join([head, "", format_, *tasks, *workflows, '"""'])


def stamped(text: str) -> str:
    """The text of a whole module with its hash in the place that `stamps` holds open."""
    return text.replace(_NO_HASH, text_hash(text), 1)


def _plain(text: str) -> str:
    """Text that can stand in a docstring."""
    if _PLAIN.fullmatch(text) and len(text) <= 200:
        return text
    return re.sub(r"[^\w .:/-]", "?", text[:80])
