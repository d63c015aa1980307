"""Where people and schools are told of events, and each attempt to tell them."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id, new_opaque_id
from app.models.columns import bytes_column, enum_column, json_column
from app.vocabulary import EndpointFormat


class EndpointHealth(StrEnum):
    """What the last delivery showed. Only `healthy` counts as a working contact."""

    UNVERIFIED = "unverified"
    HEALTHY = "healthy"
    FAILING = "failing"


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class WebhookEndpoint(SQLModel, table=True):
    """An address of a person (`person_id`) or of the school. `position` orders its owner's endpoints.

    Until `previous_secret_until` what is sent is signed with the previous secret too.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        sa.Index(
            "ix_webhook_endpoints_failing",
            "id",
            sqlite_where=sa.text("health = 'failing' AND enabled = 1"),
            postgresql_where=sa.text("health = 'failing' AND enabled"),
        ),
        # Of the few with two secrets: the earlier one is forgotten within an hour of its end.
        sa.Index(
            "ix_webhook_endpoints_two_secrets",
            "previous_secret_until",
            sqlite_where=sa.text("previous_secret_until IS NOT NULL"),
            postgresql_where=sa.text("previous_secret_until IS NOT NULL"),
        ),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    person_id: uuid.UUID | None = Field(default=None, foreign_key="people.id", index=True)
    url: str = Field(max_length=500)
    description: str = Field(default="", max_length=200)
    format: EndpointFormat = Field(
        default=EndpointFormat.STANDARD, sa_column=enum_column(EndpointFormat, "endpoint_format")
    )
    event_types: list[str] = Field(sa_column=json_column())
    enabled: bool = Field(default=True)
    disabled_because: str | None = Field(default=None, max_length=40)
    health: EndpointHealth = Field(
        default=EndpointHealth.UNVERIFIED, sa_column=enum_column(EndpointHealth, "endpoint_health")
    )
    secret_sealed: bytes = Field(sa_column=bytes_column())
    previous_secret_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    previous_secret_until: dt.datetime | None = None
    position: int = Field(default=0)
    version: int = Field(default=1)
    created_at: dt.datetime
    updated_at: dt.datetime


class WebhookDelivery(SQLModel, table=True):
    """An event on its way to one endpoint. Retries go on until it is delivered, given up, or no longer wanted."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (sa.UniqueConstraint("event_id", "endpoint_id"), {"sqlite_with_rowid": False})

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    event_id: uuid.UUID = Field(foreign_key="events.id", index=True)
    endpoint_id: uuid.UUID = Field(foreign_key="webhook_endpoints.id", index=True, ondelete="CASCADE")
    state: DeliveryState = Field(default=DeliveryState.PENDING, sa_column=enum_column(DeliveryState, "delivery_state"))
    attempts: int = Field(default=0)
    # Work of this kind is enqueued, for `notify_subject`, after the first attempt: how paging learns of it.
    notify_kind: str | None = Field(default=None, max_length=60)
    notify_subject: uuid.UUID | None = None


class WebhookAttempt(SQLModel, table=True):
    """One attempt: when, what came back, how long it took. Never the request's body."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (sa.UniqueConstraint("delivery_id", "number"), {"sqlite_with_rowid": False})

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    delivery_id: uuid.UUID = Field(foreign_key="webhook_deliveries.id", index=True, ondelete="CASCADE")
    number: int
    at: dt.datetime
    status: int | None = None
    error: str | None = Field(default=None, max_length=60)
    duration_ms: int
