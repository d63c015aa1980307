"""Two schools share nothing but the software: what is the other's is not there (J11; design, 1.10)."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from typing import Any

from app.schools import service as schools
from app.vault import service as vault
from app.vocabulary import Role, RosterLine
from tests.planning.scene import handoffs
from tests.programme.put_in_place import a_pause_and_a_talk
from tests.reports.harbour import documented, listed, my_pages, not_found_body, one_database, random_id, told
from tests.reports.passing_on import put_in_place
from tests.support.world import Someone, World
from tests.supporters.joining import on_the_way_in, standing_of
from tests.test_access import (
    DECISION,
    HOLD,
    INCIDENT,
    INVITED,
    POST,
    REVIEW,
    WAVE,
    a_session,
    a_story,
    an_account,
    being_handled,
    being_kept,
    being_signed_in_with,
    exhausted,
    sign_in_of,
    succession_planned,
    supporter_id_of,
)

# Reads of a stretch of time, and actions without a body.
WINDOWED = ("/shifts", "/calendar.svg")
TABLES = ("/statistics", "/statistics.csv", "/statistics.svg")
BARE = ("close", "claim", "messages", "take", "hand-back", "withdraw", "accept", "decline", "resend")
BARE += ("/show", "/check", "/activate", "/return-to-training", "/invite")
BARE += ("/confirm", "/take-back", "/review", "/ungroup", "{report_id}/release")
ALL_ROLES = tuple(set(Role) - {Role.PLATFORM_OPERATOR})


@dataclass
class Two:
    """A school each with one person who may do everything there, and a worry and a question of its own."""

    harbour: Someone
    ridge: Someone
    ids: dict[str, str]


async def two_schools(world: World) -> Two:
    """Everything that has an id exists at Harbour; Ridge has people, and nothing else."""
    await world.school()
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    harbour = await world.person(*ALL_ROLES, alias="Everything", paged=True)
    adviser = await world.person(Role.ADVISER, alias="Mira", paged=True)
    ridge = await world.person(*ALL_ROLES, school="ridge", alias="Rowan", paged=True)
    roster = await world.on_call(adviser, harbour)
    planned = await planned_at_harbour(world, harbour, adviser, str(roster))
    await world.report("hurt_themselves", narrative="It is at Harbour.")
    asked = await world.http.post(
        "/v1/schools/harbour/advice-requests",
        headers=harbour.headers | world.once(),
        json={"topic": "role_boundaries", "summary": "It is at Harbour."},
    )
    endpoint = await world.http.post(
        "/v1/schools/harbour/webhook-endpoints",
        headers=harbour.headers,
        json={"url": world.receiver.url("school-endpoint")},
    )
    sent = await world.http.get(
        f"/v1/schools/harbour/webhook-endpoints/{endpoint.json()['id']}/deliveries", headers=harbour.headers
    )
    [report] = await listed(world, harbour)
    pages = await my_pages(world, harbour)
    decision = await world.http.post(
        f"/v1/schools/harbour/reports/{report['id']}/confidentiality-decisions",
        headers=harbour.headers | world.once(),
        json=DECISION,
    )
    contact = await world.write(lambda session: put_in_place(session, report["id"], harbour))
    ids = {
        "report_id": report["id"],
        "decision_id": decision.json()["id"],
        "contact_id": contact,
        "request_id": asked.json()["id"],
        "roster_id": str(roster),
        "endpoint_id": endpoint.json()["id"],
        "delivery_id": sent.json()["items"][0]["id"],
        "page_id": pages[0]["id"],
    }
    ids["supporter_id"] = await standing_of(world, harbour)
    ids |= await on_the_way_in(world)
    ids |= await being_handled(world, f"/v1/schools/harbour/reports/{report['id']}", harbour)
    ids |= await being_kept(world, harbour)
    ids |= await being_signed_in_with(world, harbour, adviser)
    return Two(harbour=harbour, ridge=ridge, ids=ids | planned)


async def an_open_invitation(world: World, coordinator: Someone) -> str:
    now = world.time.now()
    body = {
        "audience": "everybody",
        "title": "Tea",
        "words": "Come and sit with us.",
        "opens_at": now.isoformat(),
        "closes_at": (now + dt.timedelta(days=9)).isoformat(),
    }
    headers = coordinator.headers | world.once()
    made = await world.http.post("/v1/supporters/open-invitations", headers=headers, json=body)
    assert made.status_code == 201, made.text
    invitation_id: str = made.json()["id"]
    return invitation_id


async def planned_at_harbour(world: World, harbour: Someone, adviser: Someone, roster: str) -> dict[str, str]:
    """The ids of one of each kind of what is planned."""
    base, start = "/v1/schools/harbour", handoffs()[0]
    other = await world.on_call(harbour, line=RosterLine.ACADEMIC_ADVICE)
    give, get = (
        {"roster_id": of, "shift": {"layer_id": layer, "slot_start": start}}
        for of, layer in ((roster, "L1"), (str(other), "L1"))
    )
    closed = {"person": None, "reason": "Closed", "start": "2027-01-04T00:00Z", "end": "2027-01-05T00:00Z"}
    policy = {
        "need": "advice",
        "levels": [],
        "fallback": {"ask": {"kind": "role", "role": "adviser"}, "ack_seconds": 9},
    }
    ids = {"person_id": str(adviser.id), "escalation_id": await exhausted(world)}
    ids["story_id"] = await a_story(world, harbour)
    ids["supporter_id"] = await world.write(lambda session: supporter_id_of(session, harbour))
    await world.http.put(f"{base}/posts/programme_lead", headers=harbour.headers, json=POST)
    ids |= await succession_planned(world, harbour)
    ids["open_invitation_id"] = await an_open_invitation(world, harbour)
    ids["session_id"] = await sign_in_of(world, adviser)
    supporter = await world.person(Role.SUPPORTER, Role.COORDINATOR)
    ids["supporter_id"] = await world.supporter_id(supporter)
    ids["supervision_id"] = await a_session(world, adviser, supporter)
    ids |= await world.write(lambda session: a_pause_and_a_talk(session, supporter))
    for name, path, body, who in (
        ("override_id", f"rosters/{roster}/overrides", closed, harbour),
        ("offer_id", "shift-offers", give, adviser),
        ("swap_id", "swaps", {"other": str(harbour.id), "give": give, "get": get}, adviser),
        ("absence_id", "absences", {"kind": "leave", "start": "2027-02-01T00:00Z"}, harbour),
        ("feed_id", "calendar-feeds", {}, harbour),
        ("policy_id", "escalation-policies", policy, harbour),
        ("drill_id", "drills", None, harbour),
        ("wave_id", "evaluation/waves", WAVE, harbour),
        ("run_id", "retention-runs", None, harbour),
        ("hold_id", "legal-holds", HOLD, harbour),
        ("invitation_id", "invitations", INVITED, harbour),
        ("link_id", f"people/{adviser.id}/password-link", None, harbour),
        ("grant_id", "role-grants", {"person": str(adviser.id), "role": "evaluator"}, harbour),
        ("incident_id", "privacy-incidents", INCIDENT, harbour),
        ("account_id", "service-accounts", an_account(world.time.now()), harbour),
    ):
        headers = who.headers | world.once() | {"If-Match": "*"}
        made = await world.http.post(f"{base}/{path}", headers=headers, json=body)
        assert made.status_code == (202 if name == "run_id" else 201), made.text
        ids[name] = made.json()["id"]
    for name, path in (("gap_id", "gaps"), ("version_id", "versions")):
        found = await world.http.get(f"{base}/rosters/{roster}/{path}", headers=harbour.headers)
        ids[name] = found.json()["items"][0]["id"]
    return ids


def operations() -> list[tuple[str, str]]:
    """Every operation behind a token, with its path as it is documented."""
    return [
        (method, path)
        for path, methods in documented()["paths"].items()
        for method, operation in methods.items()
        if operation.get("security") and not path.startswith("/v1/me/report")
    ]


def takes_body(method: str, path: str) -> bool:
    """A concrete path, as one of those that are documented."""
    return any(
        "requestBody" in methods.get(method, {}) and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path)
        for template, methods in documented()["paths"].items()
    )


async def body_of(world: World, person: Someone, method: str, path: str) -> dict[str, Any]:
    headers = person.headers | world.once() | {"If-Match": "*"}
    words = "note" if "/unanswered/" in path or "/confidentiality-decisions/" in path else "text"
    body = {words: "x"} if takes_body(method, path) else None
    query = {"from": "2027-01-04T00:00:00Z", "to": "2027-01-05T00:00:00Z"} if path.endswith(WINDOWED) else None
    if path.endswith(TABLES):
        query = {"period": "2026", "by": "wants"}
    answer = await world.http.request(method, path, headers=headers, json=body, params=query)
    assert answer.status_code == 404, (method, path, answer.text)
    return not_found_body(answer)


@one_database
async def test_a_token_opens_nothing_in_the_path_of_another_school(world: World) -> None:
    """404, as for a school that is not there, whatever is asked and whatever roles the token has."""
    two = await two_schools(world)
    of_schools = [(method, path) for method, path in operations() if "{school}" in path]
    assert len(of_schools) >= 20
    for method, path in of_schools:
        concrete = re.sub(r"\{([a-z_]+_id)\}", lambda found: two.ids[found[1]], path)
        theirs = await body_of(world, two.ridge, method, concrete.replace("{school}", "harbour"))
        nowhere = await body_of(world, two.ridge, method, concrete.replace("{school}", "nowhere"))
        assert theirs == nowhere, (method, path)


@one_database
async def test_the_ids_of_another_school_are_ids_of_nothing(world: World) -> None:
    """In the caller's own school, with every role there is: the same answer as for an id that nobody has."""
    two = await two_schools(world)
    with_ids = [(method, path) for method, path in operations() if re.search(r"_id\}", path)]
    assert len(with_ids) >= 20
    for method, path in with_ids:
        here = path.replace("{school}", "ridge")
        if (
            method == "put"
            or "{token}" in here
            or here.endswith(("{story_id}/review", "{debrief_id}/take"))
            or (method in ("post", "patch") and not here.endswith(BARE))
        ):
            continue
        theirs = await body_of(world, two.ridge, method, re.sub(r"\{([a-z_]+_id)\}", lambda m: two.ids[m[1]], here))
        nothing = await body_of(world, two.ridge, method, re.sub(r"\{[a-z_]+_id\}", random_id(), here))
        assert theirs == nothing, (method, path)
    for action, body in (("ack", None), ("decline", None), ("reply", {"text": "x"})):
        for page in (two.ids["page_id"], random_id()):
            headers = two.ridge.headers | world.once()
            answer = await world.http.post(f"/v1/pages/{page}/{action}", headers=headers, json=body)
            assert answer.status_code == 404, action


@one_database
async def test_what_another_school_has_planned_is_not_there_for_any_change(world: World) -> None:
    """With bodies that would do at home: in the path or in the body, an id of Harbour's is an id of nothing."""
    two = await two_schools(world)
    own = await world.on_call(two.ridge)
    closed = {"person": None, "reason": "Closed", "start": "2027-01-04T00:00Z", "end": "2027-01-05T00:00Z"}
    kept = await world.http.get(f"/v1/schools/ridge/rosters/{own}", headers=two.ridge.headers)
    plan = {name: kept.json()["roster"][name] for name in ("time_zone", "combine", "layers")}
    version = {"effective_from": None, "plan": plan}
    table = {"csv": "person,start,end,reason\n,2027-01-04T00:00Z,2027-01-05T00:00Z,Closed\n"}
    shift = {"shift": {"layer_id": "L1", "slot_start": handoffs()[0]}}
    mine = shift | {"roster_id": str(own)}
    by_path: list[tuple[str, str, dict[str, Any]]] = [
        ("PATCH", "rosters/{roster_id}", {"name": "Theirs"}),
        ("POST", "rosters/{roster_id}/versions", version),
        ("POST", "rosters/{roster_id}/versions/preview", version),
        ("POST", "rosters/{roster_id}/overrides", closed),
        ("POST", "rosters/{roster_id}/overrides/preview", closed),
        ("POST", "rosters/{roster_id}/overrides/imports", table),
        ("POST", "rosters/{roster_id}/overrides/imports/preview", table),
        ("PATCH", "absences/{absence_id}", {"end": None}),
        ("PUT", "coverage/gaps/{gap_id}/external-cover", {"entry_id": "any-line"}),
        ("POST", "people/{person_id}/departures", {"next_in_turn": True}),
        ("POST", "people/{person_id}/password-link", {}),
        ("POST", "invitations/{invitation_id}/renew", {}),
        ("PATCH", "people/{person_id}", {"alias": "Theirs"}),
        ("POST", "role-grants", {"person": "{person_id}", "role": "supporter"}),
        ("POST", "role-grants/{grant_id}/end", {}),
        ("POST", "shift-offers", shift | {"roster_id": "{roster_id}"}),
        ("POST", "swaps", {"other": "{person_id}", "give": mine, "get": mine}),
        ("POST", "swaps", {"other": str(two.ridge.id), "give": mine, "get": shift | {"roster_id": "{roster_id}"}}),
        ("POST", "calendar-feeds", {"roster_id": "{roster_id}"}),
        ("POST", "reports/{report_id}/confidentiality-decisions", DECISION),
        ("POST", "confidentiality-decisions/{decision_id}/alone", {"reason": "Nobody answers."}),
        ("POST", "stories/submissions/{story_id}/review", REVIEW),
        ("PATCH", "evaluation/waves/{wave_id}", {"title": "Theirs"}),
        ("POST", "evaluation/waves/{wave_id}/tokens", {"population": "staff", "count": 1}),
        ("POST", "evaluation/waves", WAVE | {"previous_wave": "{wave_id}"}),
        ("POST", "absences", {"kind": "paused", "start": "2027-01-04T00:00Z", "person": "{person_id}"}),
        ("POST", f"rosters/{own}/overrides", closed | {"person": "{person_id}"}),
        ("POST", f"people/{two.ridge.id}/departures", {"reassign_to": "{person_id}"}),
    ]
    for method, path, body in by_path:
        answers = []
        for ids in (two.ids, dict.fromkeys(two.ids, random_id())):
            text = json.dumps([path, body])
            for name, value in ids.items():
                text = text.replace(f"{{{name}}}", value)
            address, real = json.loads(text)
            headers = two.ridge.headers | world.once() | {"If-Match": "*"}
            answer = await world.http.request(method, f"/v1/schools/ridge/{address}", headers=headers, json=real)
            answers.append((answer.status_code, {**answer.json(), "instance": None}))
        assert answers[0] == answers[1], (method, path)
        assert answers[0][0] in (404, 422), (method, path, answers[0])


@one_database
async def test_what_is_planned_is_shown_in_its_own_school_alone(world: World) -> None:
    two = await two_schools(world)
    window = {"from": "2027-01-01T00:00Z", "to": "2027-01-08T00:00Z"}
    for path, params, field in (
        ("absences", {}, "items"),
        ("shift-offers", {}, "items"),
        ("calendar-feeds", {}, "items"),
        ("coverage", window, "rosters"),
        ("rosters/load", window, "people"),
    ):
        mine = await world.http.get(f"/v1/schools/harbour/{path}", headers=two.harbour.headers, params=params)
        theirs = await world.http.get(f"/v1/schools/ridge/{path}", headers=two.ridge.headers, params=params)
        assert (bool(mine.json()[field]), theirs.json()[field]) == (True, []), path
    mine = await world.http.get("/v1/me/shifts", headers=two.ridge.headers, params=window)
    swaps = await world.http.get("/v1/schools/ridge/swaps", headers=two.ridge.headers)
    assert (mine.json()["items"], swaps.json()["items"]) == ([], [])
    ready = (await world.http.get("/v1/schools/ridge/readiness", headers=two.ridge.headers)).text
    assert not [each for each in ("Mira", "Everything", *two.ids.values()) if each in ready]


@one_database
async def test_lists_pages_and_events_hold_what_is_of_ones_own_school(world: World) -> None:
    two = await two_schools(world)
    for path, count in (("reports", 1), ("advice-requests", 1), ("rosters", 2), ("webhook-endpoints", 1)):
        mine = await world.http.get(f"/v1/schools/harbour/{path}", headers=two.harbour.headers)
        theirs = await world.http.get(f"/v1/schools/ridge/{path}", headers=two.ridge.headers)
        assert (len(mine.json()["items"]), theirs.json()["items"]) == (count, []), path
    assert await my_pages(world, two.ridge) == []
    await world.settle()
    assert two.ridge.hook not in told(world)

    await world.report("tearful", school="ridge", narrative="It is at Ridge.")
    assert len(await listed(world, two.harbour)) == 1
    assert len(await listed(world, two.ridge)) == 1


@one_database
async def test_a_cursor_of_one_school_opens_no_list_of_another(world: World) -> None:
    two = await two_schools(world)
    await world.report("tearful")
    page = await world.http.get("/v1/schools/harbour/reports", headers=two.harbour.headers, params={"limit": 1})
    cursor = page.json()["next_cursor"]
    assert cursor is not None
    there = await world.http.get("/v1/schools/ridge/reports", headers=two.ridge.headers, params={"cursor": cursor})
    assert (there.status_code, there.json()["code"]) == (422, "invalid_cursor")


@one_database
async def test_nobody_of_another_school_can_be_put_on_a_roster(world: World) -> None:
    two = await two_schools(world)
    definition = {
        "name": "Clinical advice",
        "line": RosterLine.CLINICAL_ADVICE,
        "time_zone": "Australia/Sydney",
        "layers": [
            {
                "id": "L1",
                "rank": 1,
                "rotation": {
                    "unit": "week",
                    "length": 1,
                    "start_local": "2027-01-04T09:00",
                    "participants": [str(two.harbour.id)],
                },
            }
        ],
    }
    refused = await world.http.post(
        "/v1/schools/ridge/rosters", headers=two.ridge.headers | world.once(), json={"roster": definition}
    )
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "unknown_person")


@one_database
async def test_each_school_seals_with_keys_of_its_own(world: World) -> None:
    await two_schools(world)

    def keys(session: vault.Session) -> set[bytes]:
        owners = [str(schools.find(session, slug).id) for slug in ("harbour", "ridge")]
        purposes = (vault.CONTENT, vault.LIFE_AT_RISK)
        return {vault.data_key(session, owner=owner, purpose=purpose) for owner in owners for purpose in purposes}

    assert len(await world.db.read(keys)) == 4


@one_database
async def test_help_readers_and_entries_are_the_schools_own(world: World) -> None:
    """A school's own entry is shown there and nowhere else; the national ones are everybody's."""
    await world.school()
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    await world.person(Role.TRIAGER, alias="Noor")
    await world.person(Role.TRIAGER, school="ridge", alias="Rowan")
    entry = {
        "id": "ridge-counselling",
        "name": "Ridge counselling (fictitious)",
        "tier": "crisis",
        "what_it_is": "Somebody to talk to",
        "who_for": "Students of Ridge",
        "for": ["self", "worried_about_someone"],
        "independent": False,
        "run_by": "university",
        "shares_information_with_school": "never",
        "channels": ["phone"],
        "phone_display": "02 5550 0199",
        "phone_dial": "+61255500199",
        "hours_text": "24 hours, 7 days",
        "hours": "24/7",
        "cost": "free",
        "verification": "verified",
        "sources": [{"url_or_text": "Made up for a test", "date": "2026-11-01"}],
        "notes": "",
    }
    await world.entry(entry, school="ridge")
    shown = {slug: (await world.http.get(f"/v1/schools/{slug}/help-now")).text for slug in ("harbour", "ridge")}
    assert ["ridge-counselling" in shown[slug] for slug in ("harbour", "ridge")] == [False, True]
    readers = {slug: (await world.http.get(f"/v1/schools/{slug}/readers")).text for slug in ("harbour", "ridge")}
    assert ("Rowan" in readers["harbour"], "Noor" in readers["ridge"]) == (False, False)
    refused = await world.report("tearful", keep_from=["Rowan"])
    assert refused.status_code == 422
