"""Examples of what is passed on: a summary, what its reporter says, a supporter's contact. Everybody is made up.

The number is from the range that Australia keeps for fiction: nobody answers there.
"""

from __future__ import annotations

from typing import Any

CONTACT_ID = "a4c1f0de-6b3d-4d27-9c15-2f8e7b6a5d41"
_REPORT_ID = "7d228523-0829-40a6-b3ad-2dc8114d7c7f"
_WREN = "0197b7d8-155d-7b12-8e4f-6c8d0e2f4a53"
_HOUR, _LATER = "2027-03-10T23:00:00Z", "2027-03-11T02:00:00Z"
_TEXT = "She is further from her friends than she used to be, and somebody to talk to would do her good."
_EDITED = "She would like company at lunch. Please do not say that anybody wrote."
_CHECK = {
    "small_placement_group": "not_sure",
    "details_only_one_person_could_know": "no",
    "where_or_when_exactly": "no",
    "anything_else": None,
}
_FOR_SUPPORTER = {"text": _TEXT, "who": "peer", "outing_check": _CHECK}
_SUMMARY = {
    "number": 1,
    "purpose": "supporter",
    "who": "peer",
    "text": _TEXT,
    "by_reporter": False,
    "state": "awaiting_reporter",
    "outing_risk": True,
    "outing_check": _CHECK,
    "hints": {
        "names_a_site": False,
        "shares_a_place": True,
        "words_in_a_row": 0,
        "clock_times": 0,
        "weekdays": 0,
    },
    "written_hour": _HOUR,
    "answered_hour": None,
}
FOR_A_SERVICE = _SUMMARY | {"purpose": "service"}
_MINE = {
    "number": 1,
    "purpose": "supporter",
    "who": "peer",
    "what_it_is_for": "For a trained supporter, who would offer your friend support.",
    "asked_for": True,
    "text": _TEXT,
    "by_you": False,
    "outing_risk": True,
    "state": "awaiting_reporter",
    "written_hour": _HOUR,
}
MINE_EDITED = _MINE | {"number": 2, "text": _EDITED, "by_you": True, "state": "edited_by_reporter"}
_HANDED_OVER = {
    "id": CONTACT_ID,
    "supporter": _WREN,
    "alias": "Wren",
    "who": "peer",
    "summary_number": 2,
    "state": "offered",
    "needs_handover": False,
    "note": None,
    "offered_hour": _LATER,
    "accepted_hour": None,
    "over_hour": None,
    "leaves_on": None,
}
TAKEN_BACK = _HANDED_OVER | {"state": "ended", "over_hour": "2027-03-14T23:00:00Z"}
_REACH = "Text her on +61 2 5550 4242, after four."
_NOTE = "We met twice. They have somebody else to talk to now."
_CONTACT = {
    "id": CONTACT_ID,
    "who": "peer",
    "state": "offered",
    "summary": _EDITED,
    "contact": None,
    "note_is_read": True,
    "offered_hour": _LATER,
    "accepted_hour": None,
    "over_hour": None,
}
ACCEPTED = _CONTACT | {"state": "accepted", "contact": _REACH, "accepted_hour": _LATER}
DECLINED = _CONTACT | {"state": "declined", "summary": None, "over_hour": _LATER}
ENDED = ACCEPTED | {"state": "ended", "summary": None, "contact": None, "over_hour": "2027-03-20T05:00:00Z"}
BODIES: dict[str, Any] = {
    "RelaySummaryCreate": {"forASupporter": {"purpose": "supporter"} | _FOR_SUPPORTER},
    "ServiceSummaryCreate": {"forAService": _FOR_SUPPORTER},
    "RelaySummaryDecision": {
        "asItStands": {"decision": "approve"},
        "inOtherWords": {"decision": "edit", "text": _EDITED},
        "notAtAll": {"decision": "not_agreed"},
    },
    "ContactCreate": {"askWren": {"supporter": _WREN, "who": "peer", "contact": _REACH}},
    "ContactEnd": {"withANote": {"note": _NOTE}},
}
ANSWERS: dict[str, Any] = {
    "RelaySummaryOut": _SUMMARY,
    "MyRelaySummary": _MINE,
    "SupporterList": {"items": [{"person": _WREN, "alias": "Wren", "on_duty": True}]},
    "HandedOver": _HANDED_OVER,
    "HandedOverList": {"items": [_HANDED_OVER | {"state": "ended", "note": _NOTE, "over_hour": ENDED["over_hour"]}]},
    "ContactOut": _CONTACT,
    "ContactPage": {"items": [ACCEPTED], "next_cursor": None},
}
EVENTS: dict[str, Any] = {
    "relay.answered": {"school": "harbour", "subject_kind": "report", "subject_id": _REPORT_ID},
    "claim.ended": {
        "school": "harbour",
        "subject_kind": "report",
        "subject_id": _REPORT_ID,
        "because": "taken_over",
    },
    "contact.offered": {"school": "harbour", "contact_id": CONTACT_ID},
    "contact.over": {"school": "harbour"},
}
