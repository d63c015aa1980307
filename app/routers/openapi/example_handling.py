"""Examples of what triagers do with a report beside answering it. Reasons and entries are made up."""

from __future__ import annotations

from typing import Any

from app.routers.openapi.example_help import CLAIMED, MESSAGE_FOR_STAFF, REPORT

PROPOSAL_ID = "0c7d5b1e-6f0a-4d39-9a52-7e41c8b26f13"
MESSAGE_ID = MESSAGE_FOR_STAFF["id"]
GROUP_ID = "b5f1a0c4-2d7e-4b8a-8f36-91c0d2e3a4b5"
_OTHER = "2f9c6d38-8a41-4be5-b7f0-5d1e3c2a9b84"
_HOUR = "2027-03-11T00:00:00Z"
_WHY = "We spoke on the phone. She is with her sister until Monday, and will see her doctor."

RAISED = REPORT | {"priority_set": "now", "priority": "now"}
PROPOSED = CLAIMED | {
    "signs": ["sounds_hopeless_or_trapped"],
    "needs_person_check": True,
    "priority": "now",
    "awaiting_second_person": True,
}
LOWERED = PROPOSED | {"priority_set": "soon", "priority": "soon", "awaiting_second_person": False}
DECLINED = PROPOSED | {"awaiting_second_person": False}
GROUPED = REPORT | {"group_id": GROUP_ID}
HURTFUL = REPORT | {"text_hidden": True, "narrative": None}
HURTFUL_MESSAGE = MESSAGE_FOR_STAFF | {"text": None, "text_hidden": True}
_PROPOSAL = {
    "id": PROPOSAL_ID,
    "kind": "priority",
    "state": "awaiting_second_person",
    "priority": "soon",
    "outcome_id": None,
    "note": _WHY,
    "mine": False,
    "proposed_hour": _HOUR,
    "decided_hour": None,
}
_REFERRAL = {"entry_id": "example-crisis-line", "consent": True, "warm_handover": True}
_OUTCOME = {
    "id": "6e2b9d04-1c3f-4a57-8b60-f2a7d9e1c305",
    "outcome": "connected_to_service",
    "contact_method": "in_person",
    "state": "in_effect",
    "note": "We called together.",
    "referral": _REFERRAL,
    "decision_id": None,
    "hour": _HOUR,
}

BODIES: dict[str, dict[str, Any]] = {
    "PrioritySet": {"sooner": {"priority": "now"}, "later": {"priority": "soon", "note": _WHY}},
    "GroupWith": {"another": {"with": _OTHER}},
    "HurtfulMark": {"mark": {"hurtful": True}, "takeAway": {"hurtful": False}},
    "OutcomeCreate": {
        "advice": {"outcome": "advice_given_to_reporter", "contact_method": "receipt_message"},
        "referral": {
            "outcome": "connected_to_service",
            "contact_method": "in_person",
            "note": "We called together.",
            "referral": _REFERRAL,
        },
        "misuse": {"outcome": "misuse", "note": "It names nobody and mocks whoever reads it."},
    },
}
ANSWERS: dict[str, Any] = {
    "OutcomeOut": _OUTCOME,
    "OutcomePage": {"items": [_OUTCOME], "next_cursor": None},
    "ProposalPage": {"items": [_PROPOSAL], "next_cursor": None},
}
