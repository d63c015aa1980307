"""What a school says of itself, its sponsors, and its policy documents (STUDY D15)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app.schools.small_figures import has_small_figure
from app.vocabulary import Role
from app.worker import start_recurring
from tests.reports.harbour import one_database
from tests.support.world import Someone, World

HERE = "/v1/schools/harbour"
PROFILE: dict[str, Any] = {
    "clinical_years": [3, 4],
    "terms": [{"name": "First term", "starts_on": "2027-02-01", "ends_on": "2027-06-25"}],
    "cohort_profile": {
        "about": "Graduates of many subjects. Most moved here in year 1, from all of Australia.",
        "size": "between 400 and 450",
        "languages": ["English", "Vietnamese"],
        "placements": ["Harbour General Hospital", "Two rural clinics"],
    },
    "sponsors": [{"kind": "academic", "title": "Dean of Students", "post": "sponsor", "term_end": "2027-12-31"}],
}
DOCUMENT = {
    "owner": "university",
    "title": "Student support policy",
    "url": "https://policies.example.edu/student-support",
    "version": "3.1",
    "review_by": "2027-06-30",
}
NOON = dt.datetime(2027, 6, 30, 2, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2 students from Tonga",
        "In year 3 there are two of us who have children",
        "5 Aboriginal and Torres Strait Islander students",
        "only one student with a guide dog",
        "fewer than 5 came by the rural entry",
        "2% have children",
        "1 in 5 hospitals' students",
        "3.5 per cent are over 40",
        "0 of them",
        "Nine women",
        "international: 7",
        "1,200 students, 4 of them from Fiji",
    ],
)
def test_a_figure_that_can_be_about_people_who_are_known_is_seen(text: str) -> None:
    assert has_small_figure(text)


@pytest.mark.parametrize(
    "text",
    [
        "A 4-year degree; years 3 and 4 are clinical, at two of our hospitals and 5 rural clinics.",
        "Between 100 and 150 in each year",
        "About 1,200 students, some 30% of them the first in their family at a university",
        "No one is asked for marks. One in the evening is late for some.",
        "Two teaching hospitals, 3 campuses, 6 km apart; placements take 8 weeks",
        "Everybody speaks English; many speak another language at home",
        "Harbour B12 building",
    ],
)
def test_what_is_no_count_of_people_may_be_said(text: str) -> None:
    assert not has_small_figure(text)


async def put(world: World, who: Someone, path: str, body: dict[str, Any], **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await world.http.put(f"{HERE}/{path}", headers=who.headers | named, json=body)


async def test_a_profile_is_written_in_the_version_that_was_read_and_anyone_reads_it(world: World) -> None:
    world.time.set(NOON)
    await world.school()
    coordinator = await world.person(Role.COORDINATOR)
    empty = await world.http.get(f"{HERE}/profile")
    assert (empty.json()["name"], empty.json()["sponsors"], empty.json()["updated_at"]) == (
        "Harbour Medical School",
        [],
        None,
    )
    assert empty.headers["Cache-Control"].startswith("public")
    post = {"title": "Sponsor", "holder": str(coordinator.id), "deputy": None}
    unknown = await put(world, coordinator, "profile", PROFILE, If_Match=empty.headers["ETag"])
    assert [fault["pointer"] for fault in unknown.json()["errors"]] == ["#/sponsors/0/post"]
    await put(world, coordinator, "posts/sponsor", post)
    assert (await put(world, coordinator, "profile", PROFILE)).status_code == 428
    done = await put(world, coordinator, "profile", PROFILE, If_Match=empty.headers["ETag"])
    assert done.status_code == 200, done.text
    late = await put(world, coordinator, "profile", PROFILE, If_Match=empty.headers["ETag"])
    assert late.status_code == 412

    shown = await world.http.get(f"{HERE}/profile")
    assert (shown.json(), shown.headers["ETag"]) == (done.json(), done.headers["ETag"])
    assert shown.json()["sponsors"] == [PROFILE["sponsors"][0] | {"ended": False}]
    assert shown.json()["cohort_profile"]["size"] == "between 400 and 450"
    for wrong, code in (
        ({"cohort_profile": {"background": "2 students came as refugees"}}, "small_figure"),
        ({"terms": [{"name": "Back", "starts_on": "2027-06-25", "ends_on": "2027-02-01"}]}, "ends_before_start"),
        ({"clinical_years": [5]}, "no_such_year"),
    ):
        refused = await put(world, coordinator, "profile", PROFILE | wrong, If_Match=shown.headers["ETag"])
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)
        assert "refugees" not in refused.text
    world.time.advance(days=200)
    [sponsor] = (await world.http.get(f"{HERE}/profile")).json()["sponsors"]
    assert sponsor["ended"]


@one_database
async def test_a_document_whose_review_is_overdue_is_shown_so_and_told_of_once(world: World) -> None:
    world.time.set(NOON)
    await world.school()
    it, coordinator = await world.person(Role.SCHOOL_IT), await world.person(Role.COORDINATOR, paged=True)
    await world.write(start_recurring)
    path = "policy-documents/student_support"
    made = await put(world, it, path, DOCUMENT)
    assert (made.status_code, made.json()["review_overdue"]) == (201, False)
    assert (await put(world, coordinator, path, DOCUMENT)).status_code == 428
    for url in ("http://policies.example.edu/x", "https://someone:secret@example.edu/x", "https://example.edu/a b"):
        assert (await put(world, it, "policy-documents/other", DOCUMENT | {"url": url})).status_code == 422
    await put(world, coordinator, "profile", PROFILE | {"sponsors": []}, If_Match="*")

    async def looked(**later: float) -> tuple[bool, bool, list[dict[str, Any]]]:
        world.time.advance(**later)
        await world.settle()
        [document] = (await world.http.get(f"{HERE}/profile")).json()["policy_documents"]
        ready = (await world.http.get(f"{HERE}/readiness", headers=coordinator.headers)).json()["policy_documents"]
        assert ready["overdue"] == (["student_support"] if document["review_overdue"] else [])
        told = [request.json() for request in world.receiver.requests(coordinator.hook)]
        told = [each for each in told if each["type"] == "content.review_overdue"]
        mine = [piece for each in told for piece in each["data"]["pieces"] if piece["sort"] == "policy_document"]
        return document["review_overdue"], ready["ok"], mine

    # At noon of its last day, and when that day is over in Melbourne, although it is not in UTC.
    assert await looked() == (False, True, [])
    event = {"sort": "policy_document", "piece_id": "student_support", "due_on": "2027-06-30"}
    assert await looked(hours=13) == (True, False, [event])
    assert await looked(days=3) == (True, False, [event])
    shown = await world.http.get(f"{HERE}/{path}", headers=it.headers)
    again = DOCUMENT | {"version": "3.2", "review_by": "2028-06-30"}
    assert (await put(world, it, path, again, If_Match=shown.headers["ETag"])).status_code == 200
    assert await looked(hours=2) == (False, True, [event])


@one_database
async def test_without_a_sponsor_whose_term_goes_on_a_school_is_not_ready(world: World) -> None:
    world.time.set(NOON)
    await world.school()
    coordinator = await world.person(Role.COORDINATOR)

    async def ready() -> dict[str, Any]:
        found: dict[str, Any] = (await world.http.get(f"{HERE}/readiness", headers=coordinator.headers)).json()
        return found

    check = (await ready())["sponsor"]
    assert (check["ok"], check["sponsors"], (await ready())["ready"]) == (False, 0, False)
    sponsor = {"kind": "professional", "title": "Director of Student Services", "term_end": "2027-06-30"}
    assert (await put(world, coordinator, "profile", {"sponsors": [sponsor]}, If_Match="*")).status_code == 200
    assert (await ready())["sponsor"]["ok"]
    world.time.advance(days=1)
    assert not (await ready())["sponsor"]["ok"]


@one_database
async def test_there_is_room_for_so_many_documents(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.school()
    it = await world.person(Role.SCHOOL_IT)
    monkeypatch.setattr("app.schools.policy_documents.MOST_DOCUMENTS", 1)
    assert (await put(world, it, "policy-documents/one", DOCUMENT)).status_code == 201
    full = await put(world, it, "policy-documents/two", DOCUMENT)
    assert (full.status_code, full.json()["code"]) == (409, "too_many_documents")
    gone = await world.http.delete(f"{HERE}/policy-documents/one", headers=it.headers | {"If-Match": "*"})
    assert gone.status_code == 204
    assert (await put(world, it, "policy-documents/two", DOCUMENT)).status_code == 201
    listed = await world.http.get(f"{HERE}/policy-documents", headers=it.headers)
    assert [each["code"] for each in listed.json()["items"]] == ["two"]
