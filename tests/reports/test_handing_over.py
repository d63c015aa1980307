"""A supporter is given a few words and how to reach somebody, and learns nothing else (domain, 2.1 and 5; I12, D06)."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid

import pytest
from harbour import (
    SCHOOL_HOOK,
    act,
    give,
    is_whole_hour,
    leave,
    my_report,
    not_found_body,
    one_database,
    random_id,
    rows,
    told,
    write_to_reporter,
)
from passing_on import (
    CONTACTS,
    MINE,
    NARRATIVE,
    REACH,
    SUMMARY,
    Held,
    agreed,
    answer,
    ask,
    decide,
    held,
    my_contacts,
    offered,
    summarise,
)
from sqlmodel import Session, col, select

from app.core import clock
from app.models import Absence, AuditEntry, Contact, Event, RelaySummary, Report, ReportExclusion
from app.reports import erasing
from app.schools import service as schools
from app.vocabulary import AbsenceKind, Role, RosterLine
from tests.reports.decision_story import BODY as DECISION_FOR_LIFE
from tests.support.world import Someone, World


async def able(world: World, story: Held) -> list[tuple[str, bool]]:
    """Who may be asked, and whether they are on duty."""
    found = await world.http.get(f"{story.path}/supporters", headers=story.people.triager.headers)
    assert found.status_code == 200, found.text
    assert all(set(item) == {"person", "alias", "on_duty"} for item in found.json()["items"])
    return [(item["alias"], item["on_duty"]) for item in found.json()["items"]]


async def away(world: World, person: Someone, kind: AbsenceKind) -> None:
    def make(session: Session) -> None:
        now = clock.now()
        row = Absence(
            school_id=schools.find(session, "harbour").id,
            person_id=person.id,
            kind=kind,
            starts_at=now - dt.timedelta(hours=1),
            ends_at=now + dt.timedelta(hours=1),
            created_at=now,
        )
        session.add(row)

    await world.write(make)


async def exclude(world: World, story: Held, person: Someone) -> None:
    """From now on it must not exist for them."""
    row = ReportExclusion(report_id=uuid.UUID(story.report_id), person_id=person.id)
    await world.write(lambda session: session.add(row))


async def test_only_who_may_be_asked_is_shown_and_nobody_else_can_be_asked(world: World) -> None:
    """Kept from it as a person or in a role, paused, gone, having read it, elsewhere: one answer for all of them."""
    story = await held(world, keep_from=["Eli", "evaluator"])
    roles: dict[str, tuple[Role, ...]] = {
        "Ana": (Role.SUPPORTER,),
        "Paz": (Role.SUPPORTER,),
        "Gus": (Role.SUPPORTER,),
        "Lin": (Role.SUPPORTER,),
        "Bo": (Role.SUPPORTER, Role.TRIAGER),
        "Eva": (Role.SUPPORTER, Role.EVALUATOR),
    }
    made = {alias: await world.person(*each, alias=alias, paged=True) for alias, each in roles.items()}
    await world.on_call(made["Ana"], line=RosterLine.PEER_SUPPORT)
    await away(world, made["Paz"], AbsenceKind.PAUSED)
    await away(world, story.supporter, AbsenceKind.LEAVE)
    await leave(world, made["Gus"])
    await exclude(world, story, made["Lin"])
    await world.http.get(story.path, headers=made["Bo"].headers)
    for triager in (story.people.triager, story.people.second_triager):
        await give(world, triager, Role.SUPPORTER)
    assert await able(world, story) == [("Ana", True), ("Wren", False)]

    await agreed(world, story)
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    rowan = await world.person(Role.SUPPORTER, school="ridge", alias="Rowan")
    people = story.people
    nobody = [made[alias] for alias in ("Paz", "Gus", "Lin", "Bo", "Eva")]
    nobody += [people.triager, people.second_triager, people.adviser, rowan]
    answers = [await ask(world, story, person) for person in nobody]
    assert {refused.status_code for refused in answers} == {422}
    assert len({str(refused.json() | {"instance": None}) for refused in answers}) == 1
    assert answers[0].json()["errors"][0]["code"] == "not_to_be_asked"
    await world.settle()
    assert not [hook for hook, events in told(world).items() if "contact.offered" in events]


async def test_a_supporter_sees_the_summary_and_how_to_reach_them_and_nothing_of_the_report(world: World) -> None:
    story = await held(world, relationship="same_placement", about_person="Zephyrine Quill")
    await write_to_reporter(world, story.people.triager, story.report_id, "A message of the triager.")
    contact = await offered(world, story)
    before = await world.http.get(f"{CONTACTS}/{contact}", headers=story.supporter.headers)
    assert (before.json()["summary"], before.json()["contact"]) == (SUMMARY, None)
    await answer(world, story.supporter, contact, "accept")
    shown = [
        await world.http.get(path, headers=story.supporter.headers) for path in (f"{CONTACTS}/{contact}", CONTACTS)
    ]
    await world.settle()
    sent = [request.body.decode() for request in world.receiver.requests() if request.name == story.supporter.hook]
    assert sent
    hidden = (NARRATIVE, story.report_id, "tearful", "same_placement", "Zephyrine", "A message", "Noor")
    for text in (*(each.text for each in shown), *sent):
        assert [word for word in hidden if word in text] == []
    assert [each for each in (SUMMARY, REACH) if each in "".join(sent)] == []
    for path in (story.path, f"{story.path}/relay-summary", f"{story.path}/contacts", f"{story.path}/supporters"):
        assert (await world.http.get(path, headers=story.supporter.headers)).status_code == 403


@one_database
async def test_for_a_supporter_from_whom_it_is_kept_from_now_on_there_is_no_contact(world: World) -> None:
    story = await held(world)
    contact = await offered(world, story)
    other = await world.person(Role.SUPPORTER, alias="Ana", paged=True)
    declared = await world.http.post(
        f"{story.path}/conflicts",
        headers=story.people.triager.headers | world.once(),
        json={"person": str(story.supporter.id), "reason": "They share a house."},
    )
    assert declared.is_success, declared.text
    await world.settle()
    assert story.supporter.hook not in told(world)
    [kept] = await rows(world, Contact)
    assert (kept.state, kept.summary_sealed, kept.reach_sealed) == ("ended", None, None)
    assert (await ask(world, story, other)).status_code == 201
    other = await world.person(Role.SUPPORTER, alias="Bea")
    for person in (story.supporter, other):
        for action, body in (("accept", None), ("decline", None), ("end", {"note": None})):
            answers = [await answer(world, person, each, action, body) for each in (contact, random_id())]
            assert not_found_body(answers[0]) == not_found_body(answers[1])
        gone = await world.http.get(f"{CONTACTS}/{contact}", headers=person.headers)
        assert gone.status_code == 404
        assert await my_contacts(world, person) == []


@one_database
async def test_a_no_needs_no_reason_and_goes_back_to_whoever_holds_it(world: World) -> None:
    story = await held(world)
    contact = await offered(world, story)
    early = await answer(world, story.supporter, contact, "end", {"note": None})
    assert (early.status_code, early.json()["code"]) == (409, "contact_not_accepted")
    asked = await ask(world, story)
    assert (asked.status_code, asked.json()["code"]) == (409, "already_asked")
    await world.settle()
    world.receiver.reset()
    declined = await answer(world, story.supporter, contact, "decline")
    assert {name: declined.json()[name] for name in ("state", "summary", "contact")} == {
        "state": "declined",
        "summary": None,
        "contact": None,
    }
    assert (await answer(world, story.supporter, contact, "decline")).json() == declined.json()
    await world.settle()
    assert told(world) == {story.people.triager.hook: ["relay.answered"]}
    report = await world.http.get(story.path, headers=story.people.triager.headers)
    assert report.json()["state"] == "in_conversation"
    assert (await my_report(world, story.receipt))["status"] == "being_read"
    late = await answer(world, story.supporter, contact, "accept")
    assert (late.status_code, late.json()["code"]) == (409, "contact_over")

    asked = await ask(world, story)
    assert (await answer(world, story.supporter, asked.json()["id"], "accept")).status_code == 200
    refused = await answer(world, story.supporter, asked.json()["id"], "decline")
    assert (refused.status_code, refused.json()["code"]) == (409, "contact_accepted")
    # What is said afterwards does not take it back from the supporter.
    await write_to_reporter(world, story.people.triager, story.report_id)
    assert (await my_report(world, story.receipt))["status"] == "passed_on"


@one_database
@pytest.mark.parametrize(
    ("wants", "asked_for"), [("advice_only", False), ("just_letting_you_know", False), ("help_for_me_too", True)]
)
async def test_what_was_agreed_to_counts_and_not_what_was_ticked(world: World, wants: str, asked_for: bool) -> None:
    """Nothing moves for `advice_only` before a yes to these words; a yes for one thing is none for another."""
    story = await held(world, wants=wants)
    for fields, who in (({"who": "reporter"}, "peer"), ({"purpose": "service"}, "peer")):
        assert (await summarise(world, story, **fields)).status_code == 201
        assert (await decide(world, story, "approve")).status_code == 200
        refused = await ask(world, story, who=who)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_asked_for")
    await summarise(world, story, who="reporter")
    assert (await decide(world, story, "approve")).json()["asked_for"] is asked_for
    assert (await ask(world, story, who="reporter")).status_code == 201


async def test_when_it_is_closed_contacts_end_and_no_minute_of_them_is_kept(world: World) -> None:
    story = await held(world)
    contact = await offered(world, story)
    await world.settle()
    world.receiver.reset()
    accepted, closed = await asyncio.gather(
        answer(world, story.supporter, contact, "accept"),
        act(world, story.people.triager, story.report_id, "close"),
    )
    assert (accepted.status_code in (200, 409), closed.status_code) == (True, 200)
    await world.settle()
    assert told(world)[story.supporter.hook] == ["contact.over"]
    assert SCHOOL_HOOK not in told(world)
    [kept] = await rows(world, Contact)
    assert (kept.state, kept.summary_sealed, kept.reach_sealed) == ("ended", None, None)

    def events(session: Session) -> list[Event]:
        return list(session.exec(select(Event).where(col(Event.type).in_(("contact.offered", "relay.answered")))))

    found = await world.db.read(events)
    assert len(found) == (3 if accepted.is_success else 2)
    assert all(is_whole_hour(event.occurred_at) for event in found)
    done = {entry.action for entry in await rows(world, AuditEntry) if entry.subject == story.report_id}
    assert done >= {"relay_summary.written", "contact.offered", "report.closed"}


@one_database
async def test_an_offer_that_nobody_answers_is_taken_back_and_the_next_supporter_asked(world: World) -> None:
    story = await held(world)
    contact = await offered(world, story)
    await leave(world, story.supporter)
    ana = await world.person(Role.SUPPORTER, alias="Ana", paged=True)
    assert (await ask(world, story, ana)).json()["code"] == "already_asked"
    url = f"{story.path}/contacts/{contact}/end"
    other = await world.http.post(url, headers=story.people.second_triager.headers)
    assert (other.status_code, other.json()["code"]) == (409, "already_claimed")
    back = await world.http.post(url, headers=story.people.triager.headers)
    assert (back.status_code, back.json()["state"]) == (200, "ended")
    assert (await world.http.post(url, headers=story.people.triager.headers)).json() == back.json()
    nothing = f"{story.path}/contacts/{random_id()}/end"
    assert (await world.http.post(nothing, headers=story.people.triager.headers)).status_code == 404
    asked = await ask(world, story, ana)
    await answer(world, ana, asked.json()["id"], "accept")
    await world.settle()
    world.receiver.reset()
    ended = f"{story.path}/contacts/{asked.json()['id']}/end"
    assert (await world.http.post(ended, headers=story.people.triager.headers)).status_code == 200
    await world.settle()
    assert told(world) == {ana.hook: ["contact.over"]}
    [gone] = await my_contacts(world, ana)
    assert (gone["state"], gone["summary"], gone["contact"]) == ("ended", None, None)


@one_database
async def test_where_the_work_goes_on_without_the_reporter_whoever_had_accepted_has_nothing_of_them_left(
    world: World,
) -> None:
    """Somebody else is told against their will, and that is no reason for a supporter to keep how to reach them."""
    story = await held(world)
    contact = await offered(world, story)
    assert (await answer(world, story.supporter, contact, "accept")).status_code == 200
    proposed = await world.http.post(
        f"{story.path}/confidentiality-decisions",
        headers=story.people.triager.headers | world.once(),
        json=DECISION_FOR_LIFE | {"opens_identity": False},
    )
    confirmed = await world.http.post(
        f"{proposed.headers['location']}/confirm",
        headers=story.people.second_triager.headers | {"If-Match": "*"},
        json={},
    )
    assert confirmed.status_code == 200, confirmed.text
    assert (await my_report(world, story.receipt))["status"] == "passed_on"
    body = {"expected": "continues"}
    assert (await world.http.post("/v1/me/report/withdraw", headers=story.reporter, json=body)).status_code == 200
    [kept] = await my_contacts(world, story.supporter)
    assert (kept["state"], kept["contact"]) == ("accepted", REACH)
    world.time.advance(hours=26)
    await world.settle()
    [ended] = await my_contacts(world, story.supporter)
    assert (ended["state"], ended["summary"], ended["contact"]) == ("ended", None, None)


@one_database
async def test_of_what_is_taken_back_nothing_new_is_passed_on_and_in_the_end_nothing_is_left(world: World) -> None:
    story = await held(world)
    contact = await offered(world, story)
    await world.settle()
    world.receiver.reset()
    preview = await world.http.get("/v1/me/report/withdraw-preview", headers=story.reporter)
    body = {"expected": preview.json()["outcome"]}
    assert (await world.http.post("/v1/me/report/withdraw", headers=story.reporter, json=body)).status_code == 200
    assert (await answer(world, story.supporter, contact, "accept")).json()["code"] == "contact_over"
    refused = [await ask(world, story), await summarise(world, story)]
    refused += [await world.http.get(MINE, headers=story.reporter)]
    refused += [
        await world.http.get(f"{story.path}/{each}", headers=story.people.triager.headers)
        for each in ("relay-summary", "contacts")
    ]
    assert {(each.status_code, each.json()["code"]) for each in refused} == {(409, "report_withdrawn")}
    await world.settle()
    assert told(world) == {story.supporter.hook: ["contact.over"]}

    undone = await world.http.post("/v1/me/report/withdraw/undo", headers=story.reporter)
    assert undone.is_success
    asked = await ask(world, story)
    assert (await answer(world, story.supporter, asked.json()["id"], "accept")).status_code == 200
    assert (await world.http.post("/v1/me/report/withdraw", headers=story.reporter, json=body)).status_code == 200
    [kept, _] = sorted(await my_contacts(world, story.supporter), key=lambda each: each["state"])
    assert (kept["state"], kept["contact"]) == ("accepted", REACH)
    world.time.advance(hours=26)
    await world.settle()
    assert {each["state"] for each in await my_contacts(world, story.supporter)} == {"ended"}

    def erase(session: Session) -> None:
        report = session.get_one(Report, uuid.UUID(story.report_id))
        erasing.erase(session, report, now=clock.now(), outcome=None)

    await world.write(erase)
    assert (await rows(world, RelaySummary), await rows(world, Contact)) == ([], [])
    assert await my_contacts(world, story.supporter) == []
