"""Parts of slow modules, from where CPython has them too."""

from __future__ import annotations

import collections

from cascade_gen.runtime.quick import quick


def test_another_python_has_it_from_the_module_itself() -> None:
    assert quick("_no_such_module", "collections", "OrderedDict") is collections.OrderedDict
    assert quick("builtins", "collections", "OrderedDict") is collections.OrderedDict


def test_the_inner_module_comes_first() -> None:
    assert quick("builtins", "_no_such_module", "dict") is dict
