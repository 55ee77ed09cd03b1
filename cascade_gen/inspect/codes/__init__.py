"""What `cascade explain` and docs/errors.md say of every code of an error or a warning of compile time."""

from . import graphs, saving, tail_calls, workflows
from .info import CodeInfo

__all__ = ["CODES", "CodeInfo"]

CODES: dict[str, CodeInfo] = {
    info.code: info
    for info in sorted(
        (*graphs.ENTRIES, *workflows.ENTRIES, *tail_calls.ENTRIES, *saving.ENTRIES), key=lambda info: info.code
    )
}
