"""Tracebacks that show the user's code alone: what generated functions and the interpreter call when they fail.

All that it takes is imported by a failure; until then this costs a module nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Lines = tuple[tuple[Any, ...], ...]
"""Where the lines of a generated function come from; lines are counted from the one of its `def`, which is 0.

    ("half", _half)                                             a task that is called
    ("half", half, "agents/crawl.py", "1-4=16-19")              likewise, in a file that has its text from another
    ("half", "agents.crawl:half", "agents/crawl.py", "x=page",  one whose body has moved, what its inputs are
        "2-5=16-19 6-8=20 9[15:21]=16")                         called now, and its lines

The last row says that lines 2 to 5 are 16 to 19 of the file, that 6 to 8 stand for its line 20, and that of line 9
the columns from 15 to 21 stand for line 16. Columns count the bytes in UTF-8.
"""


def relocate(error: BaseException, lines: Lines) -> None:
    """Give an exception that leaves a generated function the traceback and the note of the user's own code.

    To be called by the function's own handler, which raises it again. Scaffolding and Cascade's frames go,
    unless CASCADE_DEBUG is set. Whatever goes wrong in here, the exception stays what it was.
    """
    try:
        from .relocation import relocate as work

        work(error, lines)
    except Exception:  # what has failed matters more than how it is told
        return


def say(error: TimeoutError, lines: Lines) -> None:
    """Give a timeout that a generated function has set its message, before its resources are told of it."""
    try:
        from .relocation import say as work

        work(error, lines)
    except Exception:  # as above
        return


def hide(error: BaseException, tell: Callable[[BaseException], None] | None = None) -> None:
    """Take Cascade's own frames out of the traceback of an exception that leaves it.

    To be called by the handler that raises it again: its own frame goes as well. `tell` adds what there is to
    say, while the frames are there.
    """
    try:
        from .relocation import hide as work

        if tell is not None:
            tell(error)
        work(error)
    except Exception:  # as above
        return
