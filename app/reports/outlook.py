"""What every answer of a school needs, kept for a second: under load it is read once, not for each report.

It names nobody and depends on no report. Who may not know of a report is never taken from here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

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

    def get(self, slug: str, *, now: dt.datetime) -> Outlook | None:
        until, minute, outlook = self._kept.get(slug, (0.0, now, None))
        fresh = clock.monotonic() < until and minute == now.replace(second=0, microsecond=0)
        return outlook if fresh else None

    def forget(self, slug: str) -> None:
        """After a change to what is promised: other processes learn of it when theirs is over."""
        self._kept.pop(slug, None)

    def keep(self, slug: str, outlook: Outlook, *, now: dt.datetime) -> None:
        if len(self._kept) >= MOST_SCHOOLS:
            self._kept.clear()
        minute = now.replace(second=0, microsecond=0)
        self._kept[slug] = (clock.monotonic() + self._seconds, minute, outlook)
