"""Examples of supervision: a series that is planned, who was there, and who is overdue."""

from __future__ import annotations

from typing import Any

from app.routers.openapi.example_duty import MIRA
from app.routers.openapi.example_succession import SUPPORTER

SUPERVISION_ID = "2c7e4b90-5d18-4f63-8a2b-c3d4e5f60718"
SERIES_ID = "3d8f5ca1-6e29-4074-9b3c-d4e5f6071829"
_PLAN = {
    "kind": "group",
    "supervisor": MIRA,
    "starts_local": "2027-03-17T17:30",
    "minutes": 60,
    "place": "Room 2.14",
    "every_weeks": 4,
    "ends_on": "2027-11-30",
    "attendees": [SUPPORTER],
}
_SESSION = {
    "id": SUPERVISION_ID,
    "series": SERIES_ID,
    "kind": "group",
    "supervisor": {"person": MIRA, "alias": "Mira", "active": True},
    "start": "2027-03-17T06:30:00Z",
    "end": "2027-03-17T07:30:00Z",
    "place": "Room 2.14",
    "attendees": [{"supporter": SUPPORTER, "alias": "Wren", "attendance": None}],
    "version": 1,
}
BODIES: dict[str, Any] = {
    "SupervisionCreate": {
        "series": _PLAN,
        "alone": _PLAN | {"kind": "individual", "every_weeks": None, "ends_on": None},
    },
    "SupervisionUpdate": {
        "moved": {"starts_local": "2027-03-18T17:30"},
        "following": {"place": None, "and_following": True},
    },
    "AttendancePut": {"own": {"attendance": "attended"}, "other": {"attendance": "missed", "supporter": SUPPORTER}},
}
ANSWERS: dict[str, Any] = {
    "SupervisionSessionOut": _SESSION,
    "SupervisionPage": {"items": [_SESSION], "next_cursor": None},
    "SupporterSupervision": {
        "supporter": SUPPORTER,
        "overdue": False,
        "due_by": "2027-04-20",
        "next": "2027-03-17T06:30:00Z",
    },
}
EVENTS: dict[str, Any] = {"supervision.overdue": {"school": "harbour", "supporter_id": SUPPORTER}}
