"""Examples of the way into the programme: criteria, interest, applications, appeals."""

from __future__ import annotations

from typing import Any

from app.routers.openapi.example_supporters import ACTIVE, PERSON_ID
from app.supporters.selection_texts import load_texts

INTEREST_ID = "0198c0de-5b10-4c3e-8f21-6b7d9a4c2e10"
APPLICATION_ID = "0198c0de-5b11-4d42-9a35-1c8e7f5b3d20"
CODE = "7K3QD-M9XWF-21HBT-RS8VN"
_TEXTS = load_texts()
_SELECTION = {
    "programme": True,
    "supporter_title": "Peer mate",
    "note": "We choose twice a year, in March and in August.",
    "criteria": [each.model_dump(mode="json") for each in _TEXTS.criteria],
    "never_asked": list(_TEXTS.never_asked),
    "how_decided": list(_TEXTS.how_decided),
    "appeal": list(_TEXTS.appeal),
    "saying_no": _TEXTS.saying_no,
    "kept": list(_TEXTS.kept),
    "agreement": {
        "version": _TEXTS.agreement.version,
        "title": _TEXTS.agreement.title,
        "points": list(_TEXTS.agreement.points),
    },
    "updated_at": "2027-03-10T11:00:00Z",
}
_ATTESTED = {
    "has_training": False,
    "can_give_time": True,
    "has_support_i_need": "want_to_talk",
    "study_on_track": "attested_by_student",
}
_NOTE = "I am on placement until May."
_WAIT = {"decision": "wait", "words": "Thank you. Shall we talk in May, when your placement is over?"}
_NO = {
    "decision": "not_proceeding",
    "words": "You said that your study cannot carry it this term. Please come back when it can.",
    "because": ["study_on_track"],
}
_MINE = {
    "state": "not_proceeding",
    "attested": _ATTESTED,
    "note": _NOTE,
    "applied_hour": "2027-03-10T11:00:00Z",
    "decided_hour": "2027-03-12T09:00:00Z",
    "words": _NO["words"],
    "because": _NO["because"],
    "appeal": None,
    "appeal_note": None,
    "appeal_words": None,
    "appeal_until": "2027-04-09T09:00:00Z",
    "kept_until": "2027-05-11",
}
_APPEAL_NOTE = "My year coordinator says that it can."
APPLIED = _MINE | {
    "state": "waiting",
    "decided_hour": None,
    "words": None,
    "because": [],
    "appeal_until": None,
    "kept_until": "2028-03-09",
}
APPEALED = _MINE | {"appeal": "waiting", "appeal_note": _APPEAL_NOTE, "appeal_until": None, "kept_until": None}
_SUMMARY = {
    "id": APPLICATION_ID,
    "person_id": PERSON_ID,
    "alias": "Wren",
    "state": "waiting",
    "appeal": None,
    "applied_hour": "2027-03-10T11:00:00Z",
}
_OUT: dict[str, Any] = _SUMMARY | {
    "attested": _ATTESTED,
    "note": _NOTE,
    "decided_by": None,
    "decided_hour": None,
    "words": None,
    "because": [],
    "appeal_note": None,
    "appealed_hour": None,
    "appeal_words": None,
    "appeal_decided_hour": None,
}
DECIDED = _OUT | {
    "state": "not_proceeding",
    "decided_by": "0198c0de-5b12-7e51-8b46-2d9f8a6c4e30",
    "decided_hour": "2027-03-12T09:00:00Z",
    "words": _NO["words"],
    "because": _NO["because"],
}
APPEAL_DECIDED = DECIDED | {
    "state": "accepted",
    "appeal": "changed",
    "appeal_note": _APPEAL_NOTE,
    "appealed_hour": "2027-03-15T08:00:00Z",
    "appeal_words": "We had not asked. Welcome.",
    "appeal_decided_hour": "2027-03-16T01:00:00Z",
}
NOT_PROCEEDING = ACTIVE | {"status": "not_proceeding"}
_INTEREST = {
    "id": INTEREST_ID,
    "state": "waiting",
    "contact": "wren@example.edu",
    "note": "I would like to hear more.",
    "received_hour": "2027-03-10T11:00:00Z",
    "kept_until": "2027-09-06",
}
INVITED = _INTEREST | {"state": "invited", "kept_until": "2027-04-08"}

BODIES: dict[str, Any] = {
    "SelectionPut": {
        "whole": {
            "supporter_title": _SELECTION["supporter_title"],
            "note": _SELECTION["note"],
            "agreement_points": [],
        }
    },
    "InterestCreate": {
        "withNote": {"contact": _INTEREST["contact"], "note": _INTEREST["note"]},
        "short": {"contact": _INTEREST["contact"]},
    },
    "InterestCodeOnly": {"code": {"code": CODE}},
    "ApplicationCreate": {"attested": _ATTESTED | {"note": _NOTE}},
    "SelectionDecisionCreate": {
        "wait": _WAIT,
        "notProceeding": _NO,
        "accept": {"decision": "accept", "words": "Welcome. The trainings begin in April."},
    },
    "NotProceedingCreate": {"reason": {"words": _NO["words"], "because": _NO["because"]}},
    "ApplicationAppealCreate": {"withNote": {"note": _APPEAL_NOTE}},
    "ApplicationAppealDecisionCreate": {"changed": {"decision": "changed", "words": "We had not asked. Welcome."}},
}
ANSWERS: dict[str, Any] = {
    "SelectionOut": _SELECTION,
    "SelectionWritten": {"selection": _SELECTION, "suggestions": []},
    "InterestCreated": {"interest_code": CODE, "what_happens_next": list(_TEXTS.interest.thanks)},
    "InterestTakenBack": {"what_happened": list(_TEXTS.interest.taken_back)},
    "InterestOut": INVITED,
    "InterestPage": {"items": [_INTEREST], "next_cursor": None},
    "MyApplication": _MINE,
    "ApplicationOut": _OUT,
    "ApplicationPage": {"items": [_SUMMARY], "next_cursor": None},
}
EVENTS: dict[str, Any] = {
    "selection.waiting": {"school": "harbour", "what": "application"},
    "supporter_application.decided": {"school": "harbour"},
}
