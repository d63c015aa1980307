"""However many cards of a school's own are overdue, its readiness and its digest say so."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlmodel import Session, select

from app.models import LocalPiece, Person, School
from app.readiness import digests
from app.vocabulary import Role
from tests.guidance.made_up import card
from tests.support.world import World


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_the_first_of_very_many_overdue_cards_are_named(world: World) -> None:
    await world.school()
    lee = await world.person(Role.COORDINATOR)
    now = world.time.now()

    def write(session: Session) -> None:
        school, by = session.exec(select(School)).one(), session.exec(select(Person)).one()
        for number in range(60):
            fields = json.loads(json.dumps(card(f"card-{number:02}"), default=str))
            fields |= {"reviewed_on": "2025-01-01", "review_by": "2026-01-01"}
            row = LocalPiece(
                school_id=school.id,
                sort="obligations_card",
                piece_id=f"card-{number:02}",
                language="en",
                fields=fields,
                reviewed_on=dt.date.fromisoformat(fields["reviewed_on"]),
                review_by=dt.date.fromisoformat(fields["review_by"]),
                reviewed_by=by.id,
                created_at=now,
                updated_at=now,
            )
            session.add(row)

    await world.write(write)
    shown = await world.http.get("/v1/schools/harbour/readiness", headers=lee.headers)
    assert shown.status_code == 200, shown.text
    check = shown.json()["obligations_card"]
    assert (check["ok"], len(check["overdue"])) == (False, 50)
    made = await world.db.read(lambda s: digests.made(s, s.exec(select(School)).one(), now=now))
    assert "obligations_card" in made.not_ready
