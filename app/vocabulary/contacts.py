"""Contacts that a peer asked for themselves: where their request stands, and whom an open invitation is for."""

from __future__ import annotations

from enum import StrEnum


class ChoiceState(StrEnum):
    """Where the request of a peer stands, as they are told it. Who was asked before is no part of it."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    NOBODY_COULD = "nobody_could"
    OVER = "over"


class InvitationAudience(StrEnum):
    """Whom an open invitation speaks to. There is no narrower one: it has no list of people (STUDY D14)."""

    EVERYBODY = "everybody"
    YEAR_BAND = "year_band"
    SITE = "site"
