"""What a reporter sends and gets, and what those who answer see."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel, Text
from app.directory.entries import EntryOut
from app.guidance.pack import GuidanceItemOut
from app.guidance.signs import (
    AboutRole,
    AboutWhom,
    Certainty,
    ConcernType,
    HelpSoFar,
    PeerKnows,
    Priority,
    Relationship,
    Sign,
    Wants,
    WhenNoticed,
)
from app.paging.schemas import Expect
from app.reports.decision_schemas import Decisions, MyDecisions
from app.reports.states import WithdrawalStanding
from app.vocabulary import MessageAuthor, ReportState, ReportStatus, Role

Sentence = Annotated[str, StringConstraints(max_length=1000)]
Reader = Annotated[str, StringConstraints(min_length=1, max_length=80)]
MessageText = Text


def _said(value: str | None) -> str | None:
    """A form sends what was left empty as an empty text. That is no fault: nothing blank may hold up a report (J2)."""
    return value or None


Narrative = Annotated[Annotated[str, StringConstraints(max_length=2000)] | None, AfterValidator(_said)]
Identity = Annotated[Annotated[str, StringConstraints(max_length=300)] | None, AfterValidator(_said)]
StatementVersion = Annotated[Annotated[str, StringConstraints(max_length=40)] | None, AfterValidator(_said)]


class ReportCreate(InputModel):
    """A worry. Only `signs` is required. Nothing about you is asked, read or kept."""

    signs: Annotated[list[Sign], Field(min_length=1, max_length=24)] = Field(
        examples=[["withdrawn_or_keeping_to_self", "tearful"]]
    )
    about_whom: AboutWhom = AboutWhom.PREFER_NOT_TO_SAY
    priority: Priority = Priority.SOON
    wants: Wants = Wants.ADVICE_ONLY
    relationship: Relationship | None = None
    narrative: Narrative = Field(default=None, examples=["She has stopped coming to lunch and looks worn out."])
    about_person: Identity = Field(
        default=None, description="Who it is about, if you want to say. Not kept when `wants` is `advice_only`."
    )
    open_only_if_life_at_risk: bool = False
    avoid_site_ids: Annotated[list[uuid.UUID], Field(max_length=50)] = Field(default_factory=list)
    keep_from: Annotated[list[Reader], Field(max_length=50)] = Field(
        default_factory=list, description="Roles or aliases, from `readers`, for whom this must not exist."
    )
    about_role: AboutRole = AboutRole.STUDENT
    help_so_far: Annotated[list[HelpSoFar], Field(max_length=9)] = Field(default_factory=list)
    when_noticed: WhenNoticed | None = None
    certainty: Certainty | None = None
    concern_types: Annotated[list[ConcernType], Field(max_length=16)] = Field(default_factory=list)
    peer_knows: PeerKnows | None = None
    with_them_now: bool | None = None
    site_id: uuid.UUID | None = Field(
        default=None,
        description="The site of the school that it is about. Services of that site's region are then in `help_now`.",
    )
    privacy_statement_version: StatementVersion = None
    challenge_solution: Annotated[str, StringConstraints(max_length=4000)] | None = Field(
        default=None,
        description="The solution of a challenge, when one is asked for (`challenge_required`): base64, as ALTCHA's "
        "own libraries make it. Not looked at otherwise, and never with a red-flag sign or the priority `now`.",
    )


class ReportLinks(OutputModel):
    session: Annotated[str, StringConstraints(max_length=100)]


class ReportCreated(OutputModel):
    """The receipt is shown once and cannot be recovered."""

    receipt: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{5}(-[0-9A-Z]{5}){3}$", max_length=23)]
    help_now: Annotated[list[EntryOut], Field(max_length=20)]
    what_you_can_do: Annotated[list[GuidanceItemOut], Field(max_length=20)]
    for_you: Annotated[list[GuidanceItemOut], Field(max_length=20)]
    expect: Expect
    continue_as_friend: Annotated[str, StringConstraints(max_length=2000)]
    identity_kept: bool
    links: ReportLinks


class ReceiptSessionCreate(InputModel):
    """A receipt as it was shown; spaces, hyphens and case do not matter."""

    receipt: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(
        examples=["7K3QD-0M4XZ-9TBWA-2C6EF"]
    )


class ReceiptSession(OutputModel):
    """A token for your report alone. `expires_in` is in seconds."""

    access_token: Annotated[str, StringConstraints(max_length=4096)]
    token_type: Literal["Bearer"]
    expires_in: Annotated[int, Field(ge=1, le=3600)]


class AccessOut(OutputModel):
    """Somebody read your report: their role and the hour, never a name."""

    role: Annotated[str, StringConstraints(max_length=40)]
    hour: Instant


class MyReport(OutputModel):
    """Where your report stands, in plain words. Times are whole hours.

    `undo_until`: you have taken it back, and until then you can undo that.
    """

    status: ReportStatus
    status_text: Sentence
    nobody_has_answered: bool
    submitted_hour: Instant
    expect: Expect
    access_summary: Annotated[list[AccessOut], Field(max_length=200)]
    receipt_good_until: dt.date
    undo_until: Instant | None
    continue_as_friend: Annotated[str, StringConstraints(max_length=2000)]
    decisions: MyDecisions


class ReceiptExtended(OutputModel):
    """Until when your receipt opens your report, if you do not use it before."""

    receipt_good_until: dt.date


class MessageCreate(InputModel):
    text: MessageText = Field(examples=["Thank you. I saw her today and she is with her sister."])


class MessageOut(OutputModel):
    """One message. `position` counts from 1 within the conversation."""

    id: uuid.UUID
    position: Annotated[int, Field(ge=1, le=100_000)]
    author: MessageAuthor
    text: Annotated[str, StringConstraints(max_length=2000)]
    sent_hour: Instant


class MessagePage(Page[MessageOut]):
    """One page of a conversation, oldest first."""


class ReportMessageOut(OutputModel):
    """One message, for those who answer. Marked as hurtful, its `text` is null unless `show_hidden` asks for it."""

    id: uuid.UUID
    position: Annotated[int, Field(ge=1, le=100_000)]
    author: MessageAuthor
    text: Annotated[str, StringConstraints(max_length=2000)] | None
    text_hidden: bool
    sent_hour: Instant


class ReportMessagePage(Page[ReportMessageOut]):
    """One page of a conversation, oldest first."""


class ReportRow(OutputModel):
    """What is said of a report in a list and above its text.

    `priority` is how soon a person should answer: what handlers have set, else what the reporter stated, and `now` with
    a red-flag sign. `waiting_since` is the hour it came in, while nobody has answered or `withdrawal` is
    `to_be_decided`. `group_id` is the same for reports about the same worry, and null where you see no other one of its
    group. `signs` are empty once it was withdrawn or erased.

    `withdrawal`: null unless its reporter has taken it back. `to_be_decided`: nobody had read it and it has a red-flag
    sign; read it and decide. `goes_on`: work on it, without the reporter.
    """

    id: uuid.UUID
    state: ReportState
    withdrawal: WithdrawalStanding | None
    signs: Annotated[list[Sign], Field(max_length=24)]
    priority_stated: Priority
    priority_set: Priority | None
    priority: Priority
    needs_person_check: bool
    awaiting_second_person: bool
    group_id: uuid.UUID | None
    text_hidden: bool
    waiting_since: Instant | None
    wants: Wants
    claimed: bool
    claimed_by_me: bool
    submitted_hour: Instant


class ReportSummary(ReportRow):
    """A report in a list, for those who read them: no text. `waiting_hours` count from `waiting_since` to now."""

    waiting_hours: Annotated[int, Field(ge=0, le=1_000_000)] | None


class ReportPage(Page[ReportSummary]):
    """One page of reports: what should be answered soonest first, then the oldest hour."""


class ReportOut(ReportRow):
    """A report as its reader sees it. There is no identity here; whether one was given is said, not what.

    With `text_hidden` the `narrative` is null unless `show_hidden` asks for it.
    """

    about_whom: AboutWhom
    relationship: Relationship | None
    narrative: Annotated[str, StringConstraints(max_length=2000)] | None
    identity_given: bool
    help_so_far: Annotated[list[HelpSoFar], Field(max_length=9)]
    when_noticed: WhenNoticed | None
    certainty: Certainty | None
    concern_types: Annotated[list[ConcernType], Field(max_length=16)]
    peer_knows: PeerKnows | None
    with_them_now: bool | None
    site_id: uuid.UUID | None
    decisions: Decisions

    def kept_back(self) -> ReportOut:
        """As it is shown to who asks for no hidden words: that is what has a version."""
        return self.model_copy(update={"narrative": None}) if self.text_hidden else self


class ReaderOut(OutputModel):
    """Somebody who could read a report: put the role or the alias into `keep_from`."""

    role: Role
    alias: Reader


class ReaderList(OutputModel):
    items: Annotated[list[ReaderOut], Field(max_length=20_000)]
