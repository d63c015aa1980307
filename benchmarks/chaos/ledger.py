"""What clients were told, kept apart from the product: the only witness that can contradict it.

An entry is written before its request is sent, so that an effect without an answer is looked for too. Each carries a
mark, a word that occurs nowhere else, in what it asks to be stored: the mark is what is found again, or is not.
"""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    URGENT = "urgent report"
    REPORT = "ordinary report"
    MESSAGE = "message of a reporter"
    ADVICE = "advice request"
    ADVICE_MESSAGE = "message of a supporter"
    REPLY = "reply from a page"


REPORTS = (Kind.URGENT, Kind.REPORT)


class Told(StrEnum):
    """What its client knows at the end. `REFUSED`: told that nothing was stored; `UNKNOWN`: the answer was lost."""

    UNKNOWN = "unknown"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"


# How often an entry's mark may be found.
MAY_BE_THERE = {Told.ACKNOWLEDGED: (1, 1), Told.REFUSED: (0, 0), Told.UNKNOWN: (0, 1)}


@dataclass(slots=True)
class Entry:
    """`about`: the receipt, request or page that it was sent under. `answers`: every 2xx to it, which must agree."""

    kind: Kind
    mark: str
    about: str = ""
    key: str | None = None
    told: Told = Told.UNKNOWN
    answers: list[dict[str, Any]] = field(default_factory=list)
    # Path, body and headers, for who asks once more when all is over.
    sent: tuple[str, dict[str, Any], dict[str, str]] | None = None

    @property
    def answer(self) -> dict[str, Any]:
        return self.answers[0]


@dataclass(frozen=True, slots=True)
class Ack:
    """An acknowledged acknowledgement. `first`: this person was told that they hold it. `at`: by time.monotonic()."""

    page: str
    person: str
    first: bool
    at: float = field(default_factory=time.monotonic)


@dataclass
class Ledger:
    """Written by every client at once."""

    entries: list[Entry] = field(default_factory=list)
    acks: list[Ack] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    # What a client was told that it must never be told, whatever breaks.
    wrong: list[str] = field(default_factory=list)
    # When the tool itself had set clocks wrong, from and to; when it ended leases by hand. By time.monotonic().
    wrong_clocks: list[tuple[float, float]] = field(default_factory=list)
    leases_ended_at: float = float("inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _run: str = field(default_factory=lambda: secrets.token_hex(3))
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def begin(self, kind: Kind, *, about: str = "", key: str | None = None) -> Entry:
        with self._lock:
            entry = Entry(kind, f"mark{self._run}x{next(self._numbers)}x", about, key)
            self.entries.append(entry)
        return entry

    def acked(self, ack: Ack) -> None:
        with self._lock:
            self.acks.append(ack)

    def count(self, what: str, number: int = 1) -> None:
        with self._lock:
            self.counts[what] += number

    def never(self, what: str) -> None:
        with self._lock:
            self.wrong.append(what)

    def clocks_were_wrong(self, since: float, until: float) -> None:
        with self._lock:
            self.wrong_clocks.append((since, until))

    def of(self, *kinds: Kind, told: Told | None = None) -> list[Entry]:
        return [entry for entry in self.entries if entry.kind in kinds and told in (None, entry.told)]
