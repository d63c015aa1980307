"""Whether somebody may take a shift, and if not, why: rest, caps, absences, double booking (STUDY D10, T09)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.rosters.definition import Absence

_HOUR = dt.timedelta(hours=1)


class Rule(StrEnum):
    """What can stand in the way; each is a code that clients may rely on."""

    DOUBLE_BOOKED = "double_booked"
    REST_HOURS = "rest_hours"
    WEEKLY_CAP = "weekly_cap"
    OWN_LIMIT = "own_limit"
    LEAVE = "leave"
    EXAM_WINDOW = "exam_window"
    PLACEMENT = "placement"
    PAUSED = "paused"
    TRAINING_LAPSED = "training_lapsed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Held:
    """Time that somebody has on a roster of a line."""

    start: dt.datetime
    end: dt.datetime
    line: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Hours between two shifts, and hours from Monday to Sunday by the school's clock: on a line, and of this person on
    all lines together. None: no cap."""

    rest_hours: int
    weekly_hours: int | None
    own_weekly_hours: int | None = None


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that a shift would break, in words for the one who asked."""

    rule: Rule
    detail: str


def breaches(
    wanted: Sequence[Held],
    *,
    held: Sequence[Held],
    absences: Iterable[Absence],
    limits: Limits,
    zone: ZoneInfo,
) -> tuple[Breach, ...]:
    """The rules that the pieces of one shift would break, each once.

    `held` is what the person has besides; pieces of one shift need no rest between them. Half-open times touch without
    overlapping.
    """
    found: dict[Rule, str] = {}
    for piece in wanted:
        for each in held:
            if each.start < piece.end and piece.start < each.end:
                found.setdefault(Rule.DOUBLE_BOOKED, f"On call elsewhere from {_at(each.start)} to {_at(each.end)}.")
            elif _apart(each, piece) < limits.rest_hours * _HOUR:
                found.setdefault(
                    Rule.REST_HOURS,
                    f"Less than {limits.rest_hours} hours from a shift of {_at(each.start)} to {_at(each.end)}.",
                )
        for absence in absences:
            if absence.start < piece.end and (absence.end is None or piece.start < absence.end):
                found.setdefault(Rule(absence.kind), f"Away from {_at(absence.start)} on.")
    line = wanted[0].line if wanted else ""
    of_line = [*wanted, *(each for each in held if each.line == line)]
    for rule, most, counted in (
        (Rule.WEEKLY_CAP, limits.weekly_hours, of_line),
        (Rule.OWN_LIMIT, limits.own_weekly_hours, [*wanted, *held]),
    ):
        for week in sorted({week for piece in wanted for week in _weeks(piece, zone)}):
            hours = sum((_within(each, week) for each in _once(counted)), dt.timedelta()) / _HOUR
            if most is not None and hours > most:
                found.setdefault(rule, f"{hours:g} hours in the week of {week[0]:%Y-%m-%d}; {most} are allowed.")
    return tuple(Breach(rule, found[rule]) for rule in Rule if rule in found)


def standing(found: Iterable[Breach], *, despite: Collection[Rule]) -> list[Breach]:
    """Those that are not set aside. A limit of somebody's own is theirs, and nobody sets it aside for them."""
    return [each for each in found if each.rule not in despite or each.rule is Rule.OWN_LIMIT]


def _apart(one: Held, other: Held) -> dt.timedelta:
    return other.start - one.end if one.end <= other.start else one.start - other.end


def _weeks(piece: Held, zone: ZoneInfo) -> list[tuple[dt.datetime, dt.datetime]]:
    """The local weeks, Monday to Monday, that a piece of time has a part in."""
    day = piece.start.astimezone(zone).date()
    monday = day - dt.timedelta(days=day.weekday())
    weeks = []
    while (start := _midnight(monday, zone)) < piece.end:
        monday += dt.timedelta(days=7)
        weeks.append((start, _midnight(monday, zone)))
    return weeks


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone)


def _once(pieces: Iterable[Held]) -> list[Held]:
    """The same time without overlaps: nobody is on call twice in one hour."""
    united: list[Held] = []
    for piece in sorted(pieces, key=lambda each: each.start):
        if united and piece.start <= united[-1].end:
            united[-1] = replace(united[-1], end=max(united[-1].end, piece.end))
        else:
            united.append(piece)
    return united


def _within(piece: Held, week: tuple[dt.datetime, dt.datetime]) -> dt.timedelta:
    # In UTC: on the wall clock a day of the change would count an hour too many or too few.
    start = max(piece.start, week[0].astimezone(dt.UTC))
    end = min(piece.end, week[1].astimezone(dt.UTC))
    return max(end - start, dt.timedelta())


def _at(instant: dt.datetime) -> str:
    return instant.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%MZ")
