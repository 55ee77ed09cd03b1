"""Who may run when resources are scarce: amounts of the system's resources, and global constraints.

Requests are let through first come, first served: one that waits for a resource keeps later ones off every
resource it names, so that a big request isn't passed by for ever, and leaves alone those that name others.
One that a global constraint holds back keeps nobody off. Threads and event loops may share a governor.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from heapq import heapify, heappop, heappush
from threading import RLock

from .amounts import Wanted, checked_capacities, limited
from .global_constraints import Constraint, Limit, Pause, RateLimit, Rule, Rules, checked_scope
from .holds import AsyncHold, Hold, Request

_INFINITY = float("inf")
_NOTHING: Wanted = []
_SLACK = 1e-9  # of a capacity: sums of fractions may be off by this much
_KINDS = (None, "pause", "limit", "rate_limit")


class Governor:
    """Shares out `system_resources`, a name and a capacity each; what isn't named there is unlimited.

    `idle` is True while there is no global constraint, so that only calls that want amounts need ask. `clock`
    gives seconds. `ValueError` or `TypeError` for a capacity that is no amount.
    """

    __slots__ = (
        "__weakref__",
        "_again",
        "_capacities",
        "_checked",
        "_free",
        "_granting",
        "_groups",
        "_lock",
        "_returned",
        "_rules",
        "_tickets",
        "clock",
        "idle",
    )

    def __init__(
        self,
        system_resources: Mapping[str, float] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._capacities = checked_capacities(system_resources or {})
        self._free = {name: value * (1 + _SLACK) for name, value in self._capacities.items()}
        self._checked: dict[str, tuple[dict[str, float], Wanted]] = {}
        # Requests that wait, by what they compete for: those of one group are alike to all rules.
        self._groups: dict[tuple[str, frozenset[str]], deque[Request]] = {}
        # Amounts on their way back to `_free`: the next who wants just these may have them from here.
        self._returned: deque[Wanted] = deque()
        self._rules = Rules()
        self._tickets = 0
        self._granting = False
        self._again = False
        # A signal handler or a destructor may call in while this very thread is at work here.
        self._lock = RLock()
        self.clock = clock
        self.idle = True

    # --- holding -------------------------------------------------------------------------------------------

    def hold(
        self,
        amounts: Mapping[str, float],
        task: str = "",
        blocked: Callable[[str], object] | None = None,
    ) -> Hold:
        """A context manager that holds `amounts` for a call of `task`, and has its thread wait for them.

        `blocked` is told why, if there is a need to wait. `ValueError` at once if an amount exceeds what the
        system has or is negative or not a number, `TypeError` if it isn't of a number type.
        """
        return Hold(self, self._wanted(amounts, task) if amounts else _NOTHING, task, blocked)

    def hold_async(
        self,
        amounts: Mapping[str, float],
        task: str = "",
        blocked: Callable[[str], object] | None = None,
    ) -> AsyncHold:
        """`hold` for `async with`: only the asyncio task waits."""
        return AsyncHold(self, self._wanted(amounts, task) if amounts else _NOTHING, task, blocked)

    def check(self, amounts: Mapping[str, float]) -> None:
        """Raise what `hold` would raise for these amounts at once."""
        limited(amounts, self._capacities)

    def _wanted(self, amounts: Mapping[str, float], task: str) -> Wanted:
        """The amounts of what is limited. They are checked once for a task that wants the same each time."""
        checked = self._checked.get(task)
        if checked is not None and checked[0] == amounts:
            return checked[1]
        wanted = limited(amounts, self._capacities)
        self._checked[task] = dict(amounts), wanted
        return wanted

    # --- global constraints --------------------------------------------------------------------------------

    def pause(self, scope: str = "global", ttl: float | None = None) -> None:
        """Let no call of `scope` start until `resume`, or for `ttl` seconds.

        A scope is "global" or "task:<pattern>", a shell pattern of task names. `ValueError` for another one.
        """
        self._set(Pause(checked_scope(scope), self._end(ttl)))

    def resume(self, scope: str = "global") -> None:
        """End the pause of `scope`, if there is one."""
        self.lift(scope, "pause")

    def limit(self, n: int, scope: str = "global", ttl: float | None = None) -> None:
        """Let at most `n` calls of `scope` run at a time, counting those that start from now on."""
        if isinstance(n, bool) or not isinstance(n, int):
            raise TypeError(f"a limit is a whole number of calls; got {n!r}")
        if n < 1:
            raise ValueError(f"a limit is at least 1, not {n}; to stop all calls, pause them")
        self._set(Limit(checked_scope(scope), self._end(ttl), n))

    def rate_limit(self, rate: str, scope: str = "global", ttl: float | None = None) -> None:
        """Let calls of `scope` start at most at `rate`: "10/m", by s, m, h or d, with bursts of so many."""
        self._set(RateLimit(checked_scope(scope), self._end(ttl), rate, self.clock()))

    def lift(self, scope: str = "global", kind: str | None = None) -> None:
        """End the constraints of `scope`: all, or the "pause", "limit" or "rate_limit"."""
        if kind not in _KINDS:
            raise ValueError(f"kind is 'pause', 'limit' or 'rate_limit', not {kind!r}")
        with self._lock:
            self._rules.lift(checked_scope(scope), kind)
            self._grant()

    def constraints(self) -> list[Constraint]:
        """The global constraints in force, by scope and kind."""
        with self._lock:
            self._grant()
            return self._rules.listed(self.clock())

    def _set(self, rule: Rule) -> None:
        with self._lock:
            self._rules.set(rule)
            self._grant()

    def _end(self, ttl: float | None) -> float:
        if ttl is not None and (isinstance(ttl, bool) or not isinstance(ttl, int | float)):
            raise TypeError(f"ttl is a number of seconds; got {ttl!r}")
        if ttl is not None and not ttl > 0:
            raise ValueError(f"ttl must be a positive number of seconds, but is {ttl}")
        return _INFINITY if ttl is None else self.clock() + ttl

    # --- for requests --------------------------------------------------------------------------------------

    def take(self, request: Request) -> bool:
        """Let the request through if nothing needs to be weighed: no one waits, no rule is in force."""
        wanted = request.wanted
        if not self.idle or (wanted and self._groups):
            return False
        if not wanted:
            return True
        if self._returned:
            try:
                returned = self._returned.pop()
            except IndexError:  # another thread was faster
                return self._take_free(wanted)
            if returned == wanted:  # the very amounts that someone has just put back, without any lock
                return True
            self._returned.append(returned)
        return self._take_free(wanted)

    def _take_free(self, wanted: Wanted) -> bool:
        with self._lock:
            if self._groups or not self.idle:
                return False
            self._settle()
            free = self._free
            for name, amount in wanted:
                if amount > free[name]:
                    return False
            for name, amount in wanted:
                free[name] -= amount
            return True

    def enqueue(self, request: Request) -> None:
        """Put the request in line. It may be let through at once."""
        with self._lock:
            self._tickets += 1
            request.ticket = self._tickets
            key = (request.task, frozenset(name for name, _ in request.wanted))
            group = self._groups.setdefault(key, deque())
            group.append(request)
            self._grant()
            if not request.held and not request.reason:
                request.reason = group[0].reason

    def look_again(self, request: Request) -> None:
        """Let through whom time has set free, if the request's alarm has gone off."""
        if self.clock() >= request.alarm:
            with self._lock:
                request.alarm = _INFINITY
                self._grant()

    def leave(self, request: Request) -> None:
        """Take a request out that no longer waits, whether or not it was let through meanwhile."""
        with self._lock:
            if request.held:
                self._put_back(request, started=False)
            else:
                request.gone = True
            self._grant()

    def give_back(self, request: Request) -> None:
        """Put back what the request holds, and let through whom that sets free."""
        if request.rules:
            with self._lock:
                self._put_back(request, started=True)
        elif request.wanted:
            self._returned.append(request.wanted)
        # Whoever stands in line from now on looks at what was returned by now.
        if self._groups:
            with self._lock:
                self._grant()

    def _put_back(self, request: Request, started: bool) -> None:
        self._returned.append(request.wanted)
        for rule in request.rules:
            rule.put_back(started)

    def _settle(self) -> None:
        """Add up what was returned; the lock is held."""
        while self._returned:
            try:
                wanted = self._returned.pop()
            except IndexError:  # taken over by another thread, which needs no lock for that
                return
            for name, amount in wanted:
                left = self._free[name] + amount
                capacity = self._capacities[name]
                # All is back: start over from the exact number, so that errors of rounding don't add up.
                self._free[name] = left if left < capacity else capacity * (1 + _SLACK)

    # --- letting through -----------------------------------------------------------------------------------

    def _grant(self) -> None:
        """Let through all requests that can be, in the order they came; the lock is held."""
        self._again = True
        if self._granting:  # called from within a pass by a signal handler or a destructor
            return
        self._granting = True
        try:
            while self._again:
                self._again = False
                self._rules.expire(self.clock() if self._rules else 0.0)
                self.idle = not self._rules
                self._settle()
                self._pass_through()
        finally:
            self._granting = False

    def _pass_through(self) -> None:
        """Go through the heads of the groups in the order of their tickets."""
        now = 0.0 if self.idle else self.clock()
        claimed: set[str] = set()
        heads = [(group[0].ticket, key) for key, group in self._groups.items()]
        heapify(heads)
        while heads:
            ticket, key = heappop(heads)
            group = self._groups[key]
            request = group[0]
            if request.gone:
                group.popleft()
            elif request.ticket == ticket and self._may_start(request, claimed, now):
                group.popleft()
                self._start(request)
            else:
                continue
            if group:
                heappush(heads, (group[0].ticket, key))
            else:
                del self._groups[key]

    def _may_start(self, request: Request, claimed: set[str], now: float) -> bool:
        for rule in self._rules.of(request.task):
            ready = rule.ready_at(now)
            if ready > now:
                request.reason = str(rule)
                request.wake_at(min(ready, rule.expires))
                return False
        for name, amount in request.wanted:
            if name in claimed or amount > self._free[name]:
                request.reason = f"waits for {name}={amount}"
                claimed.update(name for name, _ in request.wanted)
                return False
        return True

    def _start(self, request: Request) -> None:
        for name, amount in request.wanted:
            self._free[name] -= amount
        request.rules = self._rules.of(request.task)
        for rule in request.rules:
            rule.take()
        request.held = True
        request.poke()
