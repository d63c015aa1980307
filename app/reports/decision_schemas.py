"""A confidentiality decision as it is sent and shown. Every text in it is sealed where it is kept."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel, Text
from app.guidance.thresholds import ThresholdOut, ThresholdVersion
from app.vocabulary import ConfidentialityBasis, SecondPersonState

MOST_DECISIONS = 50

RoleName = Annotated[str, StringConstraints(max_length=40)]
Written = Annotated[str, StringConstraints(max_length=2000)]


class DecisionCreate(InputModel):
    """To tell somebody more than was agreed: on what ground, what, and whom. The least that helps (STUDY I06)."""

    basis: ConfidentialityBasis
    threshold_text_version: ThresholdVersion = Field(
        examples=["au-vic-2026-1"],
        description="Of the text that you have before you, from `confidentiality-threshold`.",
    )
    necessary_because: Text = Field(examples=["He has gone, does not answer, and his friend is afraid for his life."])
    disclosed_what: Text = Field(
        examples=["His name and where he was last seen."], description="The least that is needed, and nothing more."
    )
    disclosed_to: Text = Field(examples=["The emergency service."])
    person_told: bool = Field(description="Whether the person it is about was told first.")
    person_not_told_because: Text | None = Field(default=None, description="Needed when they were not told.")
    opens_identity: bool = Field(
        default=False, description="Whether those who decide may read the name that was given."
    )


class SecondPersonAnswer(InputModel):
    """As the second person you may say why you agree."""

    note: Text | None = Field(default=None, examples=["I read it, and would do the same."])


class SecondPersonDecline(InputModel):
    """What would have to be otherwise."""

    note: Text = Field(examples=["His sister can be asked first. Please call her, and ask again."])


class AloneCreate(InputModel):
    """Why it cannot wait until somebody answers."""

    reason: Text = Field(examples=["Nobody has answered for ten minutes, and he may be in danger now."])


class DecisionReviewCreate(InputModel):
    """What you found, and what is to be done otherwise next time."""

    note: Text = Field(examples=["It was right. The backup's phone was off; that is mended."])


class DecisionSummary(OutputModel):
    """A decision without its texts. `review_by` is there for one that was made alone."""

    id: uuid.UUID
    report_id: uuid.UUID
    state: SecondPersonState
    basis: ConfidentialityBasis
    opens_identity: bool
    alone: bool
    after_decline: bool
    decided_as: RoleName
    second_as: RoleName | None
    proposed_hour: Instant
    settled_hour: Instant | None
    review_by: Instant | None
    reviewed_hour: Instant | None


class DecisionPage(Page[DecisionSummary]):
    """One page of decisions, the newest hour first."""


class DecisionOut(DecisionSummary):
    """A decision with its reasons, and the text that was in force. There is no identity in it.

    `alone_from` is told to whoever proposed it, while nobody has answered: from then on they can decide alone.
    """

    threshold: ThresholdOut
    necessary_because: Written
    disclosed_what: Written
    disclosed_to: Written
    person_told: bool
    person_not_told_because: Written | None
    decided_by_me: bool
    second_note: Written | None
    alone_from: Instant | None
    alone_reason: Written | None
    review_note: Written | None


class DecisionBrief(OutputModel):
    """That there is a decision, for those who work on the report: how it stands, since which hour, on what ground."""

    id: uuid.UUID
    state: SecondPersonState
    basis: ConfidentialityBasis
    alone: bool
    hour: Instant


class MyDecision(OutputModel):
    """Somebody was told more than was agreed. In general words: never whom, and never what."""

    basis: ConfidentialityBasis
    text: Annotated[str, StringConstraints(max_length=2000)]
    alone: bool
    hour: Instant


class IdentityOut(OutputModel):
    """The name that was given, as it was written. That you read it is recorded."""

    identity: Annotated[str, StringConstraints(max_length=2000)]


Decisions = Annotated[list[DecisionBrief], Field(max_length=MOST_DECISIONS)]
MyDecisions = Annotated[list[MyDecision], Field(max_length=MOST_DECISIONS)]
