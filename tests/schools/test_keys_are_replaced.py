"""Sealed columns hold no words, and their keys are replaced while the service runs (design, 3: Encryption)."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, SQLModel, select

from app import startup
from app.core import clock
from app.core.crypto import CannotOpen, KeyRing
from app.core.db import Database
from app.models import Absence, ConfidentialityDecision, DataKey, Pause, Report, ReportMessage, StatisticsTally
from app.schools import key_rotation
from app.schools import service as schools
from app.vault import columns
from app.vault import service as vault
from app.vocabulary import AbsenceKind, Role
from tests.contacts.choosing_story import choose, code_from, opened
from tests.contacts.choosing_story import supporter as someone_to_choose
from tests.evaluation.asking import somebody_answers_today
from tests.reports.harbour import Cast, act, cast, listed, my_pages, one_database, the_report, write_to_reporter
from tests.reports.passing_on import NO_RISK, REACH, Held, answer, ask, decide, summarise
from tests.stories.telling import GATES, only_story, tell
from tests.stories.telling import act as story_act
from tests.support.server import call_cli, master_keys
from tests.support.world import Someone, World
from tests.supporters.joining import APPLICATIONS, MINE, apply, change
from tests.test_access import DECISION

HERE = "/v1/schools/harbour"
PRIVATE = ("reason", "authority", "release", "incident", "harm", "told")
WORDS = {
    name: f"{name}-{uuid.uuid4().hex}"
    for name in (
        *(
            "narrative",
            "person",
            "to-reporter",
            "by-reporter",
            "note",
            "conflict",
            "why",
            "asked",
            "more",
            "suggestion",
        ),
        *("untold", "second", "alone", "reviewed"),
        *PRIVATE,
        *("summary", "went", "else", "correction"),
        *("story", "to-author", "said", "appeal"),
        *("reach", "said-first", "counts"),
        *("interested", "applied", "answered", "appealed", "judged"),
    )
}


async def everything_sealed(world: World) -> str:
    """Fill every sealed column there is, and give the receipt back."""
    people = await cast(world)
    made = await world.report(
        "unsafe_right_now", narrative=WORDS["narrative"], about_person=WORDS["person"], wants="not_sure"
    )
    await world.report("tearful", about_person=WORDS["person"], open_only_if_life_at_risk=True)
    await world.settle()
    receipt: str = made.json()["receipt"]
    [page] = await my_pages(world, people.adviser)
    pages = f"/v1/pages/{page['id']}"
    for act_, body in (("ack", None), ("notes", {"text": WORDS["note"]}), ("reply", {"text": WORDS["to-reporter"]})):
        done = await world.http.post(f"{pages}/{act_}", headers=people.adviser.headers | world.once(), json=body)
        assert done.status_code in (200, 201), done.text
    named = {"person": "Lee", "reason": WORDS["conflict"]}
    said = await world.http.post(f"{pages}/conflicts", headers=people.adviser.headers, json=named)
    assert said.status_code == 200, said.text
    wrote = await world.http.post(
        "/v1/me/report/messages", headers=await world.reporter(receipt), json={"text": WORDS["by-reporter"]}
    )
    assert wrote.status_code == 201, wrote.text
    [first, *_] = await listed(world, people.triager)
    proposed = await world.http.post(
        f"{HERE}/reports/{first['id']}/outcomes",
        headers=people.triager.headers | world.once(),
        json={"outcome": "misuse", "note": WORDS["why"]},
    )
    assert proposed.status_code == 201, proposed.text
    supporter = await world.person(Role.SUPPORTER, alias="Wren")
    await hand_over(world, people, supporter, receipt)
    await a_peer_who_chose(world, receipt)
    await a_withdrawal_decided(world, people)
    await a_hold_and_an_incident(world)
    await a_story_that_was_answered(world, people)
    await a_way_in_that_was_appealed(world, people)
    await world.write(lambda session: a_pause_that_was_appealed(session, supporter))
    await somebody_answers_today(world)
    await world.write(a_tally)
    wrong = {"kind": "other", "note": WORDS["correction"]}
    assert (await world.http.post(f"{HERE}/directory/au-000/corrections", json=wrong)).status_code == 201
    assert (await world.http.post(f"{HERE}/suggestions", json={"text": WORDS["suggestion"]})).status_code == 201
    asked = await world.http.post(
        f"{HERE}/advice-requests",
        headers=supporter.headers | world.once(),
        json={"topic": "when_to_escalate", "priority": "soon", "summary": WORDS["asked"]},
    )
    assert asked.status_code == 201, asked.text
    more = await world.http.post(
        f"{HERE}/advice-requests/{asked.json()['id']}/messages",
        headers=supporter.headers | world.once(),
        json={"text": WORDS["more"]},
    )
    assert more.status_code == 201, more.text
    rotated = await world.http.post(
        f"/v1/me/webhook-endpoints/{people.adviser.endpoint_id}/rotate-secret",
        headers=people.adviser.headers | world.once() | {"If-Match": "*"},
        json={},
    )
    assert rotated.status_code in (200, 201), rotated.text
    await decided(world, people, pages)
    return receipt


async def a_peer_who_chose(world: World, receipt: str) -> None:
    await someone_to_choose(world, "Jay")
    peer = await opened(world, await code_from(world, await world.reporter(receipt)))
    made = await choose(world, peer, how_to_reach=WORDS["reach"], words=WORDS["said-first"])
    assert made.status_code == 201, made.text


async def a_withdrawal_decided(world: World, people: Cast) -> None:
    """Taken back unread, with a red-flag sign: somebody reads it and writes down why it goes on."""
    made = await world.report("hurt_themselves")
    done = await world.http.post(
        "/v1/me/report/withdraw",
        headers=await world.reporter(made.json()["receipt"]),
        json={"expected": "restricted_until_decided"},
    )
    assert done.status_code == 200, done.text
    [report] = await listed(world, people.triager, state="withdrawn")
    path = f"{HERE}/reports/{report['id']}"
    await world.http.get(path, headers=people.triager.headers)
    decided = await world.http.post(
        f"{path}/withdrawal-decision",
        headers=people.triager.headers | world.once(),
        json={"decision": "continue", "note": WORDS["why"]},
    )
    assert decided.status_code == 201, decided.text


async def a_way_in_that_was_appealed(world: World, people: Cast) -> None:
    interest = {"contact": "me@example.edu", "note": WORDS["interested"]}
    assert (await world.http.post(f"{HERE}/expressions-of-interest", json=interest)).status_code == 201
    student, sponsor = await world.person(Role.STUDENT), await world.person(Role.SPONSOR)
    application, _ = await apply(world, student, note=WORDS["applied"])
    at = f"{APPLICATIONS}/{application}"
    no = {"decision": "not_proceeding", "words": WORDS["answered"], "because": ["study_on_track"]}
    judged = {"decision": "stands", "words": WORDS["judged"]}
    for who, path, action, body in (
        (people.coordinator, at, "/decision", no),
        (student, MINE, "/appeal", {"note": WORDS["appealed"]}),
        (sponsor, at, "/appeal-decision", judged),
    ):
        done = await change(world, who, path, action, body)
        assert done.status_code == 200, done.text


async def a_story_that_was_answered(world: World, people: Cast) -> None:
    await tell(world, text=WORDS["story"])
    asked = {"gates": GATES, "decision": "ask_for_changes", "words": WORDS["to-author"]}
    done = await story_act(world, people.coordinator, await only_story(world, people.coordinator), "review", asked)
    assert done.status_code == 200, done.text


def a_pause_that_was_appealed(session: Session, supporter: Someone) -> None:
    now = clock.now()
    absence = Absence(
        school_id=school_id_of(session),
        person_id=supporter.id,
        kind=AbsenceKind.PAUSED,
        starts_at=now,
        ends_at=now + dt.timedelta(minutes=1),
        created_at=now,
    )
    session.add(absence)
    session.flush()
    pause = Pause(
        school_id=absence.school_id, person_id=supporter.id, absence_id=absence.id, review_on=now.date(), version=1
    )
    columns.PAUSE_NOTE.seal(session, pause, WORDS["said"], school_id=pause.school_id)
    columns.PAUSE_APPEAL.seal(session, pause, WORDS["appeal"], school_id=pause.school_id)
    session.add(pause)


def a_tally(session: Session) -> None:
    kept = StatisticsTally(school_id=school_id_of(session), period="2026")
    columns.TALLY.seal(session, kept, WORDS["counts"], school_id=kept.school_id)
    session.add(kept)


async def decided(world: World, people: Cast, page: str) -> None:
    """By two, and once more by one alone, which somebody looks into."""
    officer = await world.person(Role.PRIVACY_OFFICER, alias="Petra")
    body = DECISION | {"person_told": False, "person_not_told_because": WORDS["untold"]}
    for steps in (
        [(people.backup, "confirm", {"note": WORDS["second"]})],
        [(people.adviser, "alone", {"reason": WORDS["alone"]}), (officer, "review", {"note": WORDS["reviewed"]})],
    ):
        headers = people.adviser.headers | world.once()
        made = await world.http.post(f"{page}/confidentiality-decisions", headers=headers, json=body)
        # As if ten minutes had passed: nothing else is to happen in this story.
        at_once = sa.update(ConfidentialityDecision).values(alone_from=clock.now())
        await world.write(lambda session, now=at_once: session.connection().execute(now))
        for who, step, said in steps:
            path = f"{made.headers['location']}/{step}"
            done = await world.http.post(path, headers=who.headers | {"If-Match": "*"}, json=said)
            assert done.status_code == 200, done.text


async def a_hold_and_an_incident(world: World) -> None:
    officer = await world.person(Role.PRIVACY_OFFICER, alias="Priya")
    by = officer.headers | {"If-Match": "*"}

    async def done(method: str, path: str, **body: str | None) -> str:
        answer = await world.http.request(method, path, headers=by | world.once(), json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.headers.get("Location", "")

    hold = await done(
        "POST", f"{HERE}/legal-holds", report_id=None, reason=WORDS["reason"], authority_ref=WORDS["authority"]
    )
    await done("POST", f"{hold}/release", note=WORDS["release"])
    incident = await done(
        "POST", f"{HERE}/privacy-incidents", kind="other", what_happened=WORDS["incident"], happened_on="2026-01-05"
    )
    await done("PATCH", incident, harm_note=WORDS["harm"], people_told=WORDS["told"])


async def hand_over(world: World, people: Cast, supporter: Someone, receipt: str) -> None:
    """One contact has ended with a note, and the next supporter is asked."""
    [urgent] = [each["id"] for each in await listed(world, people.triager) if each["needs_person_check"]]
    await act(world, people.triager, urgent, "claim")
    story = Held(people, supporter, receipt, await world.reporter(receipt), urgent)
    check = NO_RISK | {"anything_else": WORDS["else"]}
    assert (await summarise(world, story, WORDS["summary"], outing_check=check)).status_code == 201
    assert (await decide(world, story, "approve")).status_code == 200
    first = (await ask(world, story)).json()["id"]
    for action, body in (("accept", None), ("end", {"note": WORDS["went"]})):
        assert (await answer(world, supporter, first, action, body)).status_code == 200
    assert (await ask(world, story)).status_code == 201


def sealed_values(session: Session, school_id: uuid.UUID) -> Iterator[tuple[columns.SealedColumn, Any]]:
    for column in columns.SEALED:
        for row in session.connection().execute(column.query(school_id)):
            yield column, row


def school_id_of(session: Session, slug: str = "harbour") -> uuid.UUID:
    return schools.find(session, slug).id


def texts(session: Session) -> list[str]:
    school_id = school_id_of(session)
    return [
        column.open(session, row, row.value, school_id=school_id) for column, row in sealed_values(session, school_id)
    ]


def test_every_sealed_column_is_known_to_the_rotation() -> None:
    there = {
        (name, column.name)
        for name, table in SQLModel.metadata.tables.items()
        for column in table.columns
        if column.name.endswith("sealed")
    }
    known = {(str(each.table.__tablename__), each.column) for each in columns.SEALED}
    # Those of the deployment, which is no school.
    assert there - known == {("signing_keys", "private_sealed")}
    assert known <= there


async def test_sealed_columns_hold_no_words_and_open_with_the_newest_key_after_a_rotation(
    world: World, database_kind: str, tmp_path: Path
) -> None:
    receipt = await everything_sealed(world)
    before = await world.db.read(texts)
    # A story is sealed whole, with its title and the rest.
    assert all(any(word in text for text in before) for word in (*WORDS.values(), REACH))
    assert await world.db.read(lambda s: {column for column, _ in sealed_values(s, school_id_of(s))}) == set(
        columns.SEALED
    ), "the story leaves a sealed column empty"
    places = [await raw(world.db)]
    if database_kind == "sqlite":
        file = Path(str(world.db.engine.url.database))
        places += [path.read_bytes() for path in file.parent.iterdir() if path.name.startswith(file.name)]
    assert [word for word in (*WORDS.values(), REACH) for place in places if word.encode() in place] == []

    # Another process, with the keys as they are now in its memory.
    other = Database(
        world.db.url, info={"keys": vault.Keys(KeyRing.parse(world.settings.master_keys)), "settings": world.settings}
    )
    try:
        assert sorted(other.read_now(texts)) == sorted(before)
        await world.write(lambda s: key_rotation.begin(s, schools.find(s, "harbour"), now=clock.now()))
        # It goes on sealing with the earlier key for a while, and reads what is sealed with the newer one.
        late = f"late-{uuid.uuid4().hex}"
        await world.settle()
        assert sorted(other.read_now(texts)) == sorted(before)
        other.write_now(lambda s: add_message(s, late))
        assert await world.db.read(lambda s: key_rotation.waiting(s, school_id_of(s)))
        for _ in range(4):
            world.time.advance(minutes=11)
            await world.settle()
        assert not await world.db.read(lambda s: key_rotation.waiting(s, school_id_of(s)))
    finally:
        other.close()
    owner = await world.db.read(lambda s: str(school_id_of(s)))
    kept = await world.db.read(
        lambda s: s.exec(select(DataKey.purpose, DataKey.generation).where(DataKey.owner == owner)).all()
    )
    assert sorted(kept) == [(vault.CONTENT, 2), (vault.LIFE_AT_RISK, 2)]
    # With nothing in memory: what opens now, opens with the newest keys alone.
    fresh = startup.open_database(world.settings, KeyRing.parse(world.settings.master_keys))
    try:
        found = fresh.read_now(texts)
    finally:
        fresh.close()
    # Time has passed: somebody else may have been paged since.
    assert set(before) | {late} <= set(found)
    answered = await world.http.get("/v1/me/report/messages", headers=await world.reporter(receipt))
    assert [item["text"] for item in answered.json()["items"]] == [WORDS["to-reporter"], WORDS["by-reporter"], late]


async def raw(db: Database) -> bytes:
    """Every cell of the database as the driver gives it."""

    def look(session: Session) -> bytes:
        connection = session.connection()
        cells = []
        for table in sa.inspect(connection).get_table_names():
            for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"'):
                cells += [bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode() for cell in row]
        return b"\n".join(cells)

    return await db.read(look)


def add_message(session: Session, text: str) -> None:
    """As this process would write it, with the keys it knows."""
    first = session.exec(select(ReportMessage)).first()
    assert first is not None
    report = session.get_one(Report, first.report_id)
    message = ReportMessage(
        report_id=report.id, position=3, author=first.author, body_sealed=b"", sent_at=first.sent_at
    )
    columns.REPORT_MESSAGE.seal(session, message, text, school_id=report.school_id)
    session.add(message)


@one_database
async def test_a_value_moved_to_another_row_report_or_school_does_not_open(world: World) -> None:
    await everything_sealed(world)
    await world.school("ridge", region="NSW", zone="Australia/Sydney")

    def look(session: Session) -> None:
        harbour, ridge = school_id_of(session), school_id_of(session, "ridge")
        seen = set()
        for column, row in sealed_values(session, harbour):
            seen.add(column)
            moved = {"id": uuid.uuid4()} if column.link is None else {column.link: uuid.uuid4()}
            elsewhere = type("Row", (), {**row._mapping, **moved})
            with pytest.raises(CannotOpen):
                column.open(session, elsewhere, row.value, school_id=harbour)
            with pytest.raises(CannotOpen):
                column.open(session, row, row.value, school_id=ridge)
            assert column.open(session, row, row.value, school_id=harbour)
        assert seen == set(columns.SEALED)

    await world.db.read(look)


@one_database
async def test_a_key_made_while_another_is_being_taken_into_use_loses_nothing(world: World) -> None:
    await everything_sealed(world)
    before = await world.db.read(texts)
    for _ in range(2):
        await world.write(lambda s: key_rotation.begin(s, schools.find(s, "harbour"), now=clock.now()))
        await world.settle()
    for _ in range(5):
        world.time.advance(minutes=11)
        await world.settle()
    assert not await world.db.read(lambda s: key_rotation.waiting(s, school_id_of(s)))
    fresh = startup.open_database(world.settings, KeyRing.parse(world.settings.master_keys))
    try:
        kept = fresh.read_now(texts)
        assert all(any(word in text for text in kept) for word in WORDS.values())
    finally:
        fresh.close()
    assert before


@one_database
async def test_a_report_read_and_answered_while_keys_are_replaced(world: World) -> None:
    people = await cast(world)
    await world.report("tearful", narrative=WORDS["narrative"])
    [summary] = await listed(world, people.triager)

    async def rotate() -> None:
        await world.write(lambda s: key_rotation.begin(s, schools.find(s, "harbour"), now=clock.now()))
        await world.settle()

    async def work() -> None:
        await act(world, people.triager, summary["id"], "claim")
        for number in range(5):
            assert (await write_to_reporter(world, people.triager, summary["id"], f"{number}")).status_code == 201

    await asyncio.gather(rotate(), work())
    assert (await the_report(world, people.triager))["narrative"] == WORDS["narrative"]


def test_the_master_key_is_replaced_by_command(tmp_path: Path) -> None:
    """README's order: the new key in front of the old one, rotate, then the new one alone."""
    old, new = master_keys("old"), master_keys("new")

    def run(*command: str, keys: str) -> Any:
        return call_cli(*command, data_dir=tmp_path, env={"PEERLINE_MASTER_KEYS": keys})

    assert run("migrate", keys=old).returncode == 0
    made = ("create-school", "seaside", "Seaside", "--region", "VIC", "--time-zone", "Australia/Melbourne")
    assert run(*made, keys=old).returncode == 0
    assert run("check", keys=new).returncode == 2
    done = run("rotate-keys", keys=f"{new},{old}")
    assert (done.returncode, done.stdout.partition(".")[0]) == (0, "3 data keys were wrapped anew"), done.stderr
    assert run("rotate-keys", keys=f"{new},{old}").stdout.startswith("0 data keys")
    assert run("check", keys=new).returncode == 0
    begun = run("rotate-keys", "--school", "seaside", keys=new)
    assert begun.returncode == 0, begun.stderr
    assert "seaside has new keys" in begun.stdout
    assert run("rotate-keys", "--school", "nowhere", keys=new).returncode == 1
