"""Examples of a friend's code, a peer's choice and open invitations. Everybody is made up.

The number is from the range that Australia keeps for fiction: nobody answers there.
"""

from __future__ import annotations

from typing import Any

from app.contacts.texts import load_texts
from app.routers.openapi.example_stories import HELP
from app.vocabulary.contacts import ChoiceState

_TEXTS = load_texts()
_CODE = "7K3QD-0M4XZ-9TBWA-2C6EF"
_WREN, _KIT = "0197b7d8-1a2b-7c3d-8e4f-6c8d0e2f4a53", "0197b7d8-1a2b-7c3d-8e4f-6c8d0e2f4a54"
_SITE = {"id": "0197b7d8-155d-7b12-8e4f-6c8d0e2f4a60", "name": "Coast clinic"}
_REACH = "Write to me on +61 2 5550 4242."
_WORDS = "I am new on the ward and eat alone. A walk would be good."
OPEN_INVITATION_ID = "0197b7d8-1a2b-7c3d-8e4f-6c8d0e2f4a61"
_INVITATION = {
    "audience": "site",
    "title": "Tea after rounds",
    "words": "New on placement, or there for a while: come and sit with us, or choose somebody to talk to.",
    "meeting": "Mondays at five, in the room beside the library.",
    "opens_at": "2027-03-01T00:00:00Z",
    "closes_at": "2027-06-01T00:00:00Z",
}
_SHOWN_INVITATION = _INVITATION | {
    "id": OPEN_INVITATION_ID,
    "year_band": None,
    "site": _SITE,
    "for_whom": _TEXTS.for_whom["site"].replace("{site}", "Coast clinic"),
}
_KEPT = _SHOWN_INVITATION | {"taken_down": False}
TAKEN_DOWN = _KEPT | {"taken_down": True}
_ABOUT = list(_TEXTS.about_the_code)
BODIES: dict[str, Any] = {
    "CodeSessionCreate": {"asShown": {"code": _CODE}, "asTyped": {"code": "7k3qd om4xz 9tbwa 2c6ef"}},
    "OpenInvitationCreate": {
        "toASite": _INVITATION | {"site_id": _SITE["id"]},
        "toEverybody": _INVITATION | {"audience": "everybody", "meeting": None},
        "toFinalYears": _INVITATION | {"audience": "year_band", "year_band": "final_years", "meeting": None},
    },
    "ChoiceSessionCreate": {"nothingAsked": {}},
    "ChoiceCreate": {
        "anybody": {"how_to_reach": _REACH},
        "somebodyInParticular": {
            "preferred": [_WREN],
            "not": [_KIT],
            "anybody_else": False,
            "how_to_reach": _REACH,
            "words": _WORDS,
        },
    },
}
ANSWERS: dict[str, Any] = {
    "ContactCodeMade": {
        "code": _CODE,
        "good_until": "2027-03-24",
        "to_pass_on": list(_TEXTS.to_pass_on),
        "about": _ABOUT,
        "open": 1,
    },
    "OpenInvitationPage": {"items": [_SHOWN_INVITATION], "next_cursor": None},
    "KeptInvitation": _KEPT,
    "KeptInvitationPage": {"items": [_KEPT], "next_cursor": None},
    "ContactCodesOut": {"open": 1, "most": 3, "about": _ABOUT},
    "CodeSession": {
        "access_token": "ZXhhbXBsZS1vbmx5LW5vdC1hLXRva2Vu",
        "token_type": "Bearer",
        "expires_in": 900,
        "opens": "choosing",
    },
    "ChoosableList": {
        "items": [
            {
                "id": _WREN,
                "alias": "Wren",
                "year_band": "final_years",
                "languages": ["en", "zh-Hant"],
                "sites": [_SITE],
                "remote_ok": True,
            }
        ],
        "help": HELP,
    },
    "ChoiceMade": {
        "code": _CODE,
        "state": "asked",
        "state_text": _TEXTS.states[ChoiceState.ASKED],
        "each_has_hours": 24,
        "answer_by": "2027-03-13T12:00:00Z",
        "what_happens_next": list(_TEXTS.what_happens_next),
        "help": HELP,
    },
    "ChoiceOut": {
        "state": "accepted",
        "state_text": _TEXTS.states[ChoiceState.ACCEPTED],
        "alias": "Wren",
        "asked_hour": "2027-03-10T11:00:00Z",
        "answer_by": None,
        "help": HELP,
    },
    "ChoiceTakenBack": {"what_happened": list(_TEXTS.taken_back), "help": HELP},
}
EVENTS: dict[str, Any] = {"contacts.unanswered": {"school": "harbour"}}
