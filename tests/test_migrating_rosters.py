"""Rosters of the first tables, brought to those that know versions: the same people are on call, on both databases."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from sqlmodel import Session, select
from test_migrations import Fresh, empty

from app.models import Roster, RosterOverride, RosterVersion
from app.rosters import duty, gaps, records
from app.rosters.definition import Override, Window
from app.rosters.rendering import render
from app.rosters.schemas import RosterDefinition
from app.vocabulary import Expects
from app.work.queue import Item

__all__ = ["empty"]

HOUR = dt.timedelta(hours=1)
MADE = dt.datetime(2027, 3, 20, 4, 5, 6, 789, tzinfo=dt.UTC)
FROM = MADE.replace(second=0, microsecond=0)
# Two weeks of them, with the clock change of 4 April.
UNTIL = FROM + dt.timedelta(days=21)
ANNE, BO, CLEO = people = [uuid.UUID(int=number) for number in (1, 2, 3)]
SCHOOL = uuid.UUID(int=9)


def plan(*named: uuid.UUID) -> dict[str, Any]:
    definition = RosterDefinition.model_validate(
        {
            "name": "first",
            "line": "clinical_advice",
            "time_zone": "Australia/Melbourne",
            "layers": [
                {
                    "id": "L1",
                    "rank": 1,
                    "rotation": {
                        "unit": "day",
                        "length": 1,
                        "start_local": "2027-03-01T09:00",
                        "participants": [str(each) for each in named],
                    },
                    "restrictions": [{"days": ["MO", "WE", "FR", "SU"], "start": "09:00", "end": "03:00"}],
                }
            ],
        }
    )
    return definition.model_dump(mode="json", exclude={"overrides"})


ROSTERS = {
    uuid.UUID(int=20): ("clinical_advice", "primary", plan(ANNE, BO)),
    uuid.UUID(int=21): ("peer_support", "primary", plan(BO, CLEO, ANNE)),
    uuid.UUID(int=22): ("clinical_advice", "backup", plan(CLEO)),
}
OVERRIDES = [
    Override(str(uuid.UUID(int=30)), FROM + 30 * HOUR, FROM + 90 * HOUR, str(CLEO), 0, None),
    Override(str(uuid.UUID(int=31)), FROM + 60 * HOUR, FROM + 300 * HOUR, str(CLEO), 1, str(BO)),
    Override(str(uuid.UUID(int=32)), FROM + 70 * HOUR, FROM + 80 * HOUR, None, 2, None),
    Override(str(uuid.UUID(int=33)), FROM - 90 * HOUR, FROM - 10 * HOUR, None, 3, None),
]


def at_first(database: Fresh) -> None:
    """The first tables, with three rosters as the product kept them then."""
    with database.db.engine.connect() as connection:
        database.alembic.attributes["connection"] = connection
        command.upgrade(database.alembic, "0001")
        connection.commit()
        metadata = sa.MetaData()
        metadata.reflect(connection, only=["schools", "people", "role_grants", "rosters", "roster_overrides"])
        tables = metadata.tables

        def insert(table: str, **values: Any) -> None:
            columns = tables[table].columns
            kept = {name: _kept(value, columns[name].type, connection.dialect.name) for name, value in values.items()}
            connection.execute(sa.insert(tables[table]).values(**kept))

        insert(
            "schools",
            id=SCHOOL,
            slug="harbour",
            name="Harbour",
            country="AU",
            region="VIC",
            time_zone="Australia/Melbourne",
            program_type="graduate_entry",
            years=4,
            features={},
            policies={},
            demo=False,
            created_at=MADE,
        )
        for person in people:
            insert(
                "people",
                id=person,
                school_id=SCHOOL,
                login=f"{person}@harbour.example",
                alias=f"P{person.int}",
                active=True,
                created_at=MADE,
            )
            # Whoever has no role of the line is not on call.
            for role in ("adviser", "supporter"):
                insert("role_grants", id=uuid.uuid4(), person_id=person, role=role, granted_at=MADE, ended_at=None)
        for roster_id, (line, level, definition) in ROSTERS.items():
            insert(
                "rosters",
                id=roster_id,
                school_id=SCHOOL,
                name="first",
                line=line,
                level=level,
                definition=definition,
                version=3,
                created_at=MADE,
                updated_at=MADE,
            )
            for override in OVERRIDES:
                insert(
                    "roster_overrides",
                    id=uuid.UUID(int=roster_id.int * 1000 + override.created_seq),
                    roster_id=roster_id,
                    person_id=uuid.UUID(override.person) if override.person else None,
                    replaces=uuid.UUID(override.replaces) if override.replaces else None,
                    starts_at=override.start,
                    ends_at=override.end,
                    created_seq=override.created_seq,
                )
        connection.commit()


def _kept(value: Any, kind: Any, dialect: str) -> Any:
    """As reflection gives a column: SQLite has neither ids nor zones."""
    if isinstance(value, uuid.UUID) and dialect == "sqlite":
        return value.hex
    if isinstance(value, dt.datetime) and dialect == "sqlite":
        return value.replace(tzinfo=None)
    if isinstance(value, dict) and not isinstance(kind, sa.JSON):
        return json.dumps(value)
    return value


def hours_of(rendering: Any) -> list[tuple[str, ...]]:
    return [each.on_call for each in rendering.segments for _ in range((each.end - each.start) // (HOUR / 60))]


def then(roster_id: uuid.UUID) -> list[tuple[str, ...]]:
    """Who was on call by the first tables: one definition, and its overrides."""
    definition = RosterDefinition.model_validate(
        {
            **ROSTERS[roster_id][2],
            "overrides": [
                {
                    "id": each.id,
                    "person": each.person,
                    "replaces": each.replaces,
                    "start": each.start,
                    "end": each.end,
                    "created_seq": each.created_seq,
                }
                for each in OVERRIDES
            ],
        }
    ).to_definition()
    return hours_of(render(definition, Window(FROM, UNTIL)))


def now(database: Fresh, roster_id: uuid.UUID) -> list[tuple[str, ...]]:
    def read(session: Session) -> Any:
        return records.rendered(session, duty.of(session.get_one(Roster, roster_id)), start=FROM, end=UNTIL)

    return hours_of(database.db.read_now(read))


def test_the_same_people_are_on_call_after_the_migration(empty: Fresh) -> None:
    at_first(empty)
    empty.migrate()
    for roster_id in ROSTERS:
        assert now(empty, roster_id) == then(roster_id)
        assert len(set(then(roster_id))) > 1


def test_the_past_since_then_is_written_down_as_it_was(empty: Fresh) -> None:
    at_first(empty)
    empty.migrate()
    middle = FROM + 150 * HOUR
    for roster_id in ROSTERS:
        item = Item(uuid.uuid4(), gaps.LOOK, roster_id, {}, middle, 1, 1)
        empty.db.write_now(lambda session, item=item: gaps.look(session, item, middle))
        assert now(empty, roster_id) == then(roster_id)


def test_a_roster_keeps_its_definition_as_its_first_version(empty: Fresh) -> None:
    at_first(empty)
    empty.migrate()

    def read(session: Session) -> None:
        for roster_id, (line, _, definition) in ROSTERS.items():
            roster = session.get_one(Roster, roster_id)
            (version,) = session.exec(select(RosterVersion).where(RosterVersion.roster_id == roster_id)).all()
            assert (version.number, version.effective_from, version.effective_until) == (1, FROM, None)
            assert version.definition == definition
            assert (roster.recorded_until, roster.version) == (FROM, 3)
            assert roster.expects is (Expects.ALWAYS if line == "clinical_advice" else Expects.PLANNED_HOURS)
            overrides = session.exec(select(RosterOverride).where(RosterOverride.roster_id == roster_id)).all()
            assert {(each.origin, each.whole, each.removed_at) for each in overrides} == {("roster", False, None)}

    empty.db.read_now(read)


def test_the_way_back_keeps_the_newest_definition(empty: Fresh) -> None:
    at_first(empty)
    empty.migrate()
    empty.downgrade("0001")
    empty.migrate()
    for roster_id in ROSTERS:
        assert now(empty, roster_id) == then(roster_id)


def test_a_second_roster_of_a_level_stops_the_way_back(empty: Fresh) -> None:
    """The first tables have no place for it: better no way back than one roster fewer."""
    at_first(empty)
    empty.migrate()

    def second(session: Session) -> None:
        roster = session.get_one(Roster, uuid.UUID(int=20))
        version = session.exec(select(RosterVersion).where(RosterVersion.roster_id == roster.id)).one()
        twin = Roster(**{**roster.model_dump(exclude={"id"}), "name": "second"})
        session.add(twin)
        session.flush()
        session.add(RosterVersion(**{**version.model_dump(exclude={"id"}), "roster_id": twin.id}))

    empty.db.write_now(second)
    with pytest.raises(sa.exc.IntegrityError):
        empty.downgrade("0001")
    assert empty.db.read_now(lambda session: len(session.exec(select(Roster.id)).all())) == 4
