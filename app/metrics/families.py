"""Which family a request is counted in, by its path alone. Pure.

A path that is not known here is of the family that everything about a report is in, together with the reading of help:
a new route tells nothing by being forgotten. Whoever asks, and whether they have a role, makes no difference.
"""

from __future__ import annotations

from enum import StrEnum

SCHOOLS = "/v1/schools/"


class Family(StrEnum):
    """`care`: help, directory, guidance, reports, receipts, contacts, pages, advice, sign-in, and what is unknown."""

    CARE = "care"
    ADMINISTRATION = "administration"
    INTEGRATIONS = "integrations"
    PROBES = "probes"


_PROBES = frozenset({"/healthz", "/readyz"})
_INTEGRATIONS = ("/hsds/", "/v1/calendars/", "/.well-known/", "/openapi.json", "/docs")
_ADMINISTRATION = frozenset({"/v1/schools", "/v1/packs", "/v1/event-types"})
# What comes after the school. Nobody does any of this because a report has come.
_OF_A_SCHOOL = frozenset(
    {
        "content",
        "digests",
        "identity-providers",
        "invitations",
        "people",
        "policies",
        "policy-documents",
        "posts",
        "profile",
        "readiness",
        "retention-policies",
        "role-grants",
        "roster-rules",
        "rosters",
        "service-accounts",
        "shift-offers",
        "sites",
        "statistics",
        "statistics-rules",
        "succession",
        "swaps",
        "training-modules",
        "webhook-endpoints",
    }
)


def family_of(path: str) -> Family:
    if path.startswith(SCHOOLS):
        what = path[len(SCHOOLS) :].split("/", 2)[1:2]
        return Family.ADMINISTRATION if what and what[0] in _OF_A_SCHOOL else Family.CARE
    if path in _PROBES:
        return Family.PROBES
    if path in _ADMINISTRATION:
        return Family.ADMINISTRATION
    return Family.INTEGRATIONS if path.startswith(_INTEGRATIONS) else Family.CARE
