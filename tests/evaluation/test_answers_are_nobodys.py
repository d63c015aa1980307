"""Whoever asks sees tables, and never a row; whoever answers is found by nobody (STUDY D16, D18)."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import io
import re
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.models import AuditEntry, EvaluationResponse, EvaluationWave, IdempotencyKey, ResponseToken, School
from app.vocabulary import Role
from tests.evaluation.asking import (
    FORM,
    HERE,
    INSTRUMENTS,
    K6,
    MONDAY,
    RESPONSES,
    WAVE,
    WAVES,
    act,
    all_answer,
    answer,
    cells,
    closed,
    codes,
    opened,
    planned,
)
from tests.support.world import Someone, World

one_database = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def evaluator(world: World) -> Someone:
    world.time.set(MONDAY)
    await world.school()
    return await world.person(Role.EVALUATOR)


async def rows(world: World, table: type[Any]) -> list[Any]:
    return list(await world.db.read(lambda session: session.exec(select(table)).all()))


async def test_of_two_answers_with_one_code_at_once_one_is_kept_and_both_get_the_same_reply(
    world: World, evaluator: Someone
) -> None:
    wave = await opened(world, evaluator)
    tokens = await codes(world, evaluator, wave, 3)
    replies = await asyncio.gather(
        *(answer(world, token, knew_where=said) for token in tokens for said in ("agree", "disagree") * 3)
    )
    assert {reply.status_code for reply in replies} == {200}
    assert len({reply.content for reply in replies}) == 1
    assert len(await rows(world, EvaluationResponse)) == len(tokens)
    assert await rows(world, ResponseToken) == []


@one_database
async def test_an_evaluator_reaches_no_row_by_any_route(world: World, evaluator: Someone) -> None:
    """Every GET that there is, with the id of the wave, and of an answer wherever an id fits."""
    wave = await opened(world, evaluator)
    await all_answer(world, await codes(world, evaluator, wave, 20), knew_where="agree", cohort_watched="disagree")
    await closed(world, evaluator, wave)
    kept = await rows(world, EvaluationResponse)
    canaries = {str(row.id).encode() for row in kept} | {row.id.hex.encode() for row in kept}
    document = (await world.http.get("/openapi.json")).json()
    reached = set()
    for path, methods in document["paths"].items():
        # Without a token everybody gets the same; tests/anonymity looks at that.
        if not methods.get("get", {}).get("security"):
            continue
        harbour = path.replace("{school}", "harbour")
        for address in {re.sub(r"\{\w+\}", given, harbour) for given in (wave, str(kept[0].id))}:
            read = await world.http.get(address, headers=evaluator.headers)
            assert [each for each in canaries if each in read.content] == [], path
            reached |= {path} if read.status_code == 200 else set()
    assert {path for path in reached if "evaluation" in path} == {
        f"/v1/schools/{{school}}/evaluation/{of}"
        for of in ("instruments", "waves", "waves/{wave_id}", "waves/{wave_id}/results")
    }
    for path in ("responses", f"responses/{kept[0].id}", "tokens"):
        assert (await world.http.get(f"{WAVES}/{wave}/{path}", headers=evaluator.headers)).status_code in (404, 405)


@one_database
async def test_below_ten_answers_or_half_of_the_invited_the_tables_are_the_same_whatever_was_said(
    world: World, evaluator: Someone
) -> None:
    """9 and 10 answers, 25 of 51 and of 50: only the second of each says anything."""
    shown = {}
    for invited, given, said in (
        (18, 9, "agree"),
        (18, 9, "disagree"),
        (18, 0, "agree"),
        (20, 10, "agree"),
        (51, 25, "agree"),
        (50, 25, "agree"),
    ):
        asked = [{"population": "general_cohort", "invited": invited}]
        wave = await opened(world, evaluator, populations=asked)
        await all_answer(world, await codes(world, evaluator, wave, given) if given else [], knew_where=said)
        tables = await closed(world, evaluator, wave)
        shown[invited, given, said] = tables["populations"][0]
    withheld = {"responded": None, "response_rate_percent": None, "withheld": "below_response_threshold", "items": []}
    for few in ((18, 9, "agree"), (18, 9, "disagree"), (18, 0, "agree"), (51, 25, "agree")):
        assert shown[few] == withheld | {"population": "general_cohort", "invited": few[0]}
    assert (shown[20, 10, "agree"]["responded"], shown[20, 10, "agree"]["withheld"]) == (10, None)
    assert shown[20, 10, "agree"]["response_rate_percent"] is None, "of fewer than twenty-five"
    assert (shown[50, 25, "agree"]["responded"], shown[50, 25, "agree"]["response_rate_percent"]) == (25, 50)


@one_database
async def test_populations_stand_side_by_side_and_a_table_of_cells_says_what_json_says(
    world: World, evaluator: Someone
) -> None:
    wave = await opened(
        world,
        evaluator,
        populations=[{"population": "general_cohort", "invited": 60}, {"population": "staff", "invited": 30}],
        instruments=[{"instrument": "peerline"}],
    )
    students = await codes(world, evaluator, wave, 60)
    staff = await codes(world, evaluator, wave, 30, "staff")
    forms = [(await world.http.post(FORM, json={"token": each[0]})).json() for each in (students, staff)]
    assert [form["population"] for form in forms] == ["general_cohort", "staff"]
    asked = [{item["code"] for item in form["items"]} for form in forms]
    assert asked[0] & asked[1] == {"peerline.trust-program", "peerline.trust-school"}
    assert (await answer(world, staff[0], cohort_watched="agree")).status_code == 422
    await all_answer(world, students[:30], trust_school="agree")
    await all_answer(world, students[30:45], trust_school="disagree")
    await all_answer(world, students[45:])
    await all_answer(world, staff[:29], trust_school="disagree")
    tables = await closed(world, evaluator, wave)
    assert [each["population"] for each in tables["populations"]] == ["general_cohort", "staff"]
    assert cells(tables, "trust-school", 0) == {"agree": (30, None), "neither": (None, "small"), "disagree": (15, None)}
    assert all(count is None for count, _ in cells(tables, "trust-school", 1).values()), "29 of 29 would say it of each"
    read = await world.http.get(f"{WAVES}/{wave}/results", headers=evaluator.headers | {"Accept": "text/csv"})
    assert read.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(read.text)))
    flat = [
        (group["population"], item["item"], cell["answer"], cell["count"], cell["percent"], cell["withheld"])
        for group in tables["populations"]
        for item in group["items"]
        for cell in item["cells"]
    ]
    names = ("population", "item", "answer", "count", "percent", "withheld")
    assert [tuple(line[name] for name in names) for line in lines] == [
        tuple("" if each is None else str(each) for each in cell) for cell in flat
    ]


@one_database
async def test_a_wave_closes_by_itself_after_its_last_evening_and_takes_answers_on_its_own_days_alone(
    world: World, evaluator: Someone
) -> None:
    wave = await opened(world, evaluator, opens_on="2027-03-02", keep_answers_days=0)
    [first, second] = await codes(world, evaluator, wave, 2)
    assert (await world.http.post(FORM, json={"token": first})).status_code == 404, "not before its first day"
    world.time.set(dt.datetime(2027, 3, 14, 12, 59, tzinfo=dt.UTC))
    await world.settle()
    assert (await answer(world, first, knew_where="agree")).status_code == 200, "23:59 in Melbourne"
    world.time.set(dt.datetime(2027, 3, 14, 13, 0, tzinfo=dt.UTC))
    assert (await answer(world, second, knew_where="agree")).status_code == 404, "midnight, whenever it is closed"
    await world.settle()
    [stored] = await rows(world, EvaluationWave)
    assert (stored.state, stored.results is not None) == ("closed", True)
    assert await rows(world, EvaluationResponse) == [], "this wave keeps no answers"
    for action in ("open", "close"):
        evaluator = await world.person(Role.EVALUATOR)
        refused = await act(world, evaluator, wave, action)
        assert refused.status_code == 409, "only forward"


@one_database
async def test_a_hold_on_the_whole_school_keeps_answers_until_it_is_released(world: World, evaluator: Someone) -> None:
    officer = await world.person(Role.PRIVACY_OFFICER)
    wave = await opened(world, evaluator, keep_answers_days=0)
    await all_answer(world, await codes(world, evaluator, wave, 2), knew_where="agree")
    hold = {"report_id": None, "reason": "It was asked for.", "authority_ref": "A letter"}
    placed = await world.http.post("/v1/schools/harbour/legal-holds", json=hold, headers=officer.headers | world.once())
    await closed(world, evaluator, wave)
    assert len(await rows(world, EvaluationResponse)) == 2
    released = await world.http.post(
        f"{placed.headers['location']}/release", json={"note": "Over."}, headers=officer.headers | {"If-Match": "*"}
    )
    assert released.status_code == 200, released.text
    world.time.advance(hours=25)
    await world.settle()
    assert await rows(world, EvaluationResponse) == []


@one_database
async def test_an_open_wave_is_not_changed_and_gives_no_more_codes_than_people_invited(
    world: World, evaluator: Someone
) -> None:
    draft = await planned(world, evaluator)
    early = await world.http.post(
        f"{WAVES}/{draft['id']}/tokens",
        json={"population": "general_cohort", "count": 1},
        headers=evaluator.headers | world.once(),
    )
    assert (early.status_code, early.json()["code"]) == (409, "wave_not_open")
    path, by = f"{WAVES}/{draft['id']}", evaluator.headers
    unseen = await world.http.patch(path, json={"title": "Other"}, headers=by)
    assert unseen.status_code == 428
    changed = await world.http.patch(path, json={"closes_on": "2027-02-01"}, headers=by | {"If-Match": "*"})
    assert (changed.status_code, changed.json()["errors"][0]["code"]) == (422, "not_in_order")
    changed = await world.http.patch(path, json={"title": "Other"}, headers=by | {"If-Match": "*"})
    assert (changed.json()["title"], changed.json()["closes_on"]) == ("Other", draft["closes_on"])
    assert (await act(world, evaluator, draft["id"], "open")).status_code == 200
    for method in ("PATCH", "DELETE"):
        body = {"title": "Again"} if method == "PATCH" else None
        refused = await world.http.request(method, path, json=body, headers=by | {"If-Match": "*"})
        assert (refused.status_code, refused.json()["code"]) == (409, "wave_not_draft")
    await codes(world, evaluator, draft["id"], 39)
    wanted = {"population": "general_cohort", "count": 2}
    many = await world.http.post(f"{path}/tokens", json=wanted, headers=by | world.once())
    assert (many.status_code, many.json()["code"]) == (409, "all_codes_given")
    table = await world.http.post(
        f"{path}/tokens", json=wanted | {"count": 1}, headers=by | world.once() | {"Accept": "text/csv"}
    )
    assert re.fullmatch(r"token\r\n([0-9A-Z]{4}-){5}[0-9A-Z]{4}\r\n", table.text)
    strangers = await world.http.post(
        f"{path}/tokens", json={"population": "staff", "count": 1}, headers=by | world.once()
    )
    assert strangers.status_code == 422


@one_database
async def test_nothing_but_the_answer_is_kept_of_it_and_nothing_is_logged(
    world: World, evaluator: Someone, capsys: pytest.CaptureFixture[str]
) -> None:
    wave = await opened(world, evaluator)
    [token] = await codes(world, evaluator, wave, 1)
    before = [len(await rows(world, table)) for table in (AuditEntry, IdempotencyKey)]
    capsys.readouterr()
    told = {
        "Authorization": evaluator.headers["Authorization"],
        "Idempotency-Key": "b9f5b8f6-63d1-4c6a-8f0c-7a7d1d6e0b11",
        "X-Request-Id": "a-canary",
        "User-Agent": "canary/1.0",
    }
    body = {"token": token, "answers": [{"item": "peerline.knew-where", "answer": "agree"}]}
    assert (await world.http.post(RESPONSES, json=body, headers=told)).status_code == 200
    assert [len(await rows(world, table)) for table in (AuditEntry, IdempotencyKey)] == before
    assert capsys.readouterr().out == ""
    [row] = await rows(world, EvaluationResponse)
    assert set(row.model_dump()) == {"id", "wave_id", "population", "answers_sealed"}
    assert row.id.version == 4
    free = await world.http.post(RESPONSES, json=body | {"comment": "It was me."})
    assert free.json()["errors"][0]["code"] == "unknown_field"
    unknown = body | {"answers": [{"item": "peerline.knew-where", "answer": "maybe"}]}
    assert (await world.http.post(RESPONSES, json=unknown)).json()["errors"][0]["code"] == "unknown_answer"


@one_database
async def test_k6_is_loaded_whole_by_whoever_may_and_shows_whose_it_is_wherever_it_is_used(
    world: World, evaluator: Someone
) -> None:
    async def load(body: dict[str, Any]) -> Any:
        return await world.http.post(INSTRUMENTS, json=body, headers=evaluator.headers | world.once())

    facts = (await world.http.get(f"{INSTRUMENTS}/k6", headers=evaluator.headers)).json()
    assert (facts["usable"], facts["may_ship"], facts["items"], facts["item_count"]) == (False, False, [], 6)
    asking = {"instruments": [{"instrument": "k6"}]}
    early = await world.http.post(WAVES, json=WAVE | asking, headers=evaluator.headers | world.once())
    assert early.json()["errors"][0]["code"] == "words_not_loaded"
    assert (await load(K6 | {"items": K6["items"][:5]})).json()["errors"][0]["code"] == "not_whole"
    unasked = K6 | {"right_to_use": {"attested": False, "because": "No idea."}}
    assert (await load(unasked)).status_code == 422
    for name, reason in (
        ("PHQ-9", "PHQ"),
        ("Maslach Burnout Inventory", "sold"),
        ("GAD-7", "GAD-7"),
        ("DASS-21", "DASS"),
    ):
        refused = await load(K6 | {"code": "another", "name": name})
        assert (refused.status_code, refused.json()["code"]) == (422, "instrument_refused")
        assert reason in refused.json()["detail"]
    ending = [*K6["items"][:5], K6["items"][5] | {"text": "I thought about suicide."}]
    assert (await load(K6 | {"items": ending})).json()["errors"][0]["code"] == "asks_about_suicide"
    loaded = await load(K6)
    assert loaded.status_code == 201, loaded.text
    shown = loaded.json()
    assert (shown["citation"], shown["notices"]) == ("Kessler 2003", ["© World Health Organization 2003"])
    assert (await load(K6)).json()["code"] == "instrument_exists"

    wave = await opened(world, evaluator, **asking)
    tokens = await codes(world, evaluator, wave, 40)
    form = (await world.http.post(FORM, json={"token": tokens[0]}, headers={"Accept-Language": "de, en;q=0.5"})).json()
    assert form["instruments"][0]["notices"] == ["© World Health Organization 2003"]
    assert [len(item["answers"]) for item in form["items"]] == [6] * 6
    for number, token in enumerate(tokens):
        said = [{"item": f"k6.item-{each}", "answer": f"answer-{number % 2}"} for each in range(1, 7)]
        taken = await world.http.post(
            RESPONSES, json={"token": token, "answers": said[:1] if number < 24 else said[1:2]}
        )
        assert taken.status_code == 200
    tables = await closed(world, evaluator, wave)
    assert tables["instruments"][0]["notices"] == ["© World Health Organization 2003"]
    first = tables["populations"][0]["items"][0]
    assert [cell["count"] for cell in first["cells"]] == [10, 10, None, None, None]
    assert first["mean"] is None, "some of its answers are hidden"


@one_database
async def test_ridge_without_a_programme_asks_its_students_and_its_own_waves_are_its_own(
    world: World, evaluator: Someone
) -> None:
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    none = sa.update(School).where(col(School.slug) == "ridge").values(features={"formal_program": False})
    await world.write(lambda session: session.connection().execute(none))
    theirs = await world.person(Role.EVALUATOR, school="ridge")
    here = HERE.replace("harbour", "ridge")
    draft = await world.http.post(
        f"{here}/waves", json=WAVE | {"program_started_on": None}, headers=theirs.headers | world.once()
    )
    assert draft.status_code == 201, draft.text
    warned = {each["code"] for each in draft.json()["design_warnings"]}
    assert warned == {"no_staff", "asked_once"}
    assert "one_party" in {each["code"] for each in (await planned(world, evaluator))["design_warnings"]}
    stranger = await world.http.get(f"{WAVES}/{draft.json()['id']}", headers=evaluator.headers)
    assert stranger.status_code == 404
    path = f"{here}/waves/{draft.json()['id']}"
    version = {"If-Match": draft.headers["ETag"]}
    assert (await world.http.post(f"{path}/open", headers=theirs.headers | version)).status_code == 200
    wanted = {"population": "general_cohort", "count": 40}
    given = await world.http.post(f"{path}/tokens", json=wanted, headers=theirs.headers | world.once())
    await all_answer(world, given.json()["tokens"][:30], knew_where="agree")
    done = await world.http.post(f"{path}/close", headers=theirs.headers | {"If-Match": "*"})
    assert done.json()["populations"][0]["responded"] == 30
