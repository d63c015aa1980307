"""Journeys J7, J8, J9, J11, J12 and J20 over HTTP, across the parts of the programme of supporters (domain, 4.2)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import uuid
from typing import Any
from xml.etree import ElementTree

import httpx
from sqlmodel import Session, select

from app.core import clock
from app.evaluation import closing
from app.models import Person, SignIn, TrainingRecord
from app.readiness import digests
from app.routers.openapi import guards_of
from app.schools import service as schools
from app.vocabulary import Role, RosterLine
from app.work import queue
from app.worker import NOTHING
from tests.contacts import choosing_story as choosing
from tests.evaluation import asking, counted
from tests.paging import story as paging
from tests.planning import scene as planning
from tests.programme import going
from tests.reports import passing_on
from tests.reports.harbour import give, one_database, told, write_to_reporter
from tests.support.world import Someone, World
from tests.supporters.joining import ANSWERS, on_the_way_in, signs_in_again
from tests.supporters.training_story import look

HERE, RIDGE, SCHOOL = "/v1/schools/harbour", "/v1/schools/ridge", "/v1/schools/{school}"
# A Monday of December, ten in the morning in Melbourne: its year is closed eight weeks later.
DECEMBER = dt.datetime(2027, 12, 5, 23, tzinfo=dt.UTC)
CLOSING = dt.datetime(2028, 1, 31, 3, tzinfo=dt.UTC)
CANARY = "She sat alone in the canteen of the Zephyrine wing."
TABLES = ("relationship", "wants", "concern_type", "peer_knows,relationship")
# Good and harm, of everybody who is asked.
BOTH_WAYS = (
    "received-less-alone",
    "received-exposed",
    "provided-confidence",
    "provided-stays",
    "cohort-look-out",
    "cohort-watched",
    "staff-confidence",
    "staff-carry",
    "trust-school",
)
# What a read of a stretch of time, or of a table, is asked with.
QUERIES = {"coverage": ("from", "to")} | dict.fromkeys(
    ("statistics", "statistics.csv", "statistics.svg"), ("period", "by")
)
OPEN_TO_ALL = ("transparency", "selection-criteria", "open-invitations", "readers", "coverage/now", "privacy-statement")
# Of the API itself: the same for everybody, and slow.
DOCUMENTS = ("/openapi.json", "/docs")
UPCOMING = "coverage.gap_upcoming"
FORMS = ("", ".csv", ".svg")


async def get(world: World, path: str, who: Someone | None = None, **query: Any) -> httpx.Response:
    return await world.http.get(path, headers={} if who is None else who.headers, params=query)


async def read(world: World, path: str, who: Someone | None = None, **query: Any) -> Any:
    found = await get(world, path, who, **query)
    assert found.status_code == 200, found.text
    return found.json()


async def post(world: World, path: str, who: Someone, body: Any = None) -> httpx.Response:
    return await world.http.post(path, headers=who.headers | world.once(), json=body)


async def swept(world: World) -> None:
    """What is looked for every hour: years that can be closed."""
    now = world.time.now()
    await world.write(lambda s: queue.enqueue(s, closing.SWEEP, NOTHING, due_at=now, now=now))
    await world.settle()


async def weekly(world: World) -> None:
    """The digest of the week, when it is due."""
    now = world.time.now()
    await world.write(lambda s: queue.enqueue(s, digests.WEEKLY, NOTHING, due_at=now, now=now, key=digests.WEEKLY))
    await world.settle()


async def published(world: World, evaluator: Someone) -> list[bytes]:
    """Every answer about 2027, to the byte."""
    asked = [
        await get(world, f"{HERE}/statistics{form}", evaluator, period="2027", by=by) for by in TABLES for form in FORMS
    ]
    asked.append(await get(world, f"{HERE}/transparency"))
    assert {each.status_code for each in asked} == {200}
    return [each.content for each in asked]


def shown(value: object) -> str:
    return "" if value is None else str(value)


@one_database
async def test_an_evaluator_asks_everybody_and_reads_a_year_without_reading_anybody(world: World) -> None:
    """J12: a wave with its warnings, closed by the clock; a year of worries in tables that nothing changes any more."""
    world.time.set(DECEMBER)
    await world.school()
    evaluator, officer = await world.person(Role.EVALUATOR), await world.person(Role.PRIVACY_OFFICER)

    # What it cannot tell as it is planned is said before anybody is asked.
    one_sided = {
        "opens_on": "2027-12-06",
        "closes_on": "2027-12-19",
        "program_started_on": None,
        "populations": [{"population": "received_support", "invited": 20}],
        "instruments": [{"instrument": "peerline", "items": ["received-less-alone"]}],
    }
    planned = await asking.planned(world, evaluator, **one_sided)
    warned = {each["code"] for each in planned["design_warnings"]}
    assert {"one_party", "one_direction", "no_general_cohort", "no_staff"} <= warned
    wave = f"{asking.WAVES}/{planned['id']}"
    everybody = {"received_support": 20, "provided_support": 12, "general_cohort": 40, "staff": 15}
    wider = {
        "populations": [{"population": each, "invited": many} for each, many in everybody.items()],
        "instruments": [{"instrument": "peerline", "items": list(BOTH_WAYS)}],
    }
    etag = (await get(world, wave, evaluator)).headers["ETag"]
    changed = await world.http.patch(wave, headers=evaluator.headers | {"If-Match": etag}, json=wider)
    assert changed.status_code == 200, changed.text
    assert {each["code"] for each in changed.json()["design_warnings"]} == {"asked_once"}
    assert (await asking.act(world, evaluator, planned["id"], "open")).status_code == 200

    answered = {"received_support": 15, "provided_support": 6, "general_cohort": 22, "staff": 0}
    for population, many in answered.items():
        tokens = await asking.codes(world, evaluator, planned["id"], everybody[population], population)
        form = (await world.http.post(asking.FORM, json={"token": tokens[0]})).json()
        for number, token in enumerate(tokens[:many]):
            # Two of them say otherwise than the others.
            said = [{"item": each["code"], "answer": each["answers"][number < 2]["code"]} for each in form["items"]]
            sent = await world.http.post(asking.RESPONSES, json={"token": token, "answers": said})
            assert sent.status_code == 200, sent.text

    # Seventeen friends, a dozen housemates, five of staff and six who do not say share a worry meanwhile.
    receipts = []
    who_shares = ["friend"] * 17 + ["housemate"] * 12 + ["staff"] * 5 + ["prefer_not_to_say"] * 6
    for relationship in who_shares:
        world.time.advance(minutes=15)
        said_of = {"relationship": relationship, "wants": "advice_only", "peer_knows": "does_not_know"}
        made = await world.report("tearful", narrative=CANARY, **said_of)
        assert made.status_code == 201, made.text
        receipts.append(made.json()["receipt"])
    early = await get(world, f"{HERE}/statistics", evaluator, period="2027", by="relationship")
    assert (early.status_code, early.json()["code"]) == (409, "period_not_closed")

    # The clock closes the wave, at the end of its last day by the school's clock.
    world.time.set(dt.datetime(2027, 12, 19, 13, 1, tzinfo=dt.UTC))
    await world.settle()
    results = await get(world, f"{wave}/results", evaluator)
    assert results.status_code == 200, results.text
    groups = {each["population"]: each for each in results.json()["populations"]}
    assert {name: group["invited"] for name, group in groups.items()} == everybody
    counts = {name: (group["responded"], group["withheld"]) for name, group in groups.items()}
    assert counts["general_cohort"] == (20, None)
    assert counts["received_support"] == (15, None)
    for few in ("provided_support", "staff"):
        assert counts[few][0] is None, counts
        assert {cell["count"] for item in groups[few]["items"] for cell in item["cells"]} <= {None}
    whys = {cell["withheld"] for group in groups.values() for item in group["items"] for cell in item["cells"]}
    assert whys <= {None, "small", "complementary", "below_response_threshold"}

    world.time.set(CLOSING)
    await swept(world)
    for by in TABLES:
        document = await read(world, f"{HERE}/statistics", evaluator, period="2027", by=by)
        assert document["total"] == {"count": 40, "suppressed": None}
        assert document["method"]["smallest_group"] == 10
        for cell in document["cells"]:
            if cell["suppressed"] is None:
                assert cell["count"] >= 10
                assert cell["count"] % 5 == 0
            else:
                assert (cell["count"], cell["percent"]) == (None, None)
                assert cell["suppressed"] in {"small", "complementary"}
        lines = list(
            csv.reader(io.StringIO((await get(world, f"{HERE}/statistics.csv", evaluator, period="2027", by=by)).text))
        )
        assert [line[-4:] for line in lines[2:]] == [
            [shown(cell[name]) for name in ("count", "of", "percent", "suppressed")] for cell in document["cells"]
        ]
        picture = (await get(world, f"{HERE}/statistics.svg", evaluator, period="2027", by=by)).text
        drawn = re.findall(r": (not shown|[0-9]+)\.", ElementTree.fromstring(picture).findtext("{*}desc") or "")
        assert drawn == [shown(each["count"]) or "not shown" for each in (document["total"], *document["cells"])]
    by_relationship = await read(world, f"{HERE}/statistics", evaluator, period="2027", by="relationship")
    found = {cell["codes"][0]: cell["count"] for cell in by_relationship["cells"]}
    assert (found["friend"], found["housemate"], found["staff"]) == (15, 10, None)
    open_to_all = (await read(world, f"{HERE}/transparency"))["periods"]
    assert [(each["period"], each["worries"]["count"]) for each in open_to_all] == [("2027", 40)]

    # Worries are taken back and erased, and larger groups are asked for: nothing that was published changes.
    before = await published(world, evaluator)
    for receipt in receipts[:6]:
        reporter = await world.reporter(receipt)
        preview = (await world.http.get("/v1/me/report/withdraw-preview", headers=reporter)).json()
        expected = {"expected": preview["outcome"]}
        assert (await world.http.post("/v1/me/report/withdraw", headers=reporter, json=expected)).status_code == 200
    rules = await get(world, f"{HERE}/statistics-rules", officer)
    raised = {"smallest_group": 20, "terms": []}
    headers = officer.headers | {"If-Match": rules.headers["ETag"]}
    put = await world.http.put(f"{HERE}/statistics-rules", headers=headers, json=raised)
    assert put.status_code == 200, put.text
    world.time.advance(days=2)
    await swept(world)
    gone = await world.http.post("/v1/receipts/session", json={"receipt": receipts[0]})
    assert gone.status_code != 200
    assert await published(world, evaluator) == before
    assert (await get(world, f"{wave}/results", evaluator)).content == results.content
    lowered = headers | {"If-Match": put.headers["ETag"]}
    refused = await world.http.put(f"{HERE}/statistics-rules", headers=lowered, json=raised | {"smallest_group": 10})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "never_lowered")

    # No address that an evaluator may read gives them a line of it.
    for method, path in guards_of(world.app):
        if method == "GET" and "{" not in path.replace("{school}", "") and not path.endswith(DOCUMENTS):
            answered_with = await get(world, path.replace("{school}", "harbour"), evaluator, period="2027", by="wants")
            assert "Zephyrine" not in answered_with.text, path
    for path in ("reports", "report-records", "advice-requests", "confidentiality-decisions", "unanswered"):
        assert (await get(world, f"{HERE}/{path}", evaluator)).status_code == 403, path


ALL_ROLES = tuple(set(Role) - {Role.PLATFORM_OPERATOR})


@one_database
async def test_a_school_without_a_programme_answers_for_itself_beside_one_that_has_one(world: World) -> None:
    """J11: at Ridge every part says that nobody does it there; of Harbour nothing is found, and nothing the other way.

    Everything that has an id is tried one by one in tests/schools/test_tenant_isolation.py.
    """
    world.time.set(DECEMBER)
    await world.school()
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    await world.write(lambda s: setattr(schools.find(s, "ridge"), "features", {"formal_program": False}))
    harbour = await world.person(*ALL_ROLES, alias="Zephyrine", paged=True)
    ridge = await world.person(*(set(ALL_ROLES) - {Role.SUPPORTER}), school="ridge", alias="Quillon", paged=True)

    # Harbour: somebody is met, an invitation is out, a wave is asked, somebody is on their way in.
    ana, ana_id = await choosing.supporter(world, "Zephyrine Ana", listed=True)
    await choosing.chosen(world, await choosing.peer(world), preferred=[ana_id])
    assert (await choosing.answer(world, ana, "accept")).status_code == 200
    now = world.time.now()
    invitation = {
        "audience": "everybody",
        "title": "Zephyrine tea",
        "words": "Come and sit with us.",
        "opens_at": (now - dt.timedelta(hours=1)).isoformat(),
        "closes_at": (now + dt.timedelta(days=90)).isoformat(),
    }
    assert (await post(world, "/v1/supporters/open-invitations", harbour, invitation)).status_code == 201
    days = {"opens_on": "2027-12-06", "closes_on": "2027-12-19"}
    there = await asking.opened(world, harbour, title="Zephyrine wave", **days)
    said = {"text": "Zephyrine on Fridays."}
    assert (await world.http.post(f"{HERE}/suggestions", json=said)).status_code == 201
    await on_the_way_in(world)
    await counted.add(world, [{"at": now, "relationship": "friend"}] * 40)

    # Ridge: what a student finds who asks to be a supporter, or to be met by one.
    criteria = await read(world, f"{RIDGE}/selection-criteria")
    assert criteria["programme"] is False
    assert (await read(world, f"{HERE}/selection-criteria"))["programme"] is True
    interest = {"contact": "quillon@ridge.example"}
    thanked = [await world.http.post(f"{each}/expressions-of-interest", json=interest) for each in (RIDGE, HERE)]
    assert {each.status_code for each in thanked} == {201}
    one, other = [each.json()["what_happens_next"] for each in thanked]
    assert one != other, "nobody is told that a programme will answer where there is none"
    student = await world.person(Role.STUDENT, school="ridge")
    applied = await post(world, "/v1/supporters/applications", student, ANSWERS)
    assert (applied.status_code, applied.json()["code"]) == (409, "no_programme")
    friend = await choosing.friend(world, school="ridge", narrative="Quillon eats alone.")
    code = await world.http.post(choosing.CODES, headers=friend)
    assert (code.status_code, code.json()["code"], bool(code.json()["help"])) == (409, "nobody_to_choose", True)
    assert (await read(world, f"{RIDGE}/open-invitations"))["items"] == []
    assert len((await read(world, f"{HERE}/open-invitations"))["items"]) == 1
    heard = await world.http.post(f"{RIDGE}/suggestions", json={"text": "Quillon on Mondays."})
    assert heard.status_code == 201

    # What those who run Ridge find: nothing to end, nobody missing, a wave of its own, and a year of its own.
    forecast = await read(world, f"{RIDGE}/succession/forecast", ridge)
    assert (forecast["minimum"], forecast["active"], forecast["at_risk"]) == (0, 0, [])
    [suggestion] = (await read(world, f"{RIDGE}/suggestions", ridge))["items"]
    assert suggestion["text"] == "Quillon on Mondays."
    wave = asking.WAVE | days | {"program_started_on": None}
    planned = await post(world, f"{RIDGE}/evaluation/waves", ridge, wave)
    assert planned.status_code == 201, planned.text
    assert "one_party" not in {each["code"] for each in planned.json()["design_warnings"]}
    assert (await get(world, f"{RIDGE}/evaluation/waves/{there}", ridge)).status_code == 404

    world.time.set(CLOSING)
    await swept(world)
    await weekly(world)
    totals = [
        (await read(world, f"{base}/statistics", who, period="2027", by="relationship"))["total"]
        for base, who in ((HERE, harbour), (RIDGE, ridge))
    ]
    assert totals[0]["count"] == 40
    assert totals[1] == {"count": None, "suppressed": "small"}
    [worries] = [each["worries"] for each in (await read(world, f"{RIDGE}/transparency"))["periods"]]
    assert worries == {"count": None, "suppressed": "small"}
    [digest] = (await read(world, f"{RIDGE}/digests", ridge))["items"]
    found = (await read(world, f"{RIDGE}/digests/{digest['week']}", ridge))["found"]
    assert (found["at_risk"], found["ends_soon"], found["reports_late"]) == ([], 0, "suppressed")
    told_of_risk = [each.json()["type"] for each in world.receiver.requests(ridge.hook)]
    assert "digest.weekly" in told_of_risk
    assert "succession.at_risk" not in told_of_risk

    # Every list and page there is, asked by the one who may ask everything: nothing of the other school, and no fault.
    tried = 0
    for method, path in guards_of(world.app):
        if method != "GET" or "{" in path.replace("{school}", "") or path.endswith(DOCUMENTS):
            continue
        query = {"period": "2027", "by": "relationship", "from": DECEMBER.isoformat(), "to": CLOSING.isoformat()}
        query = {name: query[name] for name in QUERIES.get(path.rpartition("/")[2], ())}
        for who, own, foreign in ((ridge, "ridge", "Zephyrine"), (harbour, "harbour", "Quillon")):
            answered = await get(world, path.replace("{school}", own), who, **query)
            assert answered.status_code < 500, (path, answered.text)
            assert foreign not in answered.text, (path, own)
            tried += answered.status_code == 200
    assert tried >= 120, tried
    for who, foreign in ((ridge, "Zephyrine"), (harbour, "Quillon")):
        assert foreign not in "".join(each.body.decode() for each in world.receiver.requests(who.hook))


async def pauses(world: World, who: Someone) -> Any:
    made = await post(world, "/v1/supporters/me/pauses", who, {})
    assert made.status_code == 201, made.text
    return made.json()


@one_database
async def test_a_supporter_whom_a_peer_chose_pauses_and_the_peer_is_told_the_truth(world: World) -> None:
    """J8 where there is no report and nobody handles it: the next is asked, and where there is none the peer hears
    so with help, and may choose again; whoever paused comes back by saying so."""
    await world.school()
    lee = await world.person(Role.COORDINATOR, alias="Lee", paged=True)
    ana, ana_id = await choosing.supporter(world, "Ana")
    bo, _ = await choosing.supporter(world, "Bo")
    back = await choosing.chosen(world, await choosing.peer(world), preferred=[ana_id])
    assert (await choosing.answer(world, ana, "accept")).status_code == 200
    assert await choosing.state(world, back) == ("accepted", "Ana")

    async def public() -> list[bytes]:
        return [(await get(world, f"{HERE}/{each}")).content for each in OPEN_TO_ALL]

    before = await public()
    paused = await pauses(world, ana)
    assert [each["looked_after"] for each in paused["contacts"]] == ["given_back"]
    assert (paused["going_on"], paused["reason"]) == (True, None)
    assert paused["support"]["help"]
    await world.settle()
    # In the same minute: the next is asked, and the peer is not told that Ana is with them.
    assert await choosing.asked(world, ana, bo) == ["Bo"]
    assert await choosing.state(world, back) == ("asked", None)
    [left] = await choosing.contacts_of(world, ana)
    assert (left["state"], left["summary"], left["contact"]) == ("ended", None, None)

    # Bo has them, and pauses too: there is nobody, and it is said, with whom to call.
    assert (await choosing.answer(world, bo, "accept")).status_code == 200
    assert await choosing.state(world, back) == ("accepted", "Bo")
    await pauses(world, bo)
    await world.settle()
    assert await choosing.state(world, back) == ("nobody_could", None)
    peer = await choosing.peer(world)
    assert (await world.http.get(choosing.SUPPORTERS, headers=peer)).json()["items"] == []
    refused = await choosing.choose(world, peer)
    assert (refused.status_code, refused.json()["code"], bool(refused.json()["help"])) == (
        409,
        "nobody_to_choose",
        True,
    )

    # The coordinator sees who is away, and no reason; nobody outside sees anything of it.
    shown_to_lee = (await read(world, f"/v1/supporters/{ana_id}/pauses", lee))["items"]
    assert [(each["going_on"], each["reason"], each["note"]) for each in shown_to_lee] == [(True, None, None)]
    assert await public() == before, "nobody outside counts who pauses"
    sent = b"".join(each.body for each in world.receiver.requests(lee.hook)).decode()
    assert "Ana" not in sent

    back_again = await post(world, "/v1/supporters/me/resume", ana, {"check_in": "ready"})
    assert (back_again.status_code, back_again.json()["paused"]) == (200, False)
    assert [each["alias"] for each in (await world.http.get(choosing.SUPPORTERS, headers=peer)).json()["items"]] == [
        "Ana"
    ]
    assert (await choosing.chosen(world, peer)) != back
    assert await choosing.asked(world, ana, bo) == ["Ana"]


@one_database
async def test_the_last_supporter_leaves_tonight_and_nobody_is_left_waiting_for_them(world: World) -> None:
    """J9 without notice: with a contact accepted, a peer's choice open and a page in their hands. Everything answers,
    whoever is concerned is told, and help stands."""
    story = await passing_on.held(world, priority="now")
    await world.settle()
    await write_to_reporter(world, story.people.triager, story.report_id, "We are here.")
    people, wren, lee = story.people, story.supporter, story.people.coordinator
    wren_id = await world.supporter_id(wren)
    await give(world, wren, Role.ADVISER)
    await signs_in_again(world, wren, Role.SUPPORTER, Role.ADVISER)
    contact = await passing_on.offered(world, story)
    assert (await passing_on.answer(world, wren, contact, "accept")).status_code == 200
    me = await get(world, "/v1/supporters/me", wren)
    listed = {"listed": True}
    headers = wren.headers | {"If-Match": me.headers["ETag"]}
    patched = await world.http.patch("/v1/supporters/me", headers=headers, json=listed)
    assert patched.status_code == 200, patched.text
    back = await choosing.chosen(world, await choosing.peer(world), preferred=[wren_id])
    assert await choosing.state(world, back) == ("asked", None)
    waiting_peer = await choosing.peer(world)
    # Tonight Wren stands in for whoever is on call, and answers a page.
    rosters = (await read(world, f"{HERE}/rosters", lee))["items"]
    [roster] = [each for each in rosters if (each["roster"]["line"], each["level"]) == ("clinical_advice", "primary")]
    place = f"{HERE}/rosters/{roster['id']}"
    now = world.time.now().replace(second=0, microsecond=0)
    tonight = {"person": str(wren.id), "start": now.isoformat(), "end": (now + dt.timedelta(hours=12)).isoformat()}
    etag = (await get(world, place, lee)).headers["ETag"]
    stands_in = await world.http.post(f"{place}/overrides", headers=lee.headers | {"If-Match": etag}, json=tonight)
    assert stands_in.status_code == 201, stands_in.text
    receipt = await paging.urgent(world)
    assert paging.pages(world, wren), "Wren is paged"
    await paging.ack(world, wren)
    assert paging.pages(world, people.backup) == []
    world.receiver.reset()

    left = await world.http.post(f"{HERE}/people/{wren.id}/leave", headers=lee.headers)
    assert left.status_code == 200, left.text
    await world.settle()
    await going.watched(world)

    # The token opens nothing, of what anybody in the programme has.
    for method, path in guards_of(world.app):
        if path.startswith(("/v1/supporters/me", "/v1/me/contacts", "/v1/me/pages")) and method == "GET":
            whole = path.replace("{contact_id}", contact)
            assert (await get(world, whole, wren)).status_code == 401, path
    # The page went on in the same minute; and for the peer who was met, which is urgent, somebody is asked as well.
    assert len(paging.pages(world, people.backup)) == 2, told(world)
    # The contact is nobody's; who handed it over is told, and finds nobody to ask.
    shown_to_noor = (await read(world, f"{story.path}/contacts", people.triager))["items"]
    assert [each["state"] for each in shown_to_noor] == ["ended"], shown_to_noor
    assert told(world)[people.triager.hook or ""] == ["relay.answered"]
    assert (await read(world, f"{story.path}/supporters", people.triager))["items"] == []
    # The peer who had chosen hears the truth, with help; and whoever has a code still.
    assert await choosing.state(world, back) == ("nobody_could", None)
    refused = await choosing.choose(world, waiting_peer)
    assert (refused.status_code, refused.json()["code"], bool(refused.json()["help"])) == (
        409,
        "nobody_to_choose",
        True,
    )
    # Who shared the worries sees them looked after.
    assert (await world.http.get("/v1/me/report", headers=story.reporter)).status_code == 200
    assert (await paging.my_report(world, receipt))["status"]

    assert (await read(world, f"{HERE}/help-now"))["always_open"]
    assert (await world.report(paging.URGENT)).status_code == 201
    for path in ("succession/forecast", "readiness", "digests", "people"):
        assert (await get(world, f"{HERE}/{path}", lee)).status_code == 200, path
    for who in (lee, people.sponsor):
        [risk] = going.told(world, who, "succession.at_risk")
        assert "too_few_now" in risk["reasons"]
    world.time.advance(hours=2)
    await world.settle()
    assert [len(going.told(world, who, "succession.at_risk")) for who in (lee, people.sponsor)] == [1, 1]


@one_database
async def test_a_drill_finds_a_dead_pager_and_moves_no_figure(world: World) -> None:
    """J20: it says that it is one; who is not reached is a gap and in the week's digest; and of two schools with the
    same year the one with drills publishes what the other does."""
    world.time.set(DECEMBER)
    team = await paging.team(world)
    evaluator = await world.person(Role.EVALUATOR)
    await world.school("estuary")
    worries = [{"at": world.time.now(), "relationship": "friend"}] * 40
    for slug in ("harbour", "estuary"):
        await counted.add(world, worries, slug=slug)
    world.receiver.behave(team.primary.hook or "", *[500] * 20)
    drill = await post(world, f"{HERE}/drills", team.coordinator)
    assert (drill.status_code, drill.json()["asked"]) == (201, 3)
    await world.settle()
    assert [page["drill"] for page in paging.pages(world, team.backup)] == [True]
    await paging.ack(world, team.backup)
    await paging.later(world, hours=2, minutes=2)
    now = world.time.now().replace(second=0, microsecond=0)
    week = {"from": now.isoformat(), "to": (now + dt.timedelta(days=7)).isoformat()}
    gaps = (await read(world, f"{HERE}/coverage", team.coordinator, **week))["rosters"]
    dead = {gap["cause"] for roster in gaps if roster["level"] == "primary" for gap in roster["gaps"]}
    assert dead == {"no_working_contact"}
    assert (await read(world, f"{HERE}/unanswered", team.sponsor))["items"] == []
    assert "page.exhausted" not in paging.kinds(world, team.sponsor)

    await paging.later(world, days=5)
    world.time.set(dt.datetime(2027, 12, 12, 22, tzinfo=dt.UTC))
    await weekly(world)
    [digest] = (await read(world, f"{HERE}/digests", team.coordinator))["items"]
    found = digest["found"]
    assert found["drill"] == {"drill_id": drill.json()["id"], "asked": 3, "answered": 1, "unreached": 1}
    assert found["endpoints_failing"] == 1
    assert [each["level"] for each in found["gaps"]] == ["primary"]

    world.time.set(CLOSING)
    await swept(world)
    years = [await counted.closed(world, slug=slug) for slug in ("harbour", "estuary")]
    assert years[0] == years[1]
    assert years[0]["2027"]["total"]["count"] == 40
    said = [(await read(world, f"/v1/schools/{slug}/transparency"))["periods"] for slug in ("harbour", "estuary")]
    assert said[0] == said[1] != []
    assert (await read(world, f"{HERE}/statistics", evaluator, period="2027", by="relationship"))["total"][
        "count"
    ] == 40


@one_database
async def test_a_coordinator_finds_every_gap_of_the_christmas_weeks_and_closes_it(world: World) -> None:
    """J7: six causes at once, each seen, and told four weeks, two, one and two days ahead; whoever may not have a shift
    cannot take it; what nobody takes is a service outside, and is called so."""
    scene = await planning.Scene.set_up(world, line="peer_support", role=Role.SUPPORTER)
    others = [await world.person(Role.SUPPORTER, alias=alias, paged=True) for alias in ("Pia", "Quentin", "Ravi")]
    everybody = (scene.a, scene.b, scene.c, *others)
    on_leave, paused, untrained, ending, sitting, free = everybody
    world.time.set(dt.datetime(2027, 11, 15, tzinfo=dt.UTC))
    evenings = {"days": ["MO", "TU", "WE", "TH", "FR", "SA", "SU"], "start": "18:00", "end": "22:00"}
    plan = scene.plan(*everybody, start="2027-11-15T09:00", unit="day", restrictions=[evenings])
    changed = await scene.edit("versions", {"effective_from": None, "plan": plan})
    assert changed.status_code == 201, changed.text
    await going.watched(world)

    window = {"start": "2027-12-19T00:00Z", "end": "2028-01-04T00:00Z"}
    assert (await scene.post("absences", {"kind": "leave", **window}, by=on_leave, key=True)).status_code == 201
    assert (await scene.post("absences", {"kind": "exam_window", **window}, by=sitting, key=True)).status_code == 201
    away = {"from": window["start"], "until": window["end"]}
    assert (await post(world, "/v1/supporters/me/pauses", paused, away)).status_code == 201
    assert (await going.say(world, ending, "2027-12-18")).status_code == 200

    def trained_until(session: Session) -> None:
        for record in session.exec(select(TrainingRecord).where(TrainingRecord.person_id == untrained.id)):
            record.valid_until = dt.date(2027, 12, 18)
            session.add(record)

    await world.write(trained_until)
    await look(world)
    closed = {"person": None, "reason": "Closed", "start": "2027-12-26T00:00Z", "end": "2027-12-27T00:00Z"}
    nobody = await scene.edit("overrides", closed)
    assert nobody.status_code == 201, nobody.text
    await world.settle()

    asked = {"from": window["start"], "to": window["end"]}
    [roster] = (await scene.get("coverage", **asked)).json()["rosters"]
    first = {gap["cause"]: gap for gap in reversed(roster["gaps"])}
    assert set(first) == {"leave", "exam_window", "paused", "ended", "training_lapsed", "unfilled"}
    assert first["leave"]["start_local"] == "2027-12-21T18:00:00+11:00"
    later = {gap["start_local"][:10]: gap for gap in roster["gaps"]}

    # A week on: it is offered, and only who may have it can take it.
    async def offer(gap: dict[str, Any]) -> str:
        made = await scene.post("shift-offers", {"roster_id": scene.roster, **times(gap)}, key=True)
        assert made.status_code == 201, made.text
        return f"shift-offers/{made.json()['id']}/take"

    take = await offer(later["2027-12-27"])
    reasons = {}
    for who in everybody[:5]:
        refused = await scene.post(take, by=who)
        assert refused.status_code == 409, (who.alias, refused.text)
        reasons[who.alias] = [each["code"] for each in refused.json()["errors"]]
    kinds = ("leave", "paused", "training_lapsed", "ended", "exam_window")
    assert reasons == {who.alias: [kind] for who, kind in zip(everybody, kinds, strict=False)}
    assert (await scene.post(take, by=free)).status_code == 200
    noon = {"person": str(free.id), "start": "2027-12-31T00:00Z", "end": "2027-12-31T04:00Z"}
    assert (await scene.edit("overrides", noon)).status_code == 201
    tired = await scene.post(await offer(later["2027-12-31"]), by=free)
    assert "rest_hours" in [each["code"] for each in tired.json()["errors"]], "three hours after another shift"
    await world.entry(planning.service("example-line", hours="24/7"))
    outside = later["2027-12-28"]
    place = f"coverage/gaps/{outside['id']}"
    etag = (await scene.get(place)).headers["ETag"]
    covered = await scene.send("PUT", f"{place}/external-cover", {"entry_id": "example-line"}, etag=etag)
    assert covered.status_code == 200, covered.text

    # The clock goes on: each of the first six is told of once at each distance, and of nobody why they are away.
    world.receiver.reset()
    starts = [dt.datetime.fromisoformat(gap["start"]) for gap in first.values()]
    for at in sorted({start - dt.timedelta(days=days, minutes=-30) for start in starts for days in (28, 14, 7, 2)}):
        world.time.set(at)
        await world.settle()
    told_of = going.told(world, scene.coordinator, UPCOMING)
    for cause, gap in first.items():
        heard = [each["notice"] for each in told_of if each["gap_id"] == gap["id"]]
        assert heard == ["days_28", "days_14", "days_7", "days_2"], cause
    # That somebody's last day is over is no secret.
    assert {each["cause"] for each in told_of} == {"unfilled", "ended"}
    assert not {later["2027-12-27"]["id"], outside["id"]} & {each["gap_id"] for each in told_of}
    [roster] = (await scene.get("coverage", **asked)).json()["rosters"]
    left = {gap["start_local"][:10]: gap for gap in roster["gaps"]}
    assert "2027-12-27" not in left
    assert left["2027-12-28"]["external_cover"]["entry_id"] == "example-line"
    assert left["2027-12-29"]["external_cover"] is None


def times(gap: dict[str, Any]) -> dict[str, str]:
    return {"start": gap["start"], "end": gap["end"]}


@one_database
async def test_a_supporter_graduates_and_the_sponsor_goes_and_the_programme_goes_on(world: World) -> None:
    """J9: told in time, planned, handed over; after the last day nothing that they had opens, and what they promised
    stands; the school hears once that it has no sponsor; and whoever comes back begins by training."""
    world.time.set(dt.datetime(2027, 3, 1, 0, 30, tzinfo=dt.UTC))
    story = await passing_on.held(world)
    wren, noor, lee = story.supporter, story.people.triager, story.people.coordinator
    ada = await world.person(Role.SUPPORTER, alias="Ada", paged=True)
    roster = f"{HERE}/rosters/{await world.on_call(wren, line=RosterLine.PEER_SUPPORT)}"
    contact = await passing_on.offered(world, story)
    assert (await passing_on.answer(world, wren, contact, "accept")).status_code == 200
    await going.watched(world)
    assert (await going.say(world, wren, "2027-05-31")).status_code == 200
    await world.settle()
    for who in (wren, lee):
        assert len(going.told(world, who, "succession.due")) == 1

    # Somebody follows, looks on, and takes over whom they met.
    body = {"person": str(wren.id), "successor": str(ada.id)}
    made = await post(world, "/v1/succession-plans", lee, body)
    assert (made.status_code, made.json()["ends_on"], made.json()["missing"]) == (201, "2027-05-31", [])
    plan = f"/v1/succession-plans/{made.json()['id']}"
    shadow = {"roster_id": roster.rpartition("/")[2], "shift": planning.ref(layer="L1")}
    ended = await world.http.post(f"{story.path}/contacts/{contact}/end", headers=noor.headers)
    assert ended.status_code == 200, ended.text
    over = await passing_on.ask(world, story, ada)
    assert over.status_code == 201, over.text
    assert (await passing_on.answer(world, ada, over.json()["id"], "accept")).status_code == 200
    items = [each["code"] for each in made.json()["checklist"]]
    changes = {"shadow_shifts": [shadow], "done": items}
    done = await world.http.patch(plan, headers=lee.headers | {"If-Match": made.headers["ETag"]}, json=changes)
    assert done.status_code == 200, done.text
    assert [each["still_theirs"] for each in done.json()["shadow_shifts"]] == [True]
    assert {each["done_by"] for each in done.json()["checklist"]} == {str(lee.id)}

    # The sponsor leaves: that is told once, and is over when there is another.
    sponsor = story.people.sponsor
    left = await world.http.post(f"{HERE}/people/{sponsor.id}/leave", headers=lee.headers)
    assert left.status_code == 200, left.text
    await world.settle()
    for hour in ("2027-03-01T02:00+00:00", "2027-03-01T03:00+00:00"):
        await going.until(world, hour)
    risks = [each["reasons"] for each in going.told(world, lee, "succession.at_risk")]
    assert sum("no_sponsor" in each for each in risks) == 1, risks
    assert (await get(world, f"{HERE}/succession/forecast", sponsor)).status_code == 401
    await world.person(Role.SPONSOR, alias="Bell")
    await going.until(world, "2027-03-01T04:00+00:00")
    assert "no_sponsor" not in (await read(world, f"{HERE}/succession/forecast", lee))["at_risk"]

    # Midnight in Melbourne, of the last day.
    await going.until(world, "2027-05-31T13:30+00:00")
    assert (await get(world, going.MINE, wren)).status_code == 200
    await going.until(world, "2027-05-31T14:30+00:00")
    await going.until(world, "2027-05-31T15:30+00:00")
    tried = 0
    for method, path in guards_of(world.app):
        if path.startswith(("/v1/supporters/me", "/v1/me/", f"{SCHOOL}/supporter-guidance", f"{SCHOOL}/training")):
            if "/me/report" in path or "/me/choice" in path:
                continue
            whole = path.replace("{school}", "harbour").replace("{contact_id}", contact)
            whole = re.sub(r"\{[a-z_]+\}", contact, whole)
            refused = await world.http.request(method, whole, headers=wren.headers | world.once() | {"If-Match": "*"})
            # What lacks a body, or a window, is refused before anybody looks whose token it is.
            assert refused.status_code in (401, 422), (method, path, refused.text)
            tried += refused.status_code == 401
    assert tried >= 25, tried
    later = {"person": str(wren.id), "start": "2027-06-07T00:00Z", "end": "2027-06-07T04:00Z"}
    etag = (await get(world, roster, lee)).headers["ETag"]
    given = await world.http.post(f"{roster}/overrides", headers=lee.headers | {"If-Match": etag}, json=later)
    assert given.status_code in (409, 422), given.text
    shifts = await get(world, f"{roster}/shifts", lee, **{"from": "2027-06-01T00:00Z", "to": "2027-07-01T00:00Z"})
    assert {person for each in shifts.json()["segments"] for person in each["on_call"]} == set()
    found = {each["alias"]: each for each in (await read(world, "/v1/supporters", lee))["items"]}
    assert {alias: each["status"] for alias, each in found.items()} == {"Ada": "active", "Wren": "alumni"}
    assert found["Wren"]["agreement"]["signed_version"] == found["Wren"]["agreement"]["asked_version"] is not None
    named = {"login": "new@harbour.example", "alias": "wren", "roles": []}
    again = await post(world, f"{HERE}/invitations", lee, named)
    assert again.json()["errors"][0]["code"] == "alias_retired"
    assert [each["state"] for each in await passing_on.my_contacts(world, ada)] == ["accepted"]
    [last] = going.told(world, wren, "supporter.left")
    assert last["exit_evaluation"] is True

    # Back for a further degree: they train first, and of those they met nothing comes back.
    role = await post(world, f"{HERE}/role-grants", lee, {"person": str(wren.id), "role": "supporter"})
    assert role.status_code == 201, role.text
    await world.settle()
    await signs_in_anew(world, wren, Role.SUPPORTER)
    assert (await read(world, "/v1/supporters/me", wren))["status"] == "in_training"
    texts = [(each["summary"], each["contact"]) for each in await passing_on.my_contacts(world, wren)]
    assert set(texts) <= {(None, None)}
    able = (await read(world, f"{story.path}/supporters", noor))["items"]
    assert "Wren" not in {each["alias"] for each in able}


async def signs_in_anew(world: World, who: Someone, *roles: Role) -> None:
    """With a new sign-in: those they had are over."""

    def begin(session: Session) -> tuple[uuid.UUID, int]:
        now = clock.now()
        row = SignIn(person_id=who.id, created_at=now, last_used_at=now)
        session.add(row)
        session.flush()
        return row.id, session.get_one(Person, who.id).token_epoch

    sign_in, epoch = await world.write(begin)
    who.headers = world.headers_for(who.id, sign_in, who.school, roles, epoch=epoch)
