"""What a supporter asks and gets, and what the adviser sees."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel, Text
from app.guidance.content_schemas import RoleCardOut
from app.guidance.signs import Priority
from app.paging.schemas import Expect
from app.vocabulary import AdviceOutcome, AdviceStatus, MessageAuthor, RosterLine, Topic


class AdviceRequestCreate(InputModel):
    """A question, without names: there is no field for one."""

    topic: Topic = Field(examples=["when_to_escalate"])
    priority: Priority = Field(default=Priority.TODAY)
    summary: Text = Field(examples=["Someone I support has stopped answering. When do I bring somebody else in?"])


# A policy may ask everybody who has a role, at once.
MOST_ON_DUTY = 50


class OnDuty(OutputModel):
    """Who was asked: a display alias, never a name."""

    alias: Annotated[str, StringConstraints(max_length=80)]
    line: RosterLine


class AdviceRequestOut(OutputModel):
    """A request with the promise made when it was sent. `on_duty`: who is asked now, of very many the first 50.
    `nobody_has_answered`: every step was asked in vain."""

    id: uuid.UUID
    topic: Topic
    line: RosterLine
    priority: Priority
    status: AdviceStatus
    outcome: AdviceOutcome | None
    summary: Annotated[str, StringConstraints(max_length=2000)]
    on_duty: Annotated[list[OnDuty], Field(max_length=MOST_ON_DUTY)]
    due_at: Instant | None
    expect: Expect
    nobody_has_answered: bool
    status_text: Annotated[str, StringConstraints(max_length=1000)]
    role_card: RoleCardOut | None
    mine: bool
    created_at: Instant


class AdviceRequestPage(Page[AdviceRequestOut]):
    """One page of requests, newest first."""


class AdviceOutcomeCreate(InputModel):
    """What you do next. `i_pause` is a pause from now on, without a reason, and yours to end."""

    outcome: AdviceOutcome = Field(examples=["i_continue"])


class AdviceMessageCreate(InputModel):
    text: Text = Field(examples=["Bring somebody in now, and stay in touch as a friend."])


class AdviceMessageOut(OutputModel):
    id: uuid.UUID
    position: Annotated[int, Field(ge=1, le=100_000)]
    author: MessageAuthor
    text: Annotated[str, StringConstraints(max_length=2000)]
    sent_at: Instant


class AdviceMessagePage(Page[AdviceMessageOut]):
    """One page of a thread, oldest first."""
