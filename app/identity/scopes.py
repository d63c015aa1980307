"""What the scopes of service accounts open, in words. Which routes they are, the guards say."""

from __future__ import annotations

from collections.abc import Mapping

from app.vocabulary import Scope

DESCRIPTIONS: Mapping[Scope, str] = {
    Scope.DIRECTORY_READ: "Read the school's directory and its sites as they are kept.",
    Scope.DIRECTORY_WRITE: "Change entries and sites of the directory, and import many at once.",
    Scope.PEOPLE_WRITE: "Import people, and end their access. Gives no role that reads cases.",
    Scope.WEBHOOKS_WRITE: "Keep the school's webhook endpoints, and see what became of deliveries.",
}


def as_text(scopes: frozenset[Scope]) -> str:
    """As RFC 6749, 3.3, writes several."""
    return " ".join(sorted(scopes))
