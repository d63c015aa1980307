"""What triagers send and get when they work on a report: its priority, its group, what came of it, hurtful words."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel, Text
from app.directory.entries import EntryId
from app.guidance.signs import Priority
from app.vocabulary import ContactMethod, Outcome, ProposalKind, SecondPersonState

Noted = Annotated[str, StringConstraints(max_length=2000)]


class PrioritySet(InputModel):
    """How soon a person should answer. Sooner takes effect at once; later may need a note, or a second person."""

    priority: Priority
    note: Text | None = Field(
        default=None, examples=["Spoke with them on the phone. They are with family until Monday."]
    )


class GroupWith(InputModel):
    """Another report about the same worry."""

    model_config = ConfigDict(populate_by_name=True)

    with_report: uuid.UUID = Field(alias="with")


class HurtfulMark(InputModel):
    """Whether the words hurt to read. Nothing of them is changed."""

    hurtful: bool


class ReferralCreate(InputModel):
    """Where they were connected to. `consent`: they agreed; `warm_handover`: somebody went along."""

    entry_id: EntryId
    consent: bool
    warm_handover: bool


class OutcomeCreate(InputModel):
    """Something that came of a report. `contact_method` is needed where somebody was spoken with, and is `no_contact`
    where nobody was."""

    outcome: Outcome
    contact_method: ContactMethod | None = None
    note: Text | None = Field(default=None, examples=["They had an appointment already."])
    referral: ReferralCreate | None = None
    decision_id: uuid.UUID | None = Field(
        default=None, description="The confidentiality decision that it rests on, where the peer did not agree."
    )


class ReferralOut(OutputModel):
    entry_id: EntryId
    consent: bool
    warm_handover: bool


class OutcomeOut(OutputModel):
    """Something that came of a report. `misuse` counts once a second person has confirmed it."""

    id: uuid.UUID
    outcome: Outcome
    contact_method: ContactMethod
    state: SecondPersonState
    note: Noted | None
    referral: ReferralOut | None
    decision_id: uuid.UUID | None
    hour: Instant


class OutcomePage(Page[OutcomeOut]):
    """One page of what came of a report, the oldest hour first."""


class ProposalOut(OutputModel):
    """What somebody set with a note, or proposed to a second person. `taken_back` is also what was overtaken since."""

    id: uuid.UUID
    kind: ProposalKind
    state: SecondPersonState
    priority: Priority | None
    outcome_id: uuid.UUID | None
    note: Noted | None
    mine: bool
    proposed_hour: Instant
    decided_hour: Instant | None


class ProposalPage(Page[ProposalOut]):
    """One page of proposals, the oldest hour first."""
