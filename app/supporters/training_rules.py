"""Until when a training holds, by what somebody has of it. Values in, values out; days are those of the school."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from app.vocabulary.training import IN_PERSON, TrainingKind, TrainingNotice, TrainingPart

# So long somebody new has for each module. An assignment made later has the day on which the record ends.
FIRST_DUE = dt.timedelta(days=28)
# So long before a record ends its module is assigned again: a holiday and an exam period fit in between.
RENEW_AHEAD = dt.timedelta(days=56)
NEAR = {
    TrainingNotice.DAYS_28: dt.timedelta(days=28),
    TrainingNotice.DAYS_7: dt.timedelta(days=7),
    TrainingNotice.OVERDUE: dt.timedelta(days=-1),
}
_ORDER = tuple(NEAR)


@dataclass(frozen=True, slots=True)
class Had:
    """A part of a module that somebody has, up to the end of a day."""

    kind: TrainingKind
    valid_until: dt.date
    needs_in_person: bool


def valid_until(had: Iterable[Had]) -> dt.date | None:
    """The last day of a module, by all records of it; None where there is none that counts.

    Exercises that were passed while the school asked for training in person count for as long as somebody has both.
    Training in person alone counts for nothing: it shows nobody's answer to what must be right.
    """
    records = list(had)
    in_person = max((each.valid_until for each in records if each.kind in IN_PERSON), default=None)
    days = []
    for each in records:
        if each.kind in IN_PERSON:
            continue
        if not each.needs_in_person:
            days.append(each.valid_until)
        elif in_person is not None:
            days.append(min(each.valid_until, in_person))
    return max(days, default=None)


def missing(had: Iterable[Had], *, today: dt.date, asks_in_person: bool) -> list[TrainingPart]:
    """What somebody would still have to do to have the module today. `asks_in_person`: of what passes from now on."""
    records = [each for each in had if each.valid_until >= today]
    if (until := valid_until(records)) is not None and until >= today:
        return []
    passed = [each for each in records if each.kind not in IN_PERSON]
    found = [] if passed else [TrainingPart.EXERCISES]
    practised = any(each.kind in IN_PERSON for each in records)
    asks = bool(passed) or asks_in_person
    return found + ([TrainingPart.IN_PERSON] if asks and not practised else [])


def earliest(days: Iterable[dt.date | None]) -> dt.date | None:
    """The last day on which all modules hold; None where one does not at all."""
    found = list(days)
    held = [day for day in found if day is not None]
    return min(held) if len(held) == len(found) else None


def notice_of(due_on: dt.date, *, today: dt.date) -> TrainingNotice | None:
    """The nearest notice that a day has reached; None while it is far off."""
    return next((each for each in reversed(_ORDER) if due_on - today <= NEAR[each]), None)


def is_nearer(notice: TrainingNotice | None, *, than: TrainingNotice | None) -> bool:
    return _place(notice) > _place(than)


def _place(notice: TrainingNotice | None) -> int:
    return -1 if notice is None else _ORDER.index(notice)
