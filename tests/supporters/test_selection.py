"""The way into the programme over HTTP: interest, an application by attestations, an answer, an appeal (T07, I01)."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import httpx
from sqlmodel import select

from app.core.ratelimit import RateLimiter
from app.models import AuditEntry, Event, IdempotencyKey, Interest, School, Supporter, SupporterApplication
from app.supporters.selection_texts import load_texts
from app.vocabulary import Role
from app.vocabulary.supporters import SupporterStatus
from tests.anonymity.evidence import cells_of, trace
from tests.reports.harbour import one_database, told
from tests.support.world import Someone, World
from tests.supporters.joining import (
    ANSWERS,
    APPLICATIONS,
    ME,
    MINE,
    apply,
    change,
    get,
    post,
    signs_both,
    signs_in_again,
    standing_of,
    supporter_in,
)
from tests.supporters.test_standing import may
from tests.supporters.training_story import passes_both

CRITERIA = "/v1/schools/harbour/selection-criteria"
INTERESTS = "/v1/schools/harbour/expressions-of-interest"
NO = {"decision": "not_proceeding", "words": "You said that it is not yet.", "because": ["study_on_track"]}
YES = {"decision": "accept", "words": "Welcome. The trainings begin in April."}


async def decide(world: World, who: Someone, application: str, body: dict[str, Any], what: str = "") -> httpx.Response:
    return await change(world, who, f"{APPLICATIONS}/{application}", what or "/decision", body)


async def rows(world: World, table: type[Any]) -> list[Any]:
    return list(await world.db.read(lambda session: session.exec(select(table)).all()))


async def test_from_a_public_interest_to_an_active_supporter_with_an_appeal_on_the_way(world: World) -> None:
    world.time.set(dt.datetime(2027, 3, 1, 9, 20, tzinfo=dt.UTC))
    await world.school()
    lee, kim = await world.person(Role.COORDINATOR, paged=True), await world.person(Role.COORDINATOR, paged=True)
    wren = await world.person(Role.STUDENT, paged=True)
    page = await world.http.get(CRITERIA)
    assert [each["code"] for each in page.json()["criteria"]] == [
        "experience_and_training",
        "accessible_and_able_to_contribute",
        "ready_and_supported_now",
        "study_on_track",
    ]
    assert page.headers["Cache-Control"].startswith("public")

    said = await world.http.post(INTERESTS, json={"contact": "wren@example.edu", "note": "I would like to hear more."})
    assert said.status_code == 201
    await world.settle()
    assert not told(world), "not at that minute"
    world.time.advance(hours=1)
    await world.settle()
    assert told(world) == {lee.hook: ["selection.waiting"], kim.hook: ["selection.waiting"]}
    [interest] = (await get(world, lee, INTERESTS)).json()["items"]
    assert (interest["contact"], interest["state"]) == ("wren@example.edu", "waiting")
    invited = await world.http.post(f"{INTERESTS}/{interest['id']}/invite", headers=lee.headers)
    assert invited.json()["state"] == "invited"

    applied = await apply(world, wren, has_support_i_need="want_to_talk", study_on_track="not_yet", note="In April.")
    assert (await get(world, wren, ME)).json()["status"] == "in_selection"
    assert (await post(world, wren, APPLICATIONS, applied[1])).json()["code"] == "application_there"
    application = applied[0]
    alone = await decide(world, lee, application, NO | {"because": ["ready_and_supported_now"]})
    assert alone.json()["errors"][0]["code"] == "not_on_this_alone", "wanting to talk is never a no"
    waits = await decide(world, lee, application, {"decision": "wait", "words": "Let us talk in April."})
    assert (waits.json()["state"], (await get(world, wren, ME)).json()["status"]) == ("later", "interested")
    assert (await decide(world, lee, application, NO)).json()["state"] == "not_proceeding"
    await world.settle()
    mine = (await get(world, wren, MINE)).json()
    assert (mine["words"], mine["because"]) == (NO["words"], ["study_on_track"])
    assert told(world)[wren.hook or ""] == ["supporter_application.decided"] * 2

    asked = await change(world, wren, MINE, "/appeal", {"note": "My tutor says that it is."})
    assert (asked.status_code, asked.json()["appeal"]) == (200, "waiting")
    assert (await change(world, wren, MINE, "/appeal", {})).json()["code"] == "no_appeal_now", "once"
    before = {hook: len(events) for hook, events in told(world).items()}
    world.time.advance(hours=1)
    await world.settle()
    after = {hook: len(events) - before.get(hook, 0) for hook, events in told(world).items()}
    assert (after[lee.hook or ""], after[kim.hook or ""]) == (0, 1), "whoever decided is not asked again"
    changed = {"decision": "changed", "words": "We had not asked your tutor. Welcome."}
    same = await decide(world, lee, application, changed, "/appeal-decision")
    assert (same.status_code, same.json()["code"]) == (409, "decided_by_you")
    done = await decide(world, kim, application, changed, "/appeal-decision")
    assert (done.json()["state"], done.json()["appeal"]) == ("accepted", "changed")
    again = await decide(world, kim, application, changed, "/appeal-decision")
    assert again.json()["code"] == "appeal_not_waiting"

    assert (await get(world, wren, ME)).json()["status"] == "in_training"
    await signs_in_again(world, wren, Role.STUDENT, Role.SUPPORTER)
    await signs_both(world, wren)
    assert [each["what"] for each in (await get(world, wren, ME)).json()["owed"]] == ["training"]
    await passes_both(world, wren)
    assert not await may(world, wren)
    at = f"/v1/supporters/{await standing_of(world, wren)}"
    assert (await change(world, kim, at, "/activate")).json()["status"] == "active"
    assert await may(world, wren)
    world.time.advance(days=61)
    await world.settle()
    [row] = await rows(world, SupporterApplication)
    kept = (row.has_training, row.has_support_i_need, row.note_sealed, row.words_sealed, row.appeal_note_sealed)
    assert kept == (None,) * 5, "of one who was accepted it is kept that they were"
    assert row.because == [], "and not what was first held against them"
    assert await rows(world, Interest) == [], "four weeks after the invitation"


@one_database
async def test_who_assesses_who_decides_and_where_there_is_no_programme(world: World) -> None:
    await world.school()
    await world.school("ridge", region="NSW", zone="Australia/Sydney")

    def arrange(session: Any) -> None:
        ridge = session.exec(select(School).where(School.slug == "ridge")).one()
        ridge.features = {"formal_program": False}
        session.add(ridge)

    await world.write(arrange)
    lee, tutor = await world.person(Role.COORDINATOR), await world.person(Role.STUDENT)
    named = {"assesses_at": ["harbour"]}
    at = f"/v1/schools/harbour/people/{tutor.id}"
    assert (await change(world, lee, at, body=named, method="PATCH")).status_code == 200
    refused = await post(world, tutor, APPLICATIONS, ANSWERS)
    assert (refused.status_code, refused.json()["code"]) == (409, "assessment_conflict")
    extra = ANSWERS | {"diagnosis": "none", "marks": "high"}
    assert {each["code"] for each in (await post(world, lee, APPLICATIONS, extra)).json()["errors"]} == {
        "unknown_field"
    }

    own, _ = await apply(world, lee)
    themselves = await decide(world, lee, own, YES)
    assert (themselves.status_code, themselves.json()["code"]) == (403, "own_standing")
    kim = await world.person(Role.COORDINATOR)
    assert (await decide(world, kim, own, YES)).json()["state"] == "accepted"

    student = await world.person(Role.STUDENT, school="ridge")
    none = await post(world, student, APPLICATIONS, ANSWERS)
    assert (none.status_code, none.json()["code"]) == (409, "no_programme")
    there = INTERESTS.replace("harbour", "ridge")
    said = await world.http.post(there, json={"contact": "me@example.edu"})
    assert said.json()["what_happens_next"] == list(load_texts().interest.thanks_without_programme)
    assert (await world.http.get(CRITERIA.replace("harbour", "ridge"))).json()["programme"] is False


@one_database
async def test_what_is_taken_back_or_did_not_go_on_is_gone_and_one_may_apply_again(world: World) -> None:
    world.time.set(dt.datetime(2027, 3, 1, 9, 20, tzinfo=dt.UTC))
    await world.school()
    lee, wren = await world.person(Role.COORDINATOR), await world.person(Role.STUDENT)
    secret = "Tuesdays by the river are mine"
    sent = {"headers": wren.headers | world.once(), "json": ANSWERS | {"note": secret}}
    assert (await world.http.post(APPLICATIONS, **sent)).json()["note"] == secret
    assert (await world.http.post(APPLICATIONS, **sent)).json()["note"] == secret, "a retry"
    note = trace("the note", secret)
    assert not [place.name for place in await cells_of(world.db) if note.found_in(place.content)], "sealed"
    gone = await world.http.post(f"{MINE}/withdraw", headers=wren.headers)
    assert (gone.status_code, (await get(world, wren, MINE)).status_code) == (204, 404)
    assert (await rows(world, SupporterApplication), await rows(world, Supporter)) == ([], [])
    again = await world.http.post(APPLICATIONS, **sent)
    assert (again.status_code, again.json()["code"]) == (409, "already_received")
    assert {row.reply for row in await rows(world, IdempotencyKey)} == {None}, "nor is what was sent kept for a retry"

    application, _ = await apply(world, wren)
    assert (await decide(world, lee, application, NO)).status_code == 200
    assert (await get(world, wren, MINE)).json()["kept_until"] == "2027-04-30"
    world.time.advance(days=29)
    late = await change(world, wren, MINE, "/appeal", {})
    assert late.json()["code"] == "no_appeal_now"
    world.time.advance(days=32)
    await world.settle()
    assert (await rows(world, SupporterApplication), await rows(world, Supporter)) == ([], []), "nothing is held"
    assert (await get(world, wren, ME)).status_code == 404
    again, _ = await apply(world, wren)
    assert (await decide(world, lee, again, YES)).json()["state"] == "accepted"


@one_database
async def test_what_is_kept_for_some_hours_more_of_the_same_day_is_erased_then(world: World) -> None:
    world.time.set(dt.datetime(2027, 3, 1, 9, 20, tzinfo=dt.UTC))
    await world.school()
    assert (await world.http.post(INTERESTS, json={"contact": "me@example.edu"})).status_code == 201
    world.time.advance(days=152, hours=2)
    lee, kim = await world.person(Role.COORDINATOR), await world.person(Role.COORDINATOR)
    wren = await world.person(Role.STUDENT)
    [interest] = (await get(world, lee, INTERESTS)).json()["items"]
    assert interest["kept_until"] == "2027-08-28"
    invited = await world.http.post(f"{INTERESTS}/{interest['id']}/invite", headers=lee.headers)
    assert invited.json()["kept_until"] == "2027-08-28", "two hours later than before"
    application, _ = await apply(world, wren)
    assert (await decide(world, lee, application, NO)).status_code == 200
    world.time.advance(hours=2)
    assert (await change(world, wren, MINE, "/appeal", {})).status_code == 200
    stands = {"decision": "stands", "words": "It is as it was."}
    assert (await decide(world, kim, application, stands, "/appeal-decision")).status_code == 200

    world.time.advance(days=27, hours=21)
    await world.settle()
    assert len(await rows(world, Interest)) == 1
    world.time.advance(hours=1)
    await world.settle()
    assert await rows(world, Interest) == []
    world.time.advance(days=32, hours=1)
    await world.settle()
    assert len(await rows(world, SupporterApplication)) == 1
    world.time.advance(hours=1)
    await world.settle()
    assert (await rows(world, SupporterApplication), await rows(world, Supporter)) == ([], [])


@one_database
async def test_the_day_on_which_something_is_erased_is_a_day_of_the_school(world: World) -> None:
    """It is the evening in UTC, and the next morning in Melbourne."""
    world.time.set(dt.datetime(2027, 3, 1, 20, 20, tzinfo=dt.UTC))
    await world.school()
    lee, wren = await world.person(Role.COORDINATOR), await world.person(Role.STUDENT)
    assert (await world.http.post(INTERESTS, json={"contact": "me@example.edu"})).status_code == 201
    [interest] = (await get(world, lee, INTERESTS)).json()["items"]
    application, _ = await apply(world, wren)
    assert (await decide(world, lee, application, NO)).status_code == 200
    mine = (await get(world, wren, MINE)).json()
    assert (interest["kept_until"], mine["kept_until"]) == ("2027-08-29", "2027-05-01")


@one_database
async def test_a_sponsor_sees_appeals_alone_and_a_coordinator_does_what_they_decide(world: World) -> None:
    await world.school()
    lee, dean = await world.person(Role.COORDINATOR), await world.person(Role.SPONSOR)
    wren = await world.person(Role.STUDENT)
    application, _ = await apply(world, wren)
    assert (await get(world, dean, APPLICATIONS)).json()["items"] == []
    await decide(world, lee, application, NO)
    assert (await get(world, dean, f"{APPLICATIONS}/{application}")).status_code == 404
    await change(world, wren, MINE, "/appeal", {})
    changed = {"decision": "changed", "words": "They may go on."}
    done = await decide(world, dean, application, changed, "/appeal-decision")
    assert (done.json()["state"], (await get(world, wren, ME)).json()["status"]) == ("waiting", "in_selection")
    assert (await decide(world, lee, application, NO)).json()["code"] == "decided_on_appeal"
    assert (await decide(world, lee, application, YES)).json()["state"] == "accepted"


async def test_of_two_who_decide_at_once_one_is_told_to_read_again(world: World) -> None:
    await world.school()
    lee, kim = await world.person(Role.COORDINATOR), await world.person(Role.COORDINATOR)
    application, _ = await apply(world, await world.person(Role.STUDENT))
    shown = await get(world, lee, f"{APPLICATIONS}/{application}")
    match = {"If-Match": shown.headers["ETag"]}
    both = await asyncio.gather(
        *(
            world.http.post(f"{APPLICATIONS}/{application}/decision", headers=who.headers | match, json=body)
            for who, body in ((lee, YES), (kim, NO))
        )
    )
    assert sorted(each.status_code for each in both) == [200, 412]


@one_database
async def test_no_log_and_no_event_counts_who_applied_or_did_not_go_on(world: World) -> None:
    await world.school()
    lee = await world.person(Role.COORDINATOR)
    for body in (YES, NO):
        application, _ = await apply(world, await world.person(Role.STUDENT))
        await decide(world, lee, application, body)
    world.time.advance(hours=1)
    await world.settle()
    events = [each for each in await rows(world, Event) if each.type.startswith(("selection", "supporter_app"))]
    assert {frozenset(each.data) for each in events} <= {frozenset({"school", "what"}), frozenset({"school"})}
    actions = [each.action for each in await rows(world, AuditEntry) if "application" in each.action]
    assert actions == ["supporter_application.decided"] * 2, "that it was decided, and not what"


@one_database
async def test_somebody_in_training_who_does_not_go_on_reads_why_and_can_appeal(world: World) -> None:
    await world.school()
    lee, kim = await world.person(Role.COORDINATOR), await world.person(Role.COORDINATOR)
    wren = await supporter_in(world, SupporterStatus.IN_TRAINING)
    at = f"/v1/supporters/{await standing_of(world, wren)}"
    body = {"words": "You were at none of the evenings.", "because": ["accessible_and_able_to_contribute"]}
    done = await change(world, lee, at, "/not-proceeding", body)
    assert (done.status_code, done.json()["status"]) == (200, "not_proceeding")
    assert not [each.action for each in await rows(world, AuditEntry) if "not_proceeding" in each.action]
    assert (await world.http.patch(ME, headers=wren.headers, json={})).status_code == 403, "the role is over"
    assert (await get(world, wren, MINE)).json()["words"] == body["words"]
    assert (await change(world, wren, MINE, "/appeal", {})).status_code == 200
    [item] = (await get(world, kim, APPLICATIONS)).json()["items"]
    changed = {"decision": "changed", "words": "They were on placement."}
    assert (await decide(world, kim, item["id"], changed, "/appeal-decision")).json()["state"] == "accepted"
    assert (await change(world, wren, ME, body={"listed": False}, method="PATCH")).json()["status"] == "in_training"


@one_database
async def test_an_interest_is_taken_back_with_its_code_and_erased_in_time(world: World) -> None:
    world.time.set(dt.datetime(2027, 3, 1, 9, 20, tzinfo=dt.UTC))
    await world.school()
    lee, key = await world.person(Role.COORDINATOR), world.once()
    body = {"contact": "0491 570 006"}
    first = await world.http.post(INTERESTS, json=body, headers=key)
    code = first.json()["interest_code"]
    assert (await world.http.post(INTERESTS, json=body, headers=key)).json()["interest_code"] == code, "a retry"
    reach = trace("how to reach them", body["contact"])
    assert not [place.name for place in await cells_of(world.db) if reach.found_in(place.content)]
    back = "/v1/expressions-of-interest/take-back"
    assert (await world.http.post(back, json={"code": code.lower().replace("-", " ")})).status_code == 200
    wrong = await world.http.post(back, json={"code": code})
    assert (wrong.status_code, await rows(world, Interest)) == (404, [])

    await world.http.post(INTERESTS, json=body)
    [there] = (await get(world, lee, INTERESTS)).json()["items"]
    closed = await world.http.post(f"{INTERESTS}/{there['id']}/close", headers=lee.headers)
    assert (closed.status_code, await rows(world, Interest)) == (204, [])
    await world.http.post(INTERESTS, json=body)
    world.time.advance(days=181)
    await world.settle()
    assert await rows(world, Interest) == []


@one_database
async def test_who_sends_very_many_interests_is_asked_to_wait_and_nobody_else(world: World) -> None:
    """Counted by address, as suggestions are; taking one back is never refused."""
    await world.school()
    world.app.state.runtime.callers = RateLimiter("default", quota=2)
    answers = [await world.http.post(INTERESTS, json={"contact": f"peer{each}@example.org"}) for each in range(3)]
    assert [each.status_code for each in answers] == [201, 201, 429]
    assert (answers[2].json()["code"], len(await rows(world, Interest))) == ("too_many_requests", 2)
    assert answers[2].json()["help"]
    transport = httpx.ASGITransport(world.app, client=("198.51.100.7", 50_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://peerline.test") as elsewhere:
        assert (await elsewhere.post(INTERESTS, json={"contact": "somebody@example.org"})).status_code == 201
    back = "/v1/expressions-of-interest/take-back"
    code = answers[0].json()["interest_code"]
    assert (await world.http.post(back, json={"code": code})).status_code == 200


@one_database
async def test_a_school_adds_to_its_selection_and_a_line_of_the_agreement_asks_anew(world: World) -> None:
    await world.school()
    lee, wren = await world.person(Role.COORDINATOR), await world.person(Role.SUPPORTER)

    async def put(**body: Any) -> httpx.Response:
        return await change(world, lee, CRITERIA, body=body, method="PUT")

    named = await put(note="Nobody who has depression need apply.")
    assert (named.status_code, named.json()["errors"][0]["code"]) == (422, "names_a_condition")
    written = await put(supporter_title="Peer mate", note="Write to us shortly.", agreement_points=["No screenshots."])
    assert (written.status_code, [each["found"] for each in written.json()["suggestions"]]) == (200, ["shortly"])
    shown = await world.http.get(CRITERIA)
    assert shown.json() == written.json()["selection"]
    assert shown.headers["ETag"] == written.headers["ETag"]
    assert shown.json()["agreement"]["points"][-1] == "No screenshots."
    me = (await get(world, wren, ME)).json()
    assert (me["agreement"]["counts"], [each["what"] for each in me["owed"]][:1]) == (True, ["agreement"])
    assert await may(world, wren)
    world.time.advance(days=29)
    assert not await may(world, wren)
    await signs_both(world, wren)
    assert await may(world, wren)
