"""Posts outlast people: who answers for what, who stands in, and who is told when nobody does (STUDY B11)."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlmodel import select

from app.models import AuditEntry, Person
from app.schools import posts
from app.schools import service as schools
from app.vocabulary import Role
from app.worker import start_recurring
from tests.support.world import Someone, World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
LEAD = "/v1/schools/harbour/posts/programme_lead"
STALE = '"0123456789abcdef0123456789abcdef"'


@dataclass
class School:
    """A coordinator and a sponsor who are told things, and three people who can have a post."""

    world: World
    lee: Someone
    sol: Someone
    mira: Someone
    tomas: Someone
    noor: Someone

    @classmethod
    async def set_up(cls, world: World) -> School:
        await world.school()
        watching = [
            await world.person(role, alias=alias, paged=True)
            for role, alias in ((Role.COORDINATOR, "Lee"), (Role.SPONSOR, "Sol"))
        ]
        people = [await world.person(Role.ADVISER, alias=alias, paged=True) for alias in ("Mira", "Tomas", "Noor")]
        return cls(world, *watching, *people)

    async def put(
        self,
        holder: Someone | None = None,
        deputy: Someone | None = None,
        *,
        title: str = "Lead of the programme",
        etag: str | None = None,
        path: str = LEAD,
    ) -> httpx.Response:
        body = {"title": title, "holder": holder and str(holder.id), "deputy": deputy and str(deputy.id)}
        headers = self.lee.headers | ({} if etag is None else {"If-Match": etag})
        return await self.world.http.put(path, headers=headers, json=body)

    async def fill(self, holder: Someone | None, deputy: Someone | None) -> httpx.Response:
        """As a coordinator who has just read it."""
        answer = await self.put(holder, deputy, etag=(await self.get()).headers["ETag"])
        assert answer.status_code == 200, answer.text
        return answer

    async def get(self, path: str = LEAD) -> httpx.Response:
        return await self.world.http.get(path, headers=self.sol.headers)

    async def asked(self) -> list[uuid.UUID]:
        return await self.world.db.read(
            lambda session: posts.people_of(session, schools.find(session, "harbour").id, "programme_lead")
        )

    async def vacant(self) -> bool:
        return await self.world.db.read(
            lambda session: posts.is_vacant(session, schools.find(session, "harbour").id, "programme_lead")
        )

    async def set_active(self, someone: Someone, active: bool) -> None:
        def change(session: Any) -> None:
            person = session.get_one(Person, someone.id)
            person.active = active
            session.add(person)

        await self.world.write(change)

    async def told(self, hook: str | None = None) -> list[bool]:
        """Whether somebody stood in, of each vacancy that was told so far."""
        await self.world.settle()
        bodies = [json.loads(each.body) for each in self.world.receiver.requests(hook or self.lee.hook)]
        found = [body["data"] for body in bodies if body["type"] == "post.vacant"]
        assert all((each["school"], each["post"]) == ("harbour", "programme_lead") for each in found)
        return [each["covered"] for each in found]


def code(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json()["code"] if answer.status_code >= 400 else None


@on_sqlite
async def test_a_post_is_made_filled_by_others_and_done_away_with(world: World) -> None:
    school = await School.set_up(world)
    made = await school.put(school.mira, school.tomas)
    assert (made.status_code, made.headers["Location"]) == (201, LEAD)
    assert {name: value for name, value in made.json().items() if not name.endswith("_at")} == {
        "code": "programme_lead",
        "title": "Lead of the programme",
        "holder": {"person": str(school.mira.id), "alias": "Mira", "active": True},
        "deputy": {"person": str(school.tomas.id), "alias": "Tomas", "active": True},
        "vacant": False,
        "covered": True,
        "version": 1,
    }
    shown = await school.get()
    assert (shown.json(), shown.headers["ETag"]) == (made.json(), made.headers["ETag"])
    for tag, expected in ((None, (428, "precondition_required")), (STALE, (412, "precondition_failed"))):
        assert code(await school.put(school.noor, etag=tag)) == expected
        headers = school.lee.headers | ({} if tag is None else {"If-Match": tag})
        assert code(await world.http.delete(LEAD, headers=headers)) == expected
    assert (await school.get()).json() == made.json()

    changed = await school.put(school.noor, school.mira, title="Lead", etag=made.headers["ETag"])
    assert (changed.status_code, "Location" in changed.headers) == (200, False)
    assert (changed.json()["title"], changed.json()["version"]) == ("Lead", 2)
    assert code(await school.put(school.tomas, etag=made.headers["ETag"])) == (412, "precondition_failed")
    assert await school.asked() == [school.noor.id, school.mira.id], "the holder first"
    roles = (await world.http.get("/v1/auth/me", headers=school.noor.headers)).json()["roles"]
    assert roles == ["adviser"], "a post gives no role"

    gone = await world.http.delete(LEAD, headers=school.lee.headers | {"If-Match": changed.headers["ETag"]})
    assert (gone.status_code, gone.content) == (204, b"")
    assert code(await school.get()) == (404, "not_found")
    assert (await school.asked(), await school.vacant()) == ([], True)
    assert code(await school.put(school.mira, etag=changed.headers["ETag"])) == (404, "not_found")
    entries = await world.db.read(lambda session: list(session.exec(select(AuditEntry))))
    kept = Counter((each.action, each.person_id) for each in entries if each.action.startswith("post."))
    assert kept == {(f"post.{what}", school.lee.id): 1 for what in ("created", "changed", "deleted")}
    assert await school.told() == [], "what is no more is not vacant"


@on_sqlite
async def test_whoever_has_a_post_is_an_active_person_of_the_school_and_a_deputy_somebody_else(world: World) -> None:
    school = await School.set_up(world)
    await world.school("ridge", region="NSW")
    elsewhere = await world.person(Role.ADVISER, school="ridge")
    await school.set_active(school.noor, False)
    nobody = Someone(uuid.uuid4(), "", "", None, {})
    unknown = "unknown_person"
    for holder, deputy, faults in (
        (nobody, None, [("#/holder", unknown)]),
        (school.mira, elsewhere, [("#/deputy", unknown)]),
        (school.noor, elsewhere, [("#/holder", unknown), ("#/deputy", unknown)]),
        (school.mira, school.mira, [("#/deputy", "same_person")]),
    ):
        answer = await school.put(holder, deputy)
        assert answer.status_code == 422
        assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == faults
    unsaid = await world.http.put(LEAD, headers=school.lee.headers, json={"title": "Lead"})
    assert [each["pointer"] for each in unsaid.json()["errors"]] == ["#/holder", "#/deputy"], "nobody is said"
    for bad in ("Lead", "l", "a__b", "lead_", "a" * 41, "the-lead"):
        answer = await school.put(path=LEAD.replace("programme_lead", bad))
        assert (bad, answer.json()["errors"][0]["parameter"]) == (bad, "post")
    assert (await school.get(LEAD.rpartition("/")[0])).json()["items"] == []


@on_sqlite
async def test_a_post_that_is_left_without_a_holder_is_told_of_once(world: World) -> None:
    school = await School.set_up(world)
    it = await world.person(Role.SCHOOL_IT)
    endpoint = {"url": world.receiver.url("school"), "event_types": ["post.vacant"]}
    await world.http.post("/v1/schools/harbour/webhook-endpoints", headers=it.headers, json=endpoint)
    await school.put(None, school.tomas)
    for _ in range(2):
        shown = await school.fill(None, school.tomas)
        assert (shown.json()["vacant"], shown.json()["covered"], await school.vacant()) == (True, True, True)
        assert await school.told() == [True]
    await school.fill(school.mira, None)
    assert (await school.told(), await school.vacant()) == ([True], False)
    await school.fill(None, None)
    for hook in (school.lee.hook, school.sol.hook, "school"):
        assert await school.told(hook) == [True, False]
    assert await school.told(school.tomas.hook) == [], "it is for those who can fill it"


async def test_a_post_whose_holder_has_left_is_told_of_within_the_hour_and_once(world: World) -> None:
    school = await School.set_up(world)
    await school.put(school.mira, school.tomas)
    await world.write(start_recurring)
    assert await school.told() == []
    before = (await school.get()).headers["ETag"]
    await school.set_active(school.mira, False)
    shown = await school.get()
    assert (shown.json()["holder"]["active"], shown.json()["vacant"], shown.json()["covered"]) == (False, True, True)
    assert shown.headers["ETag"] != before
    assert (await school.asked(), await school.vacant()) == ([school.tomas.id], True)
    for _ in range(3):
        world.time.advance(hours=1)
        assert await school.told() == [True]
    await school.set_active(school.tomas, False)
    for _ in range(2):
        world.time.advance(hours=1)
        assert await school.told() == [True, False], "the deputy is gone too"
    assert await school.asked() == []
    for active, heard in ((True, [True, False]), (False, [True, False, False])):
        await school.set_active(school.mira, active)
        world.time.advance(hours=1)
        assert await school.told() == heard
    await school.fill(school.noor, None)

    def move(session: Any) -> None:
        person = session.get_one(Person, school.noor.id)
        person.school_id = schools.find(session, "ridge").id
        session.add(person)

    await world.school("ridge", region="NSW")
    await world.write(move)
    world.time.advance(hours=1)
    assert await school.told() == [True, False, False, False]
    assert (await school.get()).json()["holder"] is None, "another school's people are not shown"


async def test_of_those_who_make_one_post_at_once_one_does(world: World) -> None:
    school = await School.set_up(world)
    answers = await asyncio.gather(*(school.put(school.mira, title=f"Title {number}") for number in range(6)))
    assert Counter(code(answer) for answer in answers) == {(201, None): 1, (428, "precondition_required"): 5}
    [made] = [answer.json() for answer in answers if answer.status_code == 201]
    assert (await school.get()).json() == made


@on_sqlite
async def test_a_post_is_of_one_school(world: World) -> None:
    school = await School.set_up(world)
    await school.put(school.mira, None)
    await world.school("ridge", region="NSW")
    dana = await world.person(Role.COORDINATOR, school="ridge")
    own = LEAD.replace("harbour", "ridge")
    body = {"title": "Ours", "holder": str(dana.id), "deputy": None}
    for method, sent in (("GET", None), ("PUT", body), ("DELETE", None)):
        headers = dana.headers | {"If-Match": "*"}
        for path in (LEAD, own):
            assert code(await world.http.request(method, path, headers=headers, json=sent)) == (404, "not_found")
    assert (await world.http.put(own, headers=dana.headers, json=body)).status_code == 201
    assert (await school.get()).json()["title"] == "Lead of the programme"
    listed = await world.http.get(own.rpartition("/")[0], headers=dana.headers)
    assert [each["title"] for each in listed.json()["items"]] == ["Ours"]
