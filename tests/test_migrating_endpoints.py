"""Endpoints from before there were formats: sent what they were sent, in the order they had, on both databases."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from alembic import command
from sqlmodel import Session, col, select
from test_migrations import Fresh, empty

from app.models import WebhookEndpoint

__all__ = ["empty"]

MADE = dt.datetime(2027, 3, 20, 4, 5, 6, tzinfo=dt.UTC)
SCHOOL, PERSON = uuid.UUID(int=9), uuid.UUID(int=1)
DATE = sa.DateTime(timezone=True)
SCHOOLS = sa.table(
    "schools",
    sa.column("id", sa.Uuid()),
    *(sa.column(name) for name in ("slug", "name", "country", "region", "time_zone", "program_type", "years", "demo")),
    sa.column("features", sa.JSON()),
    sa.column("policies", sa.JSON()),
    sa.column("created_at", DATE),
)
PEOPLE = sa.table(
    "people",
    sa.column("id", sa.Uuid()),
    sa.column("school_id", sa.Uuid()),
    *(sa.column(name) for name in ("login", "alias", "active")),
    sa.column("created_at", DATE),
)
ENDPOINTS = sa.table(
    "webhook_endpoints",
    sa.column("id", sa.Uuid()),
    sa.column("school_id", sa.Uuid()),
    sa.column("person_id", sa.Uuid()),
    *(sa.column(name) for name in ("url", "description", "enabled", "health", "secret_sealed", "position", "version")),
    sa.column("event_types", sa.JSON()),
    sa.column("created_at", DATE),
    sa.column("updated_at", DATE),
)
# Of each owner: the numbers of the endpoints, with the positions that removals had left them.
BEFORE = {PERSON: [(31, 2), (32, 0), (33, 2), (34, 1)], None: [(41, 5), (42, 5)]}
AFTER = {PERSON: [32, 34, 31, 33], None: [41, 42]}


def test_endpoints_keep_their_order_and_what_they_are_sent(empty: Fresh) -> None:
    with empty.db.engine.connect() as connection:
        empty.alembic.attributes["connection"] = connection
        command.upgrade(empty.alembic, "0003")
        connection.commit()
        school = {
            "slug": "harbour",
            "name": "Harbour",
            "country": "AU",
            "region": "VIC",
            "time_zone": "Australia/Melbourne",
            "program_type": "graduate_entry",
            "years": 4,
            "demo": False,
            "features": {},
            "policies": {},
        }
        connection.execute(sa.insert(SCHOOLS).values(id=SCHOOL, created_at=MADE, **school))
        person = {"login": "p@harbour.example", "alias": "P", "active": True, "created_at": MADE}
        connection.execute(sa.insert(PEOPLE).values(id=PERSON, school_id=SCHOOL, **person))
        for owner, endpoints in BEFORE.items():
            for number, position in endpoints:
                connection.execute(sa.insert(ENDPOINTS).values(**_endpoint(number, owner, position)))
        connection.commit()
    empty.migrate()

    def found(session: Session) -> dict[uuid.UUID | None, list[tuple[int, int, str]]]:
        rows = session.exec(select(WebhookEndpoint).order_by(col(WebhookEndpoint.position))).all()
        return {
            owner: [(row.id.int, row.position, str(row.format)) for row in rows if row.person_id == owner]
            for owner in AFTER
        }

    assert empty.db.read_now(found) == {
        owner: [(number, place, "standard") for place, number in enumerate(order)] for owner, order in AFTER.items()
    }


def _endpoint(number: int, owner: uuid.UUID | None, position: int) -> dict[str, Any]:
    return {
        "id": uuid.UUID(int=number),
        "school_id": SCHOOL,
        "person_id": owner,
        "url": "https://pager.example.edu/peerline",
        "description": "",
        "enabled": True,
        "health": "healthy",
        "secret_sealed": b"sealed",
        "position": position,
        "version": 1,
        "event_types": [],
        "created_at": MADE,
        "updated_at": MADE,
    }
