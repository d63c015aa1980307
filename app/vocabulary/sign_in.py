"""How people come in."""

from __future__ import annotations

from enum import StrEnum


class LinkPurpose(StrEnum):
    """What a one-time link opens. Either way a password is chosen."""

    JOIN = "join"
    NEW_PASSWORD = "new_password"  # noqa: S105  what a link is for, not a secret
