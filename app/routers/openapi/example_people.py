"""Examples of people and their roles: Mira is to become a triager."""

from __future__ import annotations

from typing import Any

from app.routers.openapi.example_duty import MIRA, TOMAS

GRANT_ID = "0197b7d8-5c1e-7d2a-9b3f-2e4a6c8d0f60"
_SPONSOR = "0197b7d8-5c1e-7d2a-9b3f-2e4a6c8d0f61"
_WANTED = {"person": MIRA, "role": "triager", "starts_at": None, "ends_at": "2098-06-30T14:00:00Z"}
_WAITING = {
    "id": GRANT_ID,
    "alias": "Mira",
    **_WANTED,
    "state": "awaiting_second_person",
    "granted_at": "2027-03-10T11:00:00Z",
    "granted_by": TOMAS,
    "confirm_by": "2027-03-24T11:00:00Z",
    "confirmed_at": None,
    "confirmed_by": None,
    "ended_at": None,
    "ended_by": None,
    "ended_because": None,
}
CONFIRMED = _WAITING | {
    "state": "current",
    "confirm_by": None,
    "confirmed_at": "2027-03-11T09:30:00Z",
    "confirmed_by": _SPONSOR,
}
DECLINED = _WAITING | {
    "state": "ended",
    "ended_at": "2027-03-11T09:30:00Z",
    "ended_by": _SPONSOR,
    "ended_because": "declined",
}
ENDED = CONFIRMED | {
    "state": "ended",
    "ended_at": "2027-05-02T08:00:00Z",
    "ended_by": MIRA,
    "ended_because": "given_up",
}
SESSION_ID = "0197b7d8-5c1e-7d2a-9b3f-2e4a6c8d0f62"
_PERSON = {
    "id": MIRA,
    "login": "mira@harbour.example",
    "alias": "Mira",
    "roles": ["adviser"],
    "active": True,
    "assesses_at": ["ridge"],
    "left_at": None,
    "created_at": "2027-01-10T11:00:00Z",
}
LEFT = _PERSON | {"roles": [], "active": False, "left_at": "2027-06-30T14:00:00Z"}
BACK = _PERSON | {"roles": []}
_SESSION = {
    "id": SESSION_ID,
    "device": "The blue telephone",
    "begun_hour": "2027-03-01T09:00:00Z",
    "last_used_hour": "2027-03-10T11:00:00Z",
    "current": True,
}
BODIES: dict[str, Any] = {
    "PersonUpdate": {
        "assessing": {"assesses_at": ["ridge"]},
        "anotherAlias": {"alias": "Wren of Harbour", "assesses_at": None},
    },
    "RoleGrantCreate": {
        "forATime": _WANTED,
        "fromNowOn": {"person": MIRA, "role": "supporter"},
    },
}
ANSWERS: dict[str, Any] = {
    "PersonOut": _PERSON,
    "PersonPage": {"items": [_PERSON], "next_cursor": None},
    "SessionPage": {"items": [_SESSION], "next_cursor": None},
    "RoleGrantOut": _WAITING,
    "RoleGrantPage": {"items": [_WAITING], "next_cursor": None},
}
EVENTS: dict[str, Any] = {
    "role_grant.waiting": {
        "school": "harbour",
        "grant_id": GRANT_ID,
        "role": "triager",
        "confirm_by": "2027-03-24T11:00:00Z",
    },
    "role_grant.changed": {"school": "harbour", "grant_id": GRANT_ID, "role": "triager", "state": "current"},
    "person.left": {"school": "harbour", "person_id": MIRA},
}
