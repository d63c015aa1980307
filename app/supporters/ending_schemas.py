"""A supporter's last day, as it arrives and leaves."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.schemas import InputModel, Instant, OutputModel
from app.vocabulary.supporters import SupporterStatus

Alias = Annotated[str, StringConstraints(max_length=80)]
Number = Annotated[int, Field(ge=1, le=2**31)]


class ExpectedEndUpdate(InputModel):
    """The last day on which somebody will be there, by the school's clock. Null: none is known, and whoever was
    stepping down stays."""

    expected_end: dt.date | None


class StepDown(InputModel):
    """The last day, today or later. Without one: at once. No reason is asked, and there is no room for one."""

    last_day: dt.date | None = None


class ExpectedEndOut(OutputModel):
    """`ends_at`: when that day is over there. From then on no roster has them, and they are alumni."""

    id: uuid.UUID
    person: uuid.UUID
    alias: Alias
    status: SupporterStatus
    expected_end: dt.date | None
    ends_at: Instant | None
    version: Number
