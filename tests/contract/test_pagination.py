"""Lists in pages (contract P1 to P7), over HTTP."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import choosing_lists
import content_lists
import directory_lists
import evaluation_scenarios
import httpx
import joining_lists
import people_lists
import privacy_lists
import programme_lists
import pytest
import service_account_scenarios
import sqlalchemy as sa
import succession_scenarios
import supervision_lists
from pausing_scenarios import (
    five_appeals,
    five_debriefs,
    five_pauses,
    five_pauses_of_a_supporter,
    five_talks,
)
from sqlmodel import Session, select

from app.core import clock, crypto
from app.guidance.signs import Priority
from app.models import (
    Absence,
    AdviceRequest,
    Contact,
    CoverageGap,
    Event,
    Page,
    PersonIdentity,
    Report,
    Roster,
    RosterOverride,
    RosterVersion,
    ShiftOffer,
    ShiftSwap,
    SignIn,
)
from app.schools import service as schools
from app.vocabulary import Level, Role, RosterLine
from tests.planning.scene import handoffs
from tests.reports.passing_on import put_in_place
from tests.stories.telling import HERE as STORIES
from tests.stories.telling import SUBMISSIONS, published, reviewers, tell
from tests.support.world import Someone, World
from tests.test_access import DECISION, DOCUMENT, exhausted

REPORTS = "/v1/schools/harbour/reports"
ADVICE = "/v1/schools/harbour/advice-requests"
ROSTERS = "/v1/schools/harbour/rosters"
MINE = "/v1/me/webhook-endpoints"
SCHOOLS = "/v1/schools/harbour/webhook-endpoints"
FEEDS = "/v1/schools/harbour/calendar-feeds"
ABSENCES = "/v1/schools/harbour/absences"
OFFERS = "/v1/schools/harbour/shift-offers"
SWAPS = "/v1/schools/harbour/swaps"
POSTS = "/v1/schools/harbour/posts"
POLICIES = "/v1/schools/harbour/escalation-policies"
UNANSWERED = "/v1/schools/harbour/unanswered"
DRILLS = "/v1/schools/harbour/drills"
# What is asked, and how cursors and links are made of it, is no matter of the database.
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])
LINK = re.compile(r'<(?P<target>[^>]+)>; rel="next"')


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def read(world: World, path: str, headers: dict[str, str], **query: Any) -> httpx.Response:
    answer = await world.http.get(path, headers=headers, params=query or None)
    assert answer.status_code == 200, answer.text
    return answer


def ids(answer: httpx.Response) -> list[str]:
    """What tells the items of a list apart."""
    names = ("id", "code", "subject_id", "version", "slug")
    return [str(next(item[name] for name in names if name in item)) for item in answer.json()["items"]]


async def walk(world: World, path: str, headers: dict[str, str], *, limit: int, **query: Any) -> list[str]:
    """The ids of a whole list, page by page, in the order in which they came."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        answer = await read(world, path, headers, limit=limit, **query, **({"cursor": cursor} if cursor else {}))
        assert len(answer.json()["items"]) <= limit
        found += ids(answer)
        assert len(set(found)) == len(found), "something came twice"
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return found


async def reports(world: World, count: int, **fields: Any) -> None:
    for _ in range(count):
        assert (await world.report(**fields)).status_code == 201


async def questions(world: World, person: Someone, count: int) -> None:
    body = {"topic": "when_to_escalate", "summary": "When?"}
    for _ in range(count):
        made = await world.http.post(ADVICE, headers=person.headers | world.once(), json=body)
        assert made.status_code == 201, made.text


async def endpoints(world: World, person: Someone, count: int, path: str = MINE) -> None:
    for _ in range(count):
        made = await world.http.post(path, headers=person.headers, json={"url": world.receiver.url("unused")})
        assert made.status_code == 201, made.text


async def messages(world: World, path: str, headers: dict[str, str], count: int) -> None:
    for number in range(count):
        made = await world.http.post(path, headers=headers | world.once(), json={"text": f"Message {number}"})
        assert made.status_code == 201, made.text


# Every list, with five of what it lists: the path, and the headers of somebody who may read it.
Made = tuple[str, dict[str, str]]


async def five_reports(world: World) -> Made:
    triager = await world.person(Role.TRIAGER)
    await reports(world, 5)
    return REPORTS, triager.headers


async def five_questions(world: World) -> Made:
    supporter = await world.person(Role.SUPPORTER)
    await questions(world, supporter, 5)
    return ADVICE, supporter.headers


async def five_pages(world: World) -> Made:
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)
    await questions(world, await world.person(Role.SUPPORTER), 5)
    return "/v1/me/pages", adviser.headers


async def five_rosters(world: World) -> Made:
    coordinator = await world.person(Role.COORDINATOR)
    for line in RosterLine:
        await world.on_call(coordinator, line=line)
    return ROSTERS, coordinator.headers


async def five_endpoints(world: World) -> Made:
    person = await world.person(Role.ADVISER)
    await endpoints(world, person, 5)
    return MINE, person.headers


async def five_school_endpoints(world: World) -> Made:
    person = await world.person(Role.SCHOOL_IT)
    await endpoints(world, person, 5, SCHOOLS)
    return SCHOOLS, person.headers


async def five_deliveries(world: World) -> Made:
    person = await world.person(Role.ADVISER)
    made = await world.http.post(MINE, headers=person.headers, json={"url": world.receiver.url("unused")})
    path = f"{MINE}/{made.json()['id']}"
    for _ in range(4):
        assert (await world.http.post(f"{path}/ping", headers=person.headers)).status_code == 202
    return f"{path}/deliveries", person.headers


async def five_school_deliveries(world: World) -> Made:
    person = await world.person(Role.SCHOOL_IT)
    made = await world.http.post(SCHOOLS, headers=person.headers, json={"url": world.receiver.url("unused")})
    path = f"{SCHOOLS}/{made.json()['id']}"
    for _ in range(4):
        assert (await world.http.post(f"{path}/ping", headers=person.headers)).status_code == 202
    return f"{path}/deliveries", person.headers


async def five_calendar_feeds(world: World) -> Made:
    person = await world.person(Role.ADVISER)
    for _ in range(5):
        made = await world.http.post(FEEDS, headers=person.headers, json={})
        assert made.status_code == 201, made.text
    return FEEDS, person.headers


async def make_five(world: World, path: str, person: Someone, bodies: list[dict[str, Any]]) -> Made:
    for body in bodies:
        headers = person.headers | world.once() | {"If-Match": "*"}
        made = await world.http.post(path, headers=headers, json=body)
        assert made.status_code == 201, made.text
    return path, person.headers


def days(*numbers: int) -> list[dt.datetime]:
    """Whole minutes, so many days from now."""
    return [clock.now().replace(second=0, microsecond=0) + dt.timedelta(days=number) for number in numbers]


async def closed_on_five_days(world: World) -> tuple[str, Someone]:
    """A roster that says for each of five days that nobody is there."""
    coordinator = await world.person(Role.COORDINATOR, Role.ADVISER, paged=True)
    path = f"{ROSTERS}/{await world.on_call(coordinator)}"
    edges = [(start.isoformat(), (start + dt.timedelta(hours=8)).isoformat()) for start in days(2, 4, 6, 8, 10)]
    bodies = [{"person": None, "reason": "Closed", "start": start, "end": end} for start, end in edges]
    await make_five(world, f"{path}/overrides", coordinator, bodies)
    return path, coordinator


async def five_overrides(world: World) -> Made:
    path, coordinator = await closed_on_five_days(world)
    return f"{path}/overrides", coordinator.headers


async def five_gaps(world: World) -> Made:
    path, coordinator = await closed_on_five_days(world)
    return f"{path}/gaps", coordinator.headers


async def five_versions(world: World) -> Made:
    """The first is what the roster was made with."""
    coordinator = await world.person(Role.COORDINATOR, Role.ADVISER)
    path = f"{ROSTERS}/{await world.on_call(coordinator)}"
    plan = (await read(world, path, coordinator.headers)).json()["roster"]
    plan = {name: plan[name] for name in ("time_zone", "combine", "layers")}
    bodies = [{"effective_from": day.isoformat(), "plan": plan} for day in days(1, 2, 3, 4)]
    return await make_five(world, f"{path}/versions", coordinator, bodies)


async def five_absences(world: World) -> Made:
    adviser = await world.person(Role.ADVISER)
    bodies = [{"kind": "leave", "start": day.isoformat()} for day in days(1, 2, 3, 4, 5)]
    return await make_five(world, ABSENCES, adviser, bodies)


async def five_posts(world: World) -> Made:
    coordinator = await world.person(Role.COORDINATOR)
    for name in ("lead", "sponsor", "training", "advice", "evaluation"):
        body = {"title": name.title(), "holder": str(coordinator.id), "deputy": None}
        made = await world.http.put(f"{POSTS}/{name}", headers=coordinator.headers, json=body)
        assert made.status_code == 201, made.text
    return POSTS, coordinator.headers


async def five_policies(world: World) -> Made:
    coordinator = await world.person(Role.COORDINATOR)
    last = {"ask": {"kind": "role", "role": "coordinator"}, "ack_seconds": 600}
    needs = [{"need": "report"}, *({"need": "advice", "priority": each} for each in Priority)]
    bodies = [{**need, "levels": [], "fallback": last} for need in needs]
    return await make_five(world, POLICIES, coordinator, bodies)


async def five_policy_versions(world: World) -> Made:
    coordinator = await world.person(Role.COORDINATOR)
    last = {"ask": {"kind": "role", "role": "coordinator"}, "ack_seconds": 600}
    body = {"levels": [], "fallback": last}
    made = await world.http.post(POLICIES, headers=coordinator.headers, json={"need": "report", **body})
    path = f"{POLICIES}/{made.json()['id']}"
    for _ in range(4):
        changed = await world.http.put(path, headers=coordinator.headers | {"If-Match": "*"}, json=body)
        assert changed.status_code == 200, changed.text
    return f"{path}/versions", coordinator.headers


async def five_unanswered(world: World) -> Made:
    coordinator = await world.person(Role.COORDINATOR)
    for _ in range(5):
        await exhausted(world)
    return UNANSWERED, coordinator.headers


async def five_drills(world: World) -> Made:
    """Each when the one before has ended."""
    coordinator = await world.person(Role.COORDINATOR)
    await world.on_call(await world.person(Role.ADVISER))
    for _ in range(5):
        made = await world.http.post(DRILLS, headers=coordinator.headers | world.once())
        assert made.status_code == 201, made.text
        world.time.advance(hours=3)
    return DRILLS, coordinator.headers


async def five_decisions(world: World) -> Made:
    """Each proposed and taken back."""
    triager, officer = await world.person(Role.TRIAGER), await world.person(Role.PRIVACY_OFFICER)
    await reports(world, 1)
    path = f"{REPORTS}/{ids(await read(world, REPORTS, triager.headers))[0]}/confidentiality-decisions"
    for _ in range(5):
        made = await world.http.post(path, headers=triager.headers | world.once(), json=DECISION)
        back = f"{made.headers['location']}/take-back"
        done = await world.http.post(back, headers=triager.headers | {"If-Match": "*"})
        assert done.status_code == 200, done.text
    return "/v1/schools/harbour/confidentiality-decisions", officer.headers


async def five_contacts(world: World) -> Made:
    supporter = await world.person(Role.SUPPORTER)
    await reports(world, 5)

    def ask(session: Session) -> None:
        for report in session.exec(select(Report)).all():
            put_in_place(session, str(report.id), supporter)

    await world.write(ask)
    return "/v1/me/contacts", supporter.headers


async def five_offers(world: World) -> Made:
    adviser = await world.person(Role.ADVISER)
    roster = await world.on_call(adviser)
    shifts = [{"layer_id": "L1", "slot_start": start} for start in handoffs()]
    return await make_five(world, OFFERS, adviser, [{"roster_id": str(roster), "shift": shift} for shift in shifts])


async def five_swaps(world: World) -> Made:
    """Each week of one line for the same week of another."""
    one, two = await world.person(Role.ADVISER), await world.person(Role.ADVISER)
    mine = await world.on_call(one)
    theirs = await world.on_call(two, line=RosterLine.ACADEMIC_ADVICE)
    bodies = []
    for start in handoffs():
        give, get = ({"roster_id": str(of), "shift": {"layer_id": "L1", "slot_start": start}} for of in (mine, theirs))
        bodies.append({"other": str(two.id), "give": give, "get": get})
    return await make_five(world, SWAPS, one, bodies)


async def five_messages_to_the_triager(world: World) -> Made:
    triager = await world.person(Role.TRIAGER)
    await reports(world, 1)
    path = f"{REPORTS}/{ids(await read(world, REPORTS, triager.headers))[0]}/messages"
    await messages(world, path, triager.headers, 5)
    return path, triager.headers


async def five_messages_to_the_reporter(world: World) -> Made:
    reporter = await world.reporter((await world.report()).json()["receipt"])
    await messages(world, "/v1/me/report/messages", reporter, 5)
    return "/v1/me/report/messages", reporter


async def five_messages_about_advice(world: World) -> Made:
    supporter = await world.person(Role.SUPPORTER)
    await questions(world, supporter, 1)
    path = f"{ADVICE}/{ids(await read(world, ADVICE, supporter.headers))[0]}/messages"
    await messages(world, path, supporter.headers, 5)
    return path, supporter.headers


async def five_on_one_report(world: World, what: str, body: dict[str, Any]) -> Made:
    triager = await world.person(Role.TRIAGER)
    await reports(world, 1)
    path = f"{REPORTS}/{ids(await read(world, REPORTS, triager.headers))[0]}"
    for number in range(5):
        # Up and down again: what is set with a note is a row each time.
        given = {"priority": ("today", "soon")[number % 2]} if what == "priority" else {}
        headers = triager.headers | world.once() | {"If-Match": "*"}
        made = await world.http.post(f"{path}/{what}", headers=headers, json=body | given)
        assert made.is_success, made.text
    return path, triager.headers


async def five_outcomes(world: World) -> Made:
    path, headers = await five_on_one_report(world, "outcomes", {"outcome": "worry_eased"})
    return f"{path}/outcomes", headers


async def five_proposals(world: World) -> Made:
    path, headers = await five_on_one_report(world, "priority", {"note": "They are with family."})
    return f"{path}/proposals", headers


async def five_submissions(world: World) -> Made:
    coordinator = await world.person(Role.COORDINATOR)
    for _ in range(5):
        await tell(world)
    return SUBMISSIONS, coordinator.headers


async def five_stories(world: World) -> Made:
    one, two = await reviewers(world)
    for _ in range(5):
        await published(world, one, two)
    return STORIES, {}


async def five_documents(world: World) -> Made:
    person = await world.person(Role.SCHOOL_IT)
    path = "/v1/schools/harbour/policy-documents"
    for name in ("one", "two", "three", "four", "five"):
        made = await world.http.put(f"{path}/{name}", headers=person.headers, json=DOCUMENT)
        assert made.status_code == 201, made.text
    return path, person.headers


async def five_providers(world: World) -> Made:
    person = await world.person(Role.SCHOOL_IT)
    path = "/v1/schools/harbour/identity-providers"
    for number in range(5):
        body = {"name": "One", "issuer": f"https://login-{number}.example.edu", "client_ids": ["app"]}
        made = await world.http.post(path, headers=person.headers | world.once(), json=body)
        assert made.status_code == 201, made.text
    return path, person.headers


async def five_identities(world: World) -> Made:
    person = await world.person(Role.ADVISER)

    def link(session: Session) -> None:
        school_id = schools.find(session, "harbour").id
        for number in range(5):
            session.add(
                PersonIdentity(
                    school_id=school_id,
                    person_id=person.id,
                    issuer=f"https://login-{number}.example.edu",
                    subject="s-1",
                    linked_at=clock.now(),
                )
            )

    await world.write(link)
    return "/v1/auth/identities", person.headers


async def five_schools(world: World) -> Made:
    operator = await world.person(Role.PLATFORM_OPERATOR, school=None)
    for name in ("coast", "reef", "ridge", "valley"):
        await world.school(name)
    return "/v1/schools", operator.headers


EVERY_LIST: list[Callable[[World], Awaitable[Made]]] = [
    five_schools,
    five_reports,
    five_questions,
    five_pages,
    five_rosters,
    five_endpoints,
    five_school_endpoints,
    five_deliveries,
    five_school_deliveries,
    five_calendar_feeds,
    five_overrides,
    five_gaps,
    five_versions,
    five_absences,
    five_offers,
    five_swaps,
    five_contacts,
    five_pauses,
    five_debriefs,
    five_talks,
    five_appeals,
    five_pauses_of_a_supporter,
    five_posts,
    five_providers,
    five_identities,
    five_policies,
    five_policy_versions,
    five_unanswered,
    five_drills,
    five_decisions,
    five_messages_to_the_triager,
    five_outcomes,
    five_proposals,
    five_messages_to_the_reporter,
    five_messages_about_advice,
    five_submissions,
    five_stories,
    five_documents,
    *privacy_lists.LISTS,
    *people_lists.LISTS,
    *programme_lists.LISTS,
    *choosing_lists.LISTS,
    *joining_lists.LISTS,
    *supervision_lists.LISTS,
    *directory_lists.LISTS,
    *content_lists.LISTS,
    *service_account_scenarios.LISTS,
    *succession_scenarios.LISTS,
    *evaluation_scenarios.LISTS,
]
# They hold what the country says or what is worked out, and are walked in tests/directory/test_directory_keeping.py;
# what anyone reads says something beside its items, and is walked in tests/directory/test_reading.py.
OF_A_DIRECTORY = {f"/v1/schools/{{school}}/directory{of}" for of in ("", "/changes", "/entries", "/review-tasks")}
# They have a sync token as well, and are walked where that is tested.
SYNCED = {"/v1/schools/{school}/guidance/changes"}
# Each statement is asked of both databases.
every_list = pytest.mark.parametrize(
    ("database_kind", "make"),
    [
        *(("sqlite", make) for make in EVERY_LIST),
        *(("postgresql", make) for make in EVERY_LIST if make not in content_lists.SHIPPED),
    ],
    indirect=["database_kind"],
    ids=lambda value: getattr(value, "__name__", value),
)


# Walking


@every_list
async def test_walking_a_list_collects_all_of_it_once(world: World, make: Callable[[World], Awaitable[Made]]) -> None:
    """P2, P4: for every list, pages of one, two and all give the same items in the same order, each once."""
    await world.school()
    path, headers = await make(world)
    whole = await read(world, path, headers)
    assert (len(set(ids(whole))), whole.json()["next_cursor"]) == (5, None)
    assert set(whole.json()) >= {"items", "next_cursor"}
    for limit in (1, 2, 5):
        assert await walk(world, path, headers, limit=limit) == ids(whole)


@ON_SQLITE
async def test_every_list_of_the_api_is_walked_here(world: World) -> None:
    """P1: a new list must be added to EVERY_LIST."""
    await world.school()
    document = (await world.http.get("/openapi.json")).json()
    paths = {
        path
        for path, methods in document["paths"].items()
        if any(parameter["name"] == "cursor" for parameter in methods.get("get", {}).get("parameters", []))
    }
    assert paths - OF_A_DIRECTORY - SYNCED == {
        "/v1/schools",
        "/v1/schools/{school}/action-plan-templates",
        "/v1/schools/{school}/content/overrides",
        "/v1/schools/{school}/guidance",
        "/v1/schools/{school}/obligations-cards",
        "/v1/schools/{school}/practice-scenarios",
        "/v1/schools/{school}/role-cards",
        "/v1/schools/{school}/scripts",
        "/v1/schools/{school}/supporter-guidance",
        "/v1/schools/{school}/training-modules",
        "/v1/auth/identities",
        "/v1/schools/{school}/identity-providers",
        "/v1/me/contacts",
        "/v1/supporters/me/pauses",
        "/v1/supporters/{supporter_id}/pauses",
        "/v1/supporters/me/debriefs",
        "/v1/debriefs",
        "/v1/pause-appeals",
        "/v1/me/pages",
        "/v1/me/report/messages",
        "/v1/me/webhook-endpoints",
        "/v1/me/webhook-endpoints/{endpoint_id}/deliveries",
        "/v1/schools/{school}/advice-requests",
        "/v1/schools/{school}/advice-requests/{request_id}/messages",
        "/v1/schools/{school}/audit-log",
        "/v1/schools/{school}/directory/corrections",
        "/v1/schools/{school}/suggestions",
        "/v1/schools/{school}/open-invitations",
        "/v1/supporters/open-invitations",
        "/v1/schools/{school}/digests",
        "/v1/succession-plans",
        "/v1/schools/{school}/directory/entries/{entry_id}/verifications",
        "/v1/schools/{school}/drills",
        "/v1/schools/{school}/confidentiality-decisions",
        "/v1/schools/{school}/legal-holds",
        "/v1/schools/{school}/privacy-incidents",
        "/v1/schools/{school}/report-records",
        "/v1/schools/{school}/reports/{report_id}/access-log",
        "/v1/schools/{school}/retention-runs",
        "/v1/schools/{school}/retention-runs/{run_id}/items",
        "/v1/schools/{school}/escalation-policies",
        "/v1/schools/{school}/escalation-policies/{policy_id}/versions",
        "/v1/schools/{school}/unanswered",
        "/v1/schools/{school}/reports",
        "/v1/schools/{school}/reports/{report_id}/messages",
        "/v1/schools/{school}/reports/{report_id}/outcomes",
        "/v1/schools/{school}/reports/{report_id}/proposals",
        "/v1/schools/{school}/rosters",
        "/v1/schools/{school}/rosters/{roster_id}/gaps",
        "/v1/schools/{school}/rosters/{roster_id}/overrides",
        "/v1/schools/{school}/rosters/{roster_id}/versions",
        "/v1/schools/{school}/absences",
        "/v1/schools/{school}/policy-documents",
        "/v1/schools/{school}/posts",
        "/v1/schools/{school}/invitations",
        "/v1/schools/{school}/password-links",
        "/v1/auth/sessions",
        "/v1/schools/{school}/people",
        "/v1/schools/{school}/people/{person_id}/sessions",
        "/v1/schools/{school}/role-grants",
        "/v1/schools/{school}/shift-offers",
        "/v1/schools/{school}/service-accounts",
        "/v1/schools/{school}/evaluation/instruments",
        "/v1/schools/{school}/evaluation/waves",
        "/v1/schools/{school}/stories",
        "/v1/schools/{school}/expressions-of-interest",
        "/v1/supporters/applications",
        "/v1/supporters",
        "/v1/supporters/me/agreements",
        "/v1/schools/{school}/stories/submissions",
        "/v1/schools/{school}/supervision-sessions",
        "/v1/schools/{school}/swaps",
        "/v1/schools/{school}/calendar-feeds",
        "/v1/schools/{school}/webhook-endpoints",
        "/v1/schools/{school}/webhook-endpoints/{endpoint_id}/deliveries",
    }
    assert len(paths - OF_A_DIRECTORY - SYNCED) == len(EVERY_LIST)


async def test_a_list_of_nothing_is_a_page(world: World) -> None:
    """P4: 200, no items, no cursor, no Link."""
    await world.school()
    person = await world.person(Role.TRIAGER, Role.SUPPORTER, Role.COORDINATOR, Role.SCHOOL_IT)
    for path in (REPORTS, ADVICE, ROSTERS, MINE, SCHOOLS, FEEDS, ABSENCES, OFFERS, SWAPS, POSTS, "/v1/me/pages"):
        empty = await read(world, path, person.headers)
        assert (path, empty.json()) == (path, {"items": [], "next_cursor": None})
        assert "Link" not in empty.headers


async def test_a_last_page_that_is_full_is_still_the_last(world: World) -> None:
    """P4: `next_cursor` is null only at the end, and always there."""
    await world.school()
    path, headers = await five_reports(world)
    first = await read(world, path, headers, limit=4)
    assert first.json()["next_cursor"] is not None
    last = await read(world, path, headers, limit=1, cursor=first.json()["next_cursor"])
    assert (len(ids(last)), last.json()["next_cursor"], "Link" in last.headers) == (1, None, False)


# Bounds


@ON_SQLITE
async def test_a_page_has_twenty_items_unless_another_number_is_asked_for(world: World) -> None:
    """P1: 1 to 100, 20 by default."""
    await world.school()
    triager = await world.person(Role.TRIAGER)
    await reports(world, 22)
    assert len(ids(await read(world, REPORTS, triager.headers))) == 20
    for limit, shown in ((1, 1), (21, 21), (100, 22)):
        assert len(ids(await read(world, REPORTS, triager.headers, limit=limit))) == shown


@ON_SQLITE
async def test_a_limit_out_of_bounds_is_refused(world: World) -> None:
    """P1: 422, pointing at the parameter; never cut in silence."""
    await world.school()
    triager = await world.person(Role.TRIAGER)
    for limit in ("0", "-1", "101", "1000000000000", "ten", "1.5", ""):
        refused = await world.http.get(REPORTS, headers=triager.headers, params={"limit": limit})
        assert (limit, code(refused)) == (limit, (422, "validation_failed"))
        assert [error["parameter"] for error in refused.json()["errors"]] == ["limit"]


@ON_SQLITE
async def test_the_bounds_are_documented_and_no_total_is_promised(world: World) -> None:
    """P1, P6: `limit` has its minimum, maximum and default in the document; no page has a count of all."""
    document = (await world.http.get("/openapi.json")).json()
    limits = [
        parameter["schema"]
        for methods in document["paths"].values()
        for parameter in methods.get("get", {}).get("parameters", [])
        if parameter["name"] == "limit"
    ]
    assert len(limits) == len(EVERY_LIST) + len(OF_A_DIRECTORY | SYNCED)
    assert {(limit["minimum"], limit["maximum"], limit["default"]) for limit in limits} == {(1, 100, 20)}
    pages = [s for s in document["components"]["schemas"].values() if "next_cursor" in s.get("properties", {})]
    # What else a page of a public collection has: its tombstones, its sync token, help, and a note to show.
    more = {"deleted", "help", "next_sync_token", "note"}
    assert {frozenset(schema["properties"]) - more for schema in pages} == {frozenset({"items", "next_cursor"})}


# Stability


async def test_what_is_added_while_a_list_is_read_moves_nothing(world: World) -> None:
    """P2: oldest hour first: what is new comes at the end; nothing twice, nothing lost."""
    await world.school()
    path, headers = await five_reports(world)
    first = await read(world, path, headers, limit=3)
    world.time.advance(hours=1)
    await reports(world, 2)
    rest = await read(world, path, headers, limit=50, cursor=first.json()["next_cursor"])
    assert ids(first) + ids(rest) == ids(await read(world, path, headers))
    assert len(set(ids(first) + ids(rest))) == 7


async def test_what_is_added_within_the_hour_hides_and_repeats_nothing_that_was_there(world: World) -> None:
    """P2: which of one hour came first is not told: what is new may stand before the cursor."""
    await world.school()
    path, headers = await five_reports(world)
    before = ids(await read(world, path, headers))
    first = await read(world, path, headers, limit=3)
    await reports(world, 6)
    rest = await read(world, path, headers, limit=50, cursor=first.json()["next_cursor"])
    read_ids = ids(first) + ids(rest)
    assert [each for each in read_ids if each in before] == before
    assert len(set(read_ids)) == len(read_ids)


async def test_what_is_added_in_front_while_a_list_is_read_moves_nothing(world: World) -> None:
    """P2: newest first: the pages still to come are what they were."""
    await world.school()
    supporter = await world.person(Role.SUPPORTER)
    await questions(world, supporter, 5)
    before = ids(await read(world, ADVICE, supporter.headers))
    first = await read(world, ADVICE, supporter.headers, limit=2)
    await questions(world, supporter, 3)
    rest = await read(world, ADVICE, supporter.headers, cursor=first.json()["next_cursor"])
    assert ids(first) + ids(rest) == before


async def test_what_is_removed_while_a_list_is_read_takes_nothing_else_with_it(world: World) -> None:
    """P2: not even when it is the very item that the cursor stands on."""
    await world.school()
    path, headers = await five_endpoints(world)
    before = ids(await read(world, path, headers))
    first = await read(world, path, headers, limit=2)
    for gone in (before[0], before[1], before[3]):
        removed = await world.http.delete(f"{path}/{gone}", headers=headers | {"If-Match": "*"})
        assert removed.status_code == 204
    rest = await read(world, path, headers, cursor=first.json()["next_cursor"])
    assert ids(rest) == [before[2], before[4]]


@pytest.mark.parametrize(
    ("make", "table", "column"),
    [
        (five_reports, Report, "submitted_at"),
        (five_questions, AdviceRequest, "created_at"),
        (five_pages, Page, "sent_at"),
        (five_rosters, Roster, "created_at"),
        (five_deliveries, Event, "occurred_at"),
        (five_overrides, RosterOverride, "starts_at"),
        (five_gaps, CoverageGap, "starts_at"),
        (five_versions, RosterVersion, "created_at"),
        (five_absences, Absence, "created_at"),
        (five_offers, ShiftOffer, "created_at"),
        (five_swaps, ShiftSwap, "created_at"),
        (five_contacts, Contact, "offered_hour"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
async def test_what_was_made_in_the_same_instant_is_told_apart_by_its_id(
    world: World, make: Callable[[World], Awaitable[Made]], table: type[Any], column: str
) -> None:
    """P7: equal times: every walk still gives each item once, in one order."""
    await world.school()
    path, headers = await make(world)
    instant = clock.now().replace(microsecond=123_000) - dt.timedelta(hours=1)
    await world.write(lambda session: session.connection().execute(sa.update(table).values({column: instant})))
    whole = ids(await read(world, path, headers))
    assert whole in (sorted(whole), sorted(whole, reverse=True))
    for limit in (1, 2, 3):
        assert await walk(world, path, headers, limit=limit) == whole


async def test_a_page_may_end_at_any_fraction_of_a_second(world: World) -> None:
    """P2: the cursor is as exact as the database, on both: one microsecond is enough, around a whole second too."""
    await world.school()
    path, headers = await five_reports(world)
    second = clock.now().replace(microsecond=0) - dt.timedelta(hours=1)

    def spread(session: Session) -> None:
        for number, report in enumerate(session.exec(select(Report))):
            report.submitted_at = second + dt.timedelta(microseconds=number - 2)
            session.add(report)

    await world.write(spread)
    assert await walk(world, path, headers, limit=1) == ids(await read(world, path, headers))


# Cursors


async def first_cursor(world: World, path: str, headers: dict[str, str], **query: Any) -> str:
    cursor = (await read(world, path, headers, limit=2, **query)).json()["next_cursor"]
    assert isinstance(cursor, str)
    return cursor


@ON_SQLITE
async def test_a_cursor_that_was_changed_anywhere_is_refused(world: World) -> None:
    """P3: one character, at any place, in either direction; a piece missing, a piece too many."""
    await world.school()
    path, headers = await five_reports(world)
    cursor = await first_cursor(world, path, headers)
    changed = {cursor[:-1], cursor[1:], cursor + "A", cursor + "=", "A" + cursor, cursor[::-1], cursor + cursor[:4]}
    for at in {0, 1, 15, 16, 17, len(cursor) // 2, len(cursor) - 2, len(cursor) - 1}:
        changed |= {cursor[:at] + other + cursor[at + 1 :] for other in "Az09-_" if other != cursor[at]}
    answers = {bad: code(await world.http.get(path, headers=headers, params={"cursor": bad})) for bad in changed}
    assert {bad: answer for bad, answer in answers.items() if answer != (422, "invalid_cursor")} == {}
    assert (await read(world, path, headers, cursor=cursor)).status_code == 200


@ON_SQLITE
async def test_a_made_up_cursor_is_refused(world: World) -> None:
    """P3: never a 500, and the text is not repeated."""
    await world.school()
    triager = await world.person(Role.TRIAGER)
    for cursor in ("x", "null", "MTIz", "é", "💥", " ", "a b", "0" * 400, "%00", "CANARY-CURSOR"):
        refused = await world.http.get(REPORTS, headers=triager.headers, params={"cursor": cursor})
        assert (cursor, code(refused)) == (cursor, (422, "invalid_cursor"))
        assert "CANARY" not in refused.text


@ON_SQLITE
async def test_a_cursor_works_for_its_filter_alone(world: World) -> None:
    """P3: bound to the filters that it was given for."""
    await world.school()
    path, headers = await five_reports(world)
    all_of_them = await first_cursor(world, path, headers)
    new_ones = await first_cursor(world, path, headers, state="new")
    for cursor, query in ((all_of_them, {"state": "new"}), (new_ones, {}), (new_ones, {"state": "claimed"})):
        refused = await world.http.get(path, headers=headers, params={"cursor": cursor} | query)
        assert code(refused) == (422, "invalid_cursor")
    assert (await read(world, path, headers, cursor=new_ones, state="new", limit=1)).status_code == 200


@ON_SQLITE
async def test_a_cursor_works_for_its_list_alone(world: World) -> None:
    """P3: not for another list of the same person, nor for another conversation."""
    await world.school()
    person = await world.person(Role.TRIAGER, Role.SUPPORTER)
    await reports(world, 3)
    await questions(world, person, 3)
    cursor = await first_cursor(world, REPORTS, person.headers)
    other = await world.http.get(ADVICE, headers=person.headers, params={"cursor": cursor})
    one, two, _ = ids(await read(world, REPORTS, person.headers))
    for report in (one, two):
        await messages(world, f"{REPORTS}/{report}/messages", person.headers, 3)
    of_one = await first_cursor(world, f"{REPORTS}/{one}/messages", person.headers)
    in_two = await world.http.get(f"{REPORTS}/{two}/messages", headers=person.headers, params={"cursor": of_one})
    assert [code(answer) for answer in (other, in_two)] == [(422, "invalid_cursor")] * 2


@ON_SQLITE
async def test_a_cursor_works_in_its_school_alone(world: World) -> None:
    """P3: bound to the tenant, also where the path names none."""
    await world.school()
    await world.school("coast", region="NSW")
    here, there = [await world.person(Role.TRIAGER, school=school) for school in ("harbour", "coast")]
    await reports(world, 3)
    for person in (here, there):
        await endpoints(world, person, 3)
    in_list = await world.http.get(
        "/v1/schools/coast/reports",
        headers=there.headers,
        params={"cursor": await first_cursor(world, REPORTS, here.headers)},
    )
    in_mine = await world.http.get(
        MINE, headers=there.headers, params={"cursor": await first_cursor(world, MINE, here.headers)}
    )
    assert [code(answer) for answer in (in_list, in_mine)] == [(422, "invalid_cursor")] * 2


@ON_SQLITE
async def test_a_cursor_works_for_its_caller_alone(world: World) -> None:
    """P3: not for a colleague, nor for another reporter."""
    await world.school()
    one, two = await world.person(Role.ADVISER), await world.person(Role.ADVISER)
    for person in (one, two):
        await endpoints(world, person, 3)
    cursor = await first_cursor(world, MINE, one.headers)
    assert code(await world.http.get(MINE, headers=two.headers, params={"cursor": cursor})) == (422, "invalid_cursor")
    path = "/v1/me/report/messages"
    reporters = [await world.reporter((await world.report()).json()["receipt"]) for _ in range(2)]
    for reporter in reporters:
        await messages(world, path, reporter, 3)
    cursor = await first_cursor(world, path, reporters[0])
    assert code(await world.http.get(path, headers=reporters[1], params={"cursor": cursor})) == (422, "invalid_cursor")


@ON_SQLITE
async def test_a_cursor_outlives_the_access_token_it_was_got_with(world: World) -> None:
    """P3: bound to the person, not to one sign-in."""
    await world.school()
    person = await world.person(Role.ADVISER)
    await endpoints(world, person, 3)
    cursor = await first_cursor(world, MINE, person.headers)
    another = SignIn(person_id=person.id, created_at=clock.now(), last_used_at=clock.now())
    await world.write(lambda session: session.add(another))
    headers = world.headers_for(person.id, another.id, person.school, (Role.ADVISER,))
    assert (await read(world, MINE, headers, cursor=cursor)).status_code == 200


@ON_SQLITE
async def test_a_cursor_tells_nothing(world: World) -> None:
    """P1, design 3: opaque: neither the exact time nor an id can be read from it."""
    await world.school()
    path, headers = await five_reports(world)
    page = await read(world, path, headers, limit=2)
    cursor = page.json()["next_cursor"]
    raw = crypto.decode_b64(cursor)
    for hidden in (uuid.UUID(ids(page)[-1]).bytes, ids(page)[-1].encode(), str(clock.now().year).encode()):
        assert hidden not in raw
    # Another for each caller: two of them cannot find out that they stand at the same place.
    colleague = await world.person(Role.TRIAGER, Role.ADVISER, Role.COORDINATOR)
    assert await first_cursor(world, path, headers) == cursor
    assert await first_cursor(world, path, colleague.headers) != cursor


# Link


@ON_SQLITE
async def test_the_link_header_and_the_body_lead_to_the_same_page(world: World) -> None:
    """P5: `Link: <…>; rel="next"` has the body's cursor, the limit and the filters, and can be followed."""
    await world.school()
    path, headers = await five_reports(world)
    page = await read(world, path, headers, limit=2, state="new")
    found = LINK.fullmatch(page.headers["Link"])
    assert found is not None
    query = parse_qs(urlsplit(found["target"]).query)
    assert query == {"limit": ["2"], "state": ["new"], "cursor": [page.json()["next_cursor"]]}
    assert urlsplit(found["target"]).path == path
    followed = await world.http.get(found["target"], headers=headers)
    by_body = await read(world, path, headers, limit=2, state="new", cursor=page.json()["next_cursor"])
    assert ids(followed) == ids(by_body)
    assert ids(followed)[0] not in ids(page)


@ON_SQLITE
async def test_following_links_walks_the_list_to_its_end(world: World) -> None:
    """P4, P5: the last page has no Link."""
    await world.school()
    path, headers = await five_reports(world)
    whole = ids(await read(world, path, headers))
    target: str | None = f"{path}?limit=2"
    found: list[str] = []
    while target is not None:
        answer = await world.http.get(target, headers=headers)
        found += ids(answer)
        link = LINK.fullmatch(answer.headers.get("Link", ""))
        assert (link is None) == (answer.json()["next_cursor"] is None)
        target = link["target"] if link else None
    assert found == whole


async def test_a_filter_holds_on_every_page(world: World) -> None:
    """P3, P5: only reports in that state, to the end."""
    await world.school()
    path, headers = await five_reports(world)
    before = ids(await read(world, path, headers))
    for report in before[1:4]:
        taken = await world.http.post(f"{path}/{report}/claim", headers=headers | {"If-Match": "*"})
        assert taken.status_code == 200
    assert await walk(world, path, headers, limit=1, state="claimed") == before[1:4]
    assert await walk(world, path, headers, limit=1, state="new") == [before[0], before[4]]


async def test_levels_of_one_line_are_listed_apart(world: World) -> None:
    """P7: the order of making, whatever the line and level."""
    await world.school()
    coordinator = await world.person(Role.COORDINATOR)
    made = [str(await world.on_call(coordinator, line=RosterLine.TRIAGE, level=level)) for level in Level]
    assert await walk(world, ROSTERS, coordinator.headers, limit=1) == made
