"""What is told of people who go, and of what becomes of the programme then."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from pydantic import Field

from app.core.schemas import OutputModel
from app.events.fields import Code, SchoolSlug


class SuccessionDue(OutputModel):
    """A supporter's last day is within 120 days: told once for each day that is named, to them and to coordinators.
    Read it with your token, and begin a succession plan."""

    school: SchoolSlug
    supporter_id: uuid.UUID


class SupporterLeft(OutputModel):
    """A supporter is one no more: told to them and to coordinators. `exit_evaluation`: they may be asked how it was."""

    school: SchoolSlug
    supporter_id: uuid.UUID
    exit_evaluation: bool


class SuccessionAtRisk(OutputModel):
    """The programme may end with those who go next. Told once for what is so, and anew when it was well in between.
    Read the forecast with your token."""

    school: SchoolSlug
    reasons: Annotated[list[Code], Field(max_length=10)]


class DigestWeekly(OutputModel):
    """There is a digest of the week that begins on this Monday. Nothing of it is in here: read it with your token."""

    school: SchoolSlug
    digest_id: uuid.UUID
    week: dt.date
