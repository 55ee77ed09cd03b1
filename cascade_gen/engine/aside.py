"""Work of a sync Blueprint that is set aside till somebody asks for what it computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cascade_gen.blueprint import Block

from .drive import drive_inside

if TYPE_CHECKING:
    from .walker import Walker


class Aside:
    """A block that a walker has set aside, to be run once; what it raises is raised again for all who ask later."""

    __slots__ = ("_error", "block", "walker")

    def __init__(self, walker: Walker, block: Block) -> None:
        self.walker: Walker | None = walker  # None once it has run
        self.block = block
        self._error: BaseException | None = None

    def is_due(self, walker: Walker) -> bool:
        """Whether the walker that asks, whose own it is, has to run the block now; for any other it runs here."""
        if self._error is not None:
            raise self._error
        if self.walker is None or self.walker is walker:
            return self.walker is walker
        try:
            drive_inside(self.walker.walk(self.block))
        except BaseException as error:
            self.fail(error)
            raise
        self.finish()
        return False

    def finish(self) -> None:
        """Note that the block has run: what it needed may go."""
        self.walker, self.block = None, ()

    def fail(self, error: BaseException) -> None:
        """Note what the block has raised."""
        self.finish()
        self._error = error
