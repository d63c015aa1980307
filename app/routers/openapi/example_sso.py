"""Examples of the school's own sign-in. The provider, its address and its tokens are made up."""

from __future__ import annotations

from typing import Any

PROVIDER_ID = "0197b7d8-2f4a-7c11-8e5d-3b6a9c0d1e2f"
IDENTITY_ID = "0197b7d8-3a5b-7d22-9f6e-4c7b0d1e2f3a"
_ISSUER = "https://login.harbour.example"
_STUDENTS = {"claim": "eduperson_affiliation", "contains": "student", "role": "student"}
_PROVIDER = {
    "id": PROVIDER_ID,
    "name": "Harbour University",
    "issuer": _ISSUER,
    "client_ids": ["peerline-app"],
    "rules": [{"equals": None, "ends_with": None, **_STUDENTS}],
    "alias_claim": "given_name",
    "external_id_claim": "student_number",
    "sign_in_days": 7,
    "enabled": True,
    "created_at": "2027-03-01T02:00:00Z",
    "updated_at": "2027-03-01T02:00:00Z",
}
_IDENTITY = {
    "id": IDENTITY_ID,
    "issuer": _ISSUER,
    "provider": "Harbour University",
    "linked_at": "2027-03-02T01:15:00Z",
}
ID_TOKEN = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImV4YW1wbGUifQ.example-only.not-a-real-token"  # noqa: S105  made up
ID_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105  the name of a kind of token

# As in example_duty.py.
BODIES: dict[str, dict[str, Any]] = {
    "IdentityProviderCreate": {
        "students": {
            "name": "Harbour University",
            "issuer": _ISSUER,
            "client_ids": ["peerline-app"],
            "rules": [_STUDENTS],
            "alias_claim": "given_name",
        },
    },
    "IdentityProviderUpdate": {
        "switchOff": {"enabled": False},
        "alsoEvaluators": {
            "rules": [_STUDENTS, {"claim": "realm_access.roles", "contains": "evaluation", "role": "evaluator"}]
        },
    },
    "IdentityLink": {"link": {"subject_token": ID_TOKEN, "subject_token_type": ID_TOKEN_TYPE}},
}
ANSWERS: dict[str, Any] = {
    "IdentityProviderOut": _PROVIDER,
    "IdentityProviderPage": {"items": [_PROVIDER], "next_cursor": None},
    "ProviderCheck": {
        "ok": True,
        "checked_at": "2027-03-01T02:00:10Z",
        "findings": [
            {
                "code": "discovery_found",
                "ok": True,
                "words": "Its discovery document is there, and names this issuer.",
            },
            {"code": "keys_found", "ok": True, "words": "It publishes 1 key that can be used."},
            {"code": "key", "ok": True, "words": "EC, secp256r1, for ES256"},
        ],
    },
    "PersonIdentityOut": _IDENTITY,
    "PersonIdentityPage": {"items": [_IDENTITY], "next_cursor": None},
}
