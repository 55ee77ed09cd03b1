"""A declared workflow as text."""

from __future__ import annotations

import pytest

import cascade as cs
from cascade_gen.errors import NestingError, RecursiveWorkflowError
from cascade_gen.inspect.show import workflow_text


@cs.task
def fetch(n: int) -> int:
    return n


@pytest.mark.parametrize(
    ("node", "shown"),
    [
        (fetch(1).with_retry(), "with_retry(3)"),
        (fetch(1).with_retry(4, 0.01, retry_on=OSError), "with_retry(4, delay=0.01, retry_on=OSError)"),
        (
            fetch(1).with_retry(2, 1, 2, retry_on=(OSError, KeyError), max_delay=3.5, jitter=1),
            "with_retry(2, delay=1, backoff=2, retry_on=(OSError, KeyError), max_delay=3.5, jitter=1)",
        ),
    ],
)
def test_a_retry_is_shown_with_what_is_not_the_default(node: object, shown: str) -> None:
    assert f"fetch(1).{shown}  ; " in workflow_text(node)


def test_a_workflow_that_calls_itself() -> None:
    @cs.workflow
    def again(n: int) -> int:
        return fetch(again(n))

    with pytest.raises(RecursiveWorkflowError, match="CS112: the workflow 'again' calls itself while it is traced"):
        workflow_text(again)


def test_containers_in_containers() -> None:
    nested: object = fetch(1)
    for _ in range(5000):
        nested = [nested]
    with pytest.raises(NestingError, match="CS110: containers are nested too deeply"):
        workflow_text(nested)


def test_the_face_lists_its_public_names() -> None:
    assert {one for one in dir(cs) if not one.startswith("__")} == {one for one in cs.__all__ if one[0] != "_"}
    assert "__version__" in dir(cs)
