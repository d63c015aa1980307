"""Stories, and what a school says of itself, held against the OpenAPI document."""

from __future__ import annotations

from held import OPERATIONS, Held, example

from app.vocabulary import Role
from tests.support.world import World


async def stories(held: Held, world: World) -> None:
    coordinator = await world.person(Role.COORDINATOR)
    officer = await world.person(Role.PRIVACY_OFFICER)
    await held("getStoryConsent")
    [media] = OPERATIONS["createStory"].content().values()
    for each in media["examples"].values():
        made = await held("createStory", headers=world.once(), json=each["value"])
        assert made.status_code == 201, made.text
    old = example("createStory") | {"consent": {"version": "1999-1", "agreed": True}}
    assert (await held("createStory", json=old)).status_code == 409
    code = {"code": made.json()["story_code"]}
    listed = await held("listStorySubmissions", coordinator, params={"state": "awaiting_review"})
    [careers, plain] = sorted(listed.json()["items"], key=lambda item: not item["includes_careers_advice"])
    at = {"story_id": careers["id"]}
    for who, action in ((officer, "declineStory"), (officer, "confirmStory")):
        review = example("reviewStory", of="publish")
        await held.versioned("reviewStory", coordinator, "getStorySubmission", at=at, json=review)
        if action == "confirmStory":
            refused = await held.versioned(action, coordinator, "getStorySubmission", at=at)
            assert refused.json()["code"] == "reviewed_by_you"
        await held.versioned(action, who, "getStorySubmission", at=at)
    shown = await held("listStories", params={"author_kind": "near_peer"})
    assert [each["id"] for each in shown.json()["items"]] == [careers["id"]]
    alone = await held("getStory", at=at)
    known = {"If-None-Match": alone.headers["ETag"]}
    assert (await held("getStory", at=at, headers=known)).status_code == 304
    assert (await held("listStories", params={"sync_token": shown.json()["next_sync_token"]})).status_code == 200
    assert (await held("listStories", params={"sync_token": "eA"})).status_code == 410
    assert (await held("getStory", at={"story_id": plain["id"]})).status_code == 404

    await held("showMyStory", json=code)
    await held("editMyStory", json=example("editMyStory") | code)
    await held("withdrawMyStory", json=code)
    assert (await held("withdrawMyStory", json=code)).status_code == 404


async def profile(held: Held, world: World) -> None:
    coordinator = await world.person(Role.COORDINATOR)
    it = await world.person(Role.SCHOOL_IT)
    post = {"title": "Lead", "holder": None, "deputy": None}
    await held("putPost", coordinator, at={"post": "programme_lead"}, json=post)
    at = {"document": "student_support"}
    assert (await held("putPolicyDocument", it, at=at, json=example("putPolicyDocument"))).status_code == 201
    changed = example("putPolicyDocument") | {"version": "3.2"}
    await held.versioned("putPolicyDocument", it, "getPolicyDocument", at=at, json=changed)
    await held("listPolicyDocuments", coordinator)
    for which in ("sponsorAlone", "whole"):
        written = example("putSchoolProfile", of=which)
        done = await held.versioned("putSchoolProfile", coordinator, "getSchoolProfile", at={}, json=written)
        assert done.status_code == 200, done.text
    assert (await held("putSchoolProfile", coordinator, json=written)).status_code == 428
    await held.versioned("deletePolicyDocument", it, "getPolicyDocument", at=at)
