"""How many wrong passwords are too many: per user, per address, and per user at one address.

Each is a bucket that fills with failures and leaks at a constant rate; a full one refuses
everybody until it has leaked. A user at one address has the smallest bucket, so that one
address alone can never lock somebody out elsewhere; an address that is full leaves no entries
for the names it tries. Standard library only; not for threads.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Rate:
    """*burst* failures at once, then one more every *seconds*."""

    burst: int
    seconds: float


PER_USER_AND_SOURCE = Rate(burst=10, seconds=30)
PER_USER = Rate(burst=40, seconds=15)
PER_SOURCE = Rate(burst=50, seconds=5)
"""Generous: a whole campus may come from one address."""

MAX_KEYS = 10_000
"""Entries per table, about 8 MB in all; beyond it the one longest untouched is forgotten."""


class LoginLimits:
    """Counts failed logins. *clock* gives seconds and never goes back."""

    def __init__(self, clock: Clock, max_keys: int = MAX_KEYS) -> None:
        self._by_source = _Buckets(PER_SOURCE, clock, max_keys)
        self._by_user = _Buckets(PER_USER, clock, max_keys)
        self._by_both = _Buckets(PER_USER_AND_SOURCE, clock, max_keys)

    def begin(self, user: str, source: str) -> bool:
        """Count a try as failed until ``take_back``; False (and not counted): too many."""
        places = self._places(user, source)
        if any(buckets.is_full(key) for buckets, key in places):
            return False
        for buckets, key in places:
            buckets.add(key, 1)
        return True

    def take_back(self, user: str, source: str) -> None:
        """Undo one ``begin``: it did not fail."""
        for buckets, key in self._places(user, source):
            buckets.add(key, -1)

    def _places(self, user: str, source: str) -> tuple[tuple["_Buckets", str], ...]:
        return (
            (self._by_source, source),
            (self._by_user, user),
            (self._by_both, f"{user} {source}"),
        )


class _Buckets:
    def __init__(self, rate: Rate, clock: Clock, max_keys: int) -> None:
        self._rate, self._clock, self._max_keys = rate, clock, max_keys
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def is_full(self, key: str) -> bool:
        if key in self._levels:  # whoever goes on trying is not forgotten
            self._levels.move_to_end(key)
        return self._level(key) + 1 > self._rate.burst

    def add(self, key: str, failures: int) -> None:
        self._levels[key] = (max(0.0, self._level(key) + failures), self._clock())
        self._levels.move_to_end(key)
        if len(self._levels) > self._max_keys:
            self._levels.popitem(last=False)

    def _level(self, key: str) -> float:
        level, since = self._levels.get(key, (0.0, 0.0))
        return max(0.0, level - (self._clock() - since) / self._rate.seconds)
