"""A contact as its supporter sees it, and as whoever handed it over does."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, Line, OutputModel, Text
from app.vocabulary import ContactState, WhoIsMet

Alias = Annotated[str, StringConstraints(max_length=80)]
Written = Annotated[str, StringConstraints(max_length=2000)]
Reach = Annotated[str, StringConstraints(max_length=500)]
Number = Annotated[int, Field(ge=1, le=1000)]


class ContactCreate(InputModel):
    """Whom to ask, and how they would reach the person. The summary goes along as its reporter agreed to it."""

    supporter: uuid.UUID = Field(description="The `person` of somebody in the list of supporters who may be asked.")
    who: WhoIsMet
    contact: Line = Field(
        description="How to reach the peer, or the reporter. The supporter sees it once they have accepted.",
        examples=["Text her on +61 2 5550 4242, after four."],
    )


class SupporterOut(OutputModel):
    """Somebody who may be asked. `on_duty`: on a roster of peer support now."""

    person: uuid.UUID
    alias: Alias
    on_duty: bool


class SupporterList(OutputModel):
    items: Annotated[list[SupporterOut], Field(max_length=500)]


class HandedOver(OutputModel):
    """A contact, for those who handle what it came of. How to reach the person is shown to the supporter alone.

    `summary_number` is the version that the supporter was given; `note` is what they said at the end. `leaves_on`: the
    supporter's last day, while the contact is open: ask the person by then whether somebody else may take over.
    `needs_handover`: they have accepted and cannot go on, for whatever reason. Ask somebody else, or end it.
    """

    id: uuid.UUID
    supporter: uuid.UUID
    alias: Alias
    who: WhoIsMet
    summary_number: Number
    state: ContactState
    needs_handover: bool
    note: Written | None
    offered_hour: Instant
    accepted_hour: Instant | None
    over_hour: Instant | None
    leaves_on: dt.date | None


class HandedOverList(OutputModel):
    items: Annotated[list[HandedOver], Field(max_length=500)]


class ContactOut(OutputModel):
    """Somebody to get in touch with: how, and a few words. Nothing else is known to you, and nobody tells you more.

    `contact` is null until you accept; both texts are null once it is over, for they are destroyed then. Who chose you
    themselves need not have written a `summary`; nobody then reads a note at the end (`note_is_read`).
    """

    id: uuid.UUID
    who: WhoIsMet
    state: ContactState
    summary: Written | None
    contact: Reach | None
    note_is_read: bool
    offered_hour: Instant
    accepted_hour: Instant | None
    over_hour: Instant | None


class ContactPage(Page[ContactOut]):
    """One page of your contacts, the newest hour first."""


class ContactEnd(InputModel):
    """How it went, for whoever handed it over to you: they read it, and nobody else. Leave out what you can.

    Of somebody who chose you themselves there is nobody to read it, and a note is refused.
    """

    note: Text | None = Field(default=None, examples=["We met twice. They have somebody else to talk to now."])
