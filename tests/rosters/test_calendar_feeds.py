"""Addresses of calendars: shown once, secret, one's own, revocable, and read without an account (contract S1, R12)."""

from __future__ import annotations

import datetime as dt
import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import vobject
from calendars import FEEDS, entries, reader, subscribe
from sqlmodel import Session, select, text

from app.core import clock
from app.core.db import Database, DatabaseUnavailable
from app.core.ratelimit import RateLimiter
from app.models import CalendarFeed, Person, RoleGrant
from app.vocabulary import Role
from tests.support.server import Server
from tests.support.world import Someone, World

# What is asked is no matter of the database.
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


def said(answer: httpx.Response) -> dict[str, object]:
    return {name: value for name, value in answer.json().items() if name != "instance"}


async def test_the_address_is_shown_once(world: World) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER)
    made = await world.http.post(FEEDS, headers=adviser.headers, json={})
    assert made.status_code == 201
    token = made.json()["url"].rpartition("/")[2].removesuffix(".ics")
    assert len(token) == 32
    one = await world.http.get(made.headers["location"], headers=adviser.headers)
    listed = await world.http.get(FEEDS, headers=adviser.headers)
    assert one.headers["etag"] == made.headers["etag"]
    assert one.json() == {name: value for name, value in made.json().items() if name != "url"}
    assert listed.json()["items"] == [one.json()]
    for answer in (one, listed):
        assert token not in answer.text
        assert "url" not in answer.text


@on_sqlite
async def test_every_address_is_another(world: World) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER)
    assert len({await subscribe(world, adviser) for _ in range(5)}) == 5


async def test_a_calendar_is_read_without_an_account_and_again_only_when_it_changed(world: World) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER, alias="Mira")
    await world.on_call(adviser)
    path = await subscribe(world, adviser)
    shown = await world.http.get(path)
    assert shown.status_code == 200
    assert shown.headers["content-type"] == "text/calendar; charset=utf-8"
    assert shown.headers["cache-control"] == "private, no-cache"
    assert {each.summary.value for each in vobject.readOne(shown.text).vevent_list} == {
        "On call: clinical advice (primary)"
    }
    assert "Mira" not in shown.text
    world.time.advance(seconds=90)
    again = await world.http.get(path, headers={"If-None-Match": shown.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = await world.http.head(path)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", shown.headers["etag"])
    assert head.headers["content-length"] == shown.headers["content-length"]


async def test_a_revoked_address_opens_nothing(world: World) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER)
    made = await world.http.post(FEEDS, headers=adviser.headers, json={})
    other = await subscribe(world, adviser)
    path = made.json()["url"].removeprefix(world.settings.base_url)
    feed = made.headers["location"]
    assert (await world.http.delete(feed, headers=adviser.headers)).status_code == 204
    assert (await world.http.delete(feed, headers=adviser.headers)).status_code == 404
    assert (await world.http.get(feed, headers=adviser.headers)).status_code == 404
    assert (await world.http.get(path)).status_code == 404
    assert (await world.http.get(other)).status_code == 200
    assert len((await world.http.get(FEEDS, headers=adviser.headers)).json()["items"]) == 1


def left(session: Session, person: Someone) -> None:
    row = session.get_one(Person, person.id)
    row.active = False
    session.add(row)


def lost_the_role(session: Session, person: Someone) -> None:
    for grant in session.exec(select(RoleGrant).where(RoleGrant.person_id == person.id)):
        grant.ended_at = clock.now()
        session.add(grant)


@pytest.mark.parametrize("ending", [left, lost_the_role])
async def test_whoever_has_left_or_reads_no_rosters_reads_no_calendar(
    world: World, ending: Callable[[Session, Someone], None]
) -> None:
    """One and the same answer, that of an address that never was."""
    await world.school()
    adviser = await world.person(Role.ADVISER)
    roster = await world.on_call(adviser)
    someone = await world.person(Role.SUPPORTER, Role.STUDENT)
    paths = [await subscribe(world, someone), await subscribe(world, someone, roster)]
    await world.write(lambda session: ending(session, someone))
    answers = [await world.http.get(path) for path in (*paths, f"/v1/calendars/{'a' * 32}.ics")]
    assert {answer.status_code for answer in answers} == {404}
    assert all(said(answer) == said(answers[0]) for answer in answers)
    assert answers[0].json()["help"]


@on_sqlite
async def test_feeds_are_ones_own(world: World) -> None:
    """Neither a colleague nor a coordinator sees them or can revoke them."""
    await world.school()
    adviser = await world.person(Role.ADVISER)
    made = await world.http.post(FEEDS, headers=adviser.headers, json={})
    colleague = await world.person(*(role for role in Role if role is not Role.PLATFORM_OPERATOR))
    for method in ("GET", "DELETE"):
        answer = await world.http.request(method, made.headers["location"], headers=colleague.headers)
        nobodys = await world.http.request(method, f"{FEEDS}/{uuid.uuid4()}", headers=colleague.headers)
        assert (answer.status_code, said(answer)) == (404, said(nobodys))
    assert (await world.http.get(FEEDS, headers=colleague.headers)).json()["items"] == []


@on_sqlite
async def test_a_roster_of_another_school_is_not_there(world: World) -> None:
    await world.school()
    await world.school("ridge", region="NSW")
    stranger = await world.person(Role.ADVISER, school="ridge")
    theirs = await world.on_call(stranger)
    adviser = await world.person(Role.ADVISER)
    for roster in (theirs, uuid.uuid4()):
        answer = await world.http.post(FEEDS, headers=adviser.headers, json={"roster_id": str(roster)})
        assert answer.status_code == 404
    assert (await world.http.get(FEEDS, headers=stranger.headers)).status_code == 404


@on_sqlite
async def test_a_feed_goes_no_further_than_the_school_of_its_owner(world: World) -> None:
    await world.school()
    await world.school("ridge", region="NSW")
    model = await world.person(Role.ADVISER, school="ridge")
    mover = await world.person(Role.ADVISER)
    path = await subscribe(world, mover)

    def move(session: Session) -> None:
        row = session.get_one(Person, mover.id)
        row.school_id = session.get_one(Person, model.id).school_id
        session.add(row)

    await world.write(move)
    assert (await world.http.get(path)).status_code == 404


async def test_nobody_has_more_than_twenty(world: World) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER)
    for _ in range(20):
        await subscribe(world, adviser)
    one_more = await world.http.post(FEEDS, headers=adviser.headers, json={})
    assert (one_more.status_code, one_more.json()["code"]) == (409, "too_many_calendar_feeds")
    first = await world.http.get(FEEDS, headers=adviser.headers, params={"limit": 5})
    assert 'rel="next"' in first.headers["link"]
    await world.http.delete(f"{FEEDS}/{first.json()['items'][0]['id']}", headers=adviser.headers)
    await subscribe(world, adviser)


async def test_reading_is_noted_to_the_hour_and_otherwise_writes_nothing(world: World) -> None:
    """R12: the list of feeds is the same after the second read of an hour, and so is the row."""
    await world.school()
    adviser = await world.person(Role.ADVISER)
    path = await subscribe(world, adviser)
    world.time.set(clock.now().replace(minute=10, second=0) + dt.timedelta(hours=1))
    seen = []
    for minutes in (0, 20, 45):
        world.time.advance(minutes=minutes)
        await world.http.get(path)
        listed = await world.http.get(FEEDS, headers=adviser.headers)
        seen.append((listed.json()["items"][0]["last_read_at"], listed.headers["etag"]))
    hour = clock.hour_of(clock.now())
    assert [at for at, _ in seen] == [
        f"{each:%Y-%m-%dT%H:00:00Z}" for each in (hour - dt.timedelta(hours=1), hour - dt.timedelta(hours=1), hour)
    ]
    assert seen[0] == seen[1]


async def test_it_is_read_although_the_database_refuses_to_write(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER)
    path = await subscribe(world, adviser)

    async def refused(_db: Database, _work: object) -> None:
        raise DatabaseUnavailable("read-only")

    with monkeypatch.context() as broken:
        broken.setattr(Database, "write", refused)
        assert (await world.http.get(path)).status_code == 200
    listed = await world.http.get(FEEDS, headers=adviser.headers)
    assert listed.json()["items"][0]["last_read_at"] is None


@on_postgresql
@pytest.mark.parametrize("sqlstate", ["25006", "53100", "57P03"])
async def test_it_is_read_from_a_server_that_refuses_to_write(world: World, sqlstate: str) -> None:
    """Read-only after a failover, its disk full, or going down."""
    await world.school()
    adviser = await world.person(Role.ADVISER)
    path = await subscribe(world, adviser)

    def refuse(session: Session) -> None:
        session.connection().exec_driver_sql(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{sqlstate}'; END $$"
        )
        session.connection().exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE UPDATE ON calendar_feeds FOR EACH ROW EXECUTE FUNCTION refuse()"
        )

    await world.write(refuse)
    assert (await world.http.get(path)).status_code == 200


@on_sqlite
async def test_a_server_logs_no_address(world: World, tmp_path: Path) -> None:
    """S1, on a process as anybody runs it: nothing of a calendar's path reaches its output."""
    await world.school()
    adviser = await world.person(Role.ADVISER)
    path = await subscribe(world, adviser)
    env = {"PEERLINE_MASTER_KEYS": world.settings.master_keys}
    server = Server(tmp_path / "data", worker=False, database_url=world.settings.database_url, env=env)
    server.output.write_text("")  # it is migrated
    with server:
        for tried in (path, f"{path}x", path.replace("/v1", "/v2")):
            httpx.get(server.base_url + tried, timeout=20)
        assert httpx.head(server.base_url + path, timeout=20).status_code == 200
    assert "calendars" not in server.output.read_text()
    assert path.rpartition("/")[2].removesuffix(".ics") not in server.output.read_text()


@on_sqlite
async def test_whoever_asks_too_often_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER)
    path = await subscribe(world, adviser)
    monkeypatch.setattr(world.app.state.runtime, "callers", RateLimiter("default", quota=2))
    answers = [await world.http.get(path) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["ratelimit"]
    assert answers[2].headers["retry-after"]


async def test_the_token_is_in_no_log_and_in_no_column(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """S1: not on success, for a stranger's guess, while the database is away, or in a crash."""
    await world.school()
    adviser = await world.person(Role.ADVISER)
    path = await subscribe(world, adviser)
    token = path.rpartition("/")[2].removesuffix(".ics")
    caplog.set_level(0)
    await world.http.get(path)
    await world.http.post(path)
    await world.http.get(path + "x")
    for failure in (DatabaseUnavailable("away"), ValueError(token)):

        def fail(*_: object, failure: Exception = failure, **__: object) -> None:
            raise failure

        with monkeypatch.context() as broken:
            broken.setattr("app.rosters.calendar_content.of_person", fail)
            answer = await world.http.get(path)
            assert answer.status_code in (500, 503)
            assert token not in answer.text
    logged = capsys.readouterr()
    assert "http.crash" in logged.out
    # httpx is the client of this test.
    records = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("http"))
    assert token not in logged.out + logged.err + records
    assert token not in await world.db.read(everything)


def everything(session: Session) -> str:
    """Every column of every row, as text."""
    found = []
    for table in CalendarFeed.metadata.tables:
        for row in session.connection().execute(text(f'SELECT * FROM "{table}"')):
            found += [bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value) for value in row]
    return "\n".join(found)


@on_sqlite
async def test_the_file_does_not_hold_the_token_either(world: World, tmp_path: Path) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER)
    path = await subscribe(world, adviser)
    token = path.rpartition("/")[2].removesuffix(".ics")
    with sqlite3.connect(tmp_path / "peerline.sqlite3") as connection:
        connection.execute("PRAGMA wal_checkpoint(FULL)")
    connection.close()
    assert token.encode() not in b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


async def test_an_empty_calendar_is_a_calendar(world: World) -> None:
    await world.school()
    someone = await reader(world)
    assert await entries(world, await subscribe(world, someone)) == []
