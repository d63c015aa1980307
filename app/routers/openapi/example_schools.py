"""Examples of schools as a platform operator sees them, and of what is shipped for them."""

from __future__ import annotations

from typing import Any

_FIRST = {
    "coordinator": {"login": "dana@seaside.example", "alias": "Dana"},
    "sponsor": {"login": "bell@seaside.example", "alias": "Bell"},
}
_PLACE = {"slug": "seaside", "name": "Seaside Medical School", "region": "NSW", "time_zone": "Australia/Sydney"}
_SCHOOL = _PLACE | {"status": "draft", "country": "AU", "created_at": "2027-03-10T11:00:00Z"}
_PACKS = {
    "countries": [
        {
            "country": "AU",
            "regions": ["ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA"],
            "directory": {
                "version": "5d1f0c9a7e3b2846",
                "entries": 74,
                "next_check_by": "2027-05-31",
                "overdue": 0,
            },
            "obligations_cards": [
                {
                    "jurisdiction": "AU-NSW",
                    "reviewed_on": "2026-11-26",
                    "review_by": "2027-05-26",
                    "overdue": False,
                }
            ],
            "thresholds": [{"jurisdiction": "AU-NSW", "version": "au-nsw-2026-1", "check": "checked"}],
        }
    ],
    "guidance": [
        {
            "language": "en",
            "version": "90b1c3d2e4f5a687",
            "pieces": 96,
            "reviewed_on": "2026-11-26",
            "review_by": "2027-05-26",
            "overdue": 0,
        }
    ],
}
BODIES: dict[str, Any] = {
    "SchoolCreate": {
        "withAProgramme": _PLACE | _FIRST,
        "directoryAlone": _PLACE
        | _FIRST
        | {"program_type": "undergraduate_entry", "years": 5, "formal_program": False},
    }
}
_LINK = "https://peerline.example.edu/join#ptl_ZmljdGl0aW91cy1leGFtcGxlLWxpbms"
_INVITATIONS = [{"role": role, **_FIRST[role], "link": _LINK, "expires_at": "2027-03-17T11:00:00Z"} for role in _FIRST]
ANSWERS: dict[str, Any] = {
    "SchoolCreated": _SCHOOL | {"invitations": _INVITATIONS},
    "SchoolOut": _SCHOOL,
    "SchoolPage": {"items": [_SCHOOL], "next_cursor": None},
    "PacksOut": _PACKS,
}
EVENTS: dict[str, Any] = {name: {"school": "seaside"} for name in ("school.activated", "school.suspended")}
ACTIVE = _SCHOOL | {"status": "active"}
SUSPENDED = _SCHOOL | {"status": "suspended"}
