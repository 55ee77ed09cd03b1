"""Resources as the oracle makes them: at first use, torn down last in, first out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any


class OracleScope:
    """The time of a run, or of a round within it."""

    def __init__(self, wait: Callable[[Any], Any], table: Mapping[str, Any], run: OracleScope | None = None) -> None:
        self.wait, self.table, self.run = wait, table, run
        self.values: dict[str, Any] = {}
        self.open: list[Any] = []

    def use(self, name: str) -> Any:
        """The value of a resource."""
        definition = self.table[name]
        if self.run is not None and definition.scope == "run":
            return self.run.use(name)
        if name not in self.values:
            made = definition.func(**{word: self.use(other) for word, other in definition.injects.items()})
            self.values[name] = self._await(anext(made)) if inspect.isasyncgen(made) else next(made)
            self.open.append(made)
        return self.values[name]

    def close(self, error: Exception | None) -> Exception | None:
        """Tear down what was made; gives the error that goes on."""
        while self.open:
            made = self.open.pop()
            try:
                if inspect.isasyncgen(made):
                    self._await(anext(made) if error is None else made.athrow(error))
                elif error is None:
                    next(made)
                else:
                    made.throw(error)
            except (StopIteration, StopAsyncIteration):
                pass
            except Exception as raised:
                error = raised
        return error

    def _await(self, awaitable: Any) -> Any:
        async def main() -> Any:
            return await awaitable

        return self.wait(main())
