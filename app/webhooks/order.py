"""The order of one owner's endpoints: a person's are tried in it, one after the other. From 0 on, without holes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from app.identity.actors import Actor
from app.models import Person, School, WebhookEndpoint


def hold(session: Session, actor: Actor, *, own: bool) -> None:
    """Let nobody else add, move or remove endpoints of this owner meanwhile. Call it before any of them is locked."""
    statement: Any = select(School.id).where(School.id == actor.school_id)
    if own:
        statement = select(Person.id).where(Person.id == actor.person_id)
    # The weakest lock that does: whatever refers to the owner, such as a page, is stored without waiting.
    session.exec(statement.with_for_update(key_share=True)).one()


def in_order(statement: Any) -> Any:
    return statement.order_by(col(WebhookEndpoint.position), col(WebhookEndpoint.id))


def insert(session: Session, others: Sequence[WebhookEndpoint], endpoint: WebhookEndpoint, *, position: int) -> None:
    """Put the endpoint there among the others, which are in order; beyond their end is at their end."""
    close_up(session, [*others[:position], endpoint, *others[position:]])


def close_up(session: Session, endpoints: Sequence[WebhookEndpoint]) -> None:
    """Number them as they stand. What has its number already is left alone."""
    for number, endpoint in enumerate(endpoints):
        if endpoint.position != number:
            endpoint.position = number
            session.add(endpoint)


def without(endpoints: Sequence[WebhookEndpoint], endpoint_id: uuid.UUID) -> list[WebhookEndpoint]:
    return [endpoint for endpoint in endpoints if endpoint.id != endpoint_id]
