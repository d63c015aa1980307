"""Events as an iCalendar document (RFC 5545; names and refresh intervals RFC 7986): values in, bytes out."""

from __future__ import annotations

import datetime as dt
import functools
import unicodedata
import uuid
from dataclasses import dataclass

import icalendar

# The same events give the same bytes, so that an ETag holds while nothing has changed.
PRODUCT = "-//Peerline//Rosters//EN"
# Most programs ask a few times a day, whatever is said here.
REFRESH = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Event:
    """`sequence` and `changed_at` are those of what the event comes from. `busy`: it takes up the reader's own time."""

    uid: uuid.UUID
    sequence: int
    changed_at: dt.datetime
    start: dt.datetime
    end: dt.datetime
    summary: str
    cancelled: bool
    busy: bool


# Writing two thousand events takes about as long as asking for them a hundred times.
@functools.lru_cache(maxsize=32)
def document(name: str, events: tuple[Event, ...]) -> bytes:
    """A calendar called `name`, in UTF-8 with lines folded at 75 octets."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    for property_name in ("name", "x-wr-calname"):
        # As text by name: the library takes them for values of an unknown kind, and escapes nothing in those.
        calendar.add(property_name, icalendar.vText(plain(name)))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", icalendar.vDuration(REFRESH))
    for event in events:
        calendar.add_component(_component(event))
    written: bytes = calendar.to_ical()
    return written


def plain(text: str) -> str:
    """One line without control characters: titles stand in lists and on lock screens."""
    return " ".join("".join(" " if unicodedata.category(each) == "Cc" else each for each in text).split())


def _component(event: Event) -> icalendar.Event:
    changed = event.changed_at.replace(microsecond=0)
    component = icalendar.Event()
    component.add("uid", str(event.uid))
    component.add("dtstamp", changed)
    component.add("last-modified", changed)
    component.add("sequence", event.sequence)
    component.add("dtstart", event.start)
    component.add("dtend", event.end)
    component.add("summary", plain(event.summary))
    component.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    component.add("transp", "OPAQUE" if event.busy and not event.cancelled else "TRANSPARENT")
    return component
