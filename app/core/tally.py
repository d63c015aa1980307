"""Counts that grow while a process lives, kept where even the lowest layer can add to them (app/metrics shows them).

Only of what the product does by itself, at times of its own: never one for each of what somebody sends.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

_counts: dict[str, int] = {}
_lock = threading.Lock()


def add(name: str) -> None:
    """One more. Safe from any thread."""
    with _lock:
        _counts[name] = _counts.get(name, 0) + 1


def counts() -> Mapping[str, int]:
    """All of them, as they are now."""
    with _lock:
        return dict(_counts)
