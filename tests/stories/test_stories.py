"""Stories of one's own: told without an account, published by two people, taken back at once (STUDY T04, I11, J17)."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from typing import Any

import pytest
from sqlmodel import select

from app.core.receipts import new_receipt
from app.models import Event, Story, StoryReview, WorkItem
from app.stories import submitting
from app.vocabulary import Role
from tests.anonymity.evidence import cells_of, count, trace
from tests.reports.harbour import one_database, told
from tests.stories.telling import (
    GATES,
    HERE,
    MINE,
    STORY,
    SUBMISSIONS,
    act,
    only_story,
    publish,
    published,
    reviewers,
    tell,
)
from tests.support.world import World


async def rows(world: World, table: type[Any]) -> list[Any]:
    return list(await world.db.read(lambda session: session.exec(select(table)).all()))


async def test_a_story_is_published_as_it_was_written_and_gone_with_the_next_request_when_it_is_taken_back(
    world: World,
) -> None:
    """J17, whole, on both databases."""
    await world.school()
    one, two = await reviewers(world)
    code, story_id = await published(world, one, two)
    listed = await world.http.get(HERE)
    [shown] = listed.json()["items"]
    assert {name: shown[name] for name in ("id", "title", "text", "shown_as", "author_kind")} == {
        "id": story_id,
        **{name: STORY[name] for name in ("title", "text", "shown_as", "author_kind")},
    }
    assert shown["strengths"] == STORY["strengths"] | {"what_i_would_say": None}
    alone = await world.http.get(f"{HERE}/{story_id}")
    assert alone.json()["story"] == shown
    for answer in (listed, alone):
        assert len([each for each in answer.json()["help"] if each["name"]]) >= 2, "with help, whatever it is about"
        assert answer.headers["Cache-Control"] == "public, no-cache"
        known = await world.http.get(answer.url.path, headers={"If-None-Match": answer.headers["ETag"]})
        assert known.status_code == 304
    mine = (await world.http.post(MINE, json={"code": code.lower().replace("-", " ")})).json()
    assert (mine["state"], mine["story_id"], mine["story"]["text"]) == ("published", story_id, STORY["text"])

    gone = await world.http.post(f"{MINE}/withdraw", json={"code": code})
    assert gone.status_code == 200, gone.text
    after = await world.http.get(HERE, headers={"If-None-Match": listed.headers["ETag"]})
    assert (after.status_code, after.json()["items"]) == (200, [])
    assert (await world.http.get(f"{HERE}/{story_id}")).status_code == 404
    assert (await world.http.get(f"{SUBMISSIONS}/{story_id}", headers=one.headers)).status_code == 404
    synced = await world.http.get(HERE, params={"sync_token": listed.json()["next_sync_token"]})
    assert (synced.json()["items"], synced.json()["deleted"]) == ([], [{"id": story_id, "deleted": True}])
    [left] = await rows(world, Story)
    assert (left.state, left.words_sealed, left.author_kind, left.consent_version) == ("withdrawn", None, None, None)
    assert [review.reviewed_by for review in await rows(world, StoryReview)] == [one.id]


@one_database
async def test_a_gate_that_is_shut_publishes_nothing_and_one_person_alone_does_neither(world: World) -> None:
    await world.school()
    one, _ = await reviewers(world)
    await tell(world, includes_careers_advice=True)
    address = await only_story(world, one)
    careers = {"careers_advice_checked": True}
    for gate in (*GATES, "careers_advice_checked"):
        shut = await act(world, one, address, "review", publish(**careers | {gate: False}))
        [fault] = shut.json()["errors"]
        assert (shut.status_code, fault["pointer"], fault["code"]) == (422, f"#/gates/{gate}", "gate_shut")
    unasked = await act(world, one, address, "review", publish())
    assert unasked.json()["errors"][0]["code"] == "required", "careers advice was marked, and not looked at"
    wordless = {"gates": GATES | careers, "decision": "do_not_publish"}
    assert (await act(world, one, address, "review", wordless)).json()["errors"][0]["pointer"] == "#/words"
    assert (await act(world, one, address, "confirm")).json()["code"] == "story_not_waiting"

    first = await act(world, one, address, "review", publish(**careers))
    assert (first.status_code, first.json()["state"]) == (200, "awaiting_second_person")
    assert (await act(world, one, address, "confirm")).json()["code"] == "reviewed_by_you"
    assert (await world.http.get(HERE)).json()["items"] == []
    unread = await world.http.post(f"{address}/confirm", headers=one.headers | {"If-Match": '"old"'})
    assert unread.status_code == 412
    officer = await world.person(Role.PRIVACY_OFFICER, alias="Petra")
    assert (await act(world, officer, address, "decline")).json()["state"] == "awaiting_review"
    await act(world, one, address, "review", publish(**careers))
    agreed = (await act(world, officer, address, "confirm")).json()
    seconds = [(each["second_by"], each["second_agreed"]) for each in agreed["reviews"]]
    assert seconds == [("Petra", False), ("Petra", True)]
    [shown] = (await world.http.get(HERE, params={"includes_careers_advice": "true"})).json()["items"]
    assert shown["careers_note"]
    assert (await world.http.get(HERE, params={"author_kind": "peer"})).json()["items"] == []


@one_database
async def test_only_the_author_changes_a_word_and_what_is_changed_is_read_again(world: World) -> None:
    await world.school()
    one, two = await reviewers(world)
    code, story_id = await published(world, one, two)
    token = (await world.http.get(HERE)).json()["next_sync_token"]
    old = {"code": code} | STORY | {"consent": {"version": "1999-1", "agreed": True}}
    assert (await world.http.post(f"{MINE}/edit", json=old)).json()["code"] == "consent_changed"
    edited = await world.http.post(f"{MINE}/edit", json={"code": code} | STORY | {"text": "In other words."})
    assert edited.json()["state"] == "awaiting_review"
    synced = (await world.http.get(HERE, params={"sync_token": token})).json()
    assert (synced["items"], synced["deleted"]) == ([], [{"id": story_id, "deleted": True}])
    address = f"{SUBMISSIONS}/{story_id}"
    asked = {"gates": GATES | {"strengths_based": False}, "decision": "ask_for_changes", "words": "What helped you?"}
    assert (await act(world, one, address, "review", asked)).status_code == 200
    mine = (await world.http.post(MINE, json={"code": code})).json()
    assert (mine["state"], mine["words"], mine["kept_until"] is None) == ("changes_asked", "What helped you?", False)
    await world.http.post(f"{MINE}/edit", json={"code": code} | STORY | {"text": "A walk helped."})
    await act(world, one, address, "review", publish())
    await act(world, two, address, "confirm")
    synced = (await world.http.get(HERE, params={"sync_token": token})).json()
    assert ([each["text"] for each in synced["items"]], synced["deleted"]) == (["A walk helped."], [])

    # Taking down needs one person, and words to the author.
    no = {"gates": GATES, "decision": "do_not_publish", "words": "Somebody else was recognised."}
    assert (await act(world, one, address, "review", no)).json()["state"] == "not_published"
    assert (await world.http.get(HERE)).json()["items"] == []


@one_database
async def test_nothing_is_left_of_a_story_that_was_never_public(world: World) -> None:
    """Taken back by its author, or at the end of its time after a no."""
    await world.school()
    one, _ = await reviewers(world)
    taken_back, refused = await tell(world), await tell(world, title="Another")
    done = await world.http.post(f"{MINE}/withdraw", json={"code": taken_back})
    assert done.status_code == 200
    address = await only_story(world, one)
    no = {"gates": GATES, "decision": "do_not_publish", "words": "It would be recognised."}
    assert (await act(world, one, address, "review", no)).status_code == 200
    world.time.advance(days=29)
    await world.settle()
    assert (await world.http.post(MINE, json={"code": refused})).json()["words"] == "It would be recognised."
    world.time.advance(days=2)
    await world.settle()
    assert (await rows(world, Story), await rows(world, StoryReview)) == ([], [])
    assert (await world.http.post(MINE, json={"code": refused})).status_code == 404


@one_database
async def test_a_story_that_is_refused_twice_on_a_day_is_erased_after_the_second_time(world: World) -> None:
    world.time.set(dt.datetime(2027, 3, 1, 20, 20, tzinfo=dt.UTC))
    await world.school()
    one, _ = await reviewers(world)
    code = await tell(world)
    address = await only_story(world, one)
    no = {"gates": GATES, "decision": "do_not_publish", "words": "It would be recognised."}
    assert (await act(world, one, address, "review", no)).status_code == 200
    world.time.advance(hours=2)
    assert (await world.http.post(f"{MINE}/edit", json={"code": code} | STORY)).status_code == 200
    assert (await act(world, one, address, "review", no)).status_code == 200
    refused = (await world.http.post(MINE, json={"code": code})).json()
    assert refused["kept_until"] == "2027-04-01", "as the school's calendar has it"
    world.time.advance(days=29, hours=23)
    await world.settle()
    assert len(await rows(world, Story)) == 1
    world.time.advance(hours=1)
    await world.settle()
    assert await rows(world, Story) == []


async def test_withdrawing_wins_over_whoever_publishes_in_the_same_moment(world: World) -> None:
    """On both databases: whichever is first, the story is gone in the end."""
    await world.school()
    one, two = await reviewers(world)
    for number in range(4):
        code = await tell(world)
        address = await only_story(world, one)
        assert (await act(world, one, address, "review", publish())).status_code == 200
        version = (await world.http.get(address, headers=two.headers)).headers["ETag"]
        headers = two.headers | {"If-Match": version}
        racing = [
            world.http.post(f"{MINE}/withdraw", json={"code": code}),
            world.http.post(f"{address}/confirm", headers=headers),
        ]
        answers = await asyncio.gather(*(racing if number % 2 else reversed(racing)))
        withdrawn, confirmed = answers if number % 2 else reversed(answers)
        assert (withdrawn.status_code, confirmed.status_code in (200, 404)) == (200, True), confirmed.text
        assert (await world.http.get(HERE)).json()["items"] == []
        assert (await world.http.get(f"{HERE}/{address.rpartition('/')[2]}")).status_code == 404
    assert {row.words_sealed for row in await rows(world, Story)} <= {None}


@one_database
async def test_wrong_codes_and_those_of_gone_stories_get_one_answer_and_all_wait_alike(world: World) -> None:
    await world.school()
    code = await tell(world)
    await world.http.post(f"{MINE}/withdraw", json={"code": code})
    answers = []
    for path, body in ((MINE, {}), (f"{MINE}/edit", STORY), (f"{MINE}/withdraw", {})):
        for each in (code, new_receipt()):
            answer = await world.http.post(path, json=body | {"code": each})
            answers.append((answer.status_code, {**answer.json(), "instance": None}))
    assert answers[0][0] == 404
    assert all(answer == answers[0] for answer in answers)
    slowdown = world.app.state.runtime.story_codes
    for _ in range(slowdown.FREE):
        slowdown.failed()
    assert slowdown.seconds > 0.1
    assert world.app.state.runtime.receipts.seconds == 0, "a reporter does not wait for that"


@one_database
async def test_a_story_leads_to_nobody(world: World) -> None:
    """No code, no order, no time but an hour, and nobody who reads the database finds a word of it."""
    await world.school()
    one, two = await reviewers(world)
    key = str(uuid.uuid4())
    made = await world.http.post(SUBMISSIONS, json=STORY, headers={"Idempotency-Key": key, "User-Agent": "Strange/1"})
    again = await world.http.post(SUBMISSIONS, json=STORY, headers={"Idempotency-Key": key})
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (made.json(), "true")
    code = made.json()["story_code"]
    assert len(code.replace("-", "")) * 5 >= 80
    cells = await cells_of(world.db)
    for what, value in (("the code", code), ("a word", STORY["text"]), ("a title", STORY["title"]), ("a key", key)):
        assert count(trace(what, value), cells) == 0, what
    assert count(trace("the caller", "Strange/1"), cells) == 0
    [story] = await rows(world, Story)
    assert (story.id.version, story.received_hour.minute, story.received_hour.second) == (4, 0, 0)
    due = [item.due_at for item in await rows(world, WorkItem) if item.kind.startswith("stories.")]
    assert [(each.minute, each.second) for each in due] == [(0, 0)], "told of at a full hour"

    await act(world, one, await only_story(world, one), "review", publish())
    await act(world, two, await only_story(world, one), "confirm")
    # Used, the code ends the replay of the answer that showed it.
    await world.http.post(MINE, json={"code": code})
    late = await world.http.post(SUBMISSIONS, json=STORY, headers={"Idempotency-Key": key})
    assert (late.status_code, late.json()["code"]) == (409, "already_received")
    assert count(trace("a word", STORY["text"]), await cells_of(world.db)) == 0, "sealed while it is public, too"
    await world.http.post(f"{MINE}/withdraw", json={"code": code})
    world.time.advance(hours=2)
    await world.settle()
    [event] = [each for each in await rows(world, Event) if each.type.startswith("story.")]
    assert (event.type, event.data) == ("story.withdrawn", {"school": "harbour", "story_id": str(story.id)})
    assert told(world) == {one.hook: ["story.withdrawn"]}


@one_database
async def test_coordinators_are_told_once_an_hour_that_stories_wait(world: World) -> None:
    await world.school()
    one, _ = await reviewers(world)
    for _ in range(3):
        await tell(world)
    await world.settle()
    assert told(world) == {}
    world.time.advance(hours=1)
    await world.settle()
    [event] = [request.json() for request in world.receiver.requests(one.hook)]
    assert (event["type"], event["data"]) == ("story.submitted", {"school": "harbour", "waiting": 3})


@one_database
async def test_when_too_many_wait_the_next_is_told_so_and_is_not_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.school()
    monkeypatch.setattr(submitting, "MOST_WAITING", 2)
    first = await tell(world)
    await tell(world)
    full = await world.http.post(SUBMISSIONS, json=STORY)
    assert (full.status_code, full.json()["code"]) == (503, "too_many_stories")
    assert full.headers["Retry-After"]
    assert full.json()["help"]
    await world.http.post(f"{MINE}/withdraw", json={"code": first})
    await tell(world)


@one_database
async def test_pages_and_tokens_of_a_list_that_changes(world: World) -> None:
    await world.school()
    one, two = await reviewers(world)
    stories = []
    for number in range(3):
        stories.append(await published(world, one, two, title=f"Story {number}"))
        world.time.advance(hours=3)
    page = (await world.http.get(HERE, params={"limit": 2})).json()
    assert ([each["title"] for each in page["items"]], page["next_sync_token"]) == (["Story 2", "Story 1"], None)
    last = (await world.http.get(HERE, params={"limit": 2, "cursor": page["next_cursor"]})).json()
    assert [each["title"] for each in last["items"]] == ["Story 0"]
    token = last["next_sync_token"]
    await world.http.post(f"{MINE}/withdraw", json={"code": stories[0][0]})
    synced = (await world.http.get(HERE, params={"sync_token": token})).json()
    assert [each["id"] for each in synced["deleted"]] == [stories[0][1]]
    assert stories[1][1] not in {each["id"] for each in synced["items"]}, "what is hours old is not told again"
    for changed in (token[:-2] + "AA", "x"):
        gone = await world.http.get(HERE, params={"sync_token": changed})
        assert (gone.status_code, gone.json()["code"]) == (410, "sync_token_expired")
    filtered = await world.http.get(HERE, params={"sync_token": token, "author_kind": "peer"})
    assert filtered.json()["errors"][0]["code"] == "not_with_filters"


@one_database
async def test_a_school_under_a_legal_hold_forgets_no_story_by_itself_and_its_author_still_can(world: World) -> None:
    await world.school()
    one, _ = await reviewers(world)
    officer = await world.person(Role.PRIVACY_OFFICER)
    code = await tell(world)
    no = {"gates": GATES, "decision": "do_not_publish", "words": "Not now."}
    await act(world, one, await only_story(world, one), "review", no)
    hold = {"report_id": None, "reason": "Asked for.", "authority_ref": "A letter"}
    headers = officer.headers | world.once()
    assert (await world.http.post("/v1/schools/harbour/legal-holds", headers=headers, json=hold)).status_code == 201
    world.time.advance(days=31)
    await world.settle()
    assert (await world.http.post(MINE, json={"code": code})).status_code == 200
    assert (await world.http.post(f"{MINE}/withdraw", json={"code": code})).status_code == 200
    assert await rows(world, Story) == []
