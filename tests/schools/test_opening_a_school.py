"""A school that was made over HTTP is set up over HTTP, and opened when nothing is missing (contract 1.2; J9, J11)."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import httpx
from sqlmodel import Session, select

from app.demo.seed import seed
from app.models import School, WebhookEndpoint
from app.models.webhooks import EndpointHealth
from app.readiness import service as readiness
from app.vocabulary import Role
from app.vocabulary.keeping import RetentionClass
from tests.identity.linking import accept
from tests.reports.harbour import one_database
from tests.support.world import Someone, World
from tests.test_access import SCHOOL

SEASIDE = "/v1/schools/seaside"
NOON = dt.datetime(2027, 3, 10, 1, tzinfo=dt.UTC)
WITH_A_PROGRAMME = {
    "advice_cover",
    "report_readers",
    "independent_pool",
    "fallback_policy",
    "sponsor",
    "privacy_officer",
    "succession",
    "identity",
    "privacy_statement",
    "retention_policy",
}


@dataclass
class Draft:
    """A school that is set up, by its people."""

    world: World
    operator: Someone
    coordinator: Someone
    sponsor: Someone

    async def activate(self) -> set[str]:
        """The codes of what is missing; none when the school is open now."""
        answer = await self.world.http.post(f"{SEASIDE}/activate", headers=self.operator.headers)
        if answer.status_code == 200:
            assert answer.json()["status"] == "active"
            return set()
        assert (answer.status_code, answer.json()["code"]) == (409, "school_not_ready")
        return {each["code"] for each in answer.json()["errors"]}

    async def put(self, who: Someone, path: str, body: dict[str, Any]) -> httpx.Response:
        shown = await self.world.http.get(f"{SEASIDE}/{path}", headers=who.headers)
        headers = who.headers | ({"If-Match": shown.headers["ETag"]} if "ETag" in shown.headers else {})
        answer = await self.world.http.put(f"{SEASIDE}/{path}", headers=headers, json=body)
        assert answer.is_success, answer.text
        return answer

    async def reached(self, *people: Someone) -> None:
        """Each adds an endpoint, and it answers its ping."""
        for someone in people:
            body = {"url": self.world.receiver.url(f"hook-of-{someone.alias}")}
            made = await self.world.http.post("/v1/me/webhook-endpoints", headers=someone.headers, json=body)
            assert made.status_code == 201, made.text
            someone.hook = f"hook-of-{someone.alias}"
        await self.world.settle()

    async def decided(self) -> None:
        """A privacy officer, who adopts the statement and decides how long things are kept."""
        officer = await self.world.person(Role.PRIVACY_OFFICER, school="seaside", alias="Mei")
        current = (await self.world.http.get(f"{SEASIDE}/privacy-statement")).json()["version"]
        await self.put(officer, "privacy-statement/adoption", {"version": current})
        for each in RetentionClass:
            await self.put(officer, f"retention-policies/{each}", {"period_days": None})

    async def succeeded(self, lead: Someone, deputy: Someone) -> None:
        """Sponsors with terms that go on, and posts with deputies."""
        for post, holder in (("lead", lead), ("standing_behind", self.sponsor)):
            body = {"title": "A post", "holder": str(holder.id), "deputy": str(deputy.id)}
            made = await self.world.http.put(f"{SEASIDE}/posts/{post}", headers=lead.headers, json=body)
            assert made.status_code == 201, made.text
        sponsor = {"kind": "academic", "title": "Dean", "post": "standing_behind", "term_end": "2028-12-31"}
        await self.put(lead, "profile", {"sponsors": [sponsor]})


async def draft(world: World, **changes: Any) -> Draft:
    world.time.set(NOON)
    operator = await world.person(Role.PLATFORM_OPERATOR, school=None)
    made = await world.http.post("/v1/schools", headers=operator.headers | world.once(), json=SCHOOL | changes)
    assert made.status_code == 201, made.text
    refused = await world.http.post(f"{SEASIDE}/activate", headers=operator.headers)
    assert "identity" in {each["code"] for each in refused.json()["errors"]}, "nobody has joined"
    coordinator, sponsor = [await joined(world, each) for each in made.json()["invitations"]]
    return Draft(world, operator, coordinator, sponsor)


async def joined(world: World, invitation: dict[str, Any]) -> Someone:
    """Who follows the link that the operator has given them."""
    secret = invitation["link"].partition("#")[2]
    accepted = await accept(world, secret)
    assert accepted.status_code == 200, accepted.text
    headers = {"Authorization": f"Bearer {accepted.json()['access_token']}"}
    me = (await world.http.get("/v1/auth/me", headers=headers)).json()
    assert (me["school"], me["roles"]) == ("seaside", [invitation["role"]])
    return Someone(uuid.UUID(me["id"]), invitation["login"], me["alias"], "seaside", headers)


async def test_a_school_is_opened_when_every_check_is_mended(world: World) -> None:
    """Draft, each check by what its people do over HTTP, active, and a report is accepted."""
    school = await draft(world)
    missing = await school.activate()
    assert missing == WITH_A_PROGRAMME - {"identity"}
    shown = await world.http.get(f"{SEASIDE}/readiness", headers=school.sponsor.headers)
    told = {check["code"]: check for check in shown.json().values() if isinstance(check, dict)}
    assert {code for code, check in told.items() if not check["ok"]} == missing
    assert all(told[code]["detail"] != "Nothing to do." for code in missing)
    assert told["external_advice"]["applies"] is False

    adviser = await world.person(Role.ADVISER, school="seaside", alias="Mira")
    reader = await world.person(Role.TRIAGER, school="seaside", alias="Noor")
    handler = await world.person(Role.INDEPENDENT_HANDLER, school="seaside", alias="Asha")
    await school.reached(school.coordinator, school.sponsor, adviser, reader, handler)
    missing -= {"report_readers", "independent_pool", "fallback_policy"}
    assert await school.activate() == missing

    rotation = {"unit": "week", "length": 1, "start_local": "2026-01-05T09:00", "participants": [str(adviser.id)]}
    plan = {
        "name": "Clinical advice",
        "line": "clinical_advice",
        "time_zone": "Australia/Sydney",
        "layers": [{"id": "week", "rank": 1, "rotation": rotation}],
    }
    headers = school.coordinator.headers | world.once()
    made = await world.http.post(f"{SEASIDE}/rosters", headers=headers, json={"roster": plan})
    assert made.status_code == 201, made.text
    missing -= {"advice_cover"}
    assert await school.activate() == missing

    await school.decided()
    missing -= {"privacy_officer", "privacy_statement", "retention_policy"}
    assert await school.activate() == missing == {"sponsor", "succession"}
    await school.succeeded(school.coordinator, adviser)
    assert (await world.report("tearful", school="seaside")).json()["code"] == "school_not_active"
    assert await school.activate() == set()
    assert await school.activate() == set(), "once more does no harm"

    assert (await world.report("tearful", school="seaside")).status_code == 201
    await world.settle()
    for someone in (school.coordinator, school.sponsor):
        events = [request.json() for request in world.receiver.requests(someone.hook)]
        opened = [event["data"] for event in events if event["type"] == "school.activated"]
        assert opened == [{"school": "seaside"}]


@one_database
async def test_a_school_without_a_programme_is_opened_too(world: World) -> None:
    """J11: no supporters, no advisers, one reader in office hours, and a declared line outside for advice."""
    school = await draft(world, formal_program=False)
    assert "external_advice" in await school.activate()
    reader = await world.person(Role.TRIAGER, school="seaside", alias="Rowan")
    handler = await world.person(Role.INDEPENDENT_HANDLER, school="seaside", alias="Asha")
    await school.reached(school.coordinator, reader, handler)
    await school.decided()
    await school.succeeded(school.coordinator, reader)
    assert await school.activate() == {"external_advice"}

    policies = (await world.http.get(f"{SEASIDE}/policies", headers=school.coordinator.headers)).json()
    helped = (await world.http.get(f"{SEASIDE}/help-now")).json()
    writable = {name: value for name, value in policies.items() if name not in ("time_zone", "partner_agrees")}
    line = helped["always_open"][0]["id"]
    await school.put(school.coordinator, "policies", writable | {"external_advice_entry_id": line})
    assert await school.activate() == set()
    assert (await world.report("tearful", school="seaside")).status_code == 201
    shown = (await world.http.get(f"{SEASIDE}/readiness", headers=school.sponsor.headers)).json()
    assert (shown["ready"], shown["cover"]["applies"], shown["external_advice"]["applies"]) == (True, False, True)


@one_database
async def test_the_demo_schools_are_ready(world: World) -> None:
    """Once their endpoints have answered, which they do when the service and the receiver run."""

    def work(session: Session) -> dict[str, list[str]]:
        seed(session, password_hash="x")
        for endpoint in session.exec(select(WebhookEndpoint)):
            endpoint.health = EndpointHealth.HEALTHY
            session.add(endpoint)
        session.flush()
        return {
            school.slug: [code for code, _ in readiness.missing(session, school, now=world.time.now())]
            for school in session.exec(select(School))
        }

    world.time.set(NOON)
    assert await world.write(work) == {"harbour": [], "ridge": []}
