"""Examples of calendar feeds. The token is made up."""

from __future__ import annotations

from typing import Any

from app.routers.openapi.example_duty import ROSTER_ID

FEED_ID = "0197b7d8-2a40-7f6b-8c1d-4e5f6a7b8c9d"
_FEED = {
    "id": FEED_ID,
    "roster_id": ROSTER_ID,
    "last_read_at": None,
    "created_at": "2027-03-10T11:00:00Z",
}
BODIES: dict[str, Any] = {
    "CalendarFeedCreate": {"roster": {"roster_id": ROSTER_ID}, "own": {"roster_id": None}},
}
ANSWERS: dict[str, Any] = {
    "CalendarFeedOut": _FEED | {"last_read_at": "2027-03-10T14:00:00Z"},
    "CalendarFeedPage": {"items": [_FEED], "next_cursor": None},
    "CalendarFeedCreated": _FEED
    | {"url": "https://peerline.example.edu/v1/calendars/ZXhhbXBsZS1vbmx5LW5vdC1hLXRva2Vu.ics"},
}
ICALENDAR = "\r\n".join(
    (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Peerline//Rosters//EN",
        "NAME:Clinical advice",
        "BEGIN:VEVENT",
        "SUMMARY:Mira on call: clinical advice (primary)",
        "DTSTART:20270315T220000Z",
        "DTEND:20270322T220000Z",
        "DTSTAMP:20270310T110000Z",
        "UID:8f0d3c52-5f0b-5d6e-9a51-7b6f8c9d0e1f",
        "SEQUENCE:3",
        "STATUS:CONFIRMED",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
)
