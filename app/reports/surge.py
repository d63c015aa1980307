"""How much work a report that can wait is asked for: by what came in lately, and by nothing else (J13).

Load makes the work longer and refuses nobody. Pure: the steady clock is the caller's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

# Each request counts less the longer it is ago: after ten minutes about a third, after half an hour nothing.
MEMORY_SECONDS = 600.0
# A school is asked less readily than one address, and everybody less readily than a school: many honest people may have
# a reason to write on one day.
SCHOOL_SHARE, EVERYBODY_SHARE = 2, 10
# One try is so many rounds of PBKDF2-HMAC-SHA-256: browsers and phones have it built in, so that whoever writes by
# phone is not much slower than whoever floods with a program of their own.
ROUNDS = 1000
# Doubled with each level, as the load is that leads to it. See docs/abuse.md for what a try takes.
FEWEST_TRIES = 128
HIGHEST = 5


@dataclass(slots=True)
class Load:
    """How many came lately. `at` is in seconds of a clock that is never set back."""

    _sum: float = 0.0
    _at: float = 0.0

    def add(self, *, at: float) -> None:
        self._sum, self._at = self.of(at=at) + 1, at

    def of(self, *, at: float) -> float:
        return self._sum * math.exp((self._at - at) / MEMORY_SECONDS)


def level(load: float, *, free: int) -> int:
    """0 asks for nothing: no more than `free` came lately. Then one more for each doubling, up to HIGHEST."""
    if load <= free:
        return 0
    return min(HIGHEST, 1 + math.floor(math.log2(load / free)))


def most_tries(level: int) -> int:
    """How many tries a challenge of this level can take; on average half of them."""
    return FEWEST_TRIES << (level - 1)
