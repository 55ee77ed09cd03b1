"""What `cascade explain` says of a code, and docs/errors.md, which is made of the same table."""

from __future__ import annotations

from textwrap import fill, indent

from cascade_gen.errors import did_you_mean

from .codes import CODES, CodeInfo

_HEAD = """# Errors and warnings

What the compiler finds wrong with a workflow before anything runs. Each carries a code, the file and line with a
caret under the expression, what was expected, and a way out; `cascade explain CS101` prints what stands here. Where
several are found, the first is raised: its text lists all of them, and `error.errors` is the tuple of them.

Codes from CS301 on, and CS106, are warnings of the class `cs.CompileWarning`: they are about code that may never run,
and what they foretell is an error when it is reached. Python's `warnings` filters rule them as any others:
`python -W error::UserWarning` makes errors of them, and
`warnings.filterwarnings("ignore", category=cs.CompileWarning)` hides them.

Every program below follows an `import cascade as cs`.

This page is made by `python -m cascade_gen.inspect.explain_code > docs/errors.md`.
"""


def explain(code: str) -> str | None:
    """The title, the explanation and the examples of `code` (`CS101`, in either case); None if nobody uses it."""
    info = CODES.get(code.strip().upper())
    if info is None:
        return None
    parts = [
        f"{info.code}: {info.title}",
        fill(info.explanation, 80),
        "Wrong:",
        indent(info.wrong.strip(), "    "),
        "Right:",
        indent(info.right.strip(), "    "),
    ]
    return "\n\n".join(parts) + "\n"


def unknown(code: str) -> str:
    """What to say of a code that nobody uses."""
    hint = did_you_mean(code.strip().upper(), CODES)
    return f"there is no error {code!r}; {hint}there are {', '.join(CODES)}"


def errors_page() -> str:
    """The text of docs/errors.md."""
    return "\n".join([_HEAD, *map(_section, CODES.values())])


def _section(info: CodeInfo) -> str:
    programs = f"Wrong:\n\n```python\n{info.wrong.strip()}\n```\n\nRight:\n\n```python\n{info.right.strip()}\n```"
    return f"## {info.code}: {info.title}\n\n{fill(info.explanation, 118)}\n\n{programs}\n"


if __name__ == "__main__":
    print(errors_page(), end="")
