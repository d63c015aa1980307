"""What a page says and to whom; who holds its link (contract 1.5). Nothing of what anybody wrote leaves the service."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import jsonschema
import sqlalchemy as sa
from sqlmodel import Session, SQLModel
from story import URGENT, ack, later, on_sqlite, pages, team, told, urgent

from app.core import clock
from app.models import WebhookEndpoint
from app.models.webhooks import EndpointHealth
from app.schools import service as schools
from app.vocabulary import Role
from app.webhooks.secrets import seal_secret
from app.webhooks.signing import new_secret
from tests.contract import openapi_reading
from tests.reports.harbour import act
from tests.support.receiver import verified
from tests.support.world import Someone, World

MEMBERS = {"page_id", "school", "priority", "level", "ack_by", "ack_url", "drill"}
NARRATIVE = "CANARY-narrative: he told me on the train home."


async def school_endpoint(world: World, hook: str, *, school: str = "harbour", types: tuple[str, ...] = ()) -> str:
    """An endpoint of the school itself; gives its secret."""
    secret = new_secret()

    def make(session: Session) -> None:
        endpoint = WebhookEndpoint(
            school_id=schools.find(session, school).id,
            person_id=None,
            url=world.receiver.url(hook),
            event_types=list(types),
            secret_sealed=b"",
            health=EndpointHealth.HEALTHY,
            created_at=clock.now(),
            updated_at=clock.now(),
        )
        seal_secret(session, endpoint, secret)
        session.add(endpoint)

    await world.write(make)
    return secret


async def claim_and_close(world: World, triager: Someone) -> None:
    """A triager takes the only report on, and ends it."""
    reports = "/v1/schools/harbour/reports"
    [report] = (await world.http.get(reports, headers=triager.headers)).json()["items"]
    for action in ("claim", "close"):
        done = await act(world, triager, report["id"], action)
        assert done.status_code == 200, done.text


def everything_stored(session: Session) -> str:
    """Every value of every row, as text."""
    found = []
    for table in SQLModel.metadata.sorted_tables:
        for row in session.execute(sa.select(table)):
            found += [value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in row]
    return "\n".join(found)


@on_sqlite
async def test_a_page_has_the_members_of_the_contract_and_no_other(world: World) -> None:
    people = await team(world)
    await urgent(world, narrative=NARRATIVE)
    [request] = world.receiver.requests(people.primary.hook)
    event = verified(request, people.primary.secret)
    assert set(event) == {"type", "timestamp", "data"}
    data = event["data"]
    assert set(data) == MEMBERS
    assert (data["school"], data["priority"], data["level"], data["drill"]) == ("harbour", "now", "primary", False)
    assert data["ack_by"].endswith("Z")
    assert event["timestamp"].endswith("Z")
    assert "." not in request.headers["webhook-id"]
    assert len(request.body) < 20_000
    assert b"CANARY" not in request.body
    assert b"suicide" not in request.body


@on_sqlite
async def test_every_copy_of_every_event_fits_its_published_schema(world: World) -> None:
    """W11."""
    people = await team(world)
    await school_endpoint(world, "school")
    await urgent(world, narrative=NARRATIVE)
    for _ in range(3):
        await later(world, minutes=10, seconds=1)
    document = openapi_reading.document()
    seen = set()
    for hook in ("school", people.primary.hook, people.coordinator.hook, people.sponsor.hook):
        for request in world.receiver.requests(hook):
            event = request.json()
            described = document["webhooks"][event["type"]]["post"]["requestBody"]["content"]["application/json"]
            jsonschema.validate(event, described["schema"] | {"components": document["components"]})
            assert b"CANARY" not in request.body
            seen.add(event["type"])
    assert {"page.requested", "page.exhausted"} <= seen


async def test_only_the_person_paged_gets_the_link(world: World) -> None:
    people = await team(world)
    secret = await school_endpoint(world, "school", types=("page.requested",))
    await urgent(world)
    [mine] = pages(world, people.primary)
    [request] = world.receiver.requests("school")
    copy = verified(request, secret)
    assert copy["type"] == "page.requested"
    assert set(copy["data"]) == MEMBERS
    assert copy["data"]["ack_url"] is None
    assert copy["data"] | {"ack_url": mine["ack_url"]} == mine
    assert mine["ack_url"].startswith("http")


async def test_who_acknowledges_at_once_costs_the_school_no_copy(world: World) -> None:
    """Only what was tried before is not tried again."""
    people = await team(world)
    await school_endpoint(world, "school", types=("page.requested",))
    assert (await world.report(URGENT)).status_code == 201
    others = world.worker.lanes[1]
    for item in await others._claim():
        await others._do(item)
    [page] = (await world.http.get("/v1/me/pages", headers=people.primary.headers)).json()["items"]
    await ack(world, people.primary, {"page_id": page["id"]})
    await world.settle()
    assert len(world.receiver.requests("school")) == 1
    assert pages(world, people.primary) == []


async def test_a_copy_that_is_sent_after_the_report_was_closed_has_no_minute_and_fits_the_schema(world: World) -> None:
    await team(world)
    triager = await world.person(Role.TRIAGER)
    await school_endpoint(world, "school", types=("page.requested",))
    world.time.set(clock.now().replace(minute=17, second=23) + dt.timedelta(hours=1))
    assert (await world.report(URGENT)).status_code == 201
    await claim_and_close(world, triager)
    await world.settle()
    [request] = world.receiver.requests("school")
    event = request.json()
    document = openapi_reading.document()
    described = document["webhooks"]["page.requested"]["post"]["requestBody"]["content"]["application/json"]
    jsonschema.validate(event, described["schema"] | {"components": document["components"]})
    for instant in (event["timestamp"], event["data"]["ack_by"]):
        assert instant.endswith(":00:00Z")


@on_sqlite
async def test_the_link_differs_for_each_page_and_each_person(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await urgent(world)
    await later(world, minutes=10, seconds=1)
    links = [page["ack_url"] for one in (people.primary, people.backup) for page in pages(world, one)]
    assert len(links) == 4
    assert len({link.split("/")[-1] for link in links}) == 4


async def test_the_link_is_in_no_row_in_clear(world: World) -> None:
    people = await team(world)
    await school_endpoint(world, "school")
    world.receiver.behave(people.primary.hook, {"status": 500, "body": "echo"}, 200)
    await urgent(world, narrative=NARRATIVE)
    await later(world, seconds=6)
    token = pages(world, people.primary)[0]["ack_url"].split("/")[-1]
    assert len(token) >= 32
    # As a link that was used, too.
    assert (
        await world.http.post(f"/v1/pages/{pages(world, people.primary)[0]['page_id']}/ack-link/{token}")
    ).is_success
    await world.settle()
    stored = await world.db.read(everything_stored)
    assert "page.requested" in stored
    assert token not in stored
    assert "CANARY" not in stored
    # Nor in the files, whatever table or index it might be in.
    for path in Path(world.settings.data_dir).glob("peerline.sqlite3*"):
        assert token.encode() not in path.read_bytes()


async def test_a_report_that_is_kept_from_somebody_is_not_told_to_the_schools_endpoint(world: World) -> None:
    """Who is kept out must not learn that it exists, from no event and no gap."""
    people = await team(world)
    await world.person(Role.TRIAGER)
    await school_endpoint(world, "school")
    await urgent(world, keep_from=["Backup"])
    await later(world, minutes=10, seconds=1)
    assert len(pages(world, people.primary)) == 1
    assert world.receiver.requests("school") == []
    assert told(world, people.backup) == []


@on_sqlite
async def test_another_schools_endpoints_get_nothing(world: World) -> None:
    people = await team(world)
    await world.school("ridge")
    elsewhere = await world.person(Role.ADVISER, Role.COORDINATOR, school="ridge", paged=True)
    await world.on_call(elsewhere)
    await school_endpoint(world, "ridge-school", school="ridge")
    await urgent(world)
    for _ in range(3):
        await later(world, minutes=10, seconds=1)
    assert told(world, people.coordinator) != []
    assert told(world, elsewhere) == []
    assert world.receiver.requests("ridge-school") == []


@on_sqlite
async def test_what_the_page_says_is_what_the_adviser_finds(world: World) -> None:
    people = await team(world)
    await urgent(world)
    [page] = pages(world, people.primary)
    listed = await world.http.get("/v1/me/pages", headers=people.primary.headers)
    [shown] = listed.json()["items"]
    assert {key: shown[name] for key, name in (("page_id", "id"), ("priority", "priority"), ("level", "level"))} == {
        key: page[key] for key in ("page_id", "priority", "level")
    }
    assert shown["ack_by"] == page["ack_by"]
    assert "ack_url" not in json.dumps(listed.json())


async def test_a_retry_after_the_report_was_closed_is_the_same_event_or_none(world: World) -> None:
    """Closing cuts exact times to the hour; a receiver that knows the event must not get other bytes for it (W3)."""
    people = await team(world)
    triager = await world.person(Role.TRIAGER)
    await school_endpoint(world, "school")
    for hook in ("school", people.coordinator.hook, people.sponsor.hook):
        world.receiver.behave(hook or "", 500)
    await urgent(world)
    for _ in range(3):
        await later(world, minutes=10, seconds=1)
    await claim_and_close(world, triager)
    await later(world, hours=4)
    bodies: dict[tuple[str, str], set[bytes]] = {}
    for request in world.receiver.requests():
        bodies.setdefault((request.name, request.headers["webhook-id"]), set()).add(request.body)
    assert {len(different) for different in bodies.values()} == {1}
    assert any(b"page.exhausted" in body for different in bodies.values() for body in different)


async def test_who_was_being_asked_is_told_that_it_is_over_when_the_report_is_closed(world: World) -> None:
    people = await team(world)
    triager = await world.person(Role.TRIAGER)
    await urgent(world)
    await claim_and_close(world, triager)
    await world.settle()
    assert [event["type"] for event in told(world, people.primary)] == ["page.requested", "page.cancelled"]
    await later(world, hours=1)
    assert told(world, people.backup) == []
