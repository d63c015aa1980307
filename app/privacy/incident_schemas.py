"""Privacy incidents as they come in and leave."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel, ShortText, Text
from app.vocabulary.keeping import IncidentKind, IncidentStatus, SeriousHarm

Words = Annotated[str, StringConstraints(max_length=2000)]


class PrivacyIncidentCreate(InputModel):
    """What went wrong, for those who look into it. `report_id`: one that you may read, if it was about one.

    `keep_from`: aliases of people who must not learn of it, because it is about something they did.
    """

    kind: IncidentKind
    what_happened: Text = Field(examples=["I left my phone on the train, signed in. It was gone for an hour."])
    happened_on: dt.date
    report_id: uuid.UUID | None = None
    keep_from: Annotated[list[ShortText], Field(max_length=20)] = Field(default_factory=list)


class PrivacyIncidentUpdate(InputModel):
    """What was done about it. What is absent stays, and null takes back what was said."""

    status: IncidentStatus | None = Field(default=None, examples=["contained"])
    serious_harm: SeriousHarm | None = None
    harm_note: Text | None = Field(default=None, examples=["The phone was locked, and no session of it is left."])
    people_told: Text | None = Field(default=None, examples=["Whoever wrote the report was told through its receipt."])


class IncidentAssessment(OutputModel):
    """What those who look into it found. `people_told`: who was told that it happened."""

    serious_harm: SeriousHarm | None
    harm_note: Words | None
    people_told: Words | None


class PrivacyIncidentOut(OutputModel):
    """An incident. `assessment` is null for whoever told of it and does not look into it.

    `assess_by`: until then the school wants to know whether serious harm may come of it. `what_happened` is null once
    the report that it was about is erased.
    """

    id: uuid.UUID
    kind: IncidentKind
    status: IncidentStatus
    what_happened: Words | None
    happened_on: dt.date
    report_id: uuid.UUID | None
    told_by: Annotated[str, StringConstraints(max_length=80)]
    told_hour: Instant
    assess_by: dt.date
    assessment: IncidentAssessment | None
    closed_hour: Instant | None


class PrivacyIncidentPage(Page[PrivacyIncidentOut]):
    """One page of incidents, newest first."""
