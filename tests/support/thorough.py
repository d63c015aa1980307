"""How much is tried of what can be tried without end: a part in the suite, all of it with PEERLINE_LONG_TESTS=1."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Sequence
from typing import TypeVar

import pytest

LONG = bool(os.environ.get("PEERLINE_LONG_TESTS"))
# Whose turn it is of what takes turns: .ci/run gives the number of the commit.
TURN = int(os.environ.get("PEERLINE_TESTS_TURN") or 0)

T = TypeVar("T")


def some_of(number: int) -> int:
    """A third in the suite: what it finds, it finds in every run, and a commit waits for it."""
    return number if LONG else max(1, -(-number // 3))


def in_turn(items: Iterable[T], *, parts: int = 3) -> Sequence[T]:
    """Those whose turn it is, where one rule holds for all of them: each within so many commits."""
    every = list(items)
    return every if LONG else every[TURN % parts :: parts]


# What is about the databases themselves runs on both, each time.
ON_BOTH = (
    "tests/anonymity/",
    "tests/audit/",
    "tests/backup/",
    "tests/contract/test_idempotency.py",
    "tests/core/",
    "tests/faults/",
    "tests/reports/test_keys_together.py",
    "tests/reports/test_lists_by_hour.py",
    "tests/reports/test_parallel_intake.py",
    "tests/test_migrat",
    "tests/upgrading/",
    "tests/work/",
)


def on_the_other(items: Iterable[pytest.Item]) -> set[pytest.Item]:
    """Those that the suite leaves out, of tests that are there for each kind of database: each runs on one, and on the
    other at the next turn. The long suite runs all of them on both."""
    twins: dict[str, dict[str, pytest.Item]] = {}
    for item in items:
        kind = getattr(item, "callspec", None) and item.callspec.params.get("database_kind")  # type: ignore[attr-defined]
        if kind and not item.nodeid.startswith(ON_BOTH):
            twins.setdefault(item.nodeid.replace("postgresql", "sqlite"), {})[kind] = item
    left_out = set()
    for name, twin in twins.items():
        if not LONG and len(twin) == 2:
            left_out.add(twin["sqlite" if (zlib.crc32(name.encode()) + TURN) % 2 else "postgresql"])
    return left_out
