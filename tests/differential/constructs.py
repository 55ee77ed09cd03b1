"""What a program is made of, for the statistics: `pytest --hypothesis-show-statistics`."""

from __future__ import annotations

import re

from .author import Program

_WORDS = {
    "router": r"cs\.Router", "map": r"\.map\(", "after": r"\.after\(", "run_if": r"\.run_if\(",
    "retry": r"\.with_retry\(", "retry with delay": r"\.with_retry\(\d+, \d", "cache": r"\.with_cache\(",
    "async cache": r"with_cache\(slow", "memory cache": r"with_cache\(memory", "constraints": r"\.with_constraints\(",
    "lazy constraints": r"with_constraints\([^)]*=v", "impossible constraints": r"with_constraints\([^)]*=9",
    "timeout": r"\.with_timeout\(", "jumps": r"select_jump", "inject as argument": r"cs\.inject",
    "resource by default": r"\b(a_)?(reads|uses)\w*\(", "task scope": r"fresh|uses|cursor|ticket|lease",
    "async resource": r"a_reads|a_uses|channel|link|lease|a_nap_reads|a_nap_down", "Param": r"cs\.Param",
    "Env": r"cs\.Env", "sequence": r"cs\.sequence", "pipeline": r"cs\.pipeline", "workflow": r"@cs\.workflow",
    "blocking": r"\bb_\w+\(", "async sleep": r"\ba_nap|\ba_two", "several targets": r"(target =|return) [\[({]",
}  # fmt: skip


def constructs(program: Program) -> list[str]:
    """The names of the constructs that a program has."""
    found = [name for name, pattern in _WORDS.items() if re.search(pattern, program.source)]
    beside = {
        "template mode": program.overridden,
        "blueprints": bool(program.blueprints),
        "resources registered": program.provided,
        "run twice": program.cached,
        "system_resources": program.capacity is not None,
        "cancelled at a time": isinstance(program.cancel, float),
        "cancelled after passes": isinstance(program.cancel, tuple),
    }
    return found + [name for name, present in beside.items() if present]
