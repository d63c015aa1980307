"""No roster is ever removed: the overview of a school that has made one each week for years can be read (D09)."""

from __future__ import annotations

from sqlmodel import Session, select

from app.models import Roster, School
from app.vocabulary import Expects, Level, RosterLine
from tests.planning.scene import Scene, one_database
from tests.support.world import World


@one_database
async def test_the_coverage_of_more_than_a_thousand_rosters_is_shown(world: World) -> None:
    scene = await Scene.set_up(world)
    now = world.time.now()

    def write(session: Session) -> None:
        school = session.exec(select(School)).one()
        for number in range(1000):
            row = Roster(
                school_id=school.id,
                name=f"Week {number}",
                line=RosterLine.PEER_SUPPORT,
                level=Level.PRIMARY,
                expects=Expects.PLANNED_HOURS,
                recorded_until=now,
                created_at=now,
                updated_at=now,
            )
            session.add(row)

    await world.write(write)
    shown = await scene.get("coverage", **{"from": "2027-03-01T00:00Z", "to": "2027-03-02T00:00Z"})
    assert shown.status_code == 200, shown.text
    assert len(shown.json()["rosters"]) == 1001
