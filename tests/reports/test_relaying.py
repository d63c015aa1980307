"""What may be passed on: written by a handler, and only as its reporter agrees to it (J3, step 4; domain, 0.4)."""

from __future__ import annotations

import asyncio

import pytest
from harbour import SCHOOL_HOOK, my_pages, my_report, not_found_body, one_database, random_id, told
from passing_on import (
    MINE,
    NARRATIVE,
    NO_RISK,
    REACH,
    SUMMARY,
    agreed,
    answer,
    ask,
    decide,
    held,
    mine,
    my_contacts,
    offered,
    summarise,
)

from app.models import RelaySummary
from app.reports import outing
from tests.reports.harbour import act, rows
from tests.support.world import World


async def test_the_whole_way_from_a_summary_to_what_a_supporter_says_at_the_end(world: World) -> None:
    story = await held(world)
    wrote = await summarise(world, story)
    assert wrote.status_code == 201, wrote.text
    shown = await world.http.get(wrote.headers["Location"], headers=story.people.triager.headers)
    assert (shown.json(), shown.headers["etag"]) == (wrote.json(), wrote.headers["etag"])
    assert (await my_report(world, story.receipt))["status"] == "waiting_for_you"
    seen = (await mine(world, story)).json()
    assert (seen["text"], seen["state"], seen["asked_for"], seen["by_you"]) == (
        SUMMARY,
        "awaiting_reporter",
        True,
        False,
    )
    assert (await ask(world, story)).json()["code"] == "summary_not_approved"

    await world.settle()
    world.receiver.reset()
    edited = await decide(world, story, "edit", "She would like company.")
    assert edited.json()["state"] == "edited_by_reporter"
    assert (await my_report(world, story.receipt))["status"] == "being_read"
    found = await world.http.get(f"{story.path}/relay-summary", headers=story.people.triager.headers)
    assert {name: found.json()[name] for name in ("number", "text", "by_reporter")} == {
        "number": 2,
        "text": "She would like company.",
        "by_reporter": True,
    }
    asked = await ask(world, story)
    assert asked.status_code == 201, asked.text
    await world.settle()
    assert told(world) == {
        story.people.triager.hook: ["relay.answered"],
        story.supporter.hook: ["contact.offered"],
    }

    [contact] = await my_contacts(world, story.supporter)
    assert set(contact) == {
        "id",
        "who",
        "state",
        "summary",
        "contact",
        "offered_hour",
        "accepted_hour",
        "over_hour",
        "note_is_read",
    }
    assert (contact["summary"], contact["contact"]) == ("She would like company.", None)
    accepted = await answer(world, story.supporter, contact["id"], "accept")
    assert (accepted.status_code, accepted.json()["contact"]) == (200, REACH)
    report = await world.http.get(story.path, headers=story.people.triager.headers)
    assert report.json()["state"] == "with_supporter"
    seen = await my_report(world, story.receipt)
    assert seen["status"] == "passed_on"
    assert seen["continue_as_friend"]
    wrote = await world.http.post("/v1/me/report/messages", headers=story.reporter, json={"text": "Thank you."})
    assert wrote.status_code == 201
    assert (await my_report(world, story.receipt))["status"] == "passed_on"

    ended = await answer(world, story.supporter, contact["id"], "end", {"note": "We met twice."})
    assert {name: ended.json()[name] for name in ("state", "summary", "contact")} == {
        "state": "ended",
        "summary": None,
        "contact": None,
    }
    again = await answer(world, story.supporter, contact["id"], "end", {"note": "Another."})
    assert again.json() == ended.json()
    read = await world.http.get(f"{story.path}/contacts", headers=story.people.triager.headers)
    [handed] = read.json()["items"]
    assert (handed["alias"], handed["state"], handed["note"]) == ("Wren", "ended", "We met twice.")
    assert REACH not in read.text
    await world.settle()
    assert told(world)[story.people.triager.hook].count("relay.answered") == 3
    assert SCHOOL_HOOK not in told(world)


@one_database
async def test_nothing_is_passed_on_without_a_yes_however_long_it_takes(world: World) -> None:
    """Neither of no summary at all, nor in silence, nor after a no."""
    story = await held(world)
    nothing = await ask(world, story)
    assert (await summarise(world, story)).status_code == 201
    world.time.advance(days=30)
    silence = await ask(world, story)
    story.reporter = await world.reporter(story.receipt)
    assert (await decide(world, story, "not_agreed")).json()["state"] == "not_agreed"
    for refused in (nothing, silence, await ask(world, story)):
        assert (refused.status_code, refused.json()["code"]) == (409, "summary_not_approved")
    assert await my_contacts(world, story.supporter) == []


async def test_a_yes_to_words_that_were_changed_meanwhile_is_refused(world: World) -> None:
    """Agreeing is to one version, in whatever order the two arrive; an agreement does not carry over."""
    story = await held(world)
    assert (await summarise(world, story)).status_code == 201
    etag = (await mine(world, story)).headers["etag"]
    yes, other = await asyncio.gather(
        decide(world, story, "approve", etag=etag), summarise(world, story, "Others than those.")
    )
    assert (yes.status_code in (200, 412), other.status_code) == (True, 201)
    seen = (await mine(world, story)).json()
    assert (seen["number"], seen["text"], seen["state"]) == (2, "Others than those.", "awaiting_reporter")
    assert (await ask(world, story)).json()["code"] == "summary_not_approved"
    late = await decide(world, story, "approve", etag=etag)
    assert (late.status_code, late.json()["code"], bool(late.json()["help"])) == (412, "precondition_failed", True)
    missing = await world.http.put(MINE, headers=story.reporter, json={"decision": "approve"})
    assert missing.status_code == 428
    kept = [(row.number, row.state) for row in await rows(world, RelaySummary)]
    first = "approved" if yes.status_code == 200 else "awaiting_reporter"
    assert sorted(kept) == [(1, first), (2, "awaiting_reporter")]


@one_database
async def test_whatever_is_not_ruled_out_warns_the_reporter(world: World) -> None:
    story = await held(world)
    for answers, risk in (
        ({}, False),
        ({"small_placement_group": "yes"}, True),
        ({"details_only_one_person_could_know": "not_sure"}, True),
        ({"where_or_when_exactly": "yes"}, True),
        ({"anything_else": "Her dog is named."}, True),
    ):
        wrote = await summarise(world, story, outing_check=NO_RISK | answers)
        assert (answers, wrote.json()["outing_risk"]) == (answers, risk)
        assert wrote.json()["outing_check"] == NO_RISK | {"anything_else": None} | answers
        shown = await mine(world, story)
        assert shown.json()["outing_risk"] is risk
        assert "Her dog" not in shown.text
        assert (await decide(world, story, "edit", "In my words.")).json()["outing_risk"] is risk
    kept = await world.http.get(f"{story.path}/relay-summary", headers=story.people.triager.headers)
    assert kept.json()["outing_check"]["anything_else"] == "Her dog is named."


@one_database
async def test_the_check_is_asked_each_time(world: World) -> None:
    story = await held(world)
    refused = await summarise(world, story, outing_check={"small_placement_group": "no"})
    assert {fault["pointer"] for fault in refused.json()["errors"]} == {
        "#/outing_check/details_only_one_person_could_know",
        "#/outing_check/where_or_when_exactly",
    }


@one_database
async def test_words_come_with_an_edit_and_with_nothing_else(world: World) -> None:
    story = await held(world)
    assert (await summarise(world, story)).status_code == 201
    for decision, text in (("edit", None), ("approve", "Lost words."), ("not_agreed", "Lost words.")):
        refused = await decide(world, story, decision, text)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "text_to_edit")
    assert (await mine(world, story)).json()["state"] == "awaiting_reporter"


@one_database
async def test_figures_say_where_to_look_and_hold_nothing_up(world: World) -> None:
    story = await held(world, relationship="same_placement")
    copied = "A friend says she sat alone on the 7:40 train home again last Tuesday."
    wrote = await summarise(world, story, copied)
    assert wrote.status_code == 201
    assert wrote.json()["hints"] == {
        "names_a_site": False,
        "shares_a_place": True,
        "words_in_a_row": 12,
        "clock_times": 1,
        "weekdays": 1,
    }
    assert wrote.json()["outing_risk"] is False
    assert "hints" not in (await mine(world, story)).json()


@pytest.mark.parametrize(
    ("summary", "words", "clock_times", "weekdays"),
    [
        ("", 0, 0, 0),
        ("She sat alone on the", 0, 0, 0),
        ("SHE SAT, alone on the 7", 6, 0, 0),
        ("Before 08:15 or 8.15 am, not at noon; 3 pm on Mondays and a Sunday.", 0, 4, 2),
        ("The sun sat on 24:99 of 1234.", 0, 0, 0),
    ],
)
def test_what_is_counted(summary: str, words: int, clock_times: int, weekdays: int) -> None:
    found = outing.hints(summary, narrative=NARRATIVE, site_named=True, relationship=None)
    assert found == outing.Hints(True, False, words, clock_times, weekdays)


@one_database
async def test_only_whoever_holds_it_writes_and_only_its_reporter_decides(world: World) -> None:
    story = await held(world)
    none = await world.http.get(MINE, headers=story.reporter)
    assert (none.status_code, bool(none.json()["help"])) == (404, True)
    body = {"purpose": "supporter", "who": "peer", "text": SUMMARY, "outing_check": NO_RISK}
    second = story.people.second_triager
    url = f"{story.path}/relay-summary"
    other = await world.http.post(url, headers=second.headers | world.once(), json=body)
    assert (other.status_code, other.json()["code"]) == (409, "already_claimed")
    await world.report("tearful")
    listed = await world.http.get("/v1/schools/harbour/reports?state=new", headers=second.headers)
    [unclaimed] = [item["id"] for item in listed.json()["items"]]
    free = await world.http.post(
        f"/v1/schools/harbour/reports/{unclaimed}/relay-summary", headers=second.headers | world.once(), json=body
    )
    assert (free.status_code, free.json()["code"]) == (409, "not_claimed")
    await agreed(world, story)
    assert (await world.http.get(url, headers=second.headers)).json()["state"] == "approved"
    closed = await act(world, story.people.triager, story.report_id, "close")
    assert closed.status_code == 200
    for late in (await summarise(world, story), await decide(world, story, "not_agreed"), await ask(world, story)):
        assert (late.status_code, late.json()["code"]) == (409, "report_closed")


@one_database
async def test_an_independent_handler_asks_about_a_service_through_the_page(world: World) -> None:
    story = await held(world)
    people = story.people
    made = await world.report("tearful", about_role="staff", narrative=NARRATIVE)
    story.reporter = await world.reporter(made.json()["receipt"])
    [page] = await my_pages(world, people.handler)
    url = f"/v1/pages/{page['id']}/relay-summary"
    body = {"who": "peer", "text": SUMMARY, "outing_check": NO_RISK}
    early = await world.http.post(url, headers=people.handler.headers | world.once(), json=body)
    assert early.json()["code"] == "not_claimed"
    await world.http.post(f"/v1/pages/{page['id']}/ack", headers=people.handler.headers)
    wrote = await world.http.post(url, headers=people.handler.headers | world.once(), json=body)
    assert (wrote.status_code, wrote.json()["purpose"]) == (201, "service")
    assert (await mine(world, story)).json()["what_it_is_for"].startswith("For a service")
    await world.settle()
    world.receiver.reset()
    assert (await decide(world, story, "approve")).status_code == 200
    await world.settle()
    assert told(world) == {people.handler.hook: ["relay.answered"]}
    assert (await world.http.get(url, headers=people.handler.headers)).json()["state"] == "approved"
    for person in (people.triager, people.adviser):
        gone = await world.http.get(url, headers=person.headers)
        nothing = await world.http.get(f"/v1/pages/{random_id()}/relay-summary", headers=person.headers)
        assert not_found_body(gone) == not_found_body(nothing)

    await world.report("hurt_themselves")
    await world.settle()
    [page] = await my_pages(world, people.adviser)
    refused = await world.http.post(
        f"/v1/pages/{page['id']}/relay-summary", headers=people.adviser.headers | world.once(), json=body
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "triagers_work")


@one_database
async def test_changing_ones_mind_takes_back_what_nobody_has_accepted(world: World) -> None:
    story = await held(world)
    contact = await offered(world, story)
    await world.settle()
    world.receiver.reset()
    assert (await decide(world, story, "not_agreed")).status_code == 200
    await world.settle()
    assert told(world)[story.supporter.hook] == ["contact.over"]
    late = await answer(world, story.supporter, contact, "accept")
    assert (late.status_code, late.json()["code"]) == (409, "contact_over")
    assert (await ask(world, story)).json()["code"] == "summary_not_approved"
    assert (await decide(world, story, "approve")).json()["state"] == "approved"
    asked = await ask(world, story)
    accepted = await answer(world, story.supporter, asked.json()["id"], "accept")
    assert (await decide(world, story, "edit", "Other words.")).status_code == 200
    [now, _] = sorted(await my_contacts(world, story.supporter), key=lambda each: each["state"])
    assert (now["state"], now["summary"]) == (accepted.json()["state"], SUMMARY)
