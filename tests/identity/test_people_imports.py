"""The school's own directory brings people, and ends their access (contract 1.2, J10), over HTTP."""

from __future__ import annotations

import time
import unicodedata
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from programs import an_account, headers_of, keeper
from sqlmodel import Session, select

from app.core.ids import new_id
from app.models import AuditEntry, Person, RoleGrant, School
from app.vocabulary import Role
from tests.support.world import Someone, World

PEOPLE = "/v1/schools/harbour/people"
CSV = {"Content-Type": "text/csv; charset=utf-8"}
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
TABLE = """external_id,login,alias,roles,active
S-1,kai@harbour.example,Kai,student,yes
S-2,noor@harbour.example,Noor,student;evaluator,yes
S-3,wiremu@harbour.example,Wiremu Pōtiki,student,yes
"""


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def program(world: World) -> dict[str, str]:
    return await headers_of(world, await an_account(world, await keeper(world), "people:write"))


async def bring(world: World, who: dict[str, str], table: str = TABLE, **query: Any) -> httpx.Response:
    return await world.http.post(f"{PEOPLE}/imports", headers=who | CSV, content=table.encode(), params=query)


async def people(world: World) -> dict[str | None, tuple[bool, set[str]]]:
    """Everybody of Harbour by external id: whether they can sign in, and what roles they hold."""

    def found(session: Session) -> dict[str | None, tuple[bool, set[str]]]:
        held = {}
        for person in session.exec(select(Person).where(Person.external_id.is_not(None))):  # type: ignore[union-attr]
            grants = session.exec(
                select(RoleGrant.role).where(RoleGrant.person_id == person.id, RoleGrant.ended_at.is_(None))  # type: ignore[union-attr]
            )
            held[person.external_id] = (person.active, {str(role) for role in grants})
        return held

    return await world.db.read(found)


async def linked(world: World, who: dict[str, str], external_id: str, *roles: Role) -> Someone:
    """Somebody who was there, whom the school's own system now knows."""
    person = await world.person(*roles, alias=external_id)
    row = {"external_id": external_id, "login": person.login}
    done = await world.http.post(f"{PEOPLE}/imports", headers=who, json={"rows": [row]})
    assert done.json()["changed"] == [{"external_id": external_id, "fields": ["external_id"]}]
    return person


async def test_a_file_of_people_is_shown_first_and_then_done(world: World) -> None:
    """J10: a dry run stores nothing; the same file twice changes nothing; nobody gets a password or a secret."""
    await world.school()
    who = await program(world)
    shown = await bring(world, who, dry_run=True)
    assert (shown.status_code, shown.json()["stored"]) == (200, False)
    assert await people(world) == {}
    done = await bring(world, who)
    assert done.json() == shown.json() | {"stored": True}
    assert done.json()["added"] == ["S-1", "S-2", "S-3"]
    assert await people(world) == {
        "S-1": (True, {"student"}),
        "S-2": (True, {"student", "evaluator"}),
        "S-3": (True, {"student"}),
    }
    again = (await bring(world, who)).json()
    assert (again["added"], again["changed"], again["unchanged"]) == ([], [], 3)
    row = await world.db.read(lambda s: s.exec(select(Person).where(Person.external_id == "S-3")).one())
    assert (row.alias, row.password_hash) == ("Wiremu Pōtiki", None)
    changed = (await bring(world, who, TABLE.replace("student;evaluator", "student"))).json()
    assert changed["changed"] == [{"external_id": "S-2", "fields": ["roles"]}]
    assert (await people(world))["S-2"] == (True, {"student"})
    await world.school("ridge", region="NSW")
    other = await world.person(Role.SCHOOL_IT, school="ridge")
    # One login is one person's; and a name of one school's system says nothing at another.
    theirs = "/v1/schools/ridge/people/imports"
    taken = await world.http.post(theirs, headers=other.headers | CSV, content=TABLE.encode())
    assert {each["code"] for each in taken.json()["errors"]} == {"login_taken"}
    named = TABLE.replace("@harbour", "@ridge")
    assert (await world.http.post(theirs, headers=other.headers | CSV, content=named.encode())).status_code == 200


@on_sqlite
async def test_a_role_that_reads_cases_is_an_error_whoever_holds_it(world: World) -> None:
    """Contract 1.2: neither given nor taken; the whole file is refused, and says which row."""
    await world.school()
    who = await program(world)
    adviser = await linked(world, who, "A-1", Role.ADVISER)
    for role in ("adviser", "triager", "independent_handler", "privacy_officer", "coordinator", "platform_operator"):
        table = f"external_id,login,alias,roles\nN-1,new@harbour.example,New,student\nA-1,,,{role}\n"
        refused = await bring(world, who, table)
        [fault] = refused.json()["errors"]
        assert (refused.status_code, fault["pointer"], fault["code"]) == (422, "#/csv/2/roles", "role_not_given_here")
    # Nor is it taken by a file that does not name it.
    done = await bring(world, who, "external_id,login,alias,roles\nA-1,else@harbour.example,Dr A,none\n")
    assert done.json()["kept"] == [{"external_id": "A-1", "fields": ["alias", "login"]}]
    assert await people(world) == {"A-1": (True, {"adviser"})}
    me = await world.http.get("/v1/auth/me", headers=adviser.headers)
    assert (me.json()["alias"], me.json()["roles"]) == ("A-1", ["adviser"])


@on_sqlite
async def test_no_file_makes_a_coordinator_an_evaluator(world: World) -> None:
    """A dry run says so, too; whoever else is in the file is not brought either."""
    await world.school()
    who = await program(world)
    await linked(world, who, "C-1", Role.COORDINATOR)
    table = "external_id,login,alias,roles\nN-1,new@harbour.example,New,evaluator\nC-1,,,student;evaluator\n"
    shown, refused = await bring(world, who, table, dry_run=True), await bring(world, who, table)
    assert (shown.status_code, refused.status_code) == (200, 422)
    for answer in (shown, refused):
        [fault] = answer.json()["errors"]
        assert (fault["pointer"], fault["code"]) == ("#/csv/2/roles", "evaluation_conflict")
    assert await people(world) == {"C-1": (True, {"coordinator"})}


@on_sqlite
async def test_who_is_not_in_a_replacing_file_loses_access_within_bounds(world: World) -> None:
    """Contract 1.2: never more than a third unless it is said; never who came in another way; never the last
    coordinator."""
    await world.school()
    who = await program(world)
    coordinator = await linked(world, who, "C-1", Role.COORDINATOR)
    by_hand = await world.person(Role.SUPPORTER)
    many = "".join(f"S-{n},s{n}@harbour.example,S {n},student\n" for n in range(6))
    head = "external_id,login,alias,roles\n"
    await bring(world, who, head + many)
    rest = head + "C-1,,,\n" + "".join(f"S-{n},,,\n" for n in range(3))
    shown = await bring(world, who, rest, mode="replace", dry_run=True)
    assert (shown.json()["left"], shown.json()["too_many_leave"]) == (["S-3", "S-4", "S-5"], True)
    assert code(await bring(world, who, rest, mode="replace")) == (409, "too_many_leave")
    assert code(await bring(world, who, rest, mode="replace", at_most=2)) == (409, "too_many_leave")
    assert (await bring(world, who, rest, mode="replace", at_most=3)).status_code == 200
    assert {name for name, (active, _) in (await people(world)).items() if not active} == {"S-3", "S-4", "S-5"}
    without = head + "".join(f"S-{n},,,\n" for n in range(3))
    for query in ({"dry_run": True}, {}):
        refused = await bring(world, who, without, mode="replace", **query)
        assert code(refused) == (409, "last_coordinator")
    for person in (coordinator, by_hand):
        assert (await world.http.get("/v1/auth/me", headers=person.headers)).status_code == 200
    # The right file mends what a wrong one did.
    back = (await bring(world, who, head + many)).json()
    assert (back["returned"], back["left"]) == (["S-3", "S-4", "S-5"], [])
    assert (await people(world))["S-5"] == (True, {"student"})


@on_sqlite
async def test_whom_a_person_takes_off_stays_away_whatever_a_file_did_before(world: World) -> None:
    """Ended by a file, brought back by somebody, and then taken off by somebody: that is theirs to undo."""
    await world.school()
    who = await program(world)
    it, adviser = await world.person(Role.SCHOOL_IT), await linked(world, who, "A-1", Role.ADVISER)
    gone = await world.http.post(f"{PEOPLE}/deprovision", headers=who, json={"external_id": "A-1"})
    assert gone.status_code == 204
    for action in ("come-back", "leave"):
        done = await world.http.post(f"{PEOPLE}/{adviser.id}/{action}", headers=it.headers)
        assert done.status_code == 200
    again = await bring(world, who, "external_id,login,alias,roles\nA-1,,,student\n")
    assert (again.json()["returned"], again.json()["stay_away"]) == ([], ["A-1"])
    assert await people(world) == {"A-1": (False, set())}


async def test_the_schools_directory_ends_access_at_once(world: World) -> None:
    """Contract 1.2: idempotent; every token stops with the next request; unknown people are 404."""
    await world.school()
    who = await program(world)
    adviser, triager = await linked(world, who, "A-1", Role.ADVISER), await world.person(Role.TRIAGER)

    async def end(**named: str) -> httpx.Response:
        return await world.http.post(f"{PEOPLE}/deprovision", headers=who, json=named)

    for _ in range(2):
        assert (await end(external_id="A-1")).status_code == 204
        assert (await world.http.get("/v1/auth/me", headers=adviser.headers)).status_code == 401
    assert (await end(login=triager.login.upper())).status_code == 204
    assert (await world.http.get("/v1/schools/harbour/reports", headers=triager.headers)).status_code == 401
    for nobody in ({"external_id": "A-2"}, {"login": "nobody@harbour.example"}):
        assert code(await end(**nobody)) == (404, "not_found")
    assert (await end()).status_code == (await end(external_id="A", login="abc")).status_code == 422
    await world.school("ridge", region="NSW")
    stranger = await world.person(Role.SUPPORTER, school="ridge")
    assert code(await end(login=stranger.login)) == (404, "not_found")
    last = await world.person(Role.COORDINATOR)
    assert code(await end(login=last.login)) == (409, "last_coordinator")
    assert await people(world) == {"A-1": (False, set())}


@on_sqlite
async def test_whom_a_name_means_is_the_same_however_it_is_spelt(world: World) -> None:
    """A system that writes macrons as two signs can end the access of those whom it has brought."""
    await world.school()
    it = await program(world)
    row = {"external_id": "Pōtiki-1", "login": "PŌTIKI@harbour.example", "alias": "Pōtiki"}
    for named, spelling in (("external_id", "NFD"), ("external_id", "NFC"), ("login", "NFD")):
        written = {name: unicodedata.normalize("NFD", said) for name, said in row.items()}
        done = await world.http.post(f"{PEOPLE}/imports", headers=it, json={"rows": [written | {"roles": ["student"]}]})
        assert done.status_code == 200, done.text
        assert (await people(world))[unicodedata.normalize("NFC", "Pōtiki-1")] == (True, {"student"})
        gone = {named: unicodedata.normalize(spelling, row[named])}  # type: ignore[arg-type]
        assert (await world.http.post(f"{PEOPLE}/deprovision", headers=it, json=gone)).status_code == 204
        assert (await people(world))[unicodedata.normalize("NFC", "Pōtiki-1")] == (False, set())


@on_sqlite
async def test_a_file_is_no_way_to_look_up_who_is_at_another_school(world: World) -> None:
    """As an invitation is none: ten are told at once, each answer is on record, and ten of those are enough."""
    await world.school()
    await world.school("ridge")
    there = [await world.person(Role.STUDENT, school="ridge") for _ in range(12)]
    it = await world.person(Role.SCHOOL_IT)
    logins = [*(person.login for person in there), "free@harbour.example"]
    file = {"rows": [{"external_id": str(n), "login": each, "alias": "Kai"} for n, each in enumerate(logins)]}

    async def tried(dry_run: bool = True, **body: Any) -> httpx.Response:
        url = f"{PEOPLE}/imports"
        return await world.http.post(url, headers=it.headers, json=file | body, params={"dry_run": dry_run})

    diff = (await tried()).json()
    assert [each["code"] for each in diff["errors"]] == ["login_taken"] * 10
    assert diff["added"] == ["10", "11", "12"]
    refused = await tried(dry_run=False)
    assert (code(refused), len(refused.json()["errors"])) == ((422, "validation_failed"), 10)
    assert [(await tried()).status_code for _ in range(9)] == [200] * 8 + [429]
    free = {"rows": [file["rows"][-1]]}
    # Nothing is told by the refusal itself.
    assert (await tried(**free)).status_code == 429
    world.time.advance(minutes=6)
    assert [(await tried(**free)).status_code for _ in range(12)] == [200] * 12
    asked = select(AuditEntry.person_id).where(AuditEntry.action == "person.import_refused")
    assert await world.db.read(lambda s: s.exec(asked).all()) == [it.id] * 10


async def test_a_name_is_measured_as_it_is_kept(world: World) -> None:
    """Letters of some scripts are two signs in the one spelling, and a capital may be two small ones: what is too long
    then is a fault of its row, on both databases."""
    await world.school()
    it = await program(world)
    row = {"external_id": "S-1", "login": "kai@harbour.example", "alias": "Kai"}
    for name, said in (("external_id", "\u0958" * 100), ("login", "\u0130" * 200), ("alias", "\u0958" * 80)):
        refused = await world.http.post(f"{PEOPLE}/imports", headers=it, json={"rows": [row | {name: said}]})
        assert code(refused) == (422, "validation_failed"), refused.text
        assert [each["pointer"] for each in refused.json()["errors"]] == [f"#/rows/0/{name}"]


@on_sqlite
async def test_whoever_leaves_is_named_by_the_files_own_name_for_them(world: World) -> None:
    """Also who came in another way, and is found by a login that is longer than such a name can be."""
    await world.school()
    who, person, login = await program(world), await world.person(Role.STUDENT), f"{'k' * 150}@harbour.example"

    def rename(session: Session) -> None:
        row = session.get_one(Person, person.id)
        row.login = login
        session.add(row)

    await world.write(rename)
    file = {"rows": [{"external_id": "S-9", "login": login, "active": False}]}
    for dry_run in (True, False):
        params = {"dry_run": dry_run, "at_most": 1}
        done = await world.http.post(f"{PEOPLE}/imports", headers=who, json=file, params=params)
        assert (done.status_code, done.json()["left"]) == (200, ["S-9"]), done.text


@on_sqlite
async def test_an_empty_row_counts_where_a_fault_is_told(world: World) -> None:
    """As somebody sees them in a spreadsheet: rows below the header, those between two blocks too."""
    await world.school()
    table = "external_id,login,alias\nS-1,kai@harbour.example,Kai\n,,\n\nS-2,,\n"
    refused = await bring(world, await program(world), table)
    assert {each["pointer"] for each in refused.json()["errors"]} == {"#/csv/4/login", "#/csv/4/alias"}
    short = await bring(world, await program(world), table + "S-3\n")
    assert "Row 5 " in short.json()["errors"][0]["detail"]


@on_sqlite
async def test_nobody_changes_their_own_row(world: World) -> None:
    """Contract 1.2: nobody grants to themselves, by a file neither."""
    await world.school()
    it = await world.person(Role.SCHOOL_IT)
    row = {"external_id": "IT-1", "login": it.login}
    for own in ({"roles": ["school_it", "evaluator"]}, {"active": False}):
        refused = await world.http.post(f"{PEOPLE}/imports", headers=it.headers, json={"rows": [row | own]})
        assert refused.json()["errors"][0]["code"] == "own_row"
    assert (await world.http.post(f"{PEOPLE}/imports", headers=it.headers, json={"rows": [row]})).status_code == 200


@on_sqlite
async def test_ten_thousand_people_come_in_bounds_and_in_time(world: World) -> None:
    """Contract E12: the largest school there is; one more row is refused, a larger body too."""
    await world.school()
    who = await program(world)
    rows = [f"S-{number:05},student.{number:05}@harbour.example,Student {number},student\n" for number in range(10_000)]
    table = "external_id,login,alias,roles\n" + "".join(rows)
    began = time.process_time()
    done = await bring(world, who, table)
    took = time.process_time() - began
    assert (done.status_code, len(done.json()["added"])) == (200, 10_000)
    # Three on the machine this was written on; others wait for the one writer of SQLite meanwhile.
    assert took < 15, took
    assert (await bring(world, who, table + "S-X,x@harbour.example,X,\n")).json()["errors"][0]["code"] == "csv_rows"
    assert (await bring(world, who, table * 4)).status_code == 413


@on_sqlite
async def test_a_replacing_file_by_which_a_university_would_leave_says_so(world: World) -> None:
    """Several files brought them; of those who would leave the first are named, and it is refused as any."""
    await world.school()
    who, now = await program(world), world.time.now()

    def write(session: Session) -> None:
        person = Person(school_id=session.exec(select(School)).one().id, login="", alias="A", created_at=now)
        each = person.model_dump()
        made = [each | {"id": new_id(), "login": f"s-{n}@u.example", "external_id": f"S-{n}"} for n in range(20_100)]
        session.connection().execute(sa.insert(Person), made)

    await world.write(write)
    shown = await bring(world, who, mode="replace", dry_run=True)
    assert shown.status_code == 200, shown.text
    assert (len(shown.json()["left"]), shown.json()["too_many_leave"]) == (20_000, True)
    assert code(await bring(world, who, mode="replace")) == (409, "too_many_leave")
