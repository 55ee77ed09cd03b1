"""Names, types and literals to build random Blueprints of, plain ones and hostile ones."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cascade_gen.blueprint import Literal
from cascade_gen.blueprint.operand_text import show_literal

KINDS = ("positional", "standard", "star", "keyword", "stars")
# Names that a listing uses as words are good names of registers too.
NAMES = ("url", "page", "seen", "total", "call", "loop", "keyword", "float", "nan", "task", "straße", "x_1")
HOSTILE_NAMES = (
    "if",
    "None",
    "as",
    "",
    "a b",
    'say "hi"',
    "@at",
    "1st",
    "a.b",
    "über\nunter",
    "'",
    "\\",
    "a; b",
)
TYPES = ("", "int", "list[str]", "dict[str, list[int]] | None", "Literal[\"a\", 'b']", "agents.crawl.Page")
HOSTILE_TYPES = ("int = 3", " str", "(int)", '"Page"', "a\nb", "list[", "x: y", "a; b", "int |", "T as U")
WORDS = ("poll", "fetch", "agents.crawl", "text", "case", "because")
FILES = ("agents/crawl.py", "<stdin>", "crawl.py")
HOSTILE_FILES = (
    "my agents.py",
    "C:\\agents\\crawl.py",
    "a:1",
    'a".py',
    "a;b.py",
    "",
    "ü\u2028.py",
    "a.py:1:2-3",
)

_FLOATS = st.floats(allow_nan=False)
_HASHABLE: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, -1, 10**40, 2**2000, -(2**3000)])
    | _FLOATS
    | st.complex_numbers(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["'", '"', "'\"", "\\", '\\"', "\n\r\t\0", "\u2028", "\ud800", "ß\U0001f600"])
    | st.binary(max_size=6)
    | st.just(...),
    # Literals are compared by their `repr`, and that of a frozenset depends on the order it was built in.
    lambda inner: st.lists(inner, max_size=3).map(tuple)
    | st.lists(inner, max_size=3).map(lambda items: frozenset(sorted(set(items), key=show_literal))),
    max_leaves=6,
)
LITERALS = st.builds(Literal, _HASHABLE | st.floats() | st.complex_numbers() | st.just((float("nan"), -0.0)))
