"""Constraints that are set while workflows run: pauses, limits of concurrency and of rate, by scope.

A scope is "global", every call, or "task:" and a pattern of task names (`fnmatch`, with case). The objects
here only count; `governor.Governor` asks them, under its lock, and passes the time in.
"""

from __future__ import annotations

from typing import NamedTuple

_INFINITY = float("inf")
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_ALMOST_ONE = 1.0 - 1e-9  # of a token: what rounding leaves of one


class Constraint(NamedTuple):
    """A constraint as it is listed: `value` is None for a pause, a number for a limit, "10/m" for a rate.

    `expires_in` is how many seconds it has to live, None without end.
    """

    kind: str
    scope: str
    value: int | str | None
    expires_in: float | None


class Pause:
    """Nothing in its scope starts."""

    __slots__ = ("expires", "scope")
    kind = "pause"
    value = None  # a pause has no measure

    def __init__(self, scope: str, expires: float) -> None:
        self.scope = scope
        self.expires = expires

    def ready_at(self, now: float) -> float:
        """The time from which one more call may start, infinite if time alone won't do."""
        return _INFINITY

    def take(self) -> None:
        """Count a call that starts."""

    def put_back(self, started: bool) -> None:
        """Count a call that is over, or that, though let through, never `started`."""

    def __str__(self) -> str:
        return f"paused ({self.scope})"


class Limit:
    """At most `value` calls of its scope at the same time, of those that start while it is in force."""

    __slots__ = ("expires", "running", "scope", "value")
    kind = "limit"

    def __init__(self, scope: str, expires: float, value: int) -> None:
        self.scope = scope
        self.expires = expires
        self.value = value
        self.running = 0

    def ready_at(self, now: float) -> float:
        """The time from which one more call may start, infinite if time alone won't do."""
        return now if self.running < self.value else _INFINITY

    def take(self) -> None:
        """Count a call that starts."""
        self.running += 1

    def put_back(self, started: bool) -> None:
        """Count a call that is over, or that, though let through, never `started`."""
        self.running -= 1

    def __str__(self) -> str:
        return f"limit of {self.value} at a time ({self.scope})"


class RateLimit:
    """A token bucket: each call takes a token; `per_second` come in, and at most `capacity` are kept."""

    __slots__ = ("capacity", "expires", "per_second", "scope", "seen", "tokens", "value")
    kind = "rate_limit"

    def __init__(self, scope: str, expires: float, value: str, now: float) -> None:
        number, seconds = parse_rate(value)
        self.scope = scope
        self.expires = expires
        self.value = value
        self.per_second = number / seconds
        self.capacity = max(1.0, number)
        self.tokens = self.capacity
        self.seen = now

    def ready_at(self, now: float) -> float:
        """The time from which one more call may start, infinite if time alone won't do."""
        if now > self.seen:
            self.tokens = min(self.capacity, self.tokens + (now - self.seen) * self.per_second)
            self.seen = now
        if self.tokens >= _ALMOST_ONE:
            return now
        return now + (1.0 - self.tokens) / self.per_second

    def take(self) -> None:
        """Count a call that starts."""
        self.tokens -= 1.0

    def put_back(self, started: bool) -> None:
        """Count a call that is over, or that, though let through, never `started`."""
        if not started:
            self.tokens = min(self.capacity, self.tokens + 1.0)

    def __str__(self) -> str:
        return f"rate limit of {self.value} ({self.scope})"


Rule = Pause | Limit | RateLimit


class Rules:
    """The constraints in force, one of each kind for each scope."""

    __slots__ = ("_by_task", "_rules", "_soonest")

    def __init__(self) -> None:
        self._rules: dict[tuple[str, str], Rule] = {}
        self._by_task: dict[str, tuple[Rule, ...]] = {}
        self._soonest = _INFINITY

    def __bool__(self) -> bool:
        return bool(self._rules)

    def set(self, rule: Rule) -> None:
        """Put a rule in force in place of the one of its kind and scope; what that has counted goes on."""
        key = (rule.kind, rule.scope)
        old = self._rules.get(key)
        if isinstance(rule, Limit) and isinstance(old, Limit):
            old.value, old.expires = rule.value, rule.expires
        elif isinstance(rule, RateLimit) and isinstance(old, RateLimit):
            old.ready_at(rule.seen)  # what has come in so far came at the old rate
            rule.tokens = min(old.tokens, rule.capacity)
            self._rules[key] = rule
        else:
            self._rules[key] = rule
        self._changed()

    def lift(self, scope: str, kind: str | None) -> None:
        """End the constraints of a scope, all of them or those of one kind; none need be there."""
        self._rules = {
            key: rule for key, rule in self._rules.items() if rule.scope != scope or kind not in (None, rule.kind)
        }
        self._changed()

    def expire(self, now: float) -> None:
        """Drop the rules whose time is over."""
        if now >= self._soonest:
            self._rules = {key: rule for key, rule in self._rules.items() if now < rule.expires}
            self._changed()

    def listed(self, now: float) -> list[Constraint]:
        """The constraints in force, by scope and kind."""
        rules = sorted(self._rules.values(), key=lambda rule: (rule.scope, rule.kind))
        return [
            Constraint(rule.kind, rule.scope, rule.value, None if rule.expires == _INFINITY else rule.expires - now)
            for rule in rules
        ]

    def of(self, task: str) -> tuple[Rule, ...]:
        """The rules that hold for calls of `task`."""
        found = self._by_task.get(task)
        if found is None:
            found = tuple(rule for rule in self._rules.values() if _matches(rule.scope, task))
            self._by_task[task] = found
        return found

    def _changed(self) -> None:
        self._by_task = {}
        self._soonest = min((rule.expires for rule in self._rules.values()), default=_INFINITY)


def parse_rate(rate: str) -> tuple[float, float]:
    """`"10/m"` as 10 calls and 60 seconds; `ValueError` for what is no such rate."""
    number, _, unit = rate.partition("/") if isinstance(rate, str) else ("", "", "")
    try:
        calls, seconds = float(number), _SECONDS[unit.strip()]
    except (ValueError, KeyError):
        calls, seconds = 0.0, 1.0
    if not 0 < calls < _INFINITY:
        raise ValueError(f"a rate is a positive number, '/' and one of s, m, h, d, like '10/m', not {rate!r}")
    return calls, seconds


def checked_scope(scope: str) -> str:
    """`scope` itself; `ValueError` unless it is "global" or "task:<pattern>"."""
    named = isinstance(scope, str) and scope.startswith("task:") and len(scope) > len("task:")
    if scope == "global" or named:
        return scope
    raise ValueError(f"a scope is 'global' or 'task:<pattern>', not {scope!r}")


def _matches(scope: str, task: str) -> bool:
    if scope == "global":
        return True
    from fnmatch import fnmatchcase  # here: few programs have patterns, and all would pay for the import

    return fnmatchcase(task, scope.removeprefix("task:"))
