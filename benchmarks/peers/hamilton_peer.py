"""Hamilton: https://hamilton.apache.org/concepts/driver/"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from hamilton import driver

from ..slices import Work
from ..written import written

_LINK = """
def link_{number}({before}: int) -> int:
    return {before} + 1
"""
_SOURCE = """
def source(x: int) -> int:
    return x * 2
"""
_SHIFTED = """
def shifted_{number}(source: int) -> int:
    return source + {number}
"""
_TOTAL = """
def total({values}) -> int:
    return sum(({names}))
"""


def works(folder: Path) -> dict[str, Work]:
    """The chain and the diamond."""
    return {
        "chain of 20": _executed(written(folder, _chain()), "link_19"),
        "diamond of 100": _executed(written(folder, _diamond()), "total"),
    }


def _chain() -> str:
    names = ["x", *(f"link_{number}" for number in range(20))]
    return "".join(_LINK.format(number=number, before=names[number]) for number in range(20))


def _diamond() -> str:
    names = [f"shifted_{number}" for number in range(100)]
    values = ", ".join(f"{name}: int" for name in names)
    shifted = (_SHIFTED.format(number=number) for number in range(100))
    return "".join([_SOURCE, *shifted, _TOTAL.format(values=values, names=", ".join(names))])


def _executed(module: ModuleType, wanted: str) -> Work:
    made = driver.Builder().with_modules(module).build()

    def work(times: int) -> object:
        result: object = None
        for _ in range(times):
            result = made.execute([wanted], inputs={"x": 1})[wanted]
        return result

    return work
