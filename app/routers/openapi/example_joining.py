"""Examples of joining by a link, and of passwords."""

from __future__ import annotations

from typing import Any

_SECRET = {"secret": "ptl_ZmljdGl0aW91cy1leGFtcGxlLXNlY3JldA"}
_PHRASE = "seven wet otters in a teapot"

BODIES: dict[str, Any] = {
    "LinkSecretOnly": {"secret": _SECRET},
    "LinkAccept": {"phrase": _SECRET | {"password": _PHRASE}},
    "PasswordPut": {"phrase": {"current_password": "a long phrase", "new_password": _PHRASE}},
}
ANSWERS: dict[str, Any] = {
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
    }
}
