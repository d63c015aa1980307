"""What a school says over the content: coordinators write, sponsors read (journeys J11, J18; STUDY D05, I09)."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import Session, select

from app.guidance import reviews, wording
from app.guidance.library import Library
from app.guidance.shelf import Shelf
from app.models import AuditEntry, Event, ReviewNotice, School
from app.vocabulary import Role
from app.work.queue import Item
from app.worker import start_recurring
from tests.guidance.made_up import article, card, library, role_card, script
from tests.support.world import Someone, World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
SCHOOL = "/v1/schools/harbour"
REVIEW = {"reviewed_on": "2026-05-20", "review_by": "2027-05-20"}
NOON = dt.datetime(2026, 6, 1, 2, tzinfo=dt.UTC)


class Desk:
    """A coordinator at work on the content of Harbour."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        self.library: Library

    def stock(self, name: str, **files: list[dict[str, Any]]) -> None:
        """A release of the product, with this content."""
        made = self.library = library(self.folder / name, **files)
        self.world.app.state.runtime.shelf = Shelf(lambda: made)

    async def open(self) -> None:
        await self.world.school()
        self.world.time.set(NOON)
        self.coordinator = await self.world.person(Role.COORDINATOR, paged=True)

    async def say(self, at: str, etag: str | None = None, by: Someone | None = None, **body: Any) -> httpx.Response:
        headers = (by or self.coordinator).headers | ({} if etag is None else {"If-Match": etag})
        path = f"{SCHOOL}/content/overrides/{at}"
        return await self.world.http.put(path, headers=headers, json=REVIEW | body)

    async def said(self, at: str, by: Someone | None = None) -> httpx.Response:
        path = f"{SCHOOL}/content/overrides/{at}"
        return await self.world.http.get(path, headers=(by or self.coordinator).headers)

    async def take_back(self, at: str) -> httpx.Response:
        headers = self.coordinator.headers | {"If-Match": (await self.said(at)).headers["ETag"]}
        return await self.world.http.delete(f"{SCHOOL}/content/overrides/{at}", headers=headers)

    async def public(self, path: str, school: str = "harbour", **query: Any) -> Any:
        answer = await self.world.http.get(f"/v1/schools/{school}/{path}", params=query or None)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def desk(world: World, tmp_path: Path) -> Desk:
    made = Desk(world, tmp_path)
    await made.open()
    made.stock("first")
    return made


async def test_a_school_changes_a_piece_and_only_that_school(desk: Desk) -> None:
    """J11: fields are merged over what was shipped; whose words they are is told."""
    await desk.world.school("ridge", region="NSW", zone="Australia/Sydney")
    first = await desk.say("article/an-article", changes={"summary": "Here it is otherwise."})
    assert first.status_code == 201, first.text
    assert first.headers["Location"] == f"{SCHOOL}/content/overrides/article/an-article"
    shown = await desk.said("article/an-article")
    assert shown.headers["ETag"] == first.headers["ETag"]
    assert {**first.json(), "suggestions": []} == shown.json() | {"suggestions": []}
    piece = await desk.public("guidance/an-article")
    assert (piece["summary"], piece["origin"]) == ("Here it is otherwise.", "changed")
    assert (piece["title"], piece["review_by"]) == ("About an-article", "2027-05-20")
    assert (await desk.public("guidance/an-article", "ridge"))["summary"] == "In short."

    assert (await desk.say("article/an-article", changes={"summary": "Again."})).status_code == 428
    assert (await desk.say("article/an-article", '"old"', changes={"summary": "Again."})).status_code == 412
    second = await desk.say("article/an-article", first.headers["ETag"], changes={"title": "Ours"})
    assert (second.status_code, second.json()["version"]) == (200, 2)
    assert (await desk.public("guidance/an-article"))["summary"] == "In short."
    assert (await desk.take_back("article/an-article")).status_code == 204
    assert (await desk.public("guidance/an-article"))["origin"] == "shipped"
    assert (await desk.said("article/an-article")).status_code == 404
    assert (await desk.say("article/an-article", second.headers["ETag"], changes={})).status_code == 404
    actions = await desk.world.db.read(
        lambda s: [each.action for each in s.exec(select(AuditEntry)) if each.action.startswith("content.")]
    )
    assert sorted(actions) == ["content.said", "content.said", "content.taken_back"]


@ON_SQLITE
async def test_a_school_adds_pieces_of_its_own(desk: Desk) -> None:
    """Checked as what is shipped is; for a role the school's own card goes before the product's."""
    fields = {name: value for name, value in script("of-ours").items() if name not in ("id", *REVIEW)}
    assert (await desk.say("script/of-ours", own=fields | {"next_step": "an-article"})).status_code == 201
    [ours] = [each for each in (await desk.public("scripts"))["items"] if each["id"] == "of-ours"]
    assert (ours["origin"], ours["next_step"]) == ("own", "an-article")
    mine = {name: value for name, value in role_card("our-card").items() if name not in ("id", *REVIEW)}
    assert (await desk.say("role_card/our-card", own=mine | {"can": ["What we say."]})).status_code == 201
    assert (await desk.public("role-cards/supporter"))["can"] == ["What we say."]

    for at, body, pointer in (
        ("script/second", {"own": fields | {"next_step": "nowhere"}}, "#/own"),
        ("script/second", {"own": fields | {"purpose": "small_talk"}}, "#/own/purpose"),
        ("script/second", {"own": fields | {"mood": "low"}}, "#/own/mood"),
        ("script/second", {"own": fields | {"sources": []}}, "#/own/sources"),
        ("script/second", {"own": fields | {"id": "other"}}, "#/own/id"),
        ("scenario/second", {"own": {}}, "#/own"),
        ("article/an-article", {"changes": {"audience": "staff"}}, "#/changes/audience"),
        ("article/an-article", {"changes": {"kind": "careers"}}, "#/changes/kind"),
        ("article/an-article", {"changes": {"sections": []}}, "#/changes/sections"),
        ("article/an-article", {"changes": {}, "language": "fr"}, "#/language"),
        ("article/an-article", {"changes": {}, "reviewed_on": "2026-06-02"}, "#/reviewed_on"),
        ("article/an-article", {"changes": {}, "review_by": "2029-06-02"}, "#/review_by"),
        ("article/an-article", {"changes": {}, "hidden_reason": "Both."}, "#"),
    ):
        refused = await desk.say(at, **body)
        assert (at, body, refused.status_code) == (at, body, 422), refused.text
        assert refused.json()["errors"][0]["pointer"].startswith(pointer), refused.text
    assert (await desk.say("script/an-article", changes={})).status_code == 404
    taken = await desk.say("article/an-article", own={"title": "Ours"})
    assert (taken.status_code, taken.json()["code"]) == (409, "id_taken")


@ON_SQLITE
async def test_what_saves_lives_is_hidden_by_nobody(desk: Desk) -> None:
    """T03, I02."""
    kinds = ("red_flags_and_emergencies", "asking_about_suicide", "careers")
    desk.stock("second", articles=[article(kind.replace("_", "-"), kind=kind) for kind in kinds])
    reason = "Our students have another page for this."
    answers = [await desk.say(f"article/{kind.replace('_', '-')}", hidden_reason=reason) for kind in kinds]
    assert [answer.status_code for answer in answers] == [422, 422, 201]
    assert answers[0].json()["errors"][0]["code"] == "not_to_be_hidden"
    assert [each["kind"] for each in (await desk.public("guidance"))["items"]] == list(kinds[:2])
    assert (await desk.said("article/careers")).json()["hidden_reason"] == reason
    assert reason not in str(await desk.public("guidance"))


@ON_SQLITE
async def test_a_base_that_changes_underneath_is_listed_and_one_that_breaks_falls_back(desk: Desk) -> None:
    await desk.say("article/an-article", changes={"summary": "Ours."})
    await desk.say("script/a-script", changes={"tone": "Ours."})
    [one, two] = await listed(desk)
    assert [each["base_changed"] for each in (one, two)] == [False, False]
    desk.stock("later", articles=[article(title="Rewritten")], scripts=[script("another")])
    [changed, broken] = await listed(desk)
    assert (changed["base_changed"], changed["broken"]) == (True, None)
    assert (broken["base_changed"], broken["broken"]) == (False, "base_gone")
    piece = await desk.public("guidance/an-article")
    assert (piece["title"], piece["summary"]) == ("Rewritten", "Ours.")
    assert [each["id"] for each in (await desk.public("scripts"))["items"]] == ["another"]
    # Said again, it counts for the base as it is now.
    etag = (await desk.said("article/an-article")).headers["ETag"]
    assert (await desk.say("article/an-article", etag, changes={"summary": "Ours."})).json()["base_changed"] is False


async def listed(desk: Desk) -> list[dict[str, Any]]:
    answer = await desk.world.http.get(f"{SCHOOL}/content/overrides", headers=desk.coordinator.headers)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@ON_SQLITE
async def test_words_are_suggested_and_only_a_method_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """I09; domain 3.1. The word that names a method is made up here."""
    stored = await desk.say("article/an-article", changes={"summary": "Some are suffering from anxiety."})
    assert stored.status_code == 201
    suggested = {each["found"]: each for each in stored.json()["suggestions"]}
    assert suggested["suffering from"]["suggestion"] == "experiencing"
    assert {each["pointer"] for each in suggested.values()} == {"#/changes/summary"}
    assert (await desk.public("guidance/an-article"))["summary"] == "Some are suffering from anxiety."

    monkeypatch.setattr(wording, "METHODS", frozenset({wording.digest_of("sesquipedal zwieback")}))
    monkeypatch.setattr(wording.names_a_method, "__kwdefaults__", {"methods": wording.METHODS})
    etag = (await desk.said("article/an-article")).headers["ETag"]
    refused = await desk.say("article/an-article", etag, changes={"summary": "By Sesquipedal, zwieback."})
    assert (refused.status_code, refused.json()["code"]) == (422, "names_a_method")
    assert refused.json()["errors"][0]["pointer"] == "#/changes/summary"
    assert "zwieback" not in refused.text.lower()

    check = await desk.world.http.post(
        f"{SCHOOL}/content/wording-check",
        headers=desk.coordinator.headers,
        json={"text": "She committed suicide; he has depression. We will help, sesquipedal zwieback."},
    )
    found = {each["found"]: each["suggestion"] for each in check.json()["suggestions"]}
    assert (check.status_code, check.json()["needs_help_beside"]) == (200, True)
    assert (found["committed"], found["has depression"], found["We will"]) == ("died by", None, None)
    for each in check.json()["suggestions"]:
        text = "She committed suicide; he has depression. We will help, sesquipedal zwieback."
        assert text[each["start"] : each["end"]] == each["found"]
    fine = await desk.world.http.post(
        f"{SCHOOL}/content/wording-check", headers=desk.coordinator.headers, json={"text": "We noticed. Call together."}
    )
    assert fine.json() == {"suggestions": [], "needs_help_beside": False}


@ON_SQLITE
async def test_who_reads_and_who_writes(desk: Desk) -> None:
    await desk.say("article/an-article", changes={"summary": "Ours."})
    sponsor, adviser = await desk.world.person(Role.SPONSOR), await desk.world.person(Role.ADVISER)
    await desk.world.school("ridge", region="NSW", zone="Australia/Sydney")
    ridge = await desk.world.person(Role.COORDINATOR, school="ridge")
    assert (await desk.said("article/an-article", sponsor)).status_code == 200
    assert (await desk.say("script/a-script", by=sponsor, changes={"tone": "Ours."})).status_code == 403
    assert (await desk.said("article/an-article", adviser)).status_code == 403
    foreign, random = [
        await desk.world.http.get(f"/v1/schools/{school}/content/overrides/article/{name}", headers=ridge.headers)
        for school, name in (("harbour", "an-article"), ("ridge", "an-article"))
    ]
    assert (foreign.status_code, random.status_code) == (404, 404)
    assert {**foreign.json(), "instance": None} == {**random.json(), "instance": None}


@ON_SQLITE
async def test_a_telephone_learns_what_has_changed(desk: Desk) -> None:
    """M3: what is new, what is otherwise, what is gone; and 410 for a token that nobody knows."""

    async def changes(token: str | None) -> Any:
        params = {} if token is None else {"sync_token": token}
        return await desk.world.http.get(f"{SCHOOL}/guidance/changes", params=params)

    await look(desk)
    everything = (await changes(None)).json()
    assert {each["sort"] for each in everything["items"]} == {
        "article",
        "script",
        "scenario",
        "obligations_card",
        "action_plan",
        "role_card",
    }
    assert not any(each["deleted"] for each in everything["items"])
    token = everything["next_sync_token"]
    assert (await changes(token)).json()["items"] == []
    await desk.say("article/an-article", changes={"summary": "Ours."})
    await desk.say("action_plan/a-plan", hidden_reason="We have another.")
    said = (await changes(token)).json()
    assert [(each["sort"], each["id"], each["deleted"]) for each in said["items"]] == [
        ("action_plan", "a-plan", True),
        ("article", "an-article", False),
    ]
    assert said["items"][0]["action_plan"] is None
    assert said["items"][1]["article"]["summary"] == "Ours."
    assert (await changes(said["next_sync_token"])).json()["items"] == []
    unknown = await changes("bm90LWEtdG9rZW4")
    assert (unknown.status_code, unknown.json()["code"]) == (410, "sync_token_expired")


async def look(desk: Desk) -> None:
    """The worker has been at every school."""
    now = desk.world.time.now()

    def work(session: Session) -> None:
        for school in session.exec(select(School)).all():
            item = Item(uuid.uuid4(), reviews.LOOK, school.id, payload={}, due_at=now, fence=1, failures=0)
            reviews.look(session, item, now, library=desk.library)

    await desk.world.write(work)


@ON_SQLITE
async def test_the_worker_keeps_what_is_shipped_as_a_state_to_go_on_from(world: World) -> None:
    await world.school()
    path = f"{SCHOOL}/guidance/changes"
    token = (await world.http.get(path, params={"limit": 100})).json()["next_sync_token"]
    assert (await world.http.get(path, params={"sync_token": token})).status_code == 410
    await world.write(start_recurring)
    await world.settle()
    known = await world.http.get(path, params={"sync_token": token})
    assert (known.status_code, known.json()["items"]) == (200, [])


async def test_an_overdue_review_is_told_of_once_for_each_day_that_it_was_due(desk: Desk) -> None:
    """D05, J18: what is shipped counts as well, and the rules of another state do not."""
    desk.stock("rules", obligations=[card(), card("of-nsw", jurisdiction="AU-NSW")])
    await desk.say("action_plan/a-plan", hidden_reason="We have another.", review_by="2026-07-01")

    async def told() -> list[tuple[str, str, str]]:
        found = await desk.world.db.read(lambda s: s.exec(select(Event).order_by("occurred_at", "id")).all())
        data = [each.data for each in found if each.type == "content.review_overdue"]
        assert all(each["overdue"] == len(each["pieces"]) for each in data)
        pieces = [piece for each in data for piece in each["pieces"]]
        return sorted((piece["sort"], piece["piece_id"], piece["due_on"]) for piece in pieces)

    await look(desk)
    assert await told() == []
    desk.world.time.set(dt.datetime(2026, 7, 2, 2, tzinfo=dt.UTC))
    for _ in range(2):
        await look(desk)
    assert await told() == [("action_plan", "a-plan", "2026-07-01")]
    desk.world.time.set(dt.datetime(2027, 1, 6, 2, tzinfo=dt.UTC))
    await look(desk)
    overdue = await told()
    assert ("obligations_card", "a-card", "2027-01-05") in overdue
    assert {piece for _, piece, _ in overdue} == {
        "a-card",
        "a-module",
        "a-plan",
        "a-role-card",
        "a-scenario",
        "a-script",
        "an-article",
    }
    notices = await desk.world.db.read(lambda s: len(s.exec(select(ReviewNotice)).all()))
    assert notices == len(overdue) == len(set(overdue))
    # A school that has looked a piece over is told again when that is due.
    desk.world.time.set(dt.datetime(2027, 5, 21, 2, tzinfo=dt.UTC))
    await look(desk)
    assert len(await told()) == len(overdue)
    await desk.say("article/an-article", changes={}, reviewed_on="2027-05-20", review_by="2027-05-30")
    desk.world.time.set(dt.datetime(2027, 6, 1, 2, tzinfo=dt.UTC))
    await look(desk)
    assert sorted(set(await told()) - set(overdue)) == [("article", "an-article", "2027-05-30")]
