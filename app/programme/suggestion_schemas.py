"""Suggestions as they arrive and leave."""

from __future__ import annotations

import uuid
from typing import Annotated, Literal

from pydantic import Field

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel, Text
from app.directory.help_now import HelpMemberOut
from app.vocabulary.succession import SuggestionState


class SuggestionCreate(InputModel):
    """What you would have otherwise, or have at all. Please name nobody: whoever keeps the programme reads it."""

    text: Text = Field(examples=["Somebody to ask in the hospital canteen, not only on campus."])


class SuggestionReceived(OutputModel):
    """Thank you. There is nothing to come back to; the help beside it is for whoever needs some now."""

    received: bool
    help: Annotated[list[HelpMemberOut], Field(max_length=20)]


class SuggestionSettle(InputModel):
    """`answered`: in general, where everybody can read it. Whoever said it cannot be answered."""

    state: Literal[SuggestionState.READ, SuggestionState.ANSWERED]


class SuggestionOut(OutputModel):
    """What somebody suggested, and the hour in which it came. Nobody was asked who they are."""

    id: uuid.UUID
    text: Text
    state: SuggestionState
    received_hour: Instant
    settled_by: uuid.UUID | None
    settled_hour: Instant | None


class SuggestionPage(Page[SuggestionOut]):
    """One page of suggestions, the newest hour first; within an hour in no order of time."""
