"""Supporters from before training was recorded here: an upgrade takes none of them off a roster."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from alembic import command
from sqlmodel import Session
from test_migrating_endpoints import MADE, PEOPLE, PERSON, SCHOOL, SCHOOLS
from test_migrations import Fresh, empty

from app.supporters import training

__all__ = ["empty"]

OTHER = uuid.UUID(int=2)
SUPPORTERS = sa.table(
    "supporters",
    *(sa.column(name, sa.Uuid()) for name in ("id", "school_id", "person_id")),
    *(sa.column(name) for name in ("status", "remote_ok", "listed", "version")),
    *(sa.column(name, sa.JSON()) for name in ("languages", "site_ids")),
    *(sa.column(name, sa.DateTime(timezone=True)) for name in ("created_at", "updated_at")),
)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_who_serves_has_ninety_days_and_who_does_not_has_none(empty: Fresh) -> None:
    school = {"slug": "harbour", "name": "Harbour", "country": "AU", "region": "VIC", "years": 4, "demo": False}
    school |= {"time_zone": "Australia/Melbourne", "program_type": "graduate_entry", "features": {}, "policies": {}}
    with empty.db.engine.connect() as connection:
        empty.alembic.attributes["connection"] = connection
        command.upgrade(empty.alembic, "0028")
        connection.execute(sa.insert(SCHOOLS).values(id=SCHOOL, created_at=MADE, **school))
        for person, status in ((PERSON, "active"), (OTHER, "in_training")):
            about = {"login": f"{status}@harbour.example", "alias": status, "active": True, "created_at": MADE}
            connection.execute(sa.insert(PEOPLE).values(id=person, school_id=SCHOOL, **about))
            row = {"status": status, "remote_ok": True, "listed": False, "version": 1, "languages": [], "site_ids": []}
            row |= {"id": person, "school_id": SCHOOL, "person_id": person, "created_at": MADE, "updated_at": MADE}
            connection.execute(sa.insert(SUPPORTERS).values(**row))
        connection.commit()
    empty.migrate()
    now = dt.datetime.now(dt.UTC)
    with Session(empty.db.engine) as session:
        for days, valid in ((0, {PERSON}), (89, {PERSON}), (92, set())):
            assert training.valid(session, {PERSON, OTHER}, now=now + dt.timedelta(days=days)) == valid
