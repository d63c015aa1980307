"""What is said when somebody must not know of a report any more, and when a handler is given one."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.core.schemas import InputModel, Instant, OutputModel, Text
from app.reports.schemas import AccessOut, Reader

MOST_READS = 200


class ConflictCreate(InputModel):
    """Somebody is concerned by this report, or close to whoever is: from now on it does not exist for them."""

    person: Reader = Field(
        description="Their alias, from `readers`, or their id. Of several with one alias, all are meant.",
        examples=["Mira"],
    )
    reason: Text = Field(
        description="Kept sealed, and shown to none of those whom it is about.", examples=["She lives with him."]
    )


class ConflictOut(OutputModel):
    """`earlier_reads`: what they had read of it before, by role and hour. Nobody can take that back."""

    earlier_reads: Annotated[list[AccessOut], Field(max_length=MOST_READS)]


class RecusalCreate(InputModel):
    """You leave this report. A reason is not needed."""

    reason: Text | None = Field(default=None, description="Kept sealed.", examples=["I teach him."])


class GrantCreate(InputModel):
    """Another independent handler of your school, who has it in hand from now on, beside you."""

    person: Reader = Field(description="Their alias, from `readers`, or their id.", examples=["Asha"])


class GrantOut(OutputModel):
    """Who has it in hand, and since which hour."""

    alias: Reader
    given_hour: Instant
