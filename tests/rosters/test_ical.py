"""Written by one library, read back by another: what a calendar program gets (RFC 5545, RFC 7986)."""

from __future__ import annotations

import datetime as dt
import re
import time
import uuid
from typing import Any

import pytest
import vobject
from building import instant

from app.rosters.ical import Event, document

START = instant("2027-03-14T22:00Z")
PLAIN = Event(
    uid=uuid.UUID(int=1),
    sequence=3,
    changed_at=instant("2027-03-10T11:00:00.123456Z"),
    start=START,
    end=START + dt.timedelta(hours=9),
    summary="On call: clinical advice (backup)",
    cancelled=False,
    busy=True,
)


def read(written: bytes) -> Any:
    return vobject.readOne(written.decode())


def made(**more: Any) -> Event:
    return Event(**{name: getattr(PLAIN, name) for name in PLAIN.__slots__} | more)


def test_an_event_says_when_what_and_how_it_stands() -> None:
    calendar = read(document("On call", (PLAIN, made(uid=uuid.UUID(int=2), cancelled=True), made(busy=False))))
    own, cancelled, others = calendar.vevent_list
    assert (own.dtstart.value, own.dtend.value) == (PLAIN.start, PLAIN.end)
    assert own.dtstamp.value == own.last_modified.value == instant("2027-03-10T11:00:00Z")
    assert (own.uid.value, own.sequence.value, own.summary.value) == (str(PLAIN.uid), "3", PLAIN.summary)
    assert [each.status.value for each in (own, cancelled, others)] == ["CONFIRMED", "CANCELLED", "CONFIRMED"]
    assert [each.transp.value for each in (own, cancelled, others)] == ["OPAQUE", "TRANSPARENT", "TRANSPARENT"]


def test_times_are_utc_whatever_they_were_given_in() -> None:
    written = document("On call", (PLAIN,)).decode()
    assert "DTSTART:20270314T220000Z\r\nDTEND:20270315T070000Z\r\n" in written


def test_the_calendar_has_a_name_and_says_how_often_to_ask() -> None:
    calendar = read(document("Clinical advice", ()))
    assert calendar.version.value == "2.0"
    assert calendar.contents["name"][0].value == calendar.contents["x-wr-calname"][0].value == "Clinical advice"
    assert calendar.contents["x-published-ttl"][0].value == "PT1H"
    assert calendar.contents["refresh-interval"][0].params == {"VALUE": ["DURATION"]}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Mira, or Tomas; both", "Mira, or Tomas; both"),
        ("back\\slash \\n and \\, not escapes", "back\\slash \\n and \\, not escapes"),
        ("two\r\nlines\nBEGIN:VEVENT", "two lines BEGIN:VEVENT"),
        ("a\x00b\x1bc\u0085d", "a b c d"),
        ("🦉" * 60, "🦉" * 60),
        ("é" * 37 + "👩‍👩‍👧" * 20, "é" * 37 + "👩‍👩‍👧" * 20),
        ("x" * 74 + ",", "x" * 74 + ","),
        ('"quoted": yes', '"quoted": yes'),
    ],
    ids=["separators", "escapes", "lines", "controls", "emoji", "joined emoji", "a fold", "quotes"],
)
def test_what_people_call_themselves_comes_through(given: str, shown: str) -> None:
    written = document(given, (made(summary=f"{given} on call"),))
    calendar = read(written)
    assert calendar.vevent.summary.value == f"{shown} on call"
    assert len(calendar.vevent_list) == 1
    # Of the calendar's own name vobject takes off nothing.
    [name] = re.findall(rb"\r\nNAME:([^\r]*)", written.replace(b"\r\n ", b""))
    assert re.sub(r"\\([\\,;])", r"\1", name.decode()) == shown
    # Lines end with CR LF, are folded at 75 octets, and never within a character (RFC 5545, 3.1).
    for line in written.split(b"\r\n"):
        assert len(line) <= 75
        assert b"\n" not in line
        line.decode()


def test_the_same_events_are_the_same_bytes() -> None:
    before = document("On call", (PLAIN,))
    document.cache_clear()
    assert document("On call", (PLAIN,)) == before


def test_writing_a_full_calendar_is_bounded() -> None:
    """Two thousand events, the most that there can be; about a second on an idle core, and once for each change."""
    events = tuple(made(uid=uuid.UUID(int=number), summary="🦉" * 80) for number in range(2000))
    began = time.process_time()
    written = document("Full", events)
    first = time.process_time() - began
    assert first < 15
    assert len(written) < 4_000_000
    began = time.process_time()
    assert document("Full", events) is written
    assert time.process_time() - began < first / 5
