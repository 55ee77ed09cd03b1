"""The import lines of a standalone file, in the order of import sorters."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from .resolve import Outside


def import_lines(wanted: Iterable[tuple[Outside, str, tuple[str, ...]]]) -> list[str]:
    """The lines for imports, each with its name in the file and the submodules that have to be loaded with it.

    The standard library first, then the rest behind a blank line; `import` before `from`.
    """
    groups: tuple[set[str], set[str]] = set(), set()
    members: dict[str, set[tuple[str, str]]] = {}
    assigned: set[str] = set()
    for outside, name, loads in wanted:
        group = groups[not _is_standard(outside.module)]
        if outside.name is not None:
            members.setdefault(outside.module, set()).add((outside.name, name))
        elif outside.module == name:
            group |= {f"import {one}" for one in loads or (name,)}
        elif loads:
            assigned |= {f'{name} = __import__("{one}")' for one in loads}
        else:
            group.add(f"import {outside.module} as {name}")
    for module, pairs in members.items():
        groups[not _is_standard(module)].update(_from_lines(module, pairs))
    ordered = [sorted(group, key=_order) for group in groups]
    lines = [*ordered[0], *([""] if ordered[0] and ordered[1] else []), *ordered[1]]
    return [*lines, *([""] if lines and assigned else []), *sorted(assigned)]


def _from_lines(module: str, pairs: set[tuple[str, str]]) -> list[str]:
    plain = sorted((name for name, known in pairs if name == known), key=_member_order)
    lines = [f"from {module} import {', '.join(plain)}"] if plain else []
    return lines + [f"from {module} import {name} as {known}" for name, known in sorted(pairs) if name != known]


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def _order(line: str) -> tuple[bool, str, str]:
    kind, module, *rest = line.split(" ", 2)
    return kind == "from", module.lower(), rest[0] if rest else ""


def _member_order(name: str) -> tuple[int, str]:
    """Constants, classes, then functions."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2), name
