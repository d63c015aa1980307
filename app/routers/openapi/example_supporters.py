"""Examples of the programme: who is in it, where they stand, and what they have signed."""

from __future__ import annotations

from typing import Any

from app.supporters.selection_texts import load_texts

SUPPORTER_ID = "0198c0de-5a10-7c3e-8f21-6b7d9a4c2e10"
PERSON_ID = "0198c0de-5a11-7d42-9a35-1c8e7f5b3d20"
SIGNATURE_ID = "0198c0de-5a12-7e51-8b46-2d9f8a6c4e30"
SITE_ID = "0198c0de-5a13-7f60-9c57-3eaf9b7d5f40"
_AGREEMENT = load_texts().agreement
_CARD = "b7d94e26a1c0"
_LISTING = {
    "year_band": "middle_years",
    "languages": ["en", "vi"],
    "site_ids": [SITE_ID],
    "remote_ok": True,
    "listed": True,
}
_SIGNED = {
    "asked_version": _AGREEMENT.version,
    "signed_version": _AGREEMENT.version,
    "signed_hour": "2027-03-10T11:00:00Z",
    "counts": True,
    "earlier_until": None,
}
_NOT_YET = {
    "asked_version": _CARD,
    "signed_version": None,
    "signed_hour": None,
    "counts": False,
    "earlier_until": None,
}
_ACCEPTED = _SIGNED | {"asked_version": _CARD, "signed_version": _CARD}
_OWED = [{"what": "role_card", "says": "The role card in its present version is not accepted."}]
_ME = {
    "id": SUPPORTER_ID,
    "status": "in_training",
    "listing": _LISTING,
    "agreement": _SIGNED,
    "role_card": _NOT_YET,
    "owed": _OWED,
    "expected_end": None,
}
_OUT = _ME | {"person_id": PERSON_ID, "alias": "Wren"}
ACTIVE = _OUT | {"status": "active", "role_card": _ACCEPTED, "owed": []}
_SIGNATURE = {
    "id": SIGNATURE_ID,
    "kind": "agreement",
    "version": _AGREEMENT.version,
    "title": _AGREEMENT.title,
    "signed_hour": "2027-03-10T11:00:00Z",
}
ACCEPTANCE = _SIGNATURE | {"kind": "role_card", "version": _CARD, "title": "A peer supporter"}

BODIES: dict[str, Any] = {
    "ListingUpdate": {"listed": {"listed": True, "languages": ["en", "vi"]}, "hidden": {"listed": False}},
    "SignatureCreate": {"version": {"version": _AGREEMENT.version}},
}
ANSWERS: dict[str, Any] = {
    "SupporterMe": _ME,
    "ProgrammeSupporterOut": _OUT,
    "SupporterPage": {"items": [_OUT], "next_cursor": None},
    "SignatureOut": _SIGNATURE,
    "SignaturePage": {"items": [_SIGNATURE], "next_cursor": None},
}
EVENTS: dict[str, Any] = {}
