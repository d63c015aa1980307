"""ETags, conditional requests and caching (contract C1 to C7), over HTTP."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import uuid
from collections import Counter
from typing import Any

import httpx
import pytest

from app.vocabulary import Role, RosterLine
from tests.planning.scene import handoffs
from tests.support.world import Someone, World

STRONG_TAG = re.compile(r'"[\x21\x23-\x7e]+"')
MINE = "/v1/me/webhook-endpoints"
STALE = '"0123456789abcdef0123456789abcdef"'
# What headers say, and what is refused for them, is no matter of the database; who wins a race is.
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def if_match(tag: str) -> dict[str, str]:
    return {"If-Match": tag}


def if_none_match(tag: str) -> dict[str, str]:
    return {"If-None-Match": tag}


def code(answer: httpx.Response) -> tuple[int, str | None]:
    """Status, and the problem's code where there is one."""
    is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    return answer.status_code, answer.json()["code"] if is_problem else None


async def endpoint(world: World, person: Someone) -> tuple[str, str]:
    """An endpoint of a person: its path and its ETag."""
    made = await world.http.post(MINE, headers=person.headers, json={"url": world.receiver.url("unused")})
    assert made.status_code == 201, made.text
    return made.headers["Location"], made.headers["ETag"]


async def report(world: World, triager: Someone) -> tuple[str, str]:
    """A new report as a triager sees it: its path and its ETag."""
    assert (await world.report()).status_code == 201
    listed = await world.http.get("/v1/schools/harbour/reports", headers=triager.headers)
    path = f"/v1/schools/harbour/reports/{listed.json()['items'][-1]['id']}"
    return path, (await world.http.get(path, headers=triager.headers)).headers["ETag"]


async def advice_request(world: World, supporter: Someone) -> tuple[str, str]:
    made = await world.http.post(
        "/v1/schools/harbour/advice-requests",
        headers=supporter.headers | world.once(),
        json={"topic": "when_to_escalate", "summary": "When do I bring somebody in?"},
    )
    assert made.status_code == 201, made.text
    return made.headers["Location"], made.headers["ETag"]


async def post(world: World, coordinator: Someone) -> tuple[str, dict[str, Any]]:
    """A post that somebody has: its path, and what makes it."""
    path, body = "/v1/schools/harbour/posts/programme_lead", {"title": "Lead", "holder": None, "deputy": None}
    made = await world.http.put(path, headers=coordinator.headers, json=body)
    assert made.status_code == 201, made.text
    return path, body


async def planned(world: World, coordinator: Someone, adviser: Someone, roster: str) -> dict[str, str]:
    """Something of each kind that is planned on a roster which has `adviser`: what it is, and where."""
    base, week = "/v1/schools/harbour", dt.timedelta(days=7)
    first, second, *_ = handoffs()
    second_adviser = await world.person(Role.ADVISER)
    other = await world.on_call(second_adviser, line=RosterLine.ACADEMIC_ADVICE)
    shift = {"roster_id": roster, "shift": {"layer_id": "L1", "slot_start": first}}
    theirs = {"roster_id": str(other), "shift": {"layer_id": "L1", "slot_start": first}}
    kept = await world.http.get(f"{base}/rosters/{roster}", headers=coordinator.headers)
    plan = {name: kept.json()["roster"][name] for name in ("time_zone", "combine", "layers")}
    later = (dt.datetime.fromisoformat(second) + week).isoformat()
    closed = {"person": None, "reason": "Closed", "start": second, "end": later}
    found: dict[str, str] = {}
    for what, path, body, who in (
        ("version", f"rosters/{roster}/versions", {"effective_from": later, "plan": plan}, coordinator),
        ("override", f"rosters/{roster}/overrides", closed, coordinator),
        ("absence", "absences", {"kind": "leave", "start": later}, adviser),
        ("offer", "shift-offers", shift, adviser),
        ("swap", "swaps", {"other": str(second_adviser.id), "give": shift, "get": theirs}, adviser),
        ("feed", "calendar-feeds", {}, adviser),
    ):
        headers = who.headers | world.once() | if_match("*")
        made = await world.http.post(f"{base}/{path}", headers=headers, json=body)
        assert made.status_code == 201, made.text
        found[what] = made.headers["Location"]
    gaps = await world.http.get(f"{base}/rosters/{roster}/gaps", headers=coordinator.headers)
    return found | {"gap": f"{base}/coverage/gaps/{gaps.json()['items'][0]['id']}"}


async def every_single_resource(world: World) -> dict[str, dict[str, str]]:
    """The path of one resource of each kind, with the headers of somebody who may read it."""
    await world.school()
    someone = await world.person(Role.SUPPORTER, Role.TRIAGER, Role.COORDINATOR, Role.SCHOOL_IT)
    adviser = await world.person(Role.ADVISER, paged=True)
    roster = await world.on_call(adviser)
    own, _ = await endpoint(world, someone)
    kept, _ = await report(world, someone)
    asked, _ = await advice_request(world, someone)
    schools = await world.http.post(
        "/v1/schools/harbour/webhook-endpoints", headers=someone.headers, json={"url": world.receiver.url("school")}
    )
    pages = await world.http.get("/v1/me/pages", headers=adviser.headers)
    reporter = await world.reporter((await world.report()).json()["receipt"])
    rosters = "/v1/schools/harbour/rosters"
    window = "from=2026-11-02T00:00Z&to=2026-11-09T00:00Z"
    lead, _ = await post(world, someone)
    of_roster = dict.fromkeys((await planned(world, someone, adviser, str(roster))).values(), adviser.headers)
    return of_roster | {
        f"/v1/me/shifts?{window}": adviser.headers,
        f"/v1/schools/harbour/people/{adviser.id}/shifts?{window}": someone.headers,
        f"/v1/schools/harbour/coverage?{window}": someone.headers,
        "/v1/schools/harbour/readiness": someone.headers,
        "/v1/schools/harbour/roster-rules": someone.headers,
        lead: someone.headers,
        own: someone.headers,
        schools.headers["Location"]: someone.headers,
        kept: someone.headers,
        asked: someone.headers,
        f"{rosters}/{roster}": someone.headers,
        f"{rosters}/{roster}/on-call": someone.headers,
        f"{rosters}/{roster}/shifts?{window}": someone.headers,
        f"{rosters}/{roster}/calendar.svg?{window}": someone.headers,
        f"{rosters}/load?{window}": someone.headers,
        f"/v1/pages/{pages.json()['items'][0]['id']}": adviser.headers,
        "/v1/auth/me": someone.headers,
        "/v1/me/report": reporter,
        "/v1/schools/harbour/help-now": {},
        "/v1/schools/harbour/privacy-statement": {},
        "/v1/schools/harbour/readers": {},
        "/v1/schools/harbour/coverage/now": {},
    }


@ON_SQLITE
async def test_every_single_resource_has_a_strong_etag_that_stays_while_nothing_changes(world: World) -> None:
    """C1: quoted, not weak, the same for the same state."""
    seen = {}
    for path, headers in (await every_single_resource(world)).items():
        first = await world.http.get(path, headers=headers)
        second = await world.http.get(path, headers=headers)
        assert first.status_code == 200, (path, first.text)
        tags = first.headers.get("ETag", ""), second.headers.get("ETag", "")
        seen[path] = (bool(STRONG_TAG.fullmatch(tags[0])), tags[0] == tags[1])
    assert {path: found for path, found in seen.items() if found != (True, True)} == {}


@ON_SQLITE
async def test_every_visible_change_gives_another_etag(world: World) -> None:
    """C1: each change of an endpoint has a tag of its own, and a GET then shows it."""
    await world.school()
    person = await world.person(Role.ADVISER)
    path, tag = await endpoint(world, person)
    tags = [tag]
    changes: list[dict[str, Any]] = [
        {"description": "by day"},
        {"event_types": ["page.requested"]},
        {"url": world.receiver.url("elsewhere")},
        {"enabled": False},
        {"enabled": True},
    ]
    for change in changes:
        changed = await world.http.patch(path, headers=person.headers | if_match(tags[-1]), json=change)
        assert changed.status_code == 200, changed.text
        tags.append(changed.headers["ETag"])
        shown = await world.http.get(path, headers=person.headers)
        assert shown.headers["ETag"] == tags[-1]
    assert len(set(tags)) == len(changes) + 1


@ON_SQLITE
async def test_the_etag_of_a_201_is_that_of_what_was_made(world: World) -> None:
    """C1, R5: the tag that comes with the Location is good for the first If-Match."""
    await world.school()
    person = await world.person(Role.SUPPORTER, Role.COORDINATOR, Role.TRIAGER)
    roster = {
        "name": "Triage",
        "line": "triage",
        "time_zone": "Australia/Melbourne",
        "combine": "union",
        "layers": [
            {
                "id": "L1",
                "rank": 1,
                "rotation": {
                    "unit": "week",
                    "length": 1,
                    "start_local": "2026-01-05T09:00",
                    "participants": [str(person.id)],
                },
            }
        ],
    }
    made = await world.http.post(
        "/v1/schools/harbour/rosters", headers=person.headers | world.once(), json={"roster": roster}
    )
    assert made.status_code == 201, made.text
    for path, tag in (
        (made.headers["Location"], made.headers["ETag"]),
        await endpoint(world, person),
        await advice_request(world, person),
    ):
        shown = await world.http.get(path, headers=person.headers)
        assert (path, shown.headers["ETag"]) == (path, tag)


@ON_SQLITE
async def test_a_client_that_has_the_state_gets_304_however_it_says_so(world: World) -> None:
    """C2: one tag, a list, a weak tag and * are all understood; a 304 has no body and repeats the ETag."""
    await world.school()
    person = await world.person(Role.ADVISER)
    path, tag = await endpoint(world, person)
    for header in (
        tag,
        f'"other", {tag}',
        f'{tag},"other"',
        f'"a" , W/{tag} , "b"',
        f"W/{tag}",
        "*",
        " * ",
        f'"a", ,, {tag}',
        f",{tag},",
    ):
        answer = await world.http.get(path, headers=person.headers | if_none_match(header))
        assert (header, answer.status_code, answer.content) == (header, 304, b"")
        assert answer.headers["ETag"] == tag
        assert answer.headers["Cache-Control"] == "no-store"
        assert "content-type" not in answer.headers


@ON_SQLITE
async def test_a_list_of_tags_may_stand_on_two_header_lines(world: World) -> None:
    """C2: two fields of one name are one list (RFC 9110, 5.3)."""
    await world.school()
    person = await world.person(Role.ADVISER)
    path, tag = await endpoint(world, person)
    lines = [*person.headers.items(), ("If-None-Match", '"other"'), ("If-None-Match", tag)]
    assert (await world.http.get(path, headers=lines)).status_code == 304


@ON_SQLITE
async def test_a_client_with_another_state_gets_the_whole_answer(world: World) -> None:
    """C2: an unknown or malformed tag is no reason to withhold anything."""
    await world.school()
    for header in (STALE, f"W/{STALE}", '""', "", "no tag at all", '"half', "**"):
        shown = await world.http.get("/v1/schools/harbour/help-now", headers=if_none_match(header))
        assert (header, shown.status_code, shown.json()["school"]) == (header, 200, "harbour")


@ON_SQLITE
async def test_head_answers_a_condition_as_get_does(world: World) -> None:
    """C2: the same tag, the same 304, never a body."""
    await world.school()
    got = await world.http.get("/v1/schools/harbour/help-now")
    head = await world.http.head("/v1/schools/harbour/help-now")
    known = await world.http.head("/v1/schools/harbour/help-now", headers=if_none_match(got.headers["ETag"]))
    assert (head.status_code, head.headers["ETag"], head.content) == (200, got.headers["ETag"], b"")
    assert (known.status_code, known.headers["ETag"], known.content) == (304, got.headers["ETag"], b"")


@ON_SQLITE
async def test_lists_have_etags_and_304_too(world: World) -> None:
    """C2: a list that has not changed costs no second transfer, with a next page as without; P5: none is then named."""
    await world.school()
    triager = await world.person(Role.TRIAGER)
    path = "/v1/schools/harbour/reports?limit=1"
    for _ in range(2):
        await world.report()
    shown = await world.http.get(path, headers=triager.headers)
    tag = shown.headers["ETag"]
    assert "Link" in shown.headers
    known = await world.http.get(path, headers=triager.headers | if_none_match(tag))
    assert (known.status_code, "Link" in known.headers) == (304, False)
    one = f"/v1/schools/harbour/reports/{shown.json()['items'][0]['id']}"
    version = (await world.http.get(one, headers=triager.headers)).headers["ETag"]
    await world.http.post(f"{one}/claim", headers=triager.headers | {"If-Match": version})
    assert (await world.http.get(path, headers=triager.headers | if_none_match(tag))).status_code == 200


async def test_a_stale_change_is_refused_and_changes_nothing(world: World) -> None:
    """C3: 412, and the resource is as it was."""
    await world.school()
    person = await world.person(Role.ADVISER)
    path, old = await endpoint(world, person)
    done = await world.http.patch(path, headers=person.headers | if_match(old), json={"description": "mine"})
    stale = await world.http.patch(path, headers=person.headers | if_match(old), json={"description": "theirs"})
    gone = await world.http.delete(path, headers=person.headers | if_match(old))
    shown = await world.http.get(path, headers=person.headers)
    assert [code(answer) for answer in (stale, gone)] == [(412, "precondition_failed")] * 2
    assert (shown.json()["description"], shown.headers["ETag"]) == ("mine", done.headers["ETag"])


@ON_SQLITE
async def test_a_weak_tag_never_matches_for_a_change(world: World) -> None:
    """C3: If-Match compares strongly (RFC 9110, 13.1.1); malformed tags match nothing."""
    await world.school()
    person = await world.person(Role.ADVISER)
    path, tag = await endpoint(world, person)
    for header in (f"W/{tag}", f"w/{tag}", f'W/{tag}, "other"', f"x{tag}", tag.strip('"'), ""):
        refused = await world.http.patch(path, headers=person.headers | if_match(header), json={"enabled": False})
        assert (header, refused.status_code) == (header, 412)
    assert (await world.http.get(path, headers=person.headers)).headers["ETag"] == tag


async def test_a_change_of_the_current_state_is_made(world: World) -> None:
    """C3: the tag alone, in a list whatever its length, or * for whatever is there."""
    await world.school()
    person = await world.person(Role.ADVISER)
    path, tag = await endpoint(world, person)
    long = ", ".join(f'"{number:032}"' for number in range(50))
    for number, form in enumerate(("{tag}", '"other", {tag}', '"other", , {tag}', f"{long}, {{tag}}", "*")):
        header = if_match(form.format(tag=tag))
        changed = await world.http.patch(path, headers=person.headers | header, json={"description": f"{number}"})
        assert (changed.status_code, changed.json()["description"]) == (200, f"{number}")
        tag = changed.headers["ETag"]
    lines = [*person.headers.items(), ("If-Match", '"other"'), ("If-Match", tag)]
    assert (await world.http.patch(path, headers=lines, json={"enabled": False})).status_code == 200
    refused = await world.http.patch(path, headers=person.headers | if_match(long), json={"enabled": True})
    assert code(refused) == (412, "precondition_failed")


async def contended(world: World) -> tuple[list[tuple[str, str, dict[str, Any] | None]], Someone]:
    """Every change that needs If-Match: method, path, body; and who may make it."""
    await world.school()
    person = await world.person(Role.TRIAGER, Role.SUPPORTER, Role.SCHOOL_IT, Role.COORDINATOR)
    own, _ = await endpoint(world, person)
    adviser = await world.person(Role.ADVISER, paged=True)
    roster = f"/v1/schools/harbour/rosters/{await world.on_call(adviser)}"
    planning = await planned(world, person, adviser, roster.rpartition("/")[2])
    plan = (await world.http.get(planning["version"], headers=person.headers)).json()["plan"]
    closed = {"person": None, "reason": "Closed", "start": "2030-01-01T00:00Z", "end": "2030-01-02T00:00Z"}
    table = "person,start,end,reason\n,2030-01-01T00:00Z,2030-01-02T00:00Z,Closed\n"
    made = await world.http.post(
        "/v1/schools/harbour/webhook-endpoints", headers=person.headers, json={"url": world.receiver.url("school")}
    )
    schools = made.headers["Location"]
    kept, _ = await report(world, person)
    asked, _ = await advice_request(world, person)
    lead, filled = await post(world, person)
    changes: list[tuple[str, str, dict[str, Any] | None]] = [
        ("PATCH", own, {"enabled": False}),
        ("DELETE", own, None),
        ("PATCH", schools, {"enabled": False}),
        ("DELETE", schools, None),
        ("POST", f"{kept}/claim", None),
        ("POST", f"{kept}/release", None),
        ("POST", f"{kept}/close", None),
        ("POST", f"{kept}/priority", {"priority": "when_you_can", "note": "They are with family."}),
        ("POST", f"{asked}/close", None),
        ("PATCH", roster, {"name": "Another name"}),
        ("POST", f"{roster}/versions", {"effective_from": None, "plan": plan}),
        ("DELETE", planning["version"], None),
        ("POST", f"{roster}/overrides", closed),
        ("POST", f"{roster}/overrides/imports", {"csv": table}),
        ("DELETE", planning["override"], None),
        ("PATCH", planning["absence"], {"end": "2030-01-01T00:00Z"}),
        ("DELETE", planning["absence"], None),
        ("PUT", f"{planning['gap']}/external-cover", {"entry_id": "au-example-line"}),
        ("DELETE", f"{planning['gap']}/external-cover", None),
        ("PATCH", "/v1/schools/harbour/roster-rules", {"triage": {"rest_hours": 12, "weekly_hours": None}}),
        ("PUT", lead, filled | {"title": "Another title"}),
        ("DELETE", lead, None),
    ]
    return changes, person


@ON_SQLITE
async def test_a_contended_change_must_say_which_version_it_changes(world: World) -> None:
    """C4: 428 without If-Match, 412 with that of another state, and nothing changes either way."""
    changes, person = await contended(world)
    read = {re.sub("/(claim|release|close|priority|imports|external-cover)$", "", path) for _, path, _ in changes}
    before = {path: (await world.http.get(path, headers=person.headers)).text for path in read}
    for method, path, body in changes:
        blind = await world.http.request(method, path, headers=person.headers, json=body)
        stale = await world.http.request(method, path, headers=person.headers | if_match(STALE), json=body)
        assert (method, path, code(blind)) == (method, path, (428, "precondition_required"))
        assert (method, path, code(stale)) == (method, path, (412, "precondition_failed"))
    assert {path: (await world.http.get(path, headers=person.headers)).text for path in read} == before


async def test_of_ten_parallel_changes_of_one_version_exactly_one_is_made(world: World) -> None:
    """C5: one 200, nine 412, and the state is the winner's."""
    await world.school()
    person = await world.person(Role.ADVISER)
    path, tag = await endpoint(world, person)
    answers = await asyncio.gather(
        *(
            world.http.patch(path, headers=person.headers | if_match(tag), json={"description": f"number {n}"})
            for n in range(10)
        )
    )
    assert Counter(code(answer) for answer in answers) == {(200, None): 1, (412, "precondition_failed"): 9}
    [winner] = [answer for answer in answers if answer.status_code == 200]
    shown = await world.http.get(path, headers=person.headers)
    assert (shown.json(), shown.headers["ETag"]) == (winner.json(), winner.headers["ETag"])


@pytest.mark.parametrize("what", ["PATCH", "POST"])
async def test_of_ten_parallel_edits_of_one_roster_exactly_one_is_made(world: World, what: str) -> None:
    """C5: a name, or somebody else for an evening: all have read the same roster, and nine are told so."""
    await world.school()
    coordinator = await world.person(Role.COORDINATOR, Role.ADVISER)
    roster = f"/v1/schools/harbour/rosters/{await world.on_call(coordinator)}"
    tag = (await world.http.get(roster, headers=coordinator.headers)).headers["ETag"]
    closed = {"person": None, "start": "2027-03-02T00:00Z", "end": "2027-03-03T00:00Z"}

    async def edit(number: int) -> httpx.Response:
        headers = coordinator.headers | if_match(tag)
        if what == "PATCH":
            return await world.http.patch(roster, headers=headers, json={"name": f"Name {number}"})
        body = closed | {"reason": f"Reason {number}"}
        return await world.http.post(f"{roster}/overrides", headers=headers, json=body)

    answers = await asyncio.gather(*(edit(number) for number in range(10)))
    done = 200 if what == "PATCH" else 201
    assert Counter(code(answer) for answer in answers) == {(done, None): 1, (412, "precondition_failed"): 9}
    [winner] = [answer.json() for answer in answers if answer.status_code == done]
    shown = (await world.http.get(roster, headers=coordinator.headers)).json()
    kept = (await world.http.get(f"{roster}/overrides", headers=coordinator.headers)).json()["items"]
    if what == "PATCH":
        assert shown["roster"]["name"] == winner["roster"]["name"]
    else:
        assert [each["reason"] for each in kept] == [winner["reason"]]


async def test_of_eight_triagers_exactly_one_takes_a_report_on(world: World) -> None:
    """C5, E13: the others learn that it changed; who reads it again learns that it is taken."""
    await world.school()
    triagers = [await world.person(Role.TRIAGER) for _ in range(8)]
    path, tag = await report(world, triagers[0])
    answers = await asyncio.gather(
        *(world.http.post(f"{path}/claim", headers=person.headers | if_match(tag)) for person in triagers)
    )
    assert Counter(code(answer) for answer in answers) == {(200, None): 1, (412, "precondition_failed"): 7}
    late = next(person for person, answer in zip(triagers, answers, strict=True) if answer.status_code == 412)
    now = (await world.http.get(path, headers=late.headers)).headers["ETag"]
    taken = await world.http.post(f"{path}/claim", headers=late.headers | if_match(now))
    assert code(taken) == (409, "already_claimed")


async def test_a_triager_may_read_one_report_in_many_windows_at_once(world: World) -> None:
    """C5, R12: recording who read it is no reason to fail anybody."""
    await world.school()
    triager = await world.person(Role.TRIAGER)
    await world.report()
    listed = await world.http.get("/v1/schools/harbour/reports", headers=triager.headers)
    path = f"/v1/schools/harbour/reports/{listed.json()['items'][0]['id']}"
    answers = await asyncio.gather(
        *(world.http.get(path + part, headers=triager.headers) for part in ("", "/messages") for _ in range(6))
    )
    assert {answer.status_code for answer in answers} == {200}


async def test_who_reads_and_answers_a_report_at_once_does_both(world: World) -> None:
    """C5: the first reading of the hour and an answer, in any order: none waits for the other in a ring."""
    await world.school()
    triager = await world.person(Role.TRIAGER)
    for _ in range(15):
        await world.report()
    base = "/v1/schools/harbour/reports"
    listed = await world.http.get(base, headers=triager.headers)
    seen: Counter[tuple[int, str | None]] = Counter()
    for item in listed.json()["items"]:
        path = f"{base}/{item['id']}"
        answers = await asyncio.gather(
            world.http.get(path, headers=triager.headers),
            *(
                world.http.post(f"{path}/messages", headers=triager.headers | world.once(), json={"text": text})
                for text in ("First.", "Second.")
            ),
            world.http.get(f"{path}/messages", headers=triager.headers),
        )
        seen.update(code(answer) for answer in answers)
    assert seen == {(200, None): 30, (201, None): 30}


@ON_SQLITE
async def test_who_may_not_change_it_learns_nothing_of_its_version(world: World) -> None:
    """C6: 401, 403 and 404 come before 412 and 428."""
    changes, _ = await contended(world)
    await world.school("coast", region="NSW")
    stranger = await world.person(Role.TRIAGER, Role.SUPPORTER, Role.SCHOOL_IT, school="coast")
    evaluator = await world.person(Role.EVALUATOR)
    expected = []
    seen = []
    for method, path, body in changes:
        for headers in ({}, if_match(STALE), if_match("*")):
            for caller, status in ((None, 401), (stranger, 404), (evaluator, 404 if MINE in path else 403)):
                who = caller.headers if caller else {}
                answer = await world.http.request(method, path, headers=headers | who, json=body)
                expected.append((method, path, status))
                seen.append((method, path, answer.status_code))
    assert seen == expected


@ON_SQLITE
async def test_what_does_not_exist_has_no_version(world: World) -> None:
    """C6: an unknown id is a 404, whatever If-Match says, * included."""
    changes, person = await contended(world)
    for method, path, body in changes:
        unknown = re.sub(r"[0-9a-f-]{36}", str(uuid.uuid4()), path)
        if path.endswith(("/roster-rules", "/programme_lead")):
            continue  # Every school has the one; the other is made by its name (tests/schools/test_posts.py).
        for headers in ({}, if_match(STALE), if_match("*")):
            answer = await world.http.request(method, unknown, headers=person.headers | headers, json=body)
            assert (method, unknown, code(answer)) == (method, unknown, (404, "not_found"))


async def test_a_stale_change_is_refused_before_anything_is_made_of_it(world: World) -> None:
    """C6: 412 comes before what a change would lead to: its own validation (422), or a conflict (409)."""
    await world.school()
    person = await world.person(Role.TRIAGER, Role.ADVISER)
    own, _ = await endpoint(world, person)
    kept, tag = await report(world, person)
    await world.http.post(f"{kept}/claim", headers=person.headers | if_match(tag))
    refused = await world.http.patch(own, headers=person.headers | if_match(STALE), json={"url": "http://10.0.0.1/"})
    again = await world.http.post(f"{kept}/claim", headers=person.headers | if_match(tag))
    assert [code(refused), code(again)] == [(412, "precondition_failed")] * 2


@ON_SQLITE
async def test_what_is_personal_is_never_kept_by_a_cache(world: World) -> None:
    """C7: no-store on everything behind a token, its lists, its 304s and its problems, and on receipts."""
    resources = await every_single_resource(world)
    for path, headers in resources.items():
        if not headers:
            continue
        shown = await world.http.get(path, headers=headers)
        known = await world.http.get(path, headers=headers | if_none_match("*"))
        unknown = await world.http.get(path)
        for answer in (shown, known, unknown):
            assert (path, answer.status_code, answer.headers["Cache-Control"]) == (path, answer.status_code, "no-store")
    made = await world.report()
    session = await world.http.post("/v1/receipts/session", json={"receipt": made.json()["receipt"]})
    lists = await world.http.get("/v1/schools/harbour/reports", headers=next(iter(resources.values())))
    assert {answer.headers["Cache-Control"] for answer in (made, session, lists)} == {"no-store"}


@ON_SQLITE
async def test_help_and_promises_may_be_kept_and_used_while_they_are_renewed(world: World) -> None:
    """C7: public, max-age and stale-while-revalidate, with an ETag, on 200 and 304 alike."""
    await world.school()
    for path in ("/v1/schools/harbour/help-now", "/v1/schools/harbour/privacy-statement"):
        shown = await world.http.get(path)
        known = await world.http.get(path, headers=if_none_match(shown.headers["ETag"]))
        assert known.status_code == 304
        for answer in (shown, known):
            assert re.fullmatch(r"public, max-age=\d+, stale-while-revalidate=\d+", answer.headers["Cache-Control"])


@ON_SQLITE
async def test_what_a_cache_may_keep_is_the_same_for_everyone_or_says_by_what_it_varies(world: World) -> None:
    """C7: `Vary` where true: an answer that depended on a header without naming it would be served to the wrong one."""
    await world.school()
    person = await world.person(Role.TRIAGER)
    others: dict[str, dict[str, str]] = {
        "authorization": person.headers,
        "accept-language": {"Accept-Language": "de"},
        "accept-encoding": {"Accept-Encoding": "identity"},
    }
    for path in ("/v1/schools/harbour/help-now", "/v1/schools/harbour/privacy-statement", "/.well-known/jwks.json"):
        plain = await world.http.get(path)
        vary = plain.headers.get("Vary", "").lower()
        for name, headers in others.items():
            assert name in vary or (await world.http.get(path, headers=headers)).content == plain.content


@ON_SQLITE
async def test_a_problem_is_never_kept_by_a_cache(world: World) -> None:
    """C7: the 404 of a cacheable route is not cacheable."""
    answer = await world.http.get("/v1/schools/nowhere/help-now")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")


async def test_an_advice_request_is_closed_once(world: World) -> None:
    """C5: eight closings at once with the same tag make one change."""
    await world.school()
    supporter = await world.person(Role.SUPPORTER)
    asked, _ = await advice_request(world, supporter)
    tag = (await world.http.get(asked, headers=supporter.headers)).headers["ETag"]
    answers = await asyncio.gather(
        *(world.http.post(f"{asked}/close", headers=supporter.headers | if_match(tag)) for _ in range(8))
    )
    assert Counter(code(answer) for answer in answers) == {(200, None): 1, (412, "precondition_failed"): 7}


async def test_a_roster_line_gets_one_roster_however_many_are_made_at_once(world: World) -> None:
    """C5, E13: parallel rosters for one line and level: one is kept, the others are told of the conflict."""
    await world.school()
    coordinator = await world.person(Role.COORDINATOR, Role.TRIAGER)
    layer = {
        "id": "L1",
        "rank": 1,
        "rotation": {
            "unit": "week",
            "length": 1,
            "start_local": "2026-01-05T09:00",
            "participants": [str(coordinator.id)],
        },
    }
    roster = {
        "name": "Triage",
        "line": RosterLine.TRIAGE,
        "time_zone": "Australia/Melbourne",
        "combine": "union",
        "layers": [layer],
    }
    answers = await asyncio.gather(
        *(
            world.http.post(
                "/v1/schools/harbour/rosters", headers=coordinator.headers | world.once(), json={"roster": roster}
            )
            for _ in range(6)
        )
    )
    assert Counter(code(answer) for answer in answers) == {(201, None): 1, (409, "roster_exists"): 5}
