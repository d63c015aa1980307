"""How often one caller may ask (contract L1 to L3). No address is kept, not even in memory.

A caller is a keyed hash whose key lives in this process only and is replaced every few minutes, with all counters.
Limits are therefore for each process; a deployment with several has that many times the quota.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

from app.core import clock, crypto
from app.core.problems import TooManyRequests

KEY_LIFETIME_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left in the window, and when it is full again, in seconds."""

    policy: str
    quota: int
    window: int
    remaining: int
    resets_in: int

    def headers(self) -> dict[str, str]:
        """draft-ietf-httpapi-ratelimit-headers-10."""
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.quota};w={self.window}',
            "RateLimit": f'"{self.policy}";r={self.remaining};t={self.resets_in}',
        }


class RateLimiter:
    """`quota` requests in each window of `window` seconds for each caller."""

    def __init__(self, policy: str, *, quota: int, window: int = 60) -> None:
        self._policy, self._quota, self._window = policy, quota, window
        self._key = os.urandom(32)
        self._key_until = clock.monotonic() + KEY_LIFETIME_SECONDS
        self._counts: dict[bytes, int] = {}
        self._window_ends = clock.monotonic() + window

    def take(self, caller: str) -> Allowance:
        """Count one request. Raises TooManyRequests when the quota is used up."""
        now = clock.monotonic()
        if now >= self._key_until:
            self._key, self._key_until, self._counts = os.urandom(32), now + KEY_LIFETIME_SECONDS, {}
        if now >= self._window_ends:
            self._window_ends, self._counts = now + self._window, {}
        who = self._who(caller)
        count = self._counts.get(who, 0) + 1
        resets_in = max(1, math.ceil(self._window_ends - now))
        allowance = Allowance(self._policy, self._quota, self._window, max(0, self._quota - count), resets_in)
        if count > self._quota:
            raise TooManyRequests(policy=self._policy, retry_after=resets_in, headers=allowance.headers())
        self._counts[who] = count
        return allowance

    def give_back(self, caller: str) -> None:
        """Uncount one request, where only those that fail are limited and that was not known before."""
        who = self._who(caller)
        # In a new window, or under a new key, there may be nothing to give back.
        if self._counts.get(who):
            self._counts[who] -= 1

    def _who(self, caller: str) -> bytes:
        return crypto.keyed_hash(self._key, caller)[:16]


class Slowdown:
    """Failures make every answer slower, for everyone alike and for nobody long; none is refused (contract L4)."""

    FREE = 20
    WINDOW_SECONDS = 60.0
    STEP_SECONDS = 0.02
    LONGEST_SECONDS = 1.0

    def __init__(self) -> None:
        self._failures = 0
        self._ends = 0.0

    def failed(self) -> None:
        now = clock.monotonic()
        if now >= self._ends:
            self._failures, self._ends = 0, now + self.WINDOW_SECONDS
        self._failures += 1

    @property
    def seconds(self) -> float:
        """How long to wait before answering. The same for right and wrong, so that it tells nothing."""
        if clock.monotonic() >= self._ends:
            return 0.0
        return min(self.LONGEST_SECONDS, max(0, self._failures - self.FREE) * self.STEP_SECONDS)
