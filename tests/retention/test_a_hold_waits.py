"""A hold on a school holds from its commit on: it waits for whoever is erasing something of the school and saw none."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from kept import SCHOOL, office, put_policy
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from app.models import School, Story, Suggestion
from app.programme import suggestions
from app.retention import logs
from app.stories import erasing
from app.work.queue import Item
from tests.stories.telling import tell
from tests.support.world import World


def item(kind: str, subject: uuid.UUID, now: dt.datetime) -> Item:
    return Item(uuid.uuid4(), kind, subject, {}, due_at=now, fence=1, failures=0)


def erase(session: Session, what: str, now: dt.datetime) -> None:
    """As the worker, and a run, do it."""
    if what == "a story":
        story = session.exec(select(Story)).one()
        erasing.due(session, item(erasing.FORGET, story.id, now), now)
        return
    school = session.exec(select(School)).one()
    if what == "suggestions":
        suggestions.forget(session, item(suggestions.FORGET, school.id, now), now)
    else:
        logs.drop_old(session, school.id, asked_for=True, now=now)


@pytest.mark.parametrize("database_kind", ["postgresql"])
@pytest.mark.parametrize("what", ["a story", "suggestions", "logs"])
async def test_whoever_holds_a_school_waits_for_what_is_being_erased_of_it(world: World, what: str) -> None:
    """Otherwise it would be gone after the hold was placed. (SQLite has one writer.)"""
    people = await office(world)
    assert (
        await put_policy(world, people.officer, "audit_and_access_log", period_days=365, authority_ref="A")
    ).is_success
    await tell(world)
    said = await world.http.post(f"{SCHOOL}/suggestions", json={"text": "More tea."})
    assert said.status_code == 201, said.text
    world.time.advance(days=800)
    now = world.time.now()

    def refuse(session: Session) -> None:
        story = session.exec(select(Story)).one()
        story.state, story.decided_hour = "not_published", now - dt.timedelta(days=60)
        session.add(story)

    await world.write(refuse)

    def work(session: Session) -> int:
        erase(session, what, now)
        held = sa.select(School.__table__.c.id).with_for_update(key_share=True, nowait=True)
        with session.get_bind().engine.connect() as officer, pytest.raises(OperationalError, match="lock"):
            officer.execute(held)
        return len(session.exec(select(Story)).all()) + len(session.exec(select(Suggestion)).all())

    assert await world.write(work) == (2 if what == "logs" else 1)
