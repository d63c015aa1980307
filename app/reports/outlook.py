"""What every answer of a school needs, kept for a second: under load it is read once, not for each report.

It names nobody and depends on no report. Who may not know of a report is never taken from here.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.core import clock
from app.directory import catalogue
from app.directory.catalogue import Catalogue
from app.models import School
from app.paging import expectation, routing
from app.reports.answer import Promise
from app.schools import service as schools

MOST_SCHOOLS = 1024


@dataclass(frozen=True, slots=True)
class Outlook:
    """`promise` is what a report gets that can wait, is about a student, and is kept from nobody.

    `advisers`: the school has a roster of them, so that a question for today is asked of whoever is on.
    """

    school: School
    found: Catalogue
    promise: Promise
    advisers: bool


def read_outlook(session: Session, slug: str, *, now: dt.datetime) -> Outlook:
    """Raises SchoolNotFound, SchoolNotActive."""
    school = schools.find(session, slug)
    schools.require_active(school)
    found = catalogue.catalogue_of(session, school)
    promise = Promise.of(expectation.when_read(session, school, found, now=now))
    return Outlook(school, found, promise, routing.has_advisers(session, school.id))


class Outlooks:
    """The last outlook of each school, for `seconds`, and within the minute it was made for. 0 keeps nothing."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._kept: dict[str, tuple[float, dt.datetime, Outlook]] = {}
        self._reading: dict[str, tuple[dt.datetime, asyncio.Future[Outlook]]] = {}

    async def of(self, slug: str, *, now: dt.datetime, read: Callable[[], Coroutine[Any, Any, Outlook]]) -> Outlook:
        """What is kept, or what one `read` gives to all who come while it is under way. Raises what that raises."""
        until, minute, outlook = self._kept.get(slug, (0.0, now, None))
        this_minute = now.replace(second=0, microsecond=0)
        if outlook is not None and minute == this_minute and clock.monotonic() < until:
            return outlook
        begun, reading = self._reading.get(slug, (None, None))
        if reading is None or begun != this_minute or self._seconds == 0:
            reading = asyncio.ensure_future(read())
            self._reading[slug] = this_minute, reading
            reading.add_done_callback(functools.partial(self._keep, slug, this_minute))
        # Whoever goes away does not end it for the others.
        return await asyncio.shield(reading)

    def forget(self, slug: str) -> None:
        """After a change to what is promised: other processes learn of it when theirs is over."""
        self._kept.pop(slug, None)
        # What is being read may be from before the change.
        self._reading.pop(slug, None)

    def _keep(self, slug: str, minute: dt.datetime, reading: asyncio.Future[Outlook]) -> None:
        if self._reading.get(slug) != (minute, reading):
            return
        del self._reading[slug]
        if reading.cancelled() or reading.exception() is not None:
            return
        if len(self._kept) >= MOST_SCHOOLS:
            self._kept.clear()
        self._kept[slug] = (clock.monotonic() + self._seconds, minute, reading.result())
