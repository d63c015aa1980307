"""Where somebody stands in the programme: what they owe, what they signed, and what they may be given (I13, P03)."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import select

from app.kinds import RECURRING
from app.models import BindingTextInForce
from app.schools import service as schools
from app.supporters import binding
from app.supporters.standing import may_have_contact
from app.vocabulary import Role
from app.vocabulary.supporters import SupporterStatus
from app.work import queue
from app.worker import NOTHING
from tests.reports.harbour import one_database
from tests.support.world import Someone, World
from tests.supporters.joining import ME, change, get, post, signs_both, standing_of, supporter_in

CARD = "/v1/schools/harbour/content/overrides/role_card/role-supporter"


async def may(world: World, person: Someone) -> bool:
    found = await world.db.read(lambda session: may_have_contact(session, [person.id], now=world.time.now()))
    return found == {person.id}


async def noticed(world: World) -> None:
    """The look at the texts that comes every six hours."""
    world.time.advance(hours=7)
    now = world.time.now()
    await world.write(
        lambda session: queue.enqueue(session, binding.SWEEP, NOTHING, due_at=now, now=now, key=binding.SWEEP)
    )
    await world.settle()


async def test_somebody_in_training_is_made_active_once_they_have_signed_and_accepted(world: World) -> None:
    await world.school()
    lee = await world.person(Role.COORDINATOR)
    wren = await supporter_in(world, SupporterStatus.IN_TRAINING)
    at = f"/v1/supporters/{await standing_of(world, wren)}"
    refused = await change(world, lee, at, "/activate")
    assert (refused.status_code, refused.json()["code"]) == (409, "supporter_not_ready")
    assert {"agreement", "role_card"} <= {each["code"] for each in refused.json()["errors"]}
    await signs_both(world, wren)
    stale = {"version": "1999-1"}
    for where in ("agreements", "role-card-acceptances"):
        old = await post(world, wren, f"{ME}/{where}", stale)
        assert (old.status_code, old.json()["code"]) == (409, "text_changed")
    assert not await may(world, wren), "signed, and still in training"
    done = await change(world, lee, at, "/activate")
    assert (done.status_code, done.json()["status"], done.json()["owed"]) == (200, "active", [])
    assert await may(world, wren)
    again = await change(world, lee, at, "/activate")
    assert again.json()["code"] == "not_in_training"
    kept = (await get(world, wren, f"{ME}/agreements")).json()["items"]
    assert {each["kind"] for each in kept} == {"agreement", "role_card"}
    assert all(each["signed_hour"].endswith(":00:00Z") for each in kept)


@one_database
async def test_how_peers_find_somebody_is_theirs_to_say(world: World) -> None:
    await world.school()
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    here, there = await world.site(), await world.site(school="ridge")
    wren = await world.person(Role.SUPPORTER)
    assert (await get(world, wren, ME)).json()["listing"]["listed"] is False, "in no list unless they say so"
    said = {"listed": True, "year_band": "final_years", "languages": ["en", "zh-Hant", "en"], "site_ids": [str(here)]}
    shown = await change(world, wren, ME, body=said, method="PATCH")
    assert shown.json()["listing"] == said | {"languages": ["en", "zh-Hant"], "remote_ok": True}
    assert (await get(world, wren, ME)).headers["ETag"] == shown.headers["ETag"]
    for site in (there, uuid.uuid4()):
        refused = await change(world, wren, ME, body={"site_ids": [str(site)]}, method="PATCH")
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "unknown_site")
    blind = await world.http.patch(ME, headers=wren.headers, json={"listed": False})
    assert blind.status_code == 428
    student = await world.person(Role.STUDENT)
    assert (await get(world, student, ME)).status_code == 404


@one_database
async def test_a_new_role_card_leaves_four_weeks_and_then_asks(world: World) -> None:
    """Nobody is taken out overnight by other words; somebody who never accepted any is not in by waiting."""
    world.time.set(dt.datetime(2027, 3, 1, 9, tzinfo=dt.UTC))
    await world.school()
    lee, wren = await world.person(Role.COORDINATOR), await world.person(Role.SUPPORTER)
    never = await supporter_in(world, SupporterStatus.ACTIVE)
    await noticed(world)
    looked = {"reviewed_on": "2027-03-01", "review_by": "2027-12-01"}
    body = {"changes": {"cannot": ["Drive anybody anywhere."]}, **looked}
    assert (await world.http.put(CARD, headers=lee.headers, json=body)).status_code == 201
    assert (await may(world, wren), await may(world, never)) == (True, False), "not yet noticed"
    await noticed(world)
    me = (await get(world, wren, ME)).json()["role_card"]
    assert (me["counts"], me["signed_version"] != me["asked_version"]) == (True, True)
    world.time.set(dt.datetime.fromisoformat(me["earlier_until"]) - dt.timedelta(minutes=1))
    assert await may(world, wren)
    world.time.advance(minutes=2)
    assert not await may(world, wren)
    await signs_both(world, wren)
    assert await may(world, wren)
    shown = await world.http.get(CARD, headers=lee.headers)
    later = body | {"review_by": "2028-02-01"}
    match = lee.headers | {"If-Match": shown.headers["ETag"]}
    assert (await world.http.put(CARD, headers=match, json=later)).status_code == 200
    await noticed(world)
    assert (await get(world, wren, ME)).json()["owed"] == [], "a review of the same words asks nobody anew"


@one_database
async def test_whoever_left_is_listed_and_can_come_back_to_train(world: World) -> None:
    await world.school()
    lee, other = await world.person(Role.COORDINATOR), await world.person(Role.COORDINATOR, Role.SUPPORTER)
    gone = await supporter_in(world, SupporterStatus.ALUMNI)
    at = f"/v1/supporters/{await standing_of(world, gone)}"
    assert (await world.http.patch(ME, headers=gone.headers, json={})).status_code == 403
    back = await change(world, lee, at, "/return-to-training")
    assert back.json()["status"] == "in_training"
    assert (await get(world, gone, ME)).json()["status"] == "in_training"
    assert (await change(world, gone, ME, body={"listed": False}, method="PATCH")).status_code == 200
    assert (await change(world, lee, at, "/return-to-training")).json()["code"] == "not_alumni"
    own = await change(world, other, f"/v1/supporters/{await standing_of(world, other)}", "/activate")
    assert (own.status_code, own.json()["code"]) == (403, "own_standing")
    applies = await supporter_in(world, SupporterStatus.IN_SELECTION)
    listed = (await get(world, lee, "/v1/supporters")).json()["items"]
    assert {each["person_id"] for each in listed} == {str(gone.id), str(other.id)}
    assert (await get(world, lee, f"/v1/supporters/{await standing_of(world, applies)}")).status_code == 404


@one_database
async def test_a_school_without_supporters_is_looked_at_like_any_other(world: World) -> None:
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    lee = await world.person(Role.COORDINATOR, school="ridge")
    await noticed(world)
    assert (await get(world, lee, "/v1/supporters")).json() == {"items": [], "next_cursor": None}
    found = await world.db.read(
        lambda session: session.exec(
            select(BindingTextInForce.kind).where(BindingTextInForce.school_id == schools.find(session, "ridge").id)
        ).all()
    )
    assert sorted(found) == ["agreement", "role_card"]
    assert binding.SWEEP in RECURRING
