"""Examples of a pause: a supporter in an exam period, with somebody whom they were in touch with."""

from __future__ import annotations

from typing import Any

from app.routers.openapi.example_help import CRISIS_LINE, EMERGENCY
from app.routers.openapi.example_relaying import CONTACT_ID

_PAUSE: dict[str, Any] = {
    "id": "6a0e4a3c-9a53-4c7e-b0e4-0c9f1d2b7a55",
    "from": "2027-03-14T09:30:00Z",
    "until": None,
    "going_on": True,
    "asked_by_programme": False,
    "reason": None,
    "review_on": "2027-03-28",
    "note": None,
    "appeal": None,
    "appeal_to": None,
}
_SUPPORT = {
    "ask_for_advice": "/v1/schools/harbour/advice-requests",
    "on_call": True,
    "help": [EMERGENCY, CRISIS_LINE],
}
BODIES: dict[str, Any] = {
    "PauseCreate": {
        "now": {},
        "forTheExams": {
            "until": "2027-06-26T00:00:00Z",
            "reason": "study_or_exams",
            "share_reason": True,
        },
    },
    "ResumeCreate": {"back": {"check_in": "ready"}},
}
ANSWERS: dict[str, Any] = {
    "PauseOut": _PAUSE,
    "PausePage": {"items": [_PAUSE], "next_cursor": None},
    "PauseMade": _PAUSE
    | {
        "contacts": [{"contact": CONTACT_ID, "looked_after": "handler_told"}],
        "released": [],
        "support": _SUPPORT,
    },
    "ResumeOut": {
        "paused": False,
        "check_in": "Good to have you back. You can pause again at any time, and ask for advice at any hour.",
        "support": _SUPPORT,
    },
}
EVENTS: dict[str, Any] = {
    "contact.needs_handover": {
        "school": "harbour",
        "subject_kind": "report",
        "subject_id": "0b7cb56e-6b0f-4f3f-9d3e-0c9d6a1f3b52",
    },
}
