"""Whoever locks a row that they have read before sees what others have committed meanwhile, and loses nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from app.advice import service as advice
from app.identity.actors import Actor
from app.models import AdviceRequest, Escalation, EscalationPolicy, Roster, School, Supporter
from app.paging import policy_edits
from app.paging import service as paging
from app.rosters import service as rosters
from app.schools.policies import standard_policy
from app.supporters import service as supporters
from app.vocabulary import Role, RosterLine, SubjectKind
from tests.advice.test_case_advice import asked, pair
from tests.support.world import Someone, World

Find = Callable[[Session, Actor, Any], Any]

# The table, a column that changes, one that we change ourselves, and what locks the row.
LOCKS: list[tuple[Any, str, tuple[str, Any], Find]] = [
    (
        Escalation,
        "fence",
        ("discreet", True),
        lambda s, _, row: paging.find_for(s, SubjectKind.ADVICE_REQUEST, row.subject_id, lock=True),
    ),
    (Supporter, "version", ("listed", True), lambda s, actor, row: supporters.find(s, actor, row.id, lock=True)),
    (Supporter, "version", ("listed", True), lambda s, actor, _: supporters.own(s, actor, lock=True)),
    (Roster, "version", ("name", "Another"), lambda s, actor, row: rosters.find(s, actor, row.id, lock=True)),
    (
        EscalationPolicy,
        "version",
        ("need", "advice"),
        lambda s, actor, row: policy_edits._find(s, actor, row.id, lock=True),
    ),
    (
        AdviceRequest,
        "version",
        ("priority", "within_a_week"),
        lambda s, actor, row: advice._find(s, actor, row.id, lock=True),
    ),
]


async def actor_of(world: World, someone: Someone) -> Actor:
    school = await world.write(lambda session: session.exec(select(School.id)).one())
    roles = frozenset({Role.SUPPORTER, Role.COORDINATOR})
    return Actor(someone.id, someone.alias, school, "harbour", roles, uuid.uuid4())


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_a_row_that_is_locked_is_as_it_is_now(world: World) -> None:
    supporter, _ = await pair(world)
    assert (await asked(world, supporter)).status_code == 201
    await world.policy(standard_policy(RosterLine.CLINICAL_ADVICE))
    actor = await actor_of(world, supporter)

    def see(session: Session, table: Any, changes: str, ours: tuple[str, Any], find: Find) -> tuple[Any, Any]:
        row = session.exec(select(table)).one()
        with Session(world.db.engine) as other:
            other.connection().execute(sa.update(table).values({changes: 77}))
            other.commit()
        setattr(row, *ours)
        locked = find(session, actor, row)
        assert locked is row
        return getattr(row, changes), getattr(row, ours[0])

    for table, changes, ours, find in LOCKS:
        found = await world.write(lambda session, of=(table, changes, ours, find): see(session, *of))
        assert found == (77, ours[1]), table.__name__
