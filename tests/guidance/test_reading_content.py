"""The content over HTTP: for anyone, for people of the programme, in the language that is asked for."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from app.guidance import shelf
from app.guidance.content_pack import load_content
from app.guidance.library import load_library
from app.guidance.shelf import Shelf
from app.models import AuditEntry, Event, IdempotencyKey
from app.vocabulary import Role
from tests.guidance.made_up import PSEUDO, article, library, module, put_pseudo, role_card, scenario, script
from tests.support.world import Someone, World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
SCHOOL = "/v1/schools/harbour"
LISTS = (
    "guidance",
    "scripts",
    "practice-scenarios",
    "obligations-cards",
    "role-cards",
    "action-plan-templates",
    "guidance/changes",
)


async def read(world: World, path: str, by: Someone | None = None, **query: Any) -> Any:
    answer = await world.http.get(f"{SCHOOL}/{path}", headers=by.headers if by else {}, params=query or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def ids(world: World, path: str, by: Someone | None = None, **query: Any) -> list[str]:
    return [each["id"] for each in (await read(world, path, by, **query))["items"]]


def stock(world: World, folder: Path, **files: list[dict[str, Any]]) -> None:
    """Let this process have other content than what is shipped."""
    made = library(folder, **files)
    world.app.state.runtime.shelf = Shelf(lambda: made)


async def test_what_is_shipped_is_there_for_anyone_and_can_be_cached(world: World) -> None:
    """T01 to T06, C7."""
    await world.school()
    for path in LISTS:
        first = await world.http.get(f"{SCHOOL}/{path}")
        assert first.status_code == 200, first.text
        assert first.json()["items"], path
        assert first.headers["Cache-Control"] == "public, max-age=300, stale-while-revalidate=86400"
        assert (first.headers["Vary"], first.headers["Content-Language"]) == ("Accept-Language", "en")
        again = await world.http.get(f"{SCHOOL}/{path}", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.headers["Vary"]) == (304, "Accept-Language")
        for each in first.json()["items"]:
            piece = each if "audience" in each else each[each["sort"]]
            assert piece["audience"] == "all_students"
    assert (await world.http.get("/v1/schools/nowhere/guidance")).status_code == 404
    assert (await world.http.get(f"{SCHOOL}/guidance/nowhere")).status_code == 404


@ON_SQLITE
async def test_a_list_is_walked_in_the_order_of_the_file(world: World, tmp_path: Path) -> None:
    await world.school()
    names = [f"piece-{letter}" for letter in "edcba"]
    stock(world, tmp_path, articles=[article(name) for name in names])
    found, cursor = [], None
    while True:
        page = await world.http.get(f"{SCHOOL}/guidance", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        found += [each["id"] for each in page.json()["items"]]
        cursor = page.json()["next_cursor"]
        assert ('rel="next"' in page.headers.get("Link", "")) == (cursor is not None)
        if cursor is None:
            break
    assert found == names
    first = await world.http.get(f"{SCHOOL}/guidance", params={"limit": 2})
    wrong = await world.http.get(f"{SCHOOL}/scripts", params={"limit": 2, "cursor": first.json()["next_cursor"]})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_cursor")
    # The last one that was shown is gone when somebody goes on: nothing is left out for it.
    stock(world, tmp_path / "later", articles=[article(name) for name in names if name != "piece-d"])
    on = await world.http.get(f"{SCHOOL}/guidance", params={"limit": 2, "cursor": first.json()["next_cursor"]})
    assert [each["id"] for each in on.json()["items"]] == ["piece-c", "piece-b"]


@ON_SQLITE
async def test_words_are_found_by_what_they_are_for(world: World, tmp_path: Path) -> None:
    """E10, E11, I14: a script that is for nobody in particular is for everybody."""
    await world.school()
    scripts = [
        script("for-all"),
        script("for-friends", relationships=["friend"], channels=["in_person"]),
        script("limit", purpose="set_a_limit"),
    ]
    stock(world, tmp_path, scripts=scripts)
    assert await ids(world, "scripts", purpose="opener") == ["for-all", "for-friends"]
    assert await ids(world, "scripts", channel="in_person") == ["for-friends"]
    assert await ids(world, "scripts", relationship="housemate") == ["for-all", "limit"]
    assert await ids(world, "scripts", relationship="friend", purpose="opener") == ["for-all", "for-friends"]
    assert (await world.http.get(f"{SCHOOL}/scripts", params={"purpose": "small_talk"})).status_code == 422


@ON_SQLITE
async def test_a_conversation_is_played_and_nobody_knows(world: World, tmp_path: Path) -> None:
    """T02: a phone can play it without a signal, and what is played here leaves nothing."""
    await world.school()
    stock(world, tmp_path, scenarios=[scenario()])
    whole = await read(world, "practice-scenarios/a-scenario")
    assert [step["id"] for step in whole["steps"]] == ["start", "good", "other"]
    [summary] = (await read(world, "practice-scenarios"))["items"]
    assert "steps" not in summary

    async def move(step: str, choice: str) -> httpx.Response:
        path = f"{SCHOOL}/practice-scenarios/a-scenario/moves"
        return await world.http.post(path, json={"step": step, "choice": choice})

    again = await move("start", "joke")
    assert again.headers["Cache-Control"] == "no-store"
    assert (again.json()["feedback"], again.json()["step"]["id"], again.json()["ended"]) == (
        "Try again.",
        "start",
        False,
    )
    ended = (await move("start", "ask")).json()
    assert (ended["step"]["take_away"], ended["ended"]) == ("Asking was enough.", True)
    for step, choice, at in (("nowhere", "ask", "#/step"), ("good", "ask", "#/choice"), ("start", "sing", "#/choice")):
        refused = await move(step, choice)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, at)
    kept = await world.db.read(lambda s: [s.exec(select(table)).all() for table in (AuditEntry, Event, IdempotencyKey)])
    assert kept == [[], [], []]


@ON_SQLITE
async def test_every_shipped_conversation_can_be_played_to_each_of_its_ends(world: World) -> None:
    await world.school()
    for played in load_content().scenarios:
        reached = set()
        for step in played.steps:
            for choice in step.choices:
                body = {"step": step.id, "choice": choice.id}
                path = f"{SCHOOL}/practice-scenarios/{played.id}/moves"
                answer = await world.http.post(path, json=body)
                assert answer.json()["step"]["id"] == (choice.goes_to or step.id)
                if answer.json()["ended"]:
                    reached.add(answer.json()["step"]["id"])
        assert reached == {step.id for step in played.steps if not step.choices}


@ON_SQLITE
async def test_rules_are_those_of_the_schools_country_and_state(world: World) -> None:
    """D05, J11, J18."""
    await world.school()
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    both = {}
    for school in ("harbour", "ridge"):
        answer = await world.http.get(f"/v1/schools/{school}/obligations-cards", params={"limit": 100})
        both[school] = {each["id"]: each for each in answer.json()["items"]}
        assert all(each["notice"] and each["sources"] for each in both[school].values())
    assert {each["jurisdiction"] for each in both["harbour"].values()} == {"AU", "AU-VIC"}
    assert {each["jurisdiction"] for each in both["ridge"].values()} == {"AU", "AU-NSW"}
    students = await read(world, "obligations-cards", applies_to="student", limit=100)
    assert all("student" in each["applies_to"] for each in students["items"])
    first = next(iter(both["harbour"].values()))
    world.time.set(dt.datetime.fromisoformat(f"{first['review_by']}T23:59:00+00:00") + dt.timedelta(days=1))
    later = await read(world, "obligations-cards", limit=100)
    [shown] = [each for each in later["items"] if each["id"] == first["id"]]
    assert (first["review_overdue"], shown["review_overdue"]) == (False, True)
    assert "has not been" in shown["warning"]


@ON_SQLITE
async def test_supporters_and_staff_read_what_is_written_for_them(world: World, tmp_path: Path) -> None:
    """D02: by another address, so that nobody's cache mixes the two."""
    await world.school()
    files = {
        "articles": [
            article(),
            article("for-supporters", audience="formal_supporters"),
            article("for-staff", audience="staff"),
        ],
        "role_cards": [role_card(), role_card("advisers-card", role="adviser", audience="staff")],
    }
    stock(world, tmp_path, **files)
    supporter, adviser = await world.person(Role.SUPPORTER), await world.person(Role.ADVISER)
    assert await ids(world, "guidance") == ["an-article"]
    assert (await world.http.get(f"{SCHOOL}/guidance/for-staff")).status_code == 404
    assert (await world.http.get(f"{SCHOOL}/role-cards/adviser")).status_code == 404
    assert await ids(world, "supporter-guidance", supporter, sort="article") == ["an-article", "for-supporters"]
    assert await ids(world, "supporter-guidance", adviser, audience="staff") == ["for-staff", "advisers-card"]
    assert await ids(world, "supporter-guidance", adviser, kind="signs", audience="staff") == ["for-staff"]
    one = await world.http.get(f"{SCHOOL}/supporter-guidance/for-staff", headers=adviser.headers)
    assert (one.json()["article"]["audience"], one.headers["Cache-Control"]) == ("staff", "no-store")
    hidden = await world.http.get(f"{SCHOOL}/supporter-guidance/for-staff", headers=supporter.headers)
    assert hidden.status_code == 404


@ON_SQLITE
async def test_an_exercise_is_answered_and_nothing_is_kept(world: World, tmp_path: Path) -> None:
    """T09: the answers are not in what is read before."""
    await world.school()
    stock(world, tmp_path, training=[module()])
    supporter = await world.person(Role.SUPPORTER)
    shown = await world.http.get(f"{SCHOOL}/training-modules/mental_health_responses", headers=supporter.headers)
    assert (shown.json()["minutes"], len(shown.json()["exercises"])) == (20, 3)
    assert "It helps." not in shown.text
    assert '"right"' not in shown.text

    async def answer(exercise: str, *choices: str) -> httpx.Response:
        path = f"{SCHOOL}/training-modules/mental_health_responses/answers"
        return await world.http.post(path, headers=supporter.headers, json={"exercise": exercise, "choices": choices})

    right, wrong = await answer("first-one", "ask"), await answer("first-one", "ask", "wait")
    assert (right.json()["right"], wrong.json()["right"]) == (True, False)
    assert [each["feedback"] for each in wrong.json()["choices"]] == ["It helps.", "It may be long."]
    for exercise, choice in (("second-one", "ask"), ("nowhere", "ask"), ("first-one", "sing")):
        assert (await answer(exercise, choice)).status_code == 422
    other = await world.http.get(f"{SCHOOL}/training-modules/reaching_isolated_students", headers=supporter.headers)
    assert other.status_code == 404


@ON_SQLITE
async def test_what_is_kept_of_answers_is_bounded_however_long_they_are_asked_for(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.school()
    stock(world, tmp_path, articles=[article("one")])
    kept = world.app.state.runtime.shelf
    monkeypatch.setattr(shelf, "MOST_BYTES", 30_000)

    def held() -> int:
        return sum(len(name) + len(sent.body) for view in kept._views.values() for name, sent in view.bodies.items())

    most = 0
    for number in range(40):
        await read(world, "guidance", unknown=f"{number}{'x' * 1500}")
        most = max(most, held())
    assert 20_000 < most <= 30_000
    # A view that is dropped takes all of that with it.
    monkeypatch.setattr(shelf, "MOST_VIEWS", 1)
    await world.school("uplands", region="NSW")
    assert (await world.http.get("/v1/schools/uplands/guidance")).status_code == 200
    assert len(kept._views) == 1
    assert kept._bytes == held()


@ON_SQLITE
async def test_the_language_that_is_asked_for_is_given_piece_by_piece(world: World, tmp_path: Path) -> None:
    """M8: proved with a language that only tests speak; what nobody has translated is there in English."""
    await world.school(language=PSEUDO)
    left_out = load_content().articles[0].id
    put_pseudo(tmp_path, without={left_out})
    made = load_library(tmp_path)
    world.app.state.runtime.shelf = Shelf(lambda: made)

    async def given(path: str, accept: str | None) -> httpx.Response:
        headers = {} if accept is None else {"Accept-Language": accept}
        return await world.http.get(f"{SCHOOL}/{path}", headers=headers, params={"limit": 100})

    english, pseudo = (
        await given("guidance", "en-AU, en;q=0.9, en-XA;q=0.1"),
        await given("guidance", "en-XA, en;q=0.5"),
    )
    assert (english.headers["Content-Language"], pseudo.headers["Content-Language"]) == ("en", "en-XA, en")
    for one, other in zip(english.json()["items"], pseudo.json()["items"], strict=True):
        assert one["id"] == other["id"]
        untranslated = other["id"] == left_out
        assert (other["language"], other == one) == (("en", True) if untranslated else (PSEUDO, False))
        assert other["title"].startswith("[") != untranslated
    assert english.headers["ETag"] != pseudo.headers["ETag"]
    # Who asks for nothing, or for nothing that there is, gets the school's own language.
    for accept in (None, "ja, zh;q=0.5", "not a header at all ;;;"):
        assert (await given("scripts", accept)).headers["Content-Language"] == PSEUDO
    one_piece = await given(f"guidance/{left_out}", PSEUDO)
    assert one_piece.headers["Content-Language"] == "en"
    # A token is for one language: in another one everything is read anew.
    token = (await given("guidance/changes", "en")).json()["next_sync_token"]
    params = {"sync_token": token} if token else {}
    other = await world.http.get(f"{SCHOOL}/guidance/changes", headers={"Accept-Language": PSEUDO}, params=params)
    assert (other.status_code, other.json()["code"]) == (410, "sync_token_expired") if token else (200, None)
