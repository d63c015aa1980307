"""What supporters asked is kept from the hour in which they closed it, and rests for a week after anything was done."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa
from kept import SCHOOL, hold, items, office, put_policy, results, run
from sqlmodel import Session

from app.models import AdviceMessage, AdviceRequest, RetentionRun
from app.retention import sweep
from app.vocabulary import AdviceStatus, Role
from tests.reports.harbour import rows, the_row
from tests.support.world import Someone, World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
ADVICE = f"{SCHOOL}/advice-requests"
AUTHORITY = "Class 4.2 of the disposal authority"


async def asked_and_answered(world: World, supporter: Someone) -> str:
    """Its path. Somebody on call has answered, so that no paging for it is left."""
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)
    body = {"topic": "when_to_escalate", "summary": "He has stopped answering."}
    made = await world.http.post(ADVICE, headers=supporter.headers | world.once(), json=body)
    path = f"{ADVICE}/{made.json()['id']}"
    said = {"text": "Call him once more."}
    answered = await world.http.post(f"{path}/messages", headers=adviser.headers | world.once(), json=said)
    assert answered.status_code == 201, answered.text
    await world.settle()
    return path


async def close(world: World, supporter: Someone, path: str) -> None:
    done = await world.http.post(f"{path}/close", headers=supporter.headers | {"If-Match": "*"})
    assert done.status_code == 200, done.text


@on_sqlite
async def test_its_time_begins_when_it_is_closed_and_not_with_the_last_word(world: World) -> None:
    people = await office(world)
    supporter = await world.person(Role.SUPPORTER)
    path = await asked_and_answered(world, supporter)
    await put_policy(world, people.officer, "advice_request", authority_ref=AUTHORITY)
    world.time.advance(days=91)
    await close(world, supporter, path)
    assert results(await run(world, people.officer)) == {}
    world.time.advance(days=89)
    assert results(await run(world, people.officer)) == {}
    world.time.advance(days=2)
    assert results(await run(world, people.officer)) == {"due": 1}
    assert results(await run(world, people.officer, dry=False)) == {"erased": 1}


@on_sqlite
@pytest.mark.parametrize("trigger", ["closed", "last_used"])
async def test_what_somebody_has_done_something_with_lately_rests_and_counts_as_used(
    world: World, trigger: str
) -> None:
    """To read it is nothing done."""
    people = await office(world)
    supporter = await world.person(Role.SUPPORTER)
    path = await asked_and_answered(world, supporter)
    await put_policy(world, people.officer, "advice_request", authority_ref=AUTHORITY, trigger=trigger)
    await close(world, supporter, path)
    world.time.advance(days=91)
    said = {"outcome": "i_continue"}
    done = await world.http.post(f"{path}/outcome", headers=supporter.headers | {"If-Match": "*"}, json=said)
    assert done.status_code == 200, done.text
    rests, due = {"updated": 1}, {"due": 1}
    assert results(await run(world, people.officer)) == (rests if trigger == "closed" else {})
    world.time.advance(days=7, hours=1)
    await world.http.get(path, headers=supporter.headers)
    assert results(await run(world, people.officer)) == (due if trigger == "closed" else {})
    world.time.advance(days=84)
    assert results(await run(world, people.officer)) == due
    assert (await hold(world, people.officer, None)).status_code == 201
    assert results(await run(world, people.officer)) == {"held": 1}


@on_sqlite
async def test_what_somebody_asked_who_has_left_does_not_stay_for_good(world: World) -> None:
    """Nobody else could close it. Should they come back, it is closed, and says nothing any more."""
    people = await office(world)
    supporter = await world.person(Role.SUPPORTER, alias="Kai")
    coordinator = await world.person(Role.COORDINATOR)
    path = await asked_and_answered(world, supporter)
    await put_policy(world, people.officer, "advice_request", authority_ref=AUTHORITY)
    world.time.advance(days=91)
    assert results(await run(world, people.officer)) == {}
    person = f"{SCHOOL}/people/{supporter.id}"
    left = await world.http.post(f"{person}/leave", headers=coordinator.headers)
    assert left.status_code == 200, left.text
    world.time.advance(days=89)
    assert results(await run(world, people.officer)) == {}
    world.time.advance(days=2)
    assert results(await run(world, people.officer)) == {"due": 1}
    assert results(await run(world, people.officer, dry=False)) == {"erased": 1}
    row = await the_row(world, AdviceRequest)
    assert (row.erased_hour is not None, row.status) == (True, AdviceStatus.CLOSED)
    assert await rows(world, AdviceMessage) == []
    assert path.endswith(str(row.id))


@on_sqlite
@pytest.mark.parametrize("how", ["steps_down", "role_ended"])
async def test_what_somebody_asked_who_has_left_the_programme_does_not_stay_for_good(world: World, how: str) -> None:
    """They are of the school still, and can close nothing any more."""
    people = await office(world)
    supporter = await world.person(Role.SUPPORTER, alias="Kai")
    coordinator = await world.person(Role.COORDINATOR)
    await asked_and_answered(world, supporter)
    await put_policy(world, people.officer, "advice_request", authority_ref=AUTHORITY)
    world.time.advance(days=91)
    assert results(await run(world, people.officer)) == {}
    if how == "steps_down":
        gone = await world.http.post("/v1/supporters/me/step-down", headers=supporter.headers | world.once(), json={})
    else:
        grants, wanted = f"{SCHOOL}/role-grants", {"person": str(supporter.id)}
        [grant] = (await world.http.get(grants, headers=coordinator.headers, params=wanted)).json()["items"]
        ends = coordinator.headers | {"If-Match": "*"}
        gone = await world.http.post(f"{grants}/{grant['id']}/end", headers=ends)
    assert gone.status_code == 200, gone.text
    world.time.advance(days=89)
    assert results(await run(world, people.officer)) == {}
    world.time.advance(days=2)
    assert results(await run(world, people.officer)) == {"due": 1}
    assert results(await run(world, people.officer, dry=False)) == {"erased": 1}
    assert (await the_row(world, AdviceRequest)).erased_hour is not None


@on_sqlite
async def test_what_is_not_to_be_erased_by_itself_any_more_waits_for_somebody_to_start_a_run(world: World) -> None:
    """Also where a run has begun by itself that has it on its list."""
    people = await office(world)
    supporter = await world.person(Role.SUPPORTER)
    await close(world, supporter, await asked_and_answered(world, supporter))
    await put_policy(world, people.officer, "advice_request", authority_ref=AUTHORITY, automatic=True)
    world.time.advance(days=91)
    listed = await run(world, people.officer)
    assert results(listed) == {"due": 1}

    def begin(session: Session) -> str:
        row, now = session.get_one(RetentionRun, uuid.UUID(listed["id"])), world.time.now()
        begun = sweep.begin(session, row, person_id=None, only=sa.true(), now=now, automatic=True)
        sweep.enqueue(session, begun, now=now)
        return str(begun.id)

    by_itself = await world.write(begin)
    await put_policy(world, people.officer, "advice_request", authority_ref=AUTHORITY)
    await world.settle()
    assert set((await items(world, people.officer, by_itself)).values()) == {"changed"}
    assert (await the_row(world, AdviceRequest)).erased_hour is None
    await run(world, people.officer)
    assert results(await run(world, people.officer, dry=False)) == {"erased": 1}
