"""A brief, and what a paged person sends."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.schemas import InputModel, Instant, OutputModel, Text
from app.guidance.signs import Priority, Sign
from app.paging.schemas import PageOut
from app.reports.decision_schemas import Decisions
from app.reports.states import WithdrawalStanding
from app.vocabulary import MessageAuthor, NoteKind, Outcome, Topic

MOST_MESSAGES = 100
Position = Annotated[int, Field(ge=1, le=100_000)]
Written = Annotated[str, StringConstraints(max_length=2000)]


class BriefMessage(OutputModel):
    position: Position
    author: MessageAuthor
    text: Written | None
    text_hidden: bool


class NoteOut(OutputModel):
    """A note among those who are paged. Whoever asked never sees it."""

    position: Position
    kind: NoteKind
    text: Written
    hour: Instant


class Brief(OutputModel):
    """What you were paged for. `signs` are empty for an advice request, `topic` is null for a report.

    `notes` are from those who had it before you, `outcomes` are those of a report. `priority` is how soon a person
    should answer: what handlers have set, else what was stated, and `now` with a red-flag sign. Words that were marked
    as hurtful are null, with `text_hidden`, unless `show_hidden` asks for them.

    `withdrawal`: a report that was taken back; `to_be_decided`: read it, and decide whether it may go; otherwise it has
    no words any more, or goes on without whoever sent it.
    `identity_given` says whether there is a name that a decision could open, never which.
    """

    page: PageOut
    withdrawal: WithdrawalStanding | None
    signs: Annotated[list[Sign], Field(max_length=24)]
    priority_stated: Priority
    priority: Priority
    with_them_now: bool | None
    topic: Topic | None
    text: Written | None
    text_hidden: bool
    messages: Annotated[list[BriefMessage], Field(max_length=MOST_MESSAGES)]
    outcomes: Annotated[list[Outcome], Field(max_length=20)]
    notes: Annotated[list[NoteOut], Field(max_length=MOST_MESSAGES)]
    identity_given: bool
    decisions: Decisions

    def kept_back(self) -> Brief:
        """As it is shown to who asks for no hidden words: that is what has a version."""
        messages = [each.model_copy(update={"text": None}) if each.text_hidden else each for each in self.messages]
        return self.model_copy(update={"messages": messages} | ({"text": None} if self.text_hidden else {}))


class ReplyCreate(InputModel):
    """Your answer to whoever asked. It ends the paging."""

    text: Text = Field(examples=["Thank you for telling us. Are you with them now?"])


class ReplyOut(OutputModel):
    position: Position
    page: PageOut


class NoteCreate(InputModel):
    """For whoever has it after you. Nothing of it reaches whoever asked."""

    text: Text = Field(examples=["Spoke on the phone at 02:10. They are with a friend until the morning."])


class HandOverCreate(InputModel):
    """What the next person should know, beyond the conversation itself."""

    note: Text | None = Field(default=None, examples=["I am off at nine. They wait for an answer about Thursday."])
