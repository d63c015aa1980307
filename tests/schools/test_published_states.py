"""What has changed since a sync token: whoever follows it to the end has what there is (contract M3)."""

from __future__ import annotations

import datetime as dt
import random
import uuid

import pytest
from sqlmodel import Session, select

from app.core import clock
from app.core.pagination import PageRequest
from app.core.problems import InvalidCursor
from app.models import PublishedState
from app.schools import published
from app.schools import service as schools
from app.schools.published import Changes, SyncTokenExpired
from tests.support.world import World

Items = dict[str, str]


def asked(
    session: Session, school: uuid.UUID, items: Items, token: str | None = None, cursor: str | None = None
) -> Changes:
    page = PageRequest(limit=3, cursor=cursor, key=b"k" * 32, scope="test")
    return published.changes(session, page, school_id=school, collection="things", items=items, sync_token=token)


def followed(session: Session, school: uuid.UUID, has: Items, now: list[Items], token: str | None) -> str:
    """Bring `has` up to date over all pages; `now` is what there is at each page, the last of them from then on."""
    if token is None:
        has.clear()
    cursor, page = None, 0
    while True:
        items = now[min(page, len(now) - 1)]
        found = asked(session, school, items, token, cursor)
        assert (found.next_cursor is None) == (found.next_sync_token is not None)
        for name, gone in found.ids:
            if gone:
                has.pop(name, None)
            else:
                has[name] = items[name]
        if found.next_sync_token is not None:
            return found.next_sync_token
        cursor, page = found.next_cursor, page + 1


def keep(session: Session, school: uuid.UUID, items: Items, now: dt.datetime | None = None) -> None:
    published.keep(session, school_id=school, collection="things", items=items, now=now or clock.now())


async def test_whoever_follows_the_tokens_has_what_there_is(world: World) -> None:
    """Also when it changes between two pages, by the next time at the latest."""
    await world.school()
    chance = random.Random(6)

    def other(items: Items) -> Items:
        changed = {name: value for name, value in items.items() if chance.random() > 0.2}
        return changed | {f"item-{chance.randrange(12):02}": str(chance.randrange(4)) for _ in range(3)}

    def work(session: Session) -> None:
        school = schools.find(session, "harbour").id
        has, items, token = dict[str, str](), {f"item-{n:02}": "0" for n in range(8)}, None
        for _ in range(25):
            keep(session, school, items)
            during = [items, other(items)] if chance.random() < 0.5 else [items]
            token = followed(session, school, has, during, token)
            items = during[-1]
            keep(session, school, items)
            token = followed(session, school, has, [items], token)
            assert has == items
            items = other(items)

    await world.write(work)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_token_that_stands_for_nothing_says_to_read_everything(world: World) -> None:
    await world.school()
    await world.school("ridge", region="NSW", zone="Australia/Sydney")

    def work(session: Session) -> None:
        harbour, ridge = (schools.find(session, slug).id for slug in ("harbour", "ridge"))
        items = {"a": "1"}
        token = followed(session, harbour, {}, [items], None)
        refused = [token, token[:-2] + "AA", "x", "é"]
        for each in refused:
            with pytest.raises(SyncTokenExpired):
                asked(session, harbour, items, each)
        for school in (harbour, ridge):
            keep(session, school, items)
        assert asked(session, harbour, items, token).ids == ()
        with pytest.raises(SyncTokenExpired):
            asked(session, ridge, items, token)
        with pytest.raises(InvalidCursor):
            asked(session, harbour, items, token, cursor="x")

        now = clock.now()
        keep(session, harbour, {"a": "2"}, now + dt.timedelta(days=80))
        published.forget(session, now=now + dt.timedelta(days=100))
        with pytest.raises(SyncTokenExpired):
            asked(session, harbour, {"a": "2"}, token)

    await world.write(work)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_the_present_state_is_kept_however_old_it_is(world: World) -> None:
    await world.school()

    def work(session: Session) -> None:
        school, now = schools.find(session, "harbour").id, clock.now()
        for days in (0, 60, 120):
            keep(session, school, {"a": "1"}, now + dt.timedelta(days=days))
        published.forget(session, now=now + dt.timedelta(days=121))
        assert len(session.exec(select(PublishedState)).all()) == 1
        for number in range(published.MOST_KEPT + 3):
            keep(session, school, {"a": str(number)}, now + dt.timedelta(days=130, seconds=number))
        kept = session.exec(select(PublishedState)).all()
        assert len(kept) == published.MOST_KEPT
        assert max(kept, key=lambda each: each.created_at).items == {"a": str(number)}

    await world.write(work)
