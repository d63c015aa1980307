"""Somebody else for a time: by instant or by the clock on the wall, looked at first, refused with reasons."""

from __future__ import annotations

import pytest

from app.vocabulary import Role
from tests.planning.scene import Scene, one_database
from tests.support.world import World

EVENING = {"start": "2027-03-02T07:00Z", "end": "2027-03-02T12:00Z"}


async def test_an_override_takes_its_time_and_gives_it_back(world: World) -> None:
    scene = await Scene.set_up(world)
    made = await scene.edit("overrides", {"person": str(scene.c.id), **EVENING})
    assert made.status_code == 201, made.text
    assert made.json()["change"]["shifts"] == [
        {
            "start": "2027-03-02T07:00:00Z",
            "end": "2027-03-02T12:00:00Z",
            "before": [str(scene.a.id)],
            "after": [str(scene.c.id)],
        }
    ]
    assert await scene.on_call("2027-03-02T08:00Z") == ["Noor"]
    path = f"rosters/{scene.roster}/overrides/{made.json()['id']}"
    assert (await scene.get(path)).headers["ETag"] == made.headers["ETag"]
    assert (await scene.send("DELETE", path, etag=await scene.etag())).status_code == 204
    assert await scene.on_call("2027-03-02T08:00Z") == ["Mira"]
    assert (await scene.get(path)).json()["removed_at"] is not None
    assert (await scene.send("DELETE", path, etag=await scene.etag())).status_code == 404


async def test_one_that_has_begun_ends_now_and_what_was_stays(world: World) -> None:
    scene = await Scene.set_up(world)
    made = await scene.edit("overrides", {"person": str(scene.c.id), **EVENING})
    world.time.advance(days=1, hours=9)
    path = f"rosters/{scene.roster}/overrides/{made.json()['id']}"
    assert (await scene.send("DELETE", path, etag=await scene.etag())).status_code == 204
    assert (await scene.get(path)).json()["end"] == "2027-03-02T09:00:00Z"
    assert [await scene.on_call(at) for at in ("2027-03-02T08:00Z", "2027-03-02T09:00Z")] == [["Noor"], ["Mira"]]
    over = await scene.send("DELETE", path, etag=await scene.etag())
    assert (over.status_code, over.json()["code"]) == (409, "override_over")


@one_database
async def test_taking_cover_away_needs_a_reason_and_opens_a_gap(world: World) -> None:
    scene = await Scene.set_up(world)
    silent = await scene.edit("overrides", {"person": None, **EVENING})
    assert (silent.status_code, silent.json()["errors"][0]["code"]) == (422, "reason_required")
    made = await scene.edit("overrides", {"person": None, "reason": "The building is closed.", **EVENING})
    [gap] = made.json()["change"]["gaps_opened"]
    assert gap == {"start": "2027-03-02T07:00:00Z", "end": "2027-03-02T12:00:00Z", "cause": "unfilled"}
    listed = (await scene.get(f"rosters/{scene.roster}/gaps")).json()["items"]
    assert [(each["start"], each["end"], each["cause"]) for each in listed] == [
        ("2027-03-02T07:00:00Z", "2027-03-02T12:00:00Z", "unfilled")
    ]


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ({"person": "a"}, "The same people are on call in this time already."),
        ({"person": "c", "replaces": "b"}, "Who would be replaced is not on call"),
    ],
    ids=["who is on call already", "in place of somebody who is not"],
)
@one_database
async def test_an_override_that_changes_nothing_is_refused_with_the_reason(
    world: World, who: dict[str, str], why: str
) -> None:
    scene = await Scene.set_up(world)
    body = {field: str(getattr(scene, name).id) for field, name in who.items()}
    refused = await scene.edit("overrides", body | EVENING)
    assert (refused.status_code, refused.json()["code"]) == (409, "changes_nothing")
    assert why in refused.json()["detail"]
    nobody = {"person": None, "reason": "Closed", "start": "2030-01-01T00:00Z", "end": "2030-01-02T00:00Z"}
    assert (await scene.edit("overrides", nobody)).status_code == 201
    again = await scene.edit("overrides", nobody)
    assert (again.status_code, again.json()["detail"]) == (409, "Nobody is on call in this time.")


@one_database
async def test_a_local_time_means_what_the_clock_shows(world: World) -> None:
    scene = await Scene.set_up(world)
    local = {"start_local": "2027-03-02T18:00", "end_local": "2027-03-02T23:00"}
    made = await scene.edit("overrides", {"person": str(scene.c.id), **local})
    assert (made.json()["start"], made.json()["end"]) == ("2027-03-02T07:00:00Z", "2027-03-02T12:00:00Z")


@pytest.mark.parametrize(
    ("local", "code", "readings"),
    [
        ("2027-04-04T02:30", "local_time_doubled", ["2027-04-04T02:30+11:00", "2027-04-04T02:30+10:00"]),
        ("2027-10-03T02:30", "local_time_missing", ["2027-10-03T01:30+10:00", "2027-10-03T03:30+11:00"]),
    ],
    ids=["the clock goes back", "the clock goes forward"],
)
@one_database
async def test_a_local_time_that_is_missing_or_doubled_is_refused_with_both_readings(
    world: World, local: str, code: str, readings: list[str]
) -> None:
    scene = await Scene.set_up(world)
    body = {"person": str(scene.c.id), "start_local": local, "end_local": "2027-10-03T12:00"}
    refused = await scene.edit("overrides", body)
    [fault] = refused.json()["errors"]
    assert (refused.status_code, fault["pointer"], fault["code"]) == (422, "#/start_local", code)
    assert all(reading in fault["detail"] for reading in readings)


@one_database
async def test_the_past_and_a_wrong_order_are_refused(world: World) -> None:
    scene = await Scene.set_up(world)
    for edges, code in (
        (("2027-02-28T00:00Z", "2027-03-02T00:00Z"), "in_the_past"),
        (("2027-03-03T00:00Z", "2027-03-02T00:00Z"), "end_not_after_start"),
    ):
        body = {"person": str(scene.c.id), "start": edges[0], "end": edges[1]}
        refused = await scene.edit("overrides", body)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)
    neither = await scene.edit("overrides", {"person": str(scene.c.id), "start": "2027-03-03T00:00Z"})
    assert neither.json()["errors"][0]["code"] == "edge_once"


@one_database
async def test_a_coordinator_sets_a_rule_aside_only_by_name(world: World) -> None:
    """J7: double booking across rosters is refused, and says where."""
    scene = await Scene.set_up(world)
    other = await scene.post(
        "rosters", {"roster": scene.definition(scene.b, line="academic_advice"), "expects": "always"}, key=True
    )
    assert other.status_code == 201
    body = {"person": str(scene.b.id), **EVENING}
    preview = await scene.post(f"rosters/{scene.roster}/overrides/preview", body)
    assert [each["rule"] for each in preview.json()["breaches"]] == ["double_booked"]
    refused = await scene.edit("overrides", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "rules_broken")
    assert [each["code"] for each in refused.json()["errors"]] == ["double_booked"]
    assert (await scene.edit("overrides", body | {"despite": ["double_booked"]})).status_code == 201


@one_database
async def test_a_person_who_is_away_is_not_put_on_call(world: World) -> None:
    scene = await Scene.set_up(world)
    away = {"kind": "exam_window", "start": "2027-03-01T00:00Z", "end": "2027-03-05T00:00Z"}
    assert (await scene.post("absences", away, by=scene.c, key=True)).status_code == 201
    refused = await scene.edit("overrides", {"person": str(scene.c.id), **EVENING})
    assert refused.status_code == 409
    assert "exam_window" in {each["code"] for each in refused.json().get("errors", [])}


@one_database
async def test_whoever_is_away_and_put_on_call_all_the_same_covers_nothing_and_that_is_told(world: World) -> None:
    """Nobody of the roster as it was: what is known of them has to be looked up."""
    scene = await Scene.set_up(world)
    ada = await world.person(Role.ADVISER, alias="Ada", paged=True)
    away = {"kind": "leave", "start": "2027-03-01T00:00Z", "end": "2027-03-05T00:00Z"}
    assert (await scene.post("absences", away, by=ada, key=True)).status_code == 201
    body = {"person": str(ada.id), "despite": ["leave"], **EVENING}
    shown = (await scene.post(f"rosters/{scene.roster}/overrides/preview", body)).json()
    made = await scene.edit("overrides", body)
    assert made.status_code == 201, made.text
    for change in (shown, made.json()["change"]):
        assert [(each["cause"], each["start"]) for each in change["gaps_opened"]] == [("leave", "2027-03-02T07:00:00Z")]
    assert await scene.on_call("2027-03-02T08:00Z") == []


CSV = """person,start,end,reason
{c},2027-04-02T09:00,2027-04-02T21:00,Good Friday
{a},2027-04-02T21:00,2027-04-03T09:00,Good Friday
,2027-04-03T09:00+11:00,2027-04-03T12:00+11:00,The building is closed.
"""


async def test_many_shifts_are_imported_at_once(world: World) -> None:
    scene = await Scene.set_up(world)
    body = {"csv": CSV.format(c=scene.c.login, a=scene.a.id)}
    looked = await scene.post(f"rosters/{scene.roster}/overrides/imports/preview", body)
    assert looked.status_code == 200, looked.text
    assert (looked.json()["stored"], looked.json()["rows"]) == (False, 3)
    assert (await scene.get(f"rosters/{scene.roster}/overrides")).json()["items"] == []
    done = await scene.edit("overrides/imports", body)
    assert done.json() == looked.json() | {"stored": True}
    whole_day = await scene.shifts("2027-04-01T22:00Z", "2027-04-03T02:00Z")
    assert [people for _, _, people in whole_day] == [["Noor"], ["Mira"], [], ["Tomas"]]
    items = (await scene.get(f"rosters/{scene.roster}/overrides")).json()["items"]
    assert {each["origin"] for each in items} == {"import"}


@one_database
async def test_an_import_with_one_bad_row_stores_nothing_and_names_every_fault(world: World) -> None:
    scene = await Scene.set_up(world)
    rows = [
        "person,start,end",
        f"{scene.c.login},2027-04-02T09:00,2027-04-02T21:00",
        "nobody@harbour.example,2027-04-02T09:00,2027-04-02T21:00",
        f"{scene.c.login},2027-04-04T02:30,2027-04-04T21:00",
        f"{scene.c.login},yesterday,2027-04-04T21:00",
        f"{scene.c.login},2027-04-05T21:00,2027-04-05T20:00",
        ",2027-04-05T21:00,2027-04-05T22:00",
    ]
    refused = await scene.edit("overrides/imports", {"csv": "\n".join(rows)})
    assert refused.status_code == 422
    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [
        ("#/csv/2/person", "unknown_person"),
        ("#/csv/3/start", "local_time_doubled"),
        ("#/csv/4/start", "local_time_invalid"),
        ("#/csv/5/end", "end_not_after_start"),
        ("#/csv/6/reason", "reason_required"),
    ]
    assert (await scene.get(f"rosters/{scene.roster}/overrides")).json()["items"] == []


@pytest.mark.parametrize(
    ("csv", "code"),
    [
        ("person,start\nx,y", "csv_header"),
        ("person,start,end,mood\nx,y,z,w", "csv_header"),
        ("person,start,end", "csv_rows"),
        ("\n\n", "csv_empty"),
        ("person,start,end\na,b", "csv_columns"),
        ('person,start,end\n"a,b,c', "csv_malformed"),
        ("\ufeffperson,start,end\n" + "a,b,c\n" * 1001, "csv_rows"),
    ],
)
@one_database
async def test_what_is_no_such_table_is_refused(world: World, csv: str, code: str) -> None:
    scene = await Scene.set_up(world)
    refused = await scene.edit("overrides/imports", {"csv": csv})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] in (code, "string_too_short")


@one_database
async def test_a_row_of_an_import_that_changes_nothing_is_named(world: World) -> None:
    scene = await Scene.set_up(world)
    rows = f"person,start,end\n{scene.c.login},2027-03-02T18:00,2027-03-02T20:00\n"
    twice = await scene.edit("overrides/imports", {"csv": rows + rows.splitlines()[1]})
    [fault] = twice.json()["errors"]
    assert (twice.status_code, fault["pointer"], fault["code"]) == (422, "#/csv/2/person", "changes_nothing")
