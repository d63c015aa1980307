"""A school has as many sites as its readers get in one answer, and no more (I07)."""

from __future__ import annotations

import pytest
from keeping import BASE, keeper
from sqlmodel import Session, select

from app.models import School, Site
from tests.support.world import World

HOSPITAL = {"name": "One more", "kind": "hospital", "region": "VIC", "is_teaching_site": True}


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_one_site_too_many_is_refused_and_the_others_are_read(world: World) -> None:
    it = await keeper(world)

    def write(session: Session) -> None:
        school = session.exec(select(School)).one()
        kept = {"school_id": school.id, "kind": "clinic", "region": "VIC", "is_teaching_site": False}
        session.add_all(Site(name=f"Clinic {number}", **kept) for number in range(1999))
        # What is retired is in no answer.
        session.add(Site(name="Once", retired=True, **kept))

    await world.write(write)
    made = [
        await world.http.post(f"{BASE}/sites", headers=it.person.headers | world.once(), json=HOSPITAL)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in made] == [201, 409]
    assert made[1].json()["code"] == "too_many_sites"
    listed = await world.http.get(f"{BASE}/sites")
    copy = await world.http.get(f"{BASE}/directory/snapshot")
    assert (listed.status_code, copy.status_code) == (200, 200)
    assert len(listed.json()["items"]) == 2000
    gone = await world.http.delete(made[0].headers["Location"], headers=it.person.headers | {"If-Match": "*"})
    assert gone.status_code == 204
    again = await world.http.post(f"{BASE}/sites", headers=it.person.headers | world.once(), json=HOSPITAL)
    assert again.status_code == 201
