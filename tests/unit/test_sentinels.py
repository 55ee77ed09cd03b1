"""The marks for what `None` can't say are one object each, whatever is done to them."""

from __future__ import annotations

import copy
import pickle

import pytest

from cascade_gen.runtime.sentinels import KEEP, MISS, MISSING, Sentinel


@pytest.mark.parametrize("mark", [MISS, KEEP, MISSING], ids=repr)
def test_copies_and_pickles_to_itself(mark: Sentinel) -> None:
    assert copy.copy(mark) is mark
    assert copy.deepcopy([mark])[0] is mark
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(mark, protocol)) is mark


def test_prints_as_its_name() -> None:
    assert [repr(mark) for mark in (MISS, KEEP, MISSING)] == ["MISS", "KEEP", "MISSING"]
