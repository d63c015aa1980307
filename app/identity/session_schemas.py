"""Where somebody is signed in."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import StringConstraints

from app.core.pagination import Page
from app.core.schemas import Instant, OutputModel


class SessionOut(OutputModel):
    """One sign-in. `device` is what its owner called it, if they did: no address is kept, and no name of a program.

    When it was begun, and last gone on with, is told to the hour. `current`: the one that asks.
    """

    id: uuid.UUID
    device: Annotated[str, StringConstraints(max_length=60)] | None
    begun_hour: Instant
    last_used_hour: Instant
    current: bool


class SessionPage(Page[SessionOut]):
    """One page of sign-ins."""
