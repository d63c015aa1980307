"""Examples of succession: a supporter who graduates in November, and a programme that has too few after that."""

from __future__ import annotations

from typing import Any

from app.routers.openapi.example_duty import MIRA, ROSTER_ID, TOMAS
from app.routers.openapi.example_help import HELP_MEMBER

PLAN = "01928b7e-9c4a-7c3e-8d21-3f6f4f1b7a77"
SUGGESTION = "5f0c3f9e-2b1d-4c8a-9e57-6a1b2c3d4e5f"
SUPPORTER = "01928b7e-9c4a-7c3e-8d21-3f6f4f1b7a55"
_ENDING = {
    "id": SUPPORTER,
    "person": TOMAS,
    "alias": "Tomas",
    "status": "stepping_down",
    "expected_end": "2027-11-26",
    "ends_at": "2027-11-26T13:00:00Z",
    "version": 4,
}
_LINES = [
    {"line": "peer_support", "covered_percent": 64},
    {"line": "clinical_advice", "covered_percent": 100},
    {"line": "academic_advice", "covered_percent": None},
]


def _term(name: str, ends_on: str, staying: int) -> dict[str, Any]:
    return {
        "name": name,
        "ends_on": ends_on,
        "set_by_school": name.startswith("Semester"),
        "staying": staying,
        "unknown": 1,
        "too_few": staying < 3,
        "unsure": staying == 3,
        "lines": _LINES,
    }


_FORECAST = {
    "active": 6,
    "minimum": 4,
    "at_risk": ["too_few_after_term"],
    "terms": [
        _term("Semester 2", "2027-11-26", 2),
        _term("2027, second half", "2027-12-31", 2),
        _term("2028, first half", "2028-06-30", 2),
        _term("2028, second half", "2028-12-31", 0),
    ],
    "posts": [{"post": "training_lead", "title": "Lead of training", "ends_on": "2027-11-26", "has_plan": True}],
    "sponsors": [{"kind": "academic", "title": "Dean of Students", "term_end": "2028-06-30"}],
}
_SHIFT = {"layer_id": "week", "slot_start": "2027-10-10T22:00:00Z"}
_PLAN = {
    "id": PLAN,
    "post": None,
    "goes": {"person": TOMAS, "alias": "Tomas", "active": True},
    "ends_on": "2027-11-26",
    "successor": {"person": MIRA, "alias": "Mira", "active": True},
    "missing": ["training"],
    "shadow_from": "2027-10-04",
    "shadow_shifts": [
        {
            "roster_id": ROSTER_ID,
            "shift": _SHIFT | {"override_id": None},
            "start": "2027-10-10T22:00:00Z",
            "end": "2027-10-17T22:00:00Z",
            "still_theirs": True,
        }
    ],
    "checklist": [
        {"code": "peers_asked", "text": None, "done_by": TOMAS, "done_on": "2027-10-04"},
        {"code": "own_1", "text": "Show where the key of the room is.", "done_by": None, "done_on": None},
    ],
    "state": "open",
    "version": 3,
    "created_at": "2027-09-01T01:00:00Z",
    "updated_at": "2027-10-04T01:00:00Z",
}
_WORDS = "Somebody to ask in the hospital canteen, not only on campus."
_SUGGESTION = {
    "id": SUGGESTION,
    "text": _WORDS,
    "state": "new",
    "received_hour": "2027-03-14T22:00:00Z",
    "settled_by": None,
    "settled_hour": None,
}
_DIGEST = {
    "id": "01928b7e-9c4a-7c3e-8d21-3f6f4f1b7a66",
    "week": "2027-03-15",
    "made_at": "2027-03-14T21:00:00Z",
    "found": {
        "gaps": [
            {"roster_id": ROSTER_ID, "name": "Peer support", "line": "peer_support", "level": "primary", "gaps": 2}
        ],
        "reports_late": "suppressed",
        "posts_vacant": ["training_lead"],
        "ends_soon": 2,
        "training_lapsing": 1,
        "supervision_overdue": False,
        "at_risk": ["too_few_after_term"],
        "directory_overdue": 3,
        "drill": {"drill_id": "01928b7e-9c4a-7c3e-8d21-3f6f4f1b7a88", "asked": 6, "answered": 5, "unreached": 0},
        "endpoints_failing": 1,
        "not_ready": ["succession"],
        "suggestions_wait": True,
    },
    "incidents_open": None,
}
SETTLED_SUGGESTION = _SUGGESTION | {"state": "read", "settled_by": MIRA, "settled_hour": "2027-03-15T01:00:00Z"}
BODIES: dict[str, Any] = {
    "PlanCreate": {
        "forASupporter": {"person": TOMAS, "successor": MIRA, "shadow_from": "2027-10-04"},
        "forAPost": {"post": "programme_lead"},
    },
    "PlanUpdate": {
        "lookOn": {"shadow_shifts": [{"roster_id": ROSTER_ID, "shift": _SHIFT}]},
        "goOn": {"done": ["peers_asked"], "add": ["Show where the key of the room is."]},
        "close": {"state": "done"},
    },
    "SuggestionCreate": {"anything": {"text": _WORDS}},
    "SuggestionSettle": {"read": {"state": "read"}},
    "ExpectedEndUpdate": {"known": {"expected_end": "2027-11-26"}, "unknown": {"expected_end": None}},
    "StepDown": {"onADay": {"last_day": "2027-11-26"}, "atOnce": {}},
}
ANSWERS: dict[str, Any] = {
    "ExpectedEndOut": _ENDING,
    "ForecastOut": _FORECAST,
    "PlanOut": _PLAN,
    "PlanPage": {"items": [_PLAN], "next_cursor": None},
    "SuggestionReceived": {"received": True, "help": [HELP_MEMBER]},
    "DigestOut": _DIGEST,
    "DigestPage": {"items": [_DIGEST], "next_cursor": None},
    "SuggestionOut": _SUGGESTION,
    "SuggestionPage": {"items": [_SUGGESTION], "next_cursor": None},
}
EVENTS: dict[str, Any] = {
    "supporter.left": {"school": "harbour", "supporter_id": SUPPORTER, "exit_evaluation": True},
    "succession.due": {"school": "harbour", "supporter_id": SUPPORTER},
    "succession.at_risk": {"school": "harbour", "reasons": ["too_few_after_term"]},
    "digest.weekly": {
        "school": "harbour",
        "digest_id": "01928b7e-9c4a-7c3e-8d21-3f6f4f1b7a66",
        "week": "2027-03-15",
    },
}
