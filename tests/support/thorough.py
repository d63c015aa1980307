"""How much is tried of what can be tried without end: a part in the suite, all of it with PEERLINE_LONG_TESTS=1."""

from __future__ import annotations

import os

LONG = bool(os.environ.get("PEERLINE_LONG_TESTS"))


def some_of(number: int) -> int:
    """A third in the suite: what it finds, it finds in every run, and a commit waits for it."""
    return number if LONG else max(1, -(-number // 3))
