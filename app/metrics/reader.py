"""Reads the picture from the database within a time of its own, and keeps each part for as long as it is to stand."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Collection, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from app.core import clock
from app.core.db import Database, DatabaseUnavailable, LockTimeout
from app.metrics import coarse, picture
from app.metrics.picture import Hourly, OtherVersion, Prompt, Slow

# A scrape waits no longer, and PostgreSQL works no longer for it. Prometheus gives up after ten seconds.
MOST_SECONDS = 2.0
# Two who scrape share one look.
KEPT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Picture:
    prompt: Prompt
    slow: Slow
    hourly: Hourly


class Reader:
    """`read` may be called from any thread; one looks at a time, and the others get what it found."""

    def __init__(self, db: Database, *, urgent: Collection[str], recurring: Sequence[str]) -> None:
        self._db, self._urgent, self._recurring = db, urgent, recurring
        self._lock = threading.Lock()
        self._last: Picture | OtherVersion | None = None
        self._asked_at = float("-inf")
        self._slot = self._hour = -1
        self._slow: Slow | None = None
        self._hourly: Hourly | None = None
        self._pending: Future[Picture | OtherVersion] | None = None

    def read(self) -> Picture | OtherVersion | None:
        """None while the database gives no answer in time. What was known before is then not told as if it still held:
        nobody knows."""
        with self._lock:
            if clock.monotonic() - self._asked_at >= KEPT_SECONDS:
                self._last = self._ask()
                self._asked_at = clock.monotonic()
            return self._last

    def _ask(self) -> Picture | OtherVersion | None:
        # One that hangs is not joined by a second: each would take a connection from those who need it.
        if self._pending is None or self._pending.done():
            self._pending = self._db.begin_read(self._look)
        try:
            return self._pending.result(MOST_SECONDS)
        except (DatabaseUnavailable, LockTimeout, TooSlow):
            return None

    def _look(self, session: Session) -> Picture | OtherVersion:
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text(f"SET LOCAL statement_timeout = {int(MOST_SECONDS * 1000)}"))
        if (other := picture.other_version(session)) is not None:
            return other
        now = clock.now()
        prompt = picture.prompt(session, now=now)
        slow, slot = self._slow, coarse.slot_of(now, coarse.SLOT)
        if slow is None or slot != self._slot:
            slow = picture.slow(session, urgent=self._urgent, recurring=self._recurring, now=now)
        hourly, hour = self._hourly, coarse.slot_of(now, coarse.HOUR)
        if hourly is None or hour != self._hour:
            hourly = picture.hourly(session, urgent=self._urgent)
        # Kept only when all of it was read: a part that failed is looked for again.
        self._slow, self._slot, self._hourly, self._hour = slow, slot, hourly, hour
        return Picture(prompt, slow, hourly)


def age(waiting: dt.timedelta) -> int:
    """An age in whole slots: with the time of the look, which is known, it would give the time of what waits."""
    return coarse.down(waiting.total_seconds(), int(coarse.SLOT.total_seconds()))
