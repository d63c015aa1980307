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
    "tests/faults/test_database_away.py",
    "tests/faults/test_killed.py",
    "tests/reports/test_keys_together.py",
    "tests/reports/test_lists_by_hour.py",
    "tests/reports/test_parallel_intake.py",
    "tests/test_migrations.py",
    "tests/work/",
)
# What takes long and seldom breaks: guides, pages in a browser, migrations that were released, the suite's own tools.
# A third of these tests runs, and each of them within three commits.
BY_THIRDS = (
    "tests/contract/test_docs_in_a_browser.py",
    "tests/contract/test_generated_python_client.py",
    "tests/contract/test_pagination.py",
    "tests/demo/",
    "tests/deploy/",
    "tests/docs/test_every_block_runs.py::test_the_commands_of_a_document_work",
    "tests/identity/test_join_page_in_a_browser.py",
    "tests/paging/test_one_tap_in_a_browser.py",
    "tests/parsing/",
    "tests/test_migrating_",
    "tests/test_support_",
)


def left_out(items: Sequence[pytest.Item]) -> set[pytest.Item]:
    """What the suite leaves to another turn; the long suite leaves out nothing."""
    return set() if LONG else _on_the_other(items) | {item for item in items if _of_another_third(item)}


def _of_another_third(item: pytest.Item) -> bool:
    # Without the kind of database, which has turns of its own: of two, so that each third meets both.
    name = item.nodeid.replace("postgresql", "sqlite")
    return name.startswith(BY_THIRDS) and bool((zlib.crc32(name.encode()) + TURN) % 3)


def _on_the_other(items: Iterable[pytest.Item]) -> set[pytest.Item]:
    """Of tests that are there for each kind of database: each runs on one, and on the other at the next turn."""
    twins: dict[str, dict[str, pytest.Item]] = {}
    for item in items:
        kind = getattr(item, "callspec", None) and item.callspec.params.get("database_kind")  # type: ignore[attr-defined]
        if kind and not item.nodeid.startswith(ON_BOTH):
            twins.setdefault(item.nodeid.replace("postgresql", "sqlite"), {})[kind] = item
    return {
        twin["sqlite" if (zlib.crc32(name.encode()) + TURN) % 2 else "postgresql"]
        for name, twin in twins.items()
        if len(twin) == 2
    }
