"""A talk after something urgent, as a supporter is offered it, and as the adviser whom they ask sees it."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel
from app.vocabulary.supporters import DebriefState

Alias = Annotated[str, StringConstraints(max_length=80)]


class DebriefOut(OutputModel):
    """An offer to talk. `adviser` null: nobody was on call then, or they are there no more; a coordinator finds
    somebody once you say when.

    After `open_until` it lapses by itself. Nobody sees whether you said no.
    """

    id: uuid.UUID
    adviser: Alias | None
    state: DebriefState
    offered_hour: Instant
    open_until: Instant
    wanted_at: Instant | None


class DebriefPage(Page[DebriefOut]):
    """One page of what you were offered, the newest hour first."""


class DebriefTake(InputModel):
    """When you would like to talk, within the next four weeks; null: as soon as somebody can."""

    when: Instant | None = Field(default=None, examples=["2027-03-16T05:00:00Z"])


class DebriefAsked(OutputModel):
    """Somebody who would like to talk with you, and when."""

    id: uuid.UUID
    alias: Alias
    wanted_at: Instant | None
    offered_hour: Instant


class DebriefAskedPage(Page[DebriefAsked]):
    """One page of those who would like to talk with you, the newest hour first."""
