"""Examples of joining by a link, and of passwords."""

from __future__ import annotations

from typing import Any

from app.routers.openapi.example_duty import MIRA, TOMAS
from app.routers.openapi.example_rosters import PERSON_ID

_SECRET = {"secret": "ptl_ZmljdGl0aW91cy1leGFtcGxlLXNlY3JldA"}
_PHRASE = "seven wet otters in a teapot"

INVITATION_ID = "0197b7d8-5c1e-7d2a-9b3f-2e4a6c8d0f70"
LINK_ID = "0197b7d8-5c1e-7d2a-9b3f-2e4a6c8d0f71"
_LINK = "https://peerline.harbour.example/join#" + _SECRET["secret"]
_WANTED = {"login": "wren@harbour.example", "alias": "Wren", "roles": ["supporter"], "language": "en"}
_INVITATION = _WANTED | {
    "id": INVITATION_ID,
    "person": PERSON_ID,
    "state": "waiting",
    "invited_by": TOMAS,
    "created_at": "2027-03-10T11:00:00Z",
    "expires_at": "2027-03-17T11:00:00Z",
    "accepted_at": None,
}
_PASSWORD_LINK = {
    "id": LINK_ID,
    "person": MIRA,
    "alias": "Mira",
    "state": "awaiting_second_person",
    "asked_by": TOMAS,
    "created_at": "2027-03-10T11:00:00Z",
    "expires_at": "2027-03-11T11:00:00Z",
    "confirmed_by": None,
    "confirmed_at": None,
    "used_at": None,
}
CONFIRMED = _PASSWORD_LINK | {
    "state": "open",
    "confirmed_by": "0197b7d8-5c1e-7d2a-9b3f-2e4a6c8d0f61",
    "confirmed_at": "2027-03-10T11:20:00Z",
}
BODIES: dict[str, Any] = {
    "InvitationCreate": {
        "supporter": _WANTED,
        "withoutARole": {"login": "kai@harbour.example", "alias": "Kai", "roles": []},
    },
    "LinkSecretOnly": {"secret": _SECRET},
    "LinkAccept": {"phrase": _SECRET | {"password": _PHRASE}},
    "PasswordPut": {"phrase": {"current_password": "a long phrase", "new_password": _PHRASE}},
}
ANSWERS: dict[str, Any] = {
    "InvitationOut": _INVITATION,
    "InvitationMade": _INVITATION | {"link": _LINK},
    "InvitationPage": {"items": [_INVITATION], "next_cursor": None},
    "PasswordLinkOut": _PASSWORD_LINK,
    "PasswordLinkMade": _PASSWORD_LINK | {"link": _LINK},
    "PasswordLinkPage": {"items": [_PASSWORD_LINK], "next_cursor": None},
    "LinkShown": {
        "purpose": "join",
        "school": "harbour",
        "school_name": "Harbour Medical School",
        "alias": "Wren",
        "login": "wren@harbour.example",
        "roles": ["supporter"],
        "language": "en",
        "waits_for_confirmation": False,
        "expires_at": "2027-03-17T11:00:00Z",
    },
}
EVENTS: dict[str, Any] = {
    "sign_in.password_link_made": {
        "school": "harbour",
        "link_id": LINK_ID,
        "person_id": MIRA,
        "awaits_second_person": True,
        "expires_at": "2027-03-11T11:00:00Z",
    }
}
