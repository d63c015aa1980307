"""For whoever a report is kept from, every route answers as if it did not exist: to the byte, in every role (J14).

The routes are those of the application's own document, so that a new one is among them on the day it is made.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import pytest
from harbour import (
    SCHOOL_HOOK,
    act,
    documented,
    listed,
    my_pages,
    one_database,
    random_id,
    rows,
    told,
    write_to_reporter,
)

from app.core import clock
from app.models import ConfidentialityDecision, Escalation, Page, Report, ReportMessage
from app.vocabulary import Level, Role, RosterLine
from tests.reports.passing_on import put_in_place
from tests.schools.test_tenant_isolation import planned_at_harbour
from tests.support.thorough import LONG, in_turn
from tests.support.world import Someone, World
from tests.test_access import BODIES, DECISION, QUERIES

# Whoever may be concerned by a report, one in each role; and one who holds several.
CONCERNED = {
    "Noor": (Role.TRIAGER,),
    "Lee": (Role.COORDINATOR,),
    "Mira": (Role.ADVISER,),
    "Pim": (Role.PRIVACY_OFFICER,),
    "Sam": (Role.SCHOOL_IT,),
    "Okafor": (Role.SPONSOR,),
    "Eva": (Role.EVALUATOR,),
    "Max": (Role.TRIAGER, Role.COORDINATOR, Role.ADVISER, Role.SCHOOL_IT, Role.PRIVACY_OFFICER, Role.EVALUATOR),
}
# For whom every route is read, three times: for each in the long suite, else for a reader, and for another in turn.
READ_BY = tuple(CONCERNED) if LONG else ("Noor", *in_turn([name for name in CONCERNED if name != "Noor"], parts=7))
_OF_THE_STANDARD = ("organization_id", "service_id", "service_at_location_id", "taxonomy_id", "taxonomy_term_id")
ID = re.compile(r"\{([a-z_]+)\}")
Answers = dict[tuple[str, str], tuple[int, bytes, str | None, str | None]]


@dataclass
class Harbour:
    """The concerned, those who are not, and one of everything that has an id, which every report leaves as it is."""

    concerned: list[Someone]
    triager: Someone
    adviser: Someone
    handler: Someone
    ids: dict[str, str]


class Frozen:
    """A clock that stands until it is moved, so that what is said of now can be compared to the byte."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = clock.now()
        monkeypatch.setattr(clock, "now", lambda: self.at)


async def harbour(world: World) -> Harbour:
    await world.school()
    concerned = [await world.person(*roles, alias=alias, paged=True) for alias, roles in CONCERNED.items()]
    by_name = {each.alias: each for each in concerned}
    everybody = await world.person(*set(Role) - {Role.PLATFORM_OPERATOR}, alias="Everything", paged=True)
    triager = await world.person(Role.TRIAGER, alias="Eli", paged=True)
    adviser = await world.person(Role.ADVISER, alias="Tomas", paged=True)
    handler = await world.person(Role.INDEPENDENT_HANDLER, alias="Asha", paged=True)
    roster = await world.on_call(by_name["Mira"], everybody)
    await world.on_call(adviser, by_name["Max"], level=Level.BACKUP)
    await world.on_call(handler, line=RosterLine.INDEPENDENT_ADVICE)
    planned = await planned_at_harbour(world, everybody, by_name["Mira"], str(roster))
    made = await world.http.post(
        "/v1/schools/harbour/webhook-endpoints",
        headers=by_name["Sam"].headers,
        json={"url": world.receiver.url(SCHOOL_HOOK)},
    )
    # One that is kept from nobody: lists that are empty in any case would show nothing.
    await world.report("hurt_themselves", narrative="For everybody.")
    await world.settle()
    school_endpoint = made.json()["id"]
    sent = await world.http.get(
        f"/v1/schools/harbour/webhook-endpoints/{school_endpoint}/deliveries", headers=by_name["Sam"].headers
    )
    [report] = await listed(world, triager)
    decision = await proposed(world, triager, report["id"])
    kept = {}
    for name, what in (("hold_id", "legal-holds"), ("incident_id", "privacy-incidents"), ("run_id", "retention-runs")):
        headers = by_name["Pim"].headers | world.once()
        body = BODIES.get(f"POST /v1/schools/{{school}}/{what}")
        done = await world.http.post(f"/v1/schools/harbour/{what}", headers=headers, json=body)
        kept[name] = done.json()["id"]
    return Harbour(
        concerned=concerned,
        triager=triager,
        adviser=adviser,
        handler=handler,
        ids=planned
        | {
            "school": "harbour",
            "roster_id": str(roster),
            "report_id": report["id"],
            "page_id": (await my_pages(world, by_name["Mira"]))[0]["id"],
            "endpoint_id": school_endpoint,
            "delivery_id": sent.json()["items"][0]["id"],
            "request_id": random_id(),
            "proposal_id": random_id(),
            "message_id": random_id(),
            "decision_id": decision,
            "retention_class": "named",
            "contact_id": await world.write(lambda session: put_in_place(session, report["id"], everybody)),
            **kept,
            "post": "programme_lead",
            "document": "who_does_what",
            "entry_id": "au-000",
            "site_id": random_id(),
            "correction_id": random_id(),
            "account_id": random_id(),
            "supporter_id": random_id(),
            "application_id": random_id(),
            "interest_id": random_id(),
            "week": "2026-01-05",
            "instrument": "peerline",
            "provider_id": random_id(),
            "identity_id": random_id(),
            "piece": "role-supporter",
            "sort": "role_card",
            "module": "mental_health_responses",
            "role": "supporter",
            # Of the public directory, in which nobody's report is.
            **dict.fromkeys(_OF_THE_STANDARD, random_id()),
        },
    )


async def proposed(world: World, triager: Someone, report_id: str) -> str:
    """That somebody is told more: put to whoever may know of the report."""
    url = f"/v1/schools/harbour/reports/{report_id}/confidentiality-decisions"
    made = await world.http.post(url, headers=triager.headers | world.once(), json=DECISION)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def time_passes(world: World, time: Frozen) -> None:
    """Until everybody who can be asked has been."""
    for _ in range(5):
        time.at += dt.timedelta(minutes=11)
        await world.settle()


async def everything(world: World, scene: Harbour) -> Answers:
    """What each of the concerned gets from every route that can be read."""
    found: Answers = {}
    paths = [path for path, methods in documented()["paths"].items() if "get" in methods and "{token}" not in path]
    for template in paths:
        path = ID.sub(lambda name: scene.ids[name[1]], template)
        for person in (each for each in scene.concerned if each.alias in READ_BY):
            own = path
            if template.startswith("/v1/me/webhook-endpoints/"):
                own = template.replace("{endpoint_id}", str(person.endpoint_id))
                own = ID.sub(lambda name: scene.ids[name[1]], own)
            answer = await world.http.get(own, headers=person.headers, params=QUERIES.get(f"GET {template}"))
            body = re.sub(rb'"urn:peerline:request:[0-9a-f]+"', b'""', answer.content)
            # Goes with the hours that have passed, which are put back here: tests/privacy/test_audit_export.py.
            body = re.sub(rb'\{"head":"[^"]+"\}', b"", body)
            found[template, person.alias] = (
                answer.status_code,
                body,
                answer.headers.get("ETag"),
                answer.headers.get("Link"),
            )
    return found


async def reports_that_are_kept_from_them(world: World, scene: Harbour) -> None:
    """As the reporter says so, as it concerns the programme, and as somebody says so later: urgent ones, and not."""
    for signs, fields in (
        ("hurt_themselves", {"about_role": "program_person"}),
        ("tearful", {"about_role": "staff"}),
        ("hurt_themselves", {"keep_from": ["Noor", "Mira", "coordinator", "privacy_officer"]}),
        ("tearful", {"keep_from": ["Noor", "Max", "school_it", "sponsor", "evaluator", "coordinator", "Pim", "Mira"]}),
        ("hurt_themselves", {}),
        ("tearful", {}),
    ):
        before = {each["id"] for each in await listed(world, scene.triager)}
        made = await world.report(signs, **fields)
        assert made.status_code == 201, made.text
        for report in await listed(world, scene.triager):
            if report["id"] in before:
                continue
            for person in scene.concerned:
                body = {"person": str(person.id), "reason": "They are concerned."}
                url = f"/v1/schools/harbour/reports/{report['id']}/conflicts"
                said = await world.http.post(url, headers=scene.triager.headers, json=body)
                assert said.status_code == 200, said.text
            await act(world, scene.triager, report["id"], "claim")
            await proposed(world, scene.triager, report["id"])
            await write_to_reporter(world, scene.triager, report["id"])
        reporter = await world.reporter(made.json()["receipt"])
        sent = await world.http.post("/v1/me/report/messages", headers=reporter, json={"text": "Hello?"})
        assert sent.status_code == 201, sent.text


async def same_as_nothing(world: World, scene: Harbour, person: Someone, names: dict[str, str]) -> int:
    """Every route with one of these ids answers as with an id of nothing."""
    checked = 0
    for template, methods in documented()["paths"].items():
        if not any(f"{{{name}}}" in template for name in names) or "{token}" in template:
            continue
        for method in set(methods) & {"get", "post", "put", "patch", "delete"}:
            answers = []
            for ids in (names, dict.fromkeys(names, random_id())):
                path = template.format(**scene.ids | ids)
                headers = person.headers | world.once() | {"If-Match": "*"}
                body = BODIES.get(f"{method.upper()} {template}")
                answer = await world.http.request(method, path, headers=headers, json=body)
                answers.append((answer.status_code, answer.json() | {"instance": None}))
            assert answers[0] == answers[1], (method, template, person.alias)
            assert answers[0][0] in (403, 404), (method, template, person.alias, answers[0])
            checked += answers[0][0] == 404
    return checked


@one_database
async def test_every_route_answers_as_if_what_is_kept_from_somebody_did_not_exist(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = Frozen(monkeypatch)
    scene = await harbour(world)
    await time_passes(world, time)
    # The drill, too, is over then.
    time.at += dt.timedelta(hours=3)
    await world.settle()
    then = time.at
    # What they read leaves entries in the audit log, which some of them read too: those of this hour are there then.
    await everything(world, scene)
    before = await everything(world, scene)
    assert sum(status == 200 for status, *_ in before.values()) > 60 * len(READ_BY) / 3
    known = {row.id for row in await rows(world, Report)}
    heard = told(world)

    await reports_that_are_kept_from_them(world, scene)
    await time_passes(world, time)
    time.at = then
    after = await everything(world, scene)
    assert {key: said for key, said in after.items() if said != before[key]} == {}
    assert {key for key in before if key not in after} == set()
    for hook in (*(person.hook for person in scene.concerned), SCHOOL_HOOK):
        assert told(world).get(hook) == heard.get(hook), hook

    hidden = [row for row in await rows(world, Report) if row.id not in known]
    assert (len(hidden), sum(row.independent for row in hidden)) == (6, 2)
    assert len(await listed(world, scene.triager)) == 1 + 4
    assert len(await my_pages(world, scene.handler)) >= 2
    pages = {row.escalation_id: row for row in await rows(world, Page)}
    escalations = {row.subject_id: row for row in await rows(world, Escalation)}
    # One of each kind that somebody was paged for.
    asked_about = [row for row in hidden if row.id in escalations and "hurt_themselves" in row.signs]
    assert len(asked_about) == 3
    for report in asked_about:
        of = escalations[report.id].id
        names = {"report_id": str(report.id), "escalation_id": str(of), "page_id": str(pages[of].id)}
        said = [row.id for row in await rows(world, ReportMessage) if row.report_id == report.id]
        names["message_id"] = str(said[0])
        decided = [row.id for row in await rows(world, ConfidentialityDecision) if row.report_id == report.id]
        assert len(decided) == (not report.independent)
        if decided:
            names["decision_id"] = str(decided[0])
        # With ids of their own, those who could read a report at all, and one who holds every other role besides.
        for person in (each for each in scene.concerned if each.alias in ("Noor", "Mira", "Max")):
            checked = await same_as_nothing(world, scene, person, names)
            assert checked >= 8 or not {Role.TRIAGER, Role.ADVISER} & set(CONCERNED[person.alias])
