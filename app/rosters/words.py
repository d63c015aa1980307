"""Times, lengths and names as people read them, in a zone: the same in the picture and in the terminal.

Day and month names are our own: those of `strftime` follow the locale of the process, and what is drawn must not.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from app.vocabulary import GapCause

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# They shape letters in scripts that need them, and nothing else.
_JOINERS = "\u200c\u200d"
_MINUTE = dt.timedelta(minutes=1)
_GAPS = {
    GapCause.ENDED: "nobody, the roster has ended",
    GapCause.NO_WORKING_CONTACT: "nobody who can be reached",
    GapCause.DOUBLE_BOOKED: "nobody but who was asked before",
}


def date(day: dt.date) -> str:
    """As in Mon 2 Nov 2026."""
    return f"{DAYS[day.weekday()]} {short_date(day)} {day.year}"


def short_date(day: dt.date) -> str:
    """As in 2 Nov."""
    return f"{day.day} {MONTHS[day.month - 1]}"


def clock(instant: dt.datetime, zone: ZoneInfo) -> str:
    """As in 09:00; with its offset where the clock shows that time twice."""
    local = instant.astimezone(zone)
    text = f"{local:%H:%M}"
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        offset = local.strftime("%z")
        text += f" UTC{offset[:3]}:{offset[3:5]}"
    return text


def moment(instant: dt.datetime, zone: ZoneInfo) -> str:
    """As in Mon 2 Nov 2026 09:00."""
    return f"{date(instant.astimezone(zone).date())} {clock(instant, zone)}"


def span(start: dt.datetime, end: dt.datetime, zone: ZoneInfo) -> str:
    """From when to when; the day is said once where it is one."""
    same = start.astimezone(zone).date() == end.astimezone(zone).date()
    return f"{moment(start, zone)} to {clock(end, zone) if same else moment(end, zone)}"


def hours(length: dt.timedelta) -> str:
    """As in 7 h 30 min: exact, and never in days, which are not all of one length."""
    whole, minutes = divmod(length // _MINUTE, 60)
    parts = [f"{whole} h"] if whole else []
    if minutes or not whole:
        parts.append(f"{minutes} min")
    return " ".join(parts)


def missing(cause: GapCause) -> str:
    """What a gap means, and nothing of a person: pictures are passed on, and a pause is nobody's business (D10)."""
    return _GAPS.get(cause, "nobody")


def number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def clean(text: str, *, longest: int) -> str:
    """A name that somebody chose, as it can be shown: no control characters (they steer a terminal, and XML has no
    place for them), no marks that turn the direction of what stands around it, and not longer than `longest`.
    """
    shown = "".join(
        each if each.isprintable() or each in _JOINERS else " " if each.isspace() else "\ufffd" for each in text
    )
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"
