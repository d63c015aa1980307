"""Whoever could read a report can be named by its reporter, however many they are (J14)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Session, select

from app.core.ids import new_id
from app.models import Person, RoleGrant, School
from app.vocabulary import Role
from tests.reports.harbour import one_database
from tests.support.world import World


@one_database
async def test_six_hundred_readers_are_all_named(world: World) -> None:
    await world.school()
    now = world.time.now()

    def write(session: Session) -> None:
        school = session.exec(select(School)).one()
        person = Person(school_id=school.id, login="", alias="", created_at=now).model_dump()
        grant = RoleGrant(person_id=school.id, role=Role.ADVISER, granted_at=now).model_dump()
        made = [person | {"id": new_id(), "login": f"a-{n}@harbour.example", "alias": f"A {n}"} for n in range(600)]
        grants = [grant | {"id": new_id(), "person_id": each["id"]} for each in made]
        session.connection().execute(sa.insert(Person), made)
        session.connection().execute(sa.insert(RoleGrant), grants)

    await world.write(write)
    shown = await world.http.get("/v1/schools/harbour/readers")
    assert shown.status_code == 200, shown.text
    assert {f"A {number}" for number in range(600)} <= {each["alias"] for each in shown.json()["items"]}
