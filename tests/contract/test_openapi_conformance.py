"""What the service really answers is what its OpenAPI document says: status, headers, media type and every field.

Each answer of the scenarios below is held against the document; together they call every operation.
"""

from __future__ import annotations

import copy
import datetime as dt
import uuid
from typing import Any

import pytest
from audit_scenarios import audit_export
from choosing_scenarios import choosing, inviting
from decision_scenarios import decisions
from evaluation_scenarios import evaluation
from held import OPERATIONS, Held, example
from joining_scenarios import joining
from openapi_reading import faults
from openapi_reading import webhooks as webhook_operations
from pausing_scenarios import pausing
from people_scenarios import people
from planning_scenarios import planning
from programme_scenarios import programme
from school_scenarios import decided, schools
from service_account_scenarios import service_accounts
from sso_scenarios import single_sign_on
from statistics_scenarios import statistics
from story_scenarios import profile, stories
from succession_scenarios import succession
from supervision_scenarios import supervision
from training_scenarios import training

from app.identity.passwords import Passwords
from app.vocabulary import Role
from tests.reports.working import asked_after
from tests.support.receiver import verified
from tests.support.world import Someone, World
from tests.test_access import exhausted

# The document is the same whatever the database.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


# The one entry of this school that has a door.
ROOM = {
    "id": "quiet-room",
    "name": "Quiet room",
    "tier": "peer",
    "what_it_is": "A room with a kettle",
    "who_for": "Students",
    "for": ["self"],
    "independent": True,
    "run_by": "student_society",
    "shares_information_with_school": "never",
    "channels": ["in_person"],
    "hours_text": "Weekdays, 9 am to 5 pm",
    "hours": "Mo-Fr 09:00-17:00; PH off",
    "zone": "Australia/Melbourne",
    "cost": "free",
    "address": "1 Quay Street, Harbour VIC 3999",
    "verification": "verified",
    "sources": [{"url_or_text": "The society", "date": "2027-02-01"}],
}


async def test_every_operation_answers_as_documented(world: World) -> None:
    held = Held(world)
    await world.school()
    adviser = await world.person(Role.ADVISER, alias="Mira", paged=True)
    second = await world.person(Role.ADVISER, alias="Tomas", paged=True)
    supporter = await world.person(Role.SUPPORTER, alias="Wren")
    triager = await world.person(Role.TRIAGER, alias="Noor")
    coordinator = await world.person(Role.COORDINATOR, alias="Lee", paged=True)

    await anyone(held)
    await world.entry(ROOM)
    for of in ("", "School"):
        await by_the_standard(held, of)
    await directory(held)
    await signing_in(held, world)
    await service_accounts(held, world)
    await joining(held, world)
    await single_sign_on(held, world)
    await rosters(held, coordinator, adviser, second)
    await calendars(held, adviser)
    await advice(held, world, supporter, adviser)
    await pausing(held, world)
    await reports(held, world, triager)
    await choosing(held, world)
    await inviting(held, world)
    await pages(held, world, adviser)
    await conflicts(held, world, adviser)
    await webhooks(held, world)
    await keeping(held, world)
    await planning(held, world)
    await paging(held, world, coordinator)
    await decisions(held, world, triager)
    await privacy(held, world)
    await people(held, world)
    await stories(held, world)
    await training(held, world)
    await evaluation(held, world)
    await profile(held, world)
    await succession(held, world)
    await programme(held, world)
    await content(held, world)
    await decided(held, world)
    await schools(held, world)
    # The last: time goes by in it.
    await supervision(held, world)
    await statistics(held, world)

    never = [name for name in OPERATIONS if not any(status < 300 for status in held.seen[name])]
    # Only a school's entries have a door.
    assert never == ["getHsdsServiceAtLocation"], "add these to a scenario"


async def anyone(held: Held) -> None:
    for name in ("getMeta", "getHealth", "getReadiness", "getJwks", "getReportChallenge"):
        assert (await held(name)).status_code == 200
    for name in ("getHelpNow", "getPrivacyStatement", "getReaders", "getCoverageNow"):
        shown = await held(name)
        assert (await held(name, headers={"If-None-Match": shown.headers["ETag"]})).status_code == 304


async def by_the_standard(held: Held, of: str) -> None:
    """The public directory by HSDS, a country's or a school's: every list, and the first that it has."""
    assert (await held(f"get{of}Hsds")).status_code == 200
    for kind, many, named in (
        ("Service", "Services", "service_id"),
        ("Organization", "Organizations", "organization_id"),
        ("ServiceAtLocation", "ServiceAtLocations", "service_at_location_id"),
        ("Taxonomy", "Taxonomies", "taxonomy_id"),
        ("TaxonomyTerm", "TaxonomyTerms", "taxonomy_term_id"),
    ):
        shown = (await held(f"list{of}Hsds{many}")).json()["contents"]
        first = shown[0]["id"] if shown else "0197b7d8-5c1e-7d2a-9b3f-2e4a6c8d0f11"
        assert (await held(f"get{of}Hsds{kind}", at={named: first})).status_code == (200 if shown else 404)


async def directory(held: Held) -> None:
    listed = await held("listDirectory", params={"limit": 1})
    assert 'rel="next"' in listed.headers["Link"]
    at = {"entry_id": listed.json()["items"][0]["id"]}
    for name in ("listDirectory", "getDirectoryEntry", "getDirectorySnapshot", "listDirectoryChanges", "listSites"):
        shown = await held(name, at=at)
        assert (await held(name, at=at, headers={"If-None-Match": shown.headers["ETag"]})).status_code == 304
    assert (await held("getDirectoryEntry", at={"entry_id": "there-is-none"})).status_code == 404
    assert (await held("listDirectory", params={"zone": "Nowhere/Here"})).status_code == 422
    assert (await held("listDirectoryChanges", params={"sync_token": "gone"})).status_code == 410
    [media] = OPERATIONS["findReferralOptions"].content().values()
    for each in media["examples"].values():
        assert (await held("findReferralOptions", json=each["value"])).status_code == 200


async def content(held: Held, world: World) -> None:
    coordinator, supporter = await world.person(Role.COORDINATOR), await world.person(Role.SUPPORTER)
    for name in (
        "listGuidance",
        "listScripts",
        "listPracticeScenarios",
        "listObligationsCards",
        "listRoleCards",
        "listActionPlanTemplates",
        "listGuidanceChanges",
    ):
        shown = await held(name, params={"limit": 100})
        known = {"If-None-Match": shown.headers["ETag"]}
        assert (await held(name, params={"limit": 100}, headers=known)).status_code == 304
    assert (await held("listGuidanceChanges", params={"sync_token": "bm9uZQ"})).status_code == 410
    [article, *_] = (await held("listGuidance")).json()["items"]
    at = {"piece": article["id"]}
    await held("getGuidanceArticle", at=at)
    await held("getRoleCard", at={"role": "supporter"})
    [played, *_] = (await held("listPracticeScenarios")).json()["items"]
    steps = (await held("getPracticeScenario", at={"piece": played["id"]})).json()["steps"]
    move = {"step": steps[0]["id"], "choice": steps[0]["choices"][0]["id"]}
    await held("playPracticeScenario", at={"piece": played["id"]}, json=move)
    await held("listSupporterGuidance", supporter, params={"limit": 100})
    await held("getSupporterGuidance", supporter, at=at)
    for module in (await held("listTrainingModules", supporter)).json()["items"]:
        await held("getTrainingModule", supporter, at={"module": module["code"]})
        exercise = next(each for each in module["exercises"] if each["choices"])
        body = {"exercise": exercise["id"], "choices": [exercise["choices"][0]["id"]]}
        await held("answerTrainingExercise", supporter, at={"module": module["code"]}, json=body)
    at = {"sort": "article", "piece": article["id"]}
    today = world.time.now().date()
    review = {"reviewed_on": str(today), "review_by": str(today + dt.timedelta(days=300))}
    changes = example("putContentOverride", of="changes") | review
    assert (await held("putContentOverride", coordinator, at=at, json=changes)).status_code == 201
    assert (await held("putContentOverride", coordinator, at=at, json=changes)).status_code == 428
    await held.versioned("putContentOverride", coordinator, "getContentOverride", at=at, json=changes)
    own = {"sort": "article", "piece": "north-campus"}
    made = await held("putContentOverride", coordinator, at=own, json=example("putContentOverride", of="own") | review)
    assert made.status_code == 201, made.text
    taken = await held("putContentOverride", coordinator, at=at | {"sort": "script"}, json=changes)
    assert (taken.status_code, taken.json()["code"]) == (409, "id_taken")
    await held("listContentOverrides", coordinator)
    await held.versioned("deleteContentOverride", coordinator, "getContentOverride", at=at)
    await held("checkContentWording", coordinator, json=example("checkContentWording"))


async def signing_in(held: Held, world: World) -> None:
    hashed = Passwords(cost="fast").hash_now("a long phrase")
    someone = await world.person(Role.STUDENT, password_hash=hashed)
    opened = await held("createToken", json=example("createToken", of="password") | {"login": someone.login})
    await held("createToken", json={"grant_type": "refresh_token", "refresh_token": opened.json()["refresh_token"]})
    assert (await held("createToken", json=example("createToken", of="password"))).status_code == 401
    token = {"Authorization": f"Bearer {opened.json()['access_token']}"}
    assert (await held("getMe", token)).status_code == 200
    assert (await held("revokeToken", token)).status_code == 204
    assert (await held("revokeToken", token)).status_code == 401


async def rosters(held: Held, coordinator: Someone, *advisers: Someone) -> None:
    preview = await held("previewRoster", coordinator, json=example("previewRoster"))
    answers = OPERATIONS["previewRoster"].responses()[200]["content"]["application/json"]["examples"]
    assert preview.json() == next(iter(answers.values()))["value"], "the example is what the service really answers"

    body = example("createRoster")
    rotation = body["roster"]["layers"][0]["rotation"] | {"participants": [str(each.id) for each in advisers]}
    rotation["start_local"] = "2026-01-05T09:00"
    body = body | {"roster": body["roster"] | {"layers": [body["roster"]["layers"][0] | {"rotation": rotation}]}}
    key = World.once()
    made = await held("createRoster", coordinator, headers=key, json=body)
    assert (await held("createRoster", coordinator, headers=key, json=body)).headers["Idempotency-Replayed"] == "true"
    assert (await held("createRoster", coordinator, headers=World.once(), json=body)).status_code == 409
    assert (await held("createRoster", coordinator, json=body)).status_code == 400
    assert (await held("createRoster", coordinator, headers=key, json=body | {"level": "backup"})).status_code == 422
    at = {"roster_id": made.json()["id"]}
    await held("listRosters", coordinator)
    await held("getRoster", coordinator, at=at)
    await held("getOnCall", coordinator, at=at)
    window = {"from": "2027-03-21T00:00:00Z", "to": "2027-03-28T00:00:00Z"}
    assert (await held("listShifts", coordinator, at=at, params=window)).json()["gaps"] == []
    for name in ("getRosterPicture", "getRosterLoad"):
        shown = await held(name, coordinator, at=at, params=window)
        known = {"If-None-Match": shown.headers["ETag"]}
        assert (await held(name, coordinator, at=at, params=window, headers=known)).status_code == 304


async def calendars(held: Held, adviser: Someone) -> None:
    made = await held("createCalendarFeed", adviser, json=example("createCalendarFeed", of="own"))
    at = {"feed_id": made.json()["id"]}
    await held("listCalendarFeeds", adviser)
    await held("getCalendarFeed", adviser, at=at)
    token = made.json()["url"].rpartition("/")[2].removesuffix(".ics")
    shown = await held("getCalendar", at={"token": token})
    known = {"If-None-Match": shown.headers["ETag"]}
    assert (await held("getCalendar", at={"token": token}, headers=known)).status_code == 304
    await held("deleteCalendarFeed", adviser, at=at)
    assert (await held("getCalendar", at={"token": token})).status_code == 404


async def advice(held: Held, world: World, supporter: Someone, adviser: Someone) -> None:
    for _ in range(2):
        made = await held("createAdviceRequest", supporter, headers=world.once(), json=example("createAdviceRequest"))
    at = {"request_id": made.json()["id"]}
    first = await held("listAdviceRequests", supporter, params={"limit": 1})
    assert 'rel="next"' in first.headers["Link"]
    await held("createAdviceMessage", supporter, at=at, headers=world.once(), json=example("createAdviceMessage"))
    await held("listAdviceMessages", supporter, at=at)
    outcome = example("recordAdviceOutcome")
    await held.versioned("recordAdviceOutcome", supporter, "getAdviceRequest", at=at, json=outcome)
    await held.versioned("closeAdviceRequest", supporter, "getAdviceRequest", at=at)
    assert (await held("closeAdviceRequest", supporter, at=at, headers={"If-Match": '"old"'})).status_code == 412
    assert (await held("closeAdviceRequest", supporter, at=at)).status_code == 428


async def reports(held: Held, world: World, triager: Someone) -> None:
    # Each of the documented examples is accepted.
    [media] = OPERATIONS["createReport"].content().values()
    for each in media["examples"].values():
        made = await held("createReport", headers=world.once(), json=each["value"])
        assert made.status_code == 201
    made = await held("createReport", json=example("createReport"))
    await held("createReceiptSession", json=example("createReceiptSession"))
    opened = await held("createReceiptSession", json={"receipt": made.json()["receipt"]})
    mine = {"Authorization": f"Bearer {opened.json()['access_token']}"}
    await held("getMyReport", mine)
    await held("createMyReportMessage", mine, headers=world.once(), json=example("createMyReportMessage"))
    await held("listMyReportMessages", mine)
    await taken_back(held, world, mine, triager)

    listed = await held("listReports", triager, params={"state": "new"})
    at = {"report_id": listed.json()["items"][-1]["id"]}
    await held.versioned("claimReport", triager, "getReport", at=at)
    await held.versioned("releaseReport", triager, "getReport", at=at)
    await held.versioned("claimReport", triager, "getReport", at=at)
    message = example("createReportMessage")
    await held("createReportMessage", triager, at=at, headers=world.once(), json=message)
    await held("listReportMessages", triager, at=at)
    await handling(held, world, triager, at)
    await passing_on(held, world, triager)
    await held.versioned("closeReport", triager, "getReport", at=at)
    gone = await held("createReportMessage", triager, at=at, headers=world.once(), json=message)
    assert gone.status_code == 409

    asked_after(world, 1)
    answers = [await held("createReport", json=example("createReport")) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 428]
    assert (await held("getReportChallenge")).json()["needed"]
    asked_after(world, 10_000)


async def taken_back(held: Held, world: World, mine: dict[str, str], triager: Someone) -> None:
    shown = await held("getMyWithdrawalPreview", mine)
    await held("getMyWithdrawalPreview", mine, headers={"If-None-Match": shown.headers["ETag"]})
    changed = await held("withdrawMyReport", mine, json={"expected": "continues"})
    assert (changed.status_code, changed.json()["preview"]) == (409, shown.json())
    await held("extendMyReceipt", mine)
    await held("withdrawMyReport", mine, json=example("withdrawMyReport"))
    assert (await held("listMyReportMessages", mine)).status_code == 409
    await held("undoMyWithdrawal", mine)

    made = await held("createReport", json=example("createReport", of="urgent"))
    opened = await held("createReceiptSession", json={"receipt": made.json()["receipt"]})
    other = {"Authorization": f"Bearer {opened.json()['access_token']}"}
    await held("withdrawMyReport", other, json=example("withdrawMyReport", of="withAReason"))
    listed = await held("listReports", triager, params={"state": "withdrawn"})
    at = {"report_id": listed.json()["items"][0]["id"]}
    await held("getReport", triager, at=at)
    await held("decideWithdrawal", triager, at=at, headers=world.once(), json=example("decideWithdrawal", of="letGo"))


async def handling(held: Held, world: World, triager: Someone, at: dict[str, str]) -> None:
    """What is done with a report beside answering it. The documented examples name what is not here."""
    assert (await held("setReportPriority", triager, at=at, json={"priority": "when_you_can"})).status_code == 428
    lower = example("setReportPriority", of="later") | {"priority": "when_you_can"}
    await held.versioned("setReportPriority", triager, "getReport", at=at, json=lower)
    await held("setReportPriority", triager, at=at, json=example("setReportPriority", of="sooner"))
    for number, step in enumerate(("confirm", "decline", "takeBack")):
        misuse = example("createReportOutcome", of="misuse")
        await held("createReportOutcome", triager, at=at, headers=world.once(), json=misuse)
        second = await world.person(Role.TRIAGER)
        listed = await held("listReportProposals", triager, at=at)
        [waiting] = [each for each in listed.json()["items"] if each["state"] == "awaiting_second_person"]
        who = triager if step == "takeBack" else second
        done = await held(f"{step}ReportProposal", who, at=at | {"proposal_id": waiting["id"]})
        assert (number, done.status_code) == (number, 200)
    assert (await held("markReport", triager, at=at, json={"hurtful": False})).status_code == 409
    await held("createReportOutcome", triager, at=at, headers=world.once(), json=example("createReportOutcome"))
    await held("listReportOutcomes", triager, at=at)
    [message] = (await held("listReportMessages", triager, at=at)).json()["items"][-1:]
    await held("markReportMessage", triager, at=at | {"message_id": message["id"]}, json=example("markReportMessage"))
    await held("markReport", triager, at=at, json=example("markReport"))
    assert (await held("getReport", triager, at=at, params={"show_hidden": "true"})).json()["text_hidden"] is True
    assert (await held("groupReport", triager, at=at, json=example("groupReport"))).status_code == 404
    others = (await held("listReports", triager, params={"open_only": "true"})).json()["items"]
    other = next(each["id"] for each in others if each["id"] != at["report_id"])
    await held("groupReport", triager, at=at, json={"with": other})
    await held("ungroupReport", triager, at=at)


async def passing_on(held: Held, world: World, triager: Someone) -> None:
    """A summary of the one report with its sign; two supporters are asked, one after the other."""
    made = await held("createReport", json={"signs": ["eating_differently"]})
    opened = await held("createReceiptSession", json={"receipt": made.json()["receipt"]})
    mine = {"Authorization": f"Bearer {opened.json()['access_token']}"}
    listed = await held("listReports", triager, params={"limit": 100})
    [report] = [each["id"] for each in listed.json()["items"] if each["signs"] == ["eating_differently"]]
    at = {"report_id": report}
    await held.versioned("claimReport", triager, "getReport", at=at)
    supporter = await world.person(Role.SUPPORTER, alias="Ana")
    made = await held("createRelaySummary", triager, at=at, headers=world.once(), json=example("createRelaySummary"))
    assert made.headers["ETag"] == (await held("getRelaySummary", triager, at=at)).headers["ETag"]
    contact = example("createReportContact") | {"supporter": str(supporter.id)}
    early = await held("createReportContact", triager, at=at, headers=world.once(), json=contact)
    assert early.status_code == 409
    assert (await held("decideRelaySummary", mine, json=example("decideRelaySummary"))).status_code == 428
    for which in ("inOtherWords", "notAtAll", "asItStands"):
        shown = await held("getMyRelaySummary", mine)
        headers = {"If-Match": shown.headers["ETag"]}
        said = await held("decideRelaySummary", mine, headers=headers, json=example("decideRelaySummary", of=which))
        assert said.status_code == 200
    assert (await held("decideRelaySummary", mine, headers=headers, json={"decision": "approve"})).status_code == 412
    able = await held("listReportSupporters", triager, at=at)
    assert str(supporter.id) in {each["person"] for each in able.json()["items"]}
    for answer in ("declineMyContact", "acceptMyContact"):
        asked = await held("createReportContact", triager, at=at, headers=world.once(), json=contact)
        its = {"contact_id": asked.json()["id"]}
        await held(answer, supporter, at=its)
    assert (await held("declineMyContact", supporter, at=its)).status_code == 409
    await held("getMyContact", supporter, at=its)
    await held("endMyContact", supporter, at=its, json=example("endMyContact"))
    await held("listMyContacts", supporter)
    await held("endReportContact", triager, at=at | its)
    await held("listReportContacts", triager, at=at)


async def pages(held: Held, world: World, adviser: Someone) -> None:
    for _ in range(4):
        await held("createReport", json=example("createReport", of="urgent"))
    await world.settle()
    listed = await held("listMyPages", adviser)
    first, second, third, fourth = [page["id"] for page in listed.json()["items"]][:4]
    await held("getPage", adviser, at={"page_id": first})
    await held("acknowledgePage", adviser, at={"page_id": first})
    await held("createPageNote", adviser, at={"page_id": first}, headers=world.once(), json=example("createPageNote"))
    refused = await held("handOverPage", adviser, at={"page_id": fourth}, json=example("handOverPage"))
    assert refused.status_code == 409
    await held("acknowledgePage", adviser, at={"page_id": fourth})
    await held("handOverPage", adviser, at={"page_id": fourth}, json=example("handOverPage"))
    await held("replyToPage", adviser, at={"page_id": first}, headers=world.once(), json=example("replyToPage"))
    await held("declinePage", adviser, at={"page_id": second})
    await world.settle()
    await closing_from_a_page(held, world)
    [url] = [
        data["ack_url"] for kind, data in told(world, adviser) if kind == "page.requested" and data["page_id"] == third
    ]
    link = {"page_id": third, "token": url.rpartition("/")[2]}
    await held("showAckLink", at=link)
    await held("useAckLink", at=link)
    assert {"page.requested", "page.cancelled"} <= {kind for kind, _ in told(world, adviser)}


async def closing_from_a_page(held: Held, world: World) -> None:
    handler = await world.person(Role.INDEPENDENT_HANDLER, alias="Asha", paged=True)
    await held("createReport", json=example("createReport") | {"about_role": "staff"})
    [page] = (await held("listMyPages", handler)).json()["items"]
    at = {"page_id": page["id"]}
    assert (await held("closePage", handler, at=at)).status_code == 428
    assert (await held("closePage", handler, at=at, headers={"If-Match": '"old"'})).status_code == 412
    assert (await held("closePage", handler, at=at, headers={"If-Match": "*"})).status_code == 409
    await held("acknowledgePage", handler, at=at)
    outcome = example("createPageOutcome")
    await held("createPageOutcome", handler, at=at, headers=world.once(), json=outcome)
    summary = example("createPageRelaySummary")
    await held("createPageRelaySummary", handler, at=at, headers=world.once(), json=summary)
    await held("getPageRelaySummary", handler, at=at)
    await held.versioned("closePage", handler, "getPage", at=at)


async def conflicts(held: Held, world: World, adviser: Someone) -> None:
    """Of a report in the queue, of one behind a page, and of one that is for independent handlers."""
    triager = await world.person(Role.TRIAGER, alias="Eli")
    handler, other = [await world.person(Role.INDEPENDENT_HANDLER, alias=alias, paged=True) for alias in ("Bo", "Kim")]
    await held("createReport", json=example("createReport"))
    at = {"report_id": (await held("listReports", triager, params={"state": "new"})).json()["items"][0]["id"]}
    assert (await held("declareConflict", triager, at=at, json=example("declareConflict"))).status_code == 200
    assert (await held("recuseFromReport", triager, at=at, json=example("recuseFromReport"))).status_code == 204
    assert (await held("recuseFromReport", triager, at=at, json={})).status_code == 404

    for recused in (False, True):
        await held("createReport", json=example("createReport", of="urgent"))
        at = {"page_id": (await held("listMyPages", adviser)).json()["items"][0]["id"]}
        body = {"person": "Eli", "reason": "They live together."}
        assert (await held("declarePageConflict", adviser, at=at, json=body)).status_code == 409
        await held("acknowledgePage", adviser, at=at)
        assert (await held("declarePageConflict", adviser, at=at, json=body)).status_code == 200
        if recused:
            assert (await held("recuseFromPage", adviser, at=at, json={})).status_code == 204

    await held("createReport", json=example("createReport") | {"about_role": "staff", "priority": "now"})
    await world.settle()
    world.time.advance(minutes=11)
    await world.settle()
    page = (await held("listMyPages", handler)).json()["items"][0]
    await held("acknowledgePage", handler, at={"page_id": page["id"]})
    at = {"report_id": (await held("listReports", handler)).json()["items"][0]["id"]}
    assert (await held("grantReport", handler, at=at, json={"person": "Mira"})).status_code == 422
    assert (await held("grantReport", handler, at=at, json={"person": other.alias})).status_code == 200


async def paging(held: Held, world: World, coordinator: Someone) -> None:
    """What a school decides of paging, and sees of it."""
    # A copy: the document's own example is everybody's.
    body = copy.deepcopy(example("createEscalationPolicy"))
    body["levels"][1]["ask"] = {"kind": "roster", "line": None, "level": "backup"}
    made = await held("createEscalationPolicy", coordinator, json=body)
    assert (await held("createEscalationPolicy", coordinator, json=body)).status_code == 409
    at = {"policy_id": made.json()["id"]}
    await held("listEscalationPolicies", coordinator)
    await held("getPolicyInForce", coordinator, params={"need": "advice"})
    content = {name: body[name] for name in example("replaceEscalationPolicy")}
    await held.versioned("replaceEscalationPolicy", coordinator, "getEscalationPolicy", at=at, json=content)
    await held("listEscalationPolicyVersions", coordinator, at=at)
    await held.versioned("deleteEscalationPolicy", coordinator, "getEscalationPolicy", at=at)

    at = {"escalation_id": await exhausted(world)}
    await held("listUnanswered", coordinator, params={"reviewed": "false"})
    await held.versioned("closeUnanswered", coordinator, "getUnanswered", at=at, json=example("closeUnanswered"))
    again = await held(
        "closeUnanswered", coordinator, at=at, headers={"If-Match": "*"}, json=example("closeUnanswered")
    )
    assert again.status_code == 409

    made = await held("createDrill", coordinator, headers=world.once())
    assert (await held("createDrill", coordinator, headers=world.once())).status_code == 409
    await held("listDrills", coordinator)
    await held("getDrill", coordinator, at={"drill_id": made.json()["id"]})


async def keeping(held: Held, world: World) -> None:
    """A directory is kept by school IT."""
    it = await world.person(Role.SCHOOL_IT)
    body = example("putKeptEntry")
    at = {"entry_id": body["id"]}
    made = await held("putKeptEntry", it, at=at, json=body)
    assert made.headers["ETag"] == (await held("getKeptEntry", it, at=at)).headers["ETag"]
    assert (await held("putKeptEntry", it, at=at, json=body)).status_code == 428
    await held.versioned("putKeptEntry", it, "getKeptEntry", at=at, json=body | {"cost": "a fee"})
    for name in ("patchKeptEntry", "hideKeptEntry", "verifyKeptEntry"):
        await held.versioned(name, it, "getKeptEntry", at=at, json=example(name))
    await held.versioned("showKeptEntry", it, "getKeptEntry", at=at)
    last = {"entry_id": "au-000"}
    refused = await held.versioned("hideKeptEntry", it, "getKeptEntry", at=last, json=example("hideKeptEntry"))
    assert refused.status_code == 409
    first = await held("listKeptEntries", it, params={"limit": 1})
    assert 'rel="next"' in first.headers["Link"]
    await held("listKeptEntries", it, params={"origin": "own"})
    await held("listEntryVerifications", it, at=at)
    await held("listReviewTasks", it)
    assert (await held("createCorrection", at=at, json=example("createCorrection"))).status_code == 201
    listed = await held("listCorrections", it, params={"open_only": "true"})
    settled = {"correction_id": listed.json()["items"][0]["id"]}
    await held("settleCorrection", it, at=settled, json=example("settleCorrection"))
    assert (await held("settleCorrection", it, at=settled, json={"outcome": "not_clear"})).status_code == 409
    for of in ("objects", "table"):
        rows = example("importDirectory", of=of)
        dry = await held("importDirectory", it, params={"dry_run": "true"}, json=rows)
        stored = await held("importDirectory", it, headers={"If-Match": dry.json()["etag"]}, json=rows)
        assert stored.status_code == 200
    assert (await held("importDirectory", it, json=rows)).status_code == 428
    shown = await held("exportDirectory", it)
    assert (await held("exportDirectory", it, headers={"If-None-Match": shown.headers["ETag"]})).status_code == 304
    await held.versioned("deleteKeptEntry", it, "getKeptEntry", at=at)

    made = await held("createSite", it, headers=world.once(), json=example("createSite"))
    site = {"site_id": made.json()["id"]}
    await held.versioned("updateSite", it, "getSite", at=site, json=example("updateSite"))
    await held.versioned("deleteSite", it, "getSite", at=site)


async def privacy(held: Held, world: World) -> None:
    """What a privacy officer sees and decides."""
    officer = await world.person(Role.PRIVACY_OFFICER, alias="Priya", paged=True)
    records = await held("listReportRecords", officer)
    # In no order of time within an hour: one of another scenario, which is erased by now, can be the first.
    there = (each["id"] for each in records.json()["items"] if each["erased_hour"] is None)
    at = {"report_id": next(there)}
    await held("getReportRecord", officer, at=at)
    await held("getAccessLog", officer, at=at)
    await held("listAuditLog", officer, params={"action": "report.claimed"})
    await audit_export(held, world, officer)
    await held("listRetentionPolicies", officer)
    named = {"retention_class": "named"}
    body = example("putRetentionPolicy")
    await held.versioned("putRetentionPolicy", officer, "getRetentionPolicy", at=named, json=body)

    begun = await held("createRetentionRun", officer, headers=world.once())
    assert (await held("createRetentionRun", officer, headers=world.once())).status_code == 409
    await world.settle()
    run = {"run_id": begun.json()["id"]}
    assert (await held("getRetentionRun", officer, at=run)).json()["state"] == "finished"
    await held("listRetentionRuns", officer)
    await held("listRetentionItems", officer, at=run)

    body = example("createLegalHold", of="report") | at
    made = await held("createLegalHold", officer, headers=world.once(), json=body)
    hold = {"hold_id": made.json()["id"]}
    await held("listLegalHolds", officer)
    body = example("releaseLegalHold")
    await held.versioned("releaseLegalHold", officer, "getLegalHold", at=hold, json=body)
    again = await held("releaseLegalHold", officer, at=hold, headers={"If-Match": "*"}, json=body)
    assert again.status_code == 409

    body = example("createPrivacyIncident") | {"happened_on": "2026-01-05"}
    made = await held("createPrivacyIncident", officer, headers=world.once(), json=body)
    incident = {"incident_id": made.json()["id"]}
    await held("listPrivacyIncidents", officer, params={"status": "open"})
    body = example("updatePrivacyIncident")
    await held.versioned("updatePrivacyIncident", officer, "getPrivacyIncident", at=incident, json=body)


def told(world: World, someone: Someone) -> list[tuple[str, dict[str, Any]]]:
    """What somebody's endpoint was sent so far: each held against the document, too (W11)."""
    events = [verified(each, someone.secret) for each in world.receiver.wait_for(someone.hook)]
    for event in events:
        [media] = webhook_operations()[event["type"]]["requestBody"]["content"].values()
        assert faults(media["schema"], event) == []
    return [(event["type"], event["data"]) for event in events]


async def webhooks(held: Held, world: World) -> None:
    it = await world.person(Role.SCHOOL_IT)
    await held("listEventTypes", it)
    body = example("createMyWebhookEndpoint") | {"url": world.receiver.url("other")}
    for owner in ("My", "School"):
        made = await held(f"create{owner}WebhookEndpoint", it, json=body)
        assert made.headers["Location"].endswith(made.json()["id"])
        at = {"endpoint_id": made.json()["id"]}
        await held(f"list{owner}WebhookEndpoints", it)
        await held(f"ping{owner}WebhookEndpoint", it, at=at)
        read = f"get{owner}WebhookEndpoint"
        patch = example(f"update{owner}WebhookEndpoint", of="pause")
        await held.versioned(f"update{owner}WebhookEndpoint", it, read, at=at, json=patch)
        rotation = example(f"rotate{owner}WebhookSecret", of="overADay")
        await held.versioned(f"rotate{owner}WebhookSecret", it, read, at=at, json=rotation)
        sent = (await held(f"list{owner}WebhookDeliveries", it, at=at)).json()["items"]
        one = at | {"delivery_id": sent[0]["id"]}
        await held(f"get{owner}WebhookDelivery", it, at=one)
        off = await held(f"resend{owner}WebhookDelivery", it, at=one)
        assert (off.status_code, off.json()["code"]) == (409, "endpoint_is_off")
        await held.versioned(f"update{owner}WebhookEndpoint", it, read, at=at, json={"enabled": True})
        assert (await held(f"resend{owner}WebhookDelivery", it, at=one)).status_code == 202
        await held.versioned(f"delete{owner}WebhookEndpoint", it, read, at=at)
        assert (await held(read, it, at=at)).status_code == 404


async def test_every_refusal_is_as_documented(world: World) -> None:
    """Each operation, called wrongly in every way that does not depend on what it is for."""
    held = Held(world)
    await world.school()
    everybody = await world.person(*(role for role in Role if role is not Role.PLATFORM_OPERATOR))
    operator = await world.person(Role.PLATFORM_OPERATOR, school=None)
    student = await world.person(Role.STUDENT)
    for operation in OPERATIONS.values():
        operated = operation.value["security"] == [{"bearer": ["platform_operator"]}]
        whoever = operator if operated else everybody
        names = operation.parameters("path").keys() - {"school"}
        nothing: dict[str, Any] = dict.fromkeys(names, str(uuid.uuid4())) | (
            {"token": "a" * 32} if "token" in names else {}
        )
        for someone in (None, student, whoever):
            await held(operation.name, someone, at=nothing, headers={"If-Match": '"x"'}, params={"limit": 1})
        if "school" in operation.parameters("path"):
            body = {"json": example(operation.name)} if operation.content() else {}
            nowhere = await held(operation.name, whoever, at=nothing | {"school": "nowhere"}, **body)
            assert nowhere.status_code == 404
        for name in names:
            assert (await held(operation.name, whoever, at=nothing | {name: "!"})).status_code == 422
        if operation.content():
            for kind, body, status in (
                ("application/json", b"[", 422),
                ("application/json", b'"a text"', 422),
                ("application/json", b" " * 1_600_000, 413),
                ("text/plain", b"{}", 415),
            ):
                headers = {"Content-Type": kind, "If-Match": '"x"'} | World.once()
                wrong = await held(operation.name, whoever, at=nothing, headers=headers, content=body)
                # Who may not ask at all is told that first, where the body can be read.
                assert wrong.status_code in (status, 401)
        assert (await held(operation.name, whoever, at=nothing, params={"x": "y" * 9000})).status_code == 414
        assert (await held(operation.name, whoever, at=nothing, headers={"X": "y" * 17_000})).status_code == 431
    refused = {status for statuses in held.seen.values() for status in statuses if status >= 400}
    # A drill takes no body: nothing is asked before its key.
    assert refused == {400, 401, 403, 404, 413, 414, 415, 422, 431}
