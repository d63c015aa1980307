"""How people come in."""

from __future__ import annotations

from enum import StrEnum


class LinkPurpose(StrEnum):
    """What a one-time link opens. Either way a password is chosen."""

    JOIN = "join"
    NEW_PASSWORD = "new_password"  # noqa: S105  what a link is for, not a secret


class InvitationState(StrEnum):
    """Where an invitation stands. One that was withdrawn is shown no more."""

    WAITING = "waiting"
    EXPIRED = "expired"
    ACCEPTED = "accepted"


class PasswordLinkState(StrEnum):
    """Where a link for another password stands. `ended`: taken back, replaced, or made needless by a change."""

    AWAITING_SECOND_PERSON = "awaiting_second_person"
    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    ENDED = "ended"
