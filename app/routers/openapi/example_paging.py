"""Examples of what a school decides of paging, and sees of it: policies, what nobody answered, drills."""

from __future__ import annotations

from typing import Any

from app.routers.openapi.example_duty import MIRA, TOMAS

POLICY_ID = "0197b7d8-2a11-7c3e-8d41-5b6c7d8e9f01"
DRILL_ID = "0197b7d8-2b22-7d4f-9e52-6c7d8e9f0a12"
ESCALATION_ID = "3c9f1e2d-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
_AT = "2027-03-10T11:00:00Z"
_CONTENT = {
    "levels": [
        {"level": "primary", "ask": {"kind": "roster", "line": None, "level": "primary"}, "ack_seconds": 600},
        {"level": "backup", "ask": {"kind": "post", "post": "programme_lead"}, "ack_seconds": 600},
    ],
    "fallback": {"ask": {"kind": "role", "role": "coordinator"}, "ack_seconds": 600},
    "undelivered_seconds": 15,
    "reply_seconds": 600,
    "note_seconds": 3600,
    "told_alone_a_minute": 5,
}
_POLICY = {
    "id": POLICY_ID,
    "need": "advice",
    "topic": "thoughts_of_suicide",
    "priority": "now",
    "fallback_staffed": True,
    "version": 1,
    "created_at": _AT,
    "updated_at": _AT,
} | _CONTENT
_VERSION = {"version": 1, "created_at": _AT} | _CONTENT
_IN_FORCE = {"policy_id": POLICY_ID, "version": 1, "line": "clinical_advice", "priority": "now"} | _CONTENT
_UNANSWERED = {
    "id": ESCALATION_ID,
    "subject_kind": "advice_request",
    "line": "clinical_advice",
    "priority": "now",
    "state": "exhausted",
    "exhausted_hour": _AT,
    "answered": False,
    "reviewed": False,
    "reviews": [],
}
_WHY = "Both pagers were off over the exam week. The backup roster is filled now."
REVIEWED = _UNANSWERED | {"state": "closed", "reviewed": True, "reviews": [_WHY]}
_DRILL = {
    "id": DRILL_ID,
    "weekly": True,
    "started_at": "2027-03-08T23:00:00Z",
    "ends_at": "2027-03-09T01:00:00Z",
    "asked": 2,
    "answered": 1,
    "unanswered": 0,
    "unreached": 1,
}
_PEOPLE = [
    {
        "person": TOMAS,
        "alias": "Tomas",
        "line": "clinical_advice",
        "level": "backup",
        "answer": "unreached",
        "seconds_to_deliver": None,
        "seconds_to_answer": None,
    },
    {
        "person": MIRA,
        "alias": "Mira",
        "line": "clinical_advice",
        "level": "primary",
        "answer": "answered",
        "seconds_to_deliver": 1,
        "seconds_to_answer": 74,
    },
]
_NOTE = "Spoke on the phone at 02:10. They are with a friend until the morning."
BODIES: dict[str, Any] = {
    "EscalationPolicyCreate": {
        "forOneTopic": {"need": "advice", "topic": "thoughts_of_suicide", "priority": "now"} | _CONTENT
    },
    "EscalationPolicyPut": {"wholePolicy": _CONTENT},
    "ReviewCreate": {"why": {"note": _WHY}},
    "NoteCreate": {"note": {"text": _NOTE}},
    "HandOverCreate": {"withANote": {"note": "I am off at nine. They wait for an answer about Thursday."}},
    "AdviceOutcomeCreate": {"goingOn": {"outcome": "i_continue"}},
}
ANSWERS: dict[str, Any] = {
    "EscalationPolicyOut": _POLICY,
    "EscalationPolicyPage": {"items": [_POLICY], "next_cursor": None},
    "PolicyVersionPage": {"items": [_VERSION], "next_cursor": None},
    "PolicyInForce": _IN_FORCE,
    "UnansweredOut": _UNANSWERED,
    "UnansweredPage": {"items": [_UNANSWERED], "next_cursor": None},
    "DrillOut": _DRILL | {"people": _PEOPLE},
    "DrillPageOut": {"items": [_DRILL], "next_cursor": None},
    "NoteOut": {"position": 1, "kind": "note", "text": _NOTE, "hour": _AT},
}
EVENTS: dict[str, Any] = {
    "page.waiting": {"school": "harbour", "waiting": 7, "ack_by": "2027-03-10T11:10:00Z"},
    "duty.relief_offered": {"school": "harbour", "night_pages": 3},
    "drill.finished": {"school": "harbour", "drill_id": DRILL_ID, "asked": 2, "answered": 1, "unreached": 1},
}
