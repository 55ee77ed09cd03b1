"""Resources of an async workflow: as in `scopes`, and made once though tasks that overlap ask together.

A generator that is async, or that needs one that is, lives in an asyncio task of its own from its first line
to its last. So who asks first doesn't matter: neither that task's cancellation nor its end touches the
resource, and what must be entered and left by the same task (cancel scopes, task groups) works within one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from typing import Any

from .scopes import Resource, find, finish, is_same, nothing, over, start, twice
from .strands import reason
from .tracebacks import Lines, say


class _Host:
    """The task in which a generator lives: `ready` has its value, `leave` tells it to end and how."""

    __slots__ = ("leave", "name", "ready", "task")

    def __init__(self, name: str) -> None:
        loop = asyncio.get_running_loop()
        self.name = name
        self.ready: asyncio.Future[Any] = loop.create_future()
        self.leave: asyncio.Future[BaseException | None] = loop.create_future()
        self.task: asyncio.Task[BaseException | None]


class AsyncScope:
    """`async with AsyncScope(table) as scope: ... await scope.use("database") ...`; see `scopes.Scope`."""

    __slots__ = ("_acquired", "_closed", "_hosts", "_lines", "_open", "_parent", "_released", "_values", "table")

    def __init__(
        self,
        table: Mapping[str, Resource],
        parent: AsyncScope | None = None,
        acquired: Callable[[str], object] | None = None,
        released: Callable[[str], object] | None = None,
        lines: Lines = (),
    ) -> None:
        self.table = table
        self._parent = parent
        self._acquired = acquired
        self._released = released
        self._lines = lines  # of the function that sets timeouts
        self._values: dict[str, Any] = {}
        self._hosts: dict[str, _Host] = {}  # those whose value is on its way
        self._open: list[_Host | tuple[str, Generator[Any, None, None]]] = []
        self._closed = False

    def fresh(self) -> AsyncScope:
        """A scope within this one: "run" resources are this one's, "task" resources its own."""
        return AsyncScope(self.table, self, self._acquired, self._released, self._lines)

    async def use(self, name: str) -> Any:
        """The value of the resource, which is made if this is its first use, after those it injects.

        Tasks that ask while it is being made get the same value, or the same error. `ResourceError` if there
        is no such resource, if it yields nothing, needs itself, or if the scope is over.
        """
        try:
            return self._values[name]
        except KeyError:
            pass
        return await self._first_use(name)

    async def _first_use(self, name: str) -> Any:
        resource = find(self.table, name)
        if self._parent is not None and resource.scope == "run":
            value = self._values[name] = await self._parent.use(name)
            return value
        host = self._hosts.get(name)
        if host is None:
            if self._closed:
                raise over(name)
            if not resource.is_async and not resource.injects:
                return self._make_here(resource)
            host = self._hosts[name] = _Host(name)
            host.task = asyncio.create_task(self._live(resource, host), name=f"resource {name}")
            # If it never came to its first step; and what went wrong need not be seen by anybody.
            host.task.add_done_callback(lambda task: host.ready.cancel())
        # Not `await host.ready`, which the cancellation of one who waits would cancel.
        await asyncio.wait((host.ready,))
        return host.ready.result()

    def _make_here(self, resource: Resource) -> Any:
        """Make a resource that waits for nothing, at once, in the task that asks."""
        generator = resource.func()
        value = start(resource.name, generator)
        self._open.append((resource.name, generator))
        self._values[resource.name] = value
        if self._acquired is not None:
            self._acquired(resource.name)
        return value

    # --- in the host's task --------------------------------------------------------------------------------

    async def _live(self, resource: Resource, host: _Host) -> BaseException | None:
        """The life of a generator. Gives the error of its teardown, None if it let the scope's through."""
        try:
            injected = {parameter: await self.use(name) for parameter, name in resource.injects.items()}
            generator = resource.func(**injected)
            value = await _astart(resource, generator)
        except BaseException as error:
            del self._hosts[host.name]
            _fail(host.ready, error)
            return None
        del self._hosts[host.name]
        self._open.append(host)
        self._values[host.name] = value
        host.ready.set_result(value)
        given: BaseException | None = None
        try:
            if self._acquired is not None:
                self._acquired(host.name)
            given = await host.leave
            if given is not None:
                raise given
        except BaseException as error:
            # Also when this task is cancelled, by what the generator has started or by the loop's end.
            raised = await self._end(resource, generator, error)
            return error if raised is None and error is not given else raised
        return await self._end(resource, generator, None)

    async def _end(self, resource: Resource, generator: Any, error: BaseException | None) -> BaseException | None:
        try:
            await _afinish(resource, generator, error)
        except BaseException as raised:
            return raised
        finally:
            if self._released is not None:
                self._released(resource.name)
        return None

    # --- the end of the scope ------------------------------------------------------------------------------

    async def __aenter__(self) -> AsyncScope:
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Tear down what was made here, showing each generator the exception, if there is one.

        A cancellation that arrives meanwhile reaches the teardown that is being awaited, as in nested `async
        with` statements, and those after it see it as their exception; none is left out.
        """
        self._closed = True
        if self._lines and type(error) is TimeoutError:
            say(error, self._lines)
        await self._close(error)

    async def _close(self, error: BaseException | None) -> None:
        while self._hosts or self._open:
            try:
                if self._hosts:
                    await self._give_up(error)
                else:
                    await self._tear_down(self._open.pop(), error)
            except BaseException as raised:
                # From within the handler, so that errors still to come have this one as their context.
                await self._close(raised)
                raise

    async def _give_up(self, error: BaseException | None) -> None:
        """Cancel the making of resources that nobody waits for any more."""
        hosts = list(self._hosts.values())
        for host in hosts:
            host.task.cancel(reason(error))
        await asyncio.wait([host.ready for host in hosts])
        self._hosts.clear()

    async def _tear_down(
        self, made: _Host | tuple[str, Generator[Any, None, None]], error: BaseException | None
    ) -> None:
        if not isinstance(made, _Host):
            name, generator = made
            try:
                finish(name, generator, error)
            finally:
                if self._released is not None:
                    self._released(name)
            return
        trace = None if error is None else error.__traceback__
        if not made.leave.done():
            made.leave.set_result(error)
        try:
            raised = await made.task  # a cancellation goes on to the generator
        finally:
            if error is not None:
                error.__traceback__ = trace
        if raised is not None:
            _raise(raised)


def _raise(error: BaseException) -> None:
    """Raise an error that has its context already, if it has one."""
    context = error.__context__
    try:
        raise error
    finally:
        if context is not None:
            error.__context__ = context


def _fail(ready: asyncio.Future[Any], error: BaseException) -> None:
    """Hand `error` to whoever waits."""
    if isinstance(error, asyncio.CancelledError):
        ready.cancel(reason(error))
    else:
        ready.set_exception(error)


async def _astart(resource: Resource, generator: Any) -> Any:
    """What a resource's generator yields; `ResourceError` if it ends without yielding."""
    if not resource.is_async:
        return start(resource.name, generator)
    try:
        return await anext(generator)
    except StopAsyncIteration:
        raise nothing(resource.name) from None


async def _afinish(resource: Resource, generator: Any, error: BaseException | None) -> None:
    """`scopes.finish` for a generator of either kind."""
    if not resource.is_async:
        finish(resource.name, generator, error)
        return
    agenerator: AsyncGenerator[Any, None] = generator
    trace = None if error is None else error.__traceback__
    try:
        if error is None:
            await anext(agenerator)
        else:
            await agenerator.athrow(error)
    except StopAsyncIteration:
        return
    except BaseException as raised:
        if not is_same(raised, error):
            raise
        return
    finally:
        if error is not None:
            error.__traceback__ = trace
    try:
        raise twice(resource.name)
    finally:
        await agenerator.aclose()
