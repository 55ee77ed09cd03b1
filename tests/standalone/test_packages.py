"""Packages whose `__init__` gives out their own modules, and what the file says of where a name comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.standalone.support import Package, printed, refusal

STEPS = """
    import cascade as cs
    import PACKAGE
    import PACKAGE as whole

    @cs.task
    def root(n: int = 1) -> str:
        return f"{PACKAGE.texts.shown(n)} {whole.texts.shown(whole.tables.LIMIT)}"
"""


@pytest.mark.parametrize(
    "init",
    [
        "from . import tables, texts",
        "from PACKAGE import tables\nfrom . import texts as texts",
        "from . import texts\nimport PACKAGE.tables",
        "try:\n    from . import texts\nexcept ImportError:\n    raise\nfrom . import tables",
    ],
)
def test_modules_that_their_package_imports_are_read_by_their_path(init: str, tmp_path: Path) -> None:
    texts = "def shown(n):\n    return f'<{n}>'\n"
    package = Package(tmp_path, __init__=init + "\n", steps=STEPS, texts=texts, tables="LIMIT = 7\n")
    if init.startswith("try"):
        assert "stands among other statements; import it at the top level" in refusal(package, package.load().root)
    else:
        assert printed(package.save(package.load().root)) == "<1> <7>"


def test_a_function_of_the_name_of_its_module_is_the_function(tmp_path: Path) -> None:
    package = Package(
        tmp_path,
        __init__="from .shown import shown\n",
        shown="def shown(n):\n    return f'<{n}>'\n",
        steps="""
            import cascade as cs
            import PACKAGE
            from . import shown

            @cs.task
            def root(n: int = 1) -> str:
                return shown(n) + PACKAGE.shown(2)
        """,
    )
    assert printed(package.save(package.load().root)) == "<1><2>"


def test_where_a_star_stands_is_told(tmp_path: Path) -> None:
    package = Package(
        tmp_path,
        steps="import cascade as cs\nfrom .all import shown\n\n\n@cs.task\ndef root():\n    return shown()\n",
        all="from .inner import *\n",
        inner="def shown():\n    return 1\n",
    )
    said = refusal(package, package.load().root)
    star = f"`from .inner import *` in {package.name}.all; import it there by its name"
    assert f"{package.name}/steps.py:7: 'shown' comes from {star}" in said
