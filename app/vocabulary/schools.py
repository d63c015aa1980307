"""The states of a school. They never change."""

from __future__ import annotations

from enum import StrEnum


class SchoolStatus(StrEnum):
    """`draft`: its people set it up, and nobody is asked for anything yet. `suspended`: the operator has stopped it,
    and what was received before goes on."""

    DRAFT = "draft"
    ACTIVE = "active"
    SUSPENDED = "suspended"
