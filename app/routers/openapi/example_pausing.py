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
_LIMITS = {
    "max_open_contacts": {"school": 2, "own": 1, "holds": 1},
    "max_on_call_hours_per_week": {"school": 12, "own": None, "holds": 12},
}
_LOAD: dict[str, Any] = {
    "person": "0197b7d8-1560-7b1e-8a51-3f6c0d2b4a77",
    "time_zone": "Australia/Melbourne",
    "open_contacts": 1,
    "weeks": [
        {"begins": "2027-03-08", "minutes": 720, "over": False},
        {"begins": "2027-03-15", "minutes": 0, "over": False},
        {"begins": "2027-03-22", "minutes": 960, "over": True},
        {"begins": "2027-03-29", "minutes": 0, "over": False},
    ],
    "nights": 3,
    "longest_run": 2,
    "rests_broken": 0,
    "windows": [{"kind": "exam_window", "from": "2027-06-07T00:00:00Z", "until": "2027-06-26T00:00:00Z"}],
    "limits": _LIMITS,
    "talk_offered": True,
    "over": ["on_call_hours"],
}
PAUSE_ID = _PAUSE["id"]
DEBRIEF_ID = "b1c0f2d4-3b1f-4f5e-8a26-7f0f4a9c2d10"
_NOTE = "We talked on Tuesday. Four contacts in a week is too much for anybody."
_APPEAL = {
    "text": "I would rather keep the one person I am in touch with.",
    "appealed_hour": "2027-03-15T01:00:00Z",
    "decision": None,
    "decided_hour": None,
}
_ASKED = _PAUSE | {"asked_by_programme": True, "reason": "program_asked", "note": _NOTE}
BY_THE_PROGRAMME = _ASKED | {"appeal_to": f"/v1/supporters/me/pauses/{PAUSE_ID}/appeal"}
APPEALED = _ASKED | {"appeal": _APPEAL}
_WAITING = {"id": PAUSE_ID, "alias": "Wren", "from": _PAUSE["from"], "until": None} | _APPEAL
DECIDED = _WAITING | {"decision": "ended", "decided_hour": "2027-03-15T04:00:00Z"}
_TALK = {
    "id": DEBRIEF_ID,
    "adviser": "Mira",
    "state": "offered",
    "offered_hour": "2027-03-14T09:00:00Z",
    "open_until": "2027-03-28T09:00:00Z",
    "wanted_at": None,
}
TAKEN = _TALK | {"state": "taken", "wanted_at": "2027-03-16T05:00:00Z"}
DECLINED = _TALK | {"state": "declined"}
_WANTED = {
    "id": DEBRIEF_ID,
    "alias": "Wren",
    "wanted_at": "2027-03-16T05:00:00Z",
    "offered_hour": "2027-03-14T09:00:00Z",
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
    "LimitsUpdate": {"oneAtATime": {"max_open_contacts": 1}, "asTheSchoolSays": {"max_open_contacts": None}},
    "ProgrammePause": {"afterATalk": {"note": _NOTE}},
    "AppealCreate": {"noThankYou": {"text": _APPEAL["text"]}},
    "AppealDecide": {"ended": {"decision": "ended"}, "kept": {"decision": "kept"}},
    "DebriefTake": {"onTuesday": {"when": "2027-03-16T05:00:00Z"}, "soon": {}},
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
    "PauseAppeal": DECIDED,
    "PauseAppealPage": {"items": [_WAITING], "next_cursor": None},
    "DebriefOut": _TALK,
    "DebriefPage": {"items": [_TALK], "next_cursor": None},
    "DebriefAskedPage": {"items": [_WANTED], "next_cursor": None},
    "LimitsOut": _LIMITS,
    "SupporterLoadOut": _LOAD,
    "ResumeOut": {
        "paused": False,
        "check_in": "Good to have you back. You can pause again at any time, and ask for advice at any hour.",
        "support": _SUPPORT,
    },
}
EVENTS: dict[str, Any] = {
    "pause.changed": {"school": "harbour", "pause_id": PAUSE_ID},
    "debrief.offered": {"school": "harbour", "debrief_id": DEBRIEF_ID},
    "debrief.taken": {"school": "harbour", "debrief_id": DEBRIEF_ID},
    "contact.needs_handover": {
        "school": "harbour",
        "subject_kind": "report",
        "subject_id": "0b7cb56e-6b0f-4f3f-9d3e-0c9d6a1f3b52",
    },
}
