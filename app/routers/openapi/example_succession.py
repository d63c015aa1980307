"""Examples of succession: a supporter who graduates in November, and a programme that has too few after that."""

from __future__ import annotations

from typing import Any

from app.routers.openapi.example_duty import TOMAS

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
BODIES: dict[str, Any] = {
    "ExpectedEndUpdate": {"known": {"expected_end": "2027-11-26"}, "unknown": {"expected_end": None}},
    "StepDown": {"onADay": {"last_day": "2027-11-26"}, "atOnce": {}},
}
ANSWERS: dict[str, Any] = {"ExpectedEndOut": _ENDING, "ForecastOut": _FORECAST}
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
