"""Examples of service accounts and their secrets, and of what they bring."""

from __future__ import annotations

from typing import Any

from app.routers.openapi import example_people_imports as people

ACCOUNT_ID = "0197b7d8-5c1e-7d2a-9b3f-2e4a6c8d0f77"
_SECRET = "psa_ZXhhbXBsZS1vbmx5LW5vdC1hLXJlYWwtc2VjcmV0"  # noqa: S105  made up
GRANT = {
    "grant_type": "client_credentials",
    "client_id": ACCOUNT_ID,
    "client_secret": _SECRET,
    "scope": "directory:read",
}
_ACCOUNT: dict[str, Any] = {
    "id": ACCOUNT_ID,
    "client_id": ACCOUNT_ID,
    "name": "Directory sync",
    "scopes": ["directory:read", "directory:write"],
    "expires_at": "2028-02-01T00:00:00Z",
    "last_used_at": None,
    "previous_secret_until": None,
    "created_by": "Sam",
    "created_at": "2027-03-01T02:00:00Z",
    "updated_at": "2027-03-01T02:00:00Z",
}
_USED = _ACCOUNT | {"last_used_at": "2027-03-12T08:00:00Z"}
ROTATED = _USED | {
    "client_secret": _SECRET,
    "previous_secret_until": "2027-03-13T08:30:00Z",
    "updated_at": "2027-03-12T08:30:00Z",
}

# As in example_duty.py.
BODIES: dict[str, dict[str, Any]] = {
    "ServiceAccountCreate": {
        "directorySync": {name: _ACCOUNT[name] for name in ("name", "scopes", "expires_at")},
    },
    "ServiceAccountUpdate": {"fewerScopes": {"scopes": ["directory:read"]}},
    "ClientSecretRotation": {"twoHours": {"overlap_minutes": 120}},
    **people.BODIES,
}
ANSWERS: dict[str, Any] = {
    "ServiceAccountOut": _USED,
    "ServiceAccountCreated": _ACCOUNT | {"client_secret": _SECRET},
    "ServiceAccountPage": {"items": [_USED], "next_cursor": None},
    **people.ANSWERS,
}
