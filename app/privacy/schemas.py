"""Who saw what and who did what, as it leaves."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import StringConstraints

from app.core.pagination import Page
from app.core.schemas import Instant, OutputModel
from app.vocabulary import Role

Alias = Annotated[str, StringConstraints(max_length=80)]
Action = Annotated[str, StringConstraints(max_length=60)]


class AccessEntry(OutputModel):
    """One thing that somebody did with a report: in which hour, and no closer.

    `report.read` for whoever has read it, with the `role` they did it in. `person` is null for the service itself.
    """

    id: uuid.UUID
    action: Action
    person: uuid.UUID | None
    alias: Alias | None
    role: Role | None
    hour: Instant


class AccessPage(Page[AccessEntry]):
    """One page of the access log of a report, newest hour first."""


class AuditOut(OutputModel):
    """Somebody did something. `subject` is an id or a code, and `person` null for the service itself."""

    id: uuid.UUID
    action: Action
    person: uuid.UUID | None
    alias: Alias | None
    subject: Annotated[str, StringConstraints(max_length=80)] | None
    hour: Instant


class AuditPage(Page[AuditOut]):
    """One page of the trail, newest hour first; within an hour in no order of time."""
