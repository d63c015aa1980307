"""What came of a worry is said before it is closed, and how somebody was spoken with; none of it ends a part."""

from __future__ import annotations

from typing import Any

import httpx
from decision_story import act as decide
from decision_story import at_night, proposed
from harbour import (
    REPORTS,
    act,
    cast,
    listed,
    my_pages,
    my_report,
    one_database,
    random_id,
    rows,
    the_report,
    the_row,
    write_to_reporter,
)
from sqlmodel import Session, select

from app.core import clock
from app.models import AuditEntry, Report, ReportOutcome
from app.reports import erasing
from app.vocabulary import Outcome, Role
from tests.support.world import Someone, World

ADVICE = {"outcome": "advice_given_to_reporter", "contact_method": "receipt_message"}
MISUSE = {"outcome": "misuse", "note": "It mocks whoever reads it."}
ENTRY = {
    "id": "harbour-counselling",
    "name": "Harbour counselling (fictitious)",
    "tier": "school_support",
    "what_it_is": "Somebody to talk to",
    "who_for": "Students of Harbour",
    "for": ["self"],
    "independent": False,
    "run_by": "university",
    "shares_information_with_school": "never",
    "channels": ["phone"],
    "phone_display": "02 5550 0199",
    "phone_dial": "+61255500199",
    "hours_text": "Weekdays, 9 to 5",
    "hours": None,
    "cost": "free",
    "verification": "verified",
    "sources": [{"url_or_text": "Made up for a test", "date": "2026-11-01"}],
    "notes": "",
}
REFERRAL = {"entry_id": ENTRY["id"], "consent": True, "warm_handover": True}


async def came(world: World, reader: Someone, report_id: str, body: dict[str, Any]) -> httpx.Response:
    url = f"{REPORTS}/{report_id}/outcomes"
    return await world.http.post(url, headers=reader.headers | world.once(), json=body)


async def outcomes(world: World, reader: Someone, report_id: str) -> list[dict[str, Any]]:
    found = await world.http.get(f"{REPORTS}/{report_id}/outcomes", headers=reader.headers)
    assert found.status_code == 200, found.text
    items: list[dict[str, Any]] = found.json()["items"]
    return items


def code(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code")


async def test_a_worry_is_closed_once_it_is_said_what_came_of_it(world: World) -> None:
    """Domain 2.3: nothing is closed in silence. Several things may have come of it, one after the other."""
    people = await cast(world)
    await world.report("tearful")
    [report] = await listed(world, people.triager)
    url = f"{REPORTS}/{report['id']}/close"
    await act(world, people.triager, report["id"], "claim")
    headers = people.triager.headers | {"If-Match": "*"}
    assert code(await world.http.post(url, headers=headers)) == (409, "outcome_needed")
    # What waits for a second person has not come of it yet.
    assert (await came(world, people.triager, report["id"], MISUSE)).json()["state"] == "awaiting_second_person"
    assert code(await world.http.post(url, headers=headers)) == (409, "outcome_needed")
    made = await came(world, people.triager, report["id"], ADVICE | {"note": "She will ask her on Friday."})
    assert (made.status_code, made.json()["state"]) == (201, "in_effect")
    await came(world, people.triager, report["id"], {"outcome": "worry_eased"})
    assert (await world.http.post(url, headers=headers)).status_code == 200
    found = await outcomes(world, people.second_triager, report["id"])
    assert {each["outcome"]: (each["contact_method"], each["state"]) for each in found} == {
        "misuse": ("no_contact", "taken_back"),
        "advice_given_to_reporter": ("receipt_message", "in_effect"),
        "worry_eased": ("no_contact", "in_effect"),
    }
    assert [each["note"] for each in found if each["outcome"] == ADVICE["outcome"]] == ["She will ask her on Friday."]
    assert code(await came(world, people.triager, report["id"], ADVICE)) == (409, "report_closed")
    kept = b"".join(row.note_sealed or b"" for row in await rows(world, ReportOutcome))
    assert b"Friday" not in kept
    actions = [each.action for each in await rows(world, AuditEntry)]
    assert (actions.count("report.outcome_recorded"), actions.count("report.misuse_proposed")) == (2, 1)


@one_database
async def test_what_does_not_go_with_an_outcome_is_refused_field_by_field(world: World) -> None:
    people = await cast(world)
    await world.entry(ENTRY)
    await world.report("tearful")
    [report] = await listed(world, people.triager)
    connected = {"outcome": "connected_to_service", "contact_method": "phone"}
    for body, pointers in (
        ({"outcome": "withdrawn"}, {"#/outcome"}),
        ({"outcome": "support_offered"}, {"#/contact_method"}),
        ({"outcome": "unable_to_reach", "contact_method": "no_contact"}, {"#/contact_method"}),
        ({"outcome": "misuse"}, {"#/note"}),
        ({"outcome": "connected_to_service"}, {"#/contact_method", "#/referral"}),
        ({"outcome": "worry_eased", "referral": REFERRAL}, {"#/referral"}),
        (connected | {"referral": REFERRAL | {"entry_id": "ridge-counselling"}}, {"#/referral/entry_id"}),
    ):
        refused = await came(world, people.triager, report["id"], body)
        assert (refused.status_code, {fault["pointer"] for fault in refused.json()["errors"]}) == (422, pointers), body
    assert await rows(world, ReportOutcome) == []
    # Nothing that touches nobody asks how they were spoken with; `withdrawn` is the reporter's.
    for outcome in ("already_supported", "not_enough_to_act_on", "not_supported_by_what_we_found", "worry_eased"):
        assert (await came(world, people.triager, report["id"], {"outcome": outcome})).status_code == 201
    # A line of another state, for somebody who has gone home.
    far = connected | {"referral": REFERRAL | {"entry_id": "au-wa-mherl"}}
    assert (await came(world, people.triager, report["id"], far)).status_code == 201


@one_database
async def test_what_was_passed_on_without_a_yes_names_a_decision_in_effect(world: World) -> None:
    """Of this report, and confirmed: until then, what was told rests on nothing."""
    night = await at_night(world)
    people = night.people
    await world.entry(ENTRY)
    shared = {"outcome": "shared_without_consent", "contact_method": "phone"}
    connected = {"outcome": "connected_to_service", "contact_method": "phone"}
    connected |= {"referral": REFERRAL | {"consent": False}}
    decision = await proposed(world, night)
    # Something waits for a second person, for whoever reads the queue as well.
    waiting = await listed(world, people.triager, awaiting_second_person="true")
    assert [each["awaiting_second_person"] for each in waiting] == [True]
    for body in (shared, connected, shared | {"decision_id": decision["id"]}, shared | {"decision_id": random_id()}):
        assert code(await came(world, people.triager, night.report_id, body)) == (409, "decision_required")
    assert (await decide(world, people.second_triager, decision["id"], "confirm", note=None)).status_code == 200
    await world.report("tearful")
    other = next(each["id"] for each in await listed(world, people.triager) if each["id"] != night.report_id)
    named = {"decision_id": decision["id"]}
    assert code(await came(world, people.triager, other, shared | named)) == (409, "decision_required")
    for body in (shared | named, connected | named):
        made = await came(world, people.triager, night.report_id, body)
        assert (made.status_code, made.json().get("decision_id")) == (201, decision["id"]), made.text
    assert len(await rows(world, ReportOutcome)) == 2


async def test_a_referral_moves_the_report_on_and_ends_nobodys_part(world: World) -> None:
    """The reporter learns that it was passed on, and nothing of to whom, or what the peer said to it."""
    people = await cast(world)
    await world.entry(ENTRY)
    receipt = (await world.report("tearful")).json()["receipt"]
    [report] = await listed(world, people.triager)
    await write_to_reporter(world, people.triager, report["id"])
    body = {"outcome": "connected_to_service", "contact_method": "in_person", "referral": REFERRAL}
    made = await came(world, people.triager, report["id"], body | {"note": "He said he was relieved."})
    assert made.json()["referral"] == REFERRAL
    assert (await the_report(world, people.triager))["state"] == "referred"
    seen = await my_report(world, receipt)
    assert seen["status"] == "passed_on"
    for word in ("relieved", "connected_to", "referred", "in_person"):
        assert word not in str(seen)
    # The conversation goes on, and what was passed on stays so.
    reporter = await world.reporter(receipt)
    sent = await world.http.post("/v1/me/report/messages", headers=reporter, json={"text": "Thank you."})
    assert sent.status_code == 201
    assert (await write_to_reporter(world, people.triager, report["id"])).status_code == 201
    assert (await my_report(world, receipt))["status"] == "passed_on"
    assert (await the_report(world, people.triager))["state"] == "referred"


async def test_misuse_takes_two_people_and_then_puts_the_words_out_of_sight(world: World) -> None:
    """J13: nothing of them is deleted, and whoever wants to see them can."""
    people = await cast(world)
    receipt = (await world.report("tearful", narrative="You are all fools.")).json()["receipt"]
    reporter = await world.reporter(receipt)
    await world.http.post("/v1/me/report/messages", headers=reporter, json={"text": "All of you."})
    [report] = await listed(world, people.triager)
    url = f"{REPORTS}/{report['id']}"
    made = await came(world, people.triager, report["id"], MISUSE)
    assert (made.status_code, made.json()["state"]) == (201, "awaiting_second_person")
    assert code(await came(world, people.second_triager, report["id"], MISUSE)) == (409, "already_proposed")
    assert (await the_report(world, people.second_triager))["narrative"] == "You are all fools."
    waiting = (await world.http.get(f"{url}/proposals", headers=people.second_triager.headers)).json()["items"][0]
    assert (waiting["kind"], waiting["note"], waiting["outcome_id"]) == ("misuse", MISUSE["note"], made.json()["id"])
    confirm = f"{url}/proposals/{waiting['id']}/confirm"
    assert code(await world.http.post(confirm, headers=people.triager.headers)) == (409, "own_proposal")
    done = await world.http.post(confirm, headers=people.second_triager.headers)
    assert (done.json()["text_hidden"], done.json()["narrative"]) == (True, None)
    assert (await outcomes(world, people.triager, report["id"]))[0]["state"] == "in_effect"

    thread = await world.http.get(f"{url}/messages", headers=people.triager.headers)
    assert [(each["text"], each["text_hidden"]) for each in thread.json()["items"]] == [(None, True)]
    asked = await world.http.get(url, headers=people.triager.headers, params={"show_hidden": "true"})
    assert asked.json()["narrative"] == "You are all fools."
    refused = await world.http.post(f"{url}/hurtful", headers=people.triager.headers, json={"hurtful": False})
    assert code(refused) == (409, "was_misused")
    # The reporter is told nothing of it, and reads what they wrote.
    own = await world.http.get("/v1/me/report/messages", headers=reporter)
    assert [each["text"] for each in own.json()["items"]] == ["All of you."]
    assert "misuse" not in str(await my_report(world, receipt))
    for action in ("claim", "close"):
        assert (await act(world, people.triager, report["id"], action)).status_code == 200


@one_database
async def test_whoever_was_paged_says_what_came_of_it_once_they_took_it_on(world: World) -> None:
    """J5: the adviser sets the outcome; nobody who was only asked does, and misuse is for two triagers."""
    people = await cast(world)
    await world.report("hurt_themselves")
    [report] = await listed(world, people.triager)
    await world.settle()
    [page] = await my_pages(world, people.adviser)
    url = f"/v1/pages/{page['id']}"

    async def say(body: dict[str, Any]) -> httpx.Response:
        return await world.http.post(f"{url}/outcomes", headers=people.adviser.headers | world.once(), json=body)

    assert code(await say(ADVICE)) == (409, "not_held")
    await world.http.post(f"{url}/ack", headers=people.adviser.headers)
    refused = await say(MISUSE)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "by_readers")
    assert (await say(ADVICE)).status_code == 201
    brief = await world.http.get(url, headers=people.adviser.headers)
    assert (brief.json()["outcomes"], brief.json()["priority"]) == ([ADVICE["outcome"]], "now")
    assert (await outcomes(world, people.triager, report["id"]))[0]["outcome"] == ADVICE["outcome"]
    # What somebody holds is for them to say.
    await act(world, people.triager, report["id"], "claim")
    assert code(await came(world, people.second_triager, report["id"], ADVICE)) == (409, "already_claimed")


@one_database
async def test_an_independent_report_is_not_closed_in_silence_either(world: World) -> None:
    people = await cast(world)
    await world.report("tearful", about_role="staff")
    [page] = await my_pages(world, people.handler)
    url, headers = f"/v1/pages/{page['id']}", people.handler.headers
    await world.http.post(f"{url}/ack", headers=headers)
    assert code(await world.http.post(f"{url}/close", headers=headers | {"If-Match": "*"})) == (409, "outcome_needed")
    made = await world.http.post(f"{url}/outcomes", headers=headers | world.once(), json={"outcome": "worry_eased"})
    assert made.status_code == 201
    assert (await world.http.post(f"{url}/close", headers=headers | {"If-Match": "*"})).status_code == 200


@one_database
async def test_a_retry_records_an_outcome_once(world: World) -> None:
    people = await cast(world)
    await world.report("tearful")
    [report] = await listed(world, people.triager)
    key = world.once()
    url = f"{REPORTS}/{report['id']}/outcomes"
    answers = [await world.http.post(url, headers=people.triager.headers | key, json=ADVICE) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].text == answers[1].text
    assert (await the_row(world, ReportOutcome)).outcome is Outcome.ADVICE_GIVEN_TO_REPORTER
    assert (await world.http.post(url, headers=people.triager.headers, json=ADVICE)).status_code == 400
    other = await world.person(Role.COORDINATOR)
    assert (await world.http.get(url, headers=other.headers)).status_code == 403
    assert (await the_row(world, Report)).state == "new"


@one_database
async def test_no_outcome_is_ever_shown_to_the_reporter(world: World) -> None:
    """Beyond the status: what came of it would say what the peer did."""
    people = await cast(world)
    receipt = (await world.report("tearful")).json()["receipt"]
    [report] = await listed(world, people.triager)
    before = await my_report(world, receipt)
    special = {Outcome.WITHDRAWN, Outcome.MISUSE, Outcome.SHARED_WITHOUT_CONSENT, Outcome.CONNECTED_TO_SERVICE}
    for outcome in set(Outcome) - special:
        body = {"outcome": outcome, "contact_method": "phone"}
        assert (await came(world, people.triager, report["id"], body)).status_code == 201
    assert await my_report(world, receipt) == before


@one_database
async def test_of_an_erased_report_it_stays_what_came_of_it_and_not_with_whom(world: World) -> None:
    people = await cast(world)
    await world.entry(ENTRY)
    await world.report("tearful")
    [report] = await listed(world, people.triager)
    connected = {"outcome": "connected_to_service", "contact_method": "phone", "referral": REFERRAL}
    assert (await came(world, people.triager, report["id"], connected)).status_code == 201

    def erase(session: Session) -> None:
        erasing.erase(session, session.exec(select(Report)).one(), now=clock.now(), outcome=None)

    await world.write(erase)
    row = await the_row(world, ReportOutcome)
    assert (row.outcome, row.entry_id, row.consent, row.warm_handover) == ("connected_to_service", None, None, None)
