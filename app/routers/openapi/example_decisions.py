"""Examples of telling somebody more than was agreed: a night at Harbour, made up."""

from __future__ import annotations

from typing import Any

from app.guidance.thresholds import threshold_of
from app.routers.openapi.example_help import REPORT_ID

DECISION_ID = "5f0c8d1e-7b2a-4c39-9e64-a1d3b5c7e9f0"
_HOUR = "2027-03-10T16:00:00Z"
_THRESHOLD = threshold_of("AU", "VIC").model_dump(mode="json")
_BODY: dict[str, Any] = {
    "basis": "serious_threat_to_life_health_or_safety",
    "threshold_text_version": _THRESHOLD["version"],
    "necessary_because": "He has gone, does not answer, and his friend is afraid for his life.",
    "disclosed_what": "His name and where he was last seen.",
    "disclosed_to": "The emergency service.",
    "person_told": False,
    "person_not_told_because": "He does not answer his phone.",
    "opens_identity": True,
}
_SUMMARY: dict[str, Any] = {
    "id": DECISION_ID,
    "report_id": REPORT_ID,
    "state": "awaiting_second_person",
    "basis": _BODY["basis"],
    "opens_identity": True,
    "alone": False,
    "after_decline": False,
    "decided_as": "adviser",
    "second_as": None,
    "proposed_hour": _HOUR,
    "settled_hour": None,
    "review_by": None,
    "reviewed_hour": None,
}
_DECISION = _SUMMARY | {
    "threshold": _THRESHOLD,
    **{name: _BODY[name] for name in ("necessary_because", "disclosed_what", "disclosed_to")},
    "person_told": False,
    "person_not_told_because": _BODY["person_not_told_because"],
    "decided_by_me": True,
    "second_note": None,
    "alone_from": "2027-03-10T16:21:30Z",
    "alone_reason": None,
    "review_note": None,
}
_SETTLED = {"settled_hour": _HOUR, "alone_from": None}
_SECOND = {"second_as": "adviser", "second_note": "I read it, and would do the same.", "decided_by_me": False}
_ALONE = {"alone": True, "alone_reason": "Nobody has answered for ten minutes, and he may be in danger now."}
_NO = "His sister can be asked first. Please call her, and ask again."
CONFIRMED = _DECISION | _SETTLED | _SECOND | {"state": "in_effect"}
DECLINED = _DECISION | _SETTLED | _SECOND | {"state": "declined", "second_note": _NO}
TAKEN_BACK = _DECISION | _SETTLED | {"state": "taken_back"}
MADE_ALONE = _DECISION | _SETTLED | _ALONE | {"state": "in_effect", "review_by": "2027-03-13T16:00:00Z"}
REVIEWED = MADE_ALONE | {
    "decided_by_me": False,
    "reviewed_hour": "2027-03-11T01:00:00Z",
    "review_note": "It was right. The backup's phone was off; that is mended.",
}
BODIES: dict[str, Any] = {
    "DecisionCreate": {
        "atNight": _BODY,
        "withConsent": _BODY
        | {
            "basis": "consent",
            "necessary_because": "She asked us to tell her doctor how the last weeks were.",
            "disclosed_what": "That she has slept little and wants to be called.",
            "disclosed_to": "Her own doctor.",
            "person_told": True,
            "person_not_told_because": None,
            "opens_identity": False,
        },
    },
    "SecondPersonAnswer": {"agreed": {"note": _SECOND["second_note"]}},
    "SecondPersonDecline": {"declined": {"note": _NO}},
    "AloneCreate": {"nobodyAnswered": {"reason": _ALONE["alone_reason"]}},
    "DecisionReviewCreate": {"lookedInto": {"note": REVIEWED["review_note"]}},
}
ANSWERS: dict[str, Any] = {
    "ThresholdOut": _THRESHOLD,
    "DecisionOut": _DECISION,
    "DecisionPage": {
        "items": [{name: MADE_ALONE[name] for name in _SUMMARY}],
        "next_cursor": None,
    },
    "IdentityOut": {"identity": "Jordan, who sits behind me in the Tuesday group"},
}
EVENTS: dict[str, Any] = {
    "second_person.requested": {
        "school": "harbour",
        "matter": "confidentiality_decision",
        "subject_id": DECISION_ID,
    },
    "second_person.changed": {
        "school": "harbour",
        "matter": "confidentiality_decision",
        "subject_id": DECISION_ID,
        "state": "in_effect",
    },
    "confidentiality_decision.review_due": {
        "school": "harbour",
        "subject_id": DECISION_ID,
        "review_by": MADE_ALONE["review_by"],
    },
}
