"""A term that ends where the calendar does, as of something that goes on, keeps nobody from going (STUDY D09, J9)."""

from __future__ import annotations

import pytest

from app.vocabulary import Role
from tests.planning.scene import BASE, Scene
from tests.support.world import World

one_database = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@one_database
@pytest.mark.parametrize("ends_on", ["9999-12-31", "9999-03-31"])
async def test_whoever_goes_is_let_go_whatever_the_last_term_of_the_school_is(world: World, ends_on: str) -> None:
    scene = await Scene.set_up(world, line="peer_support", role=Role.SUPPORTER)
    shown = await world.http.get(f"{BASE}/profile")
    headers = scene.coordinator.headers | {"If-Match": shown.headers["ETag"]}
    term = {"name": "From now on", "starts_on": "2027-02-01", "ends_on": ends_on}
    assert (await world.http.put(f"{BASE}/profile", headers=headers, json={"terms": [term]})).status_code == 200

    forecast = await scene.get("succession/forecast")
    assert forecast.status_code == 200, forecast.text
    assert forecast.json()["terms"][0]["ends_on"] == ends_on
    assert (await scene.get("readiness")).status_code == 200
    gone = await world.http.post("/v1/supporters/me/step-down", headers=scene.b.headers | world.once(), json={})
    assert (gone.status_code, gone.json()["status"]) == (200, "alumni"), gone.text
    assert (await scene.post(f"people/{scene.a.id}/leave")).status_code == 200
    await world.settle()
    listed = (await world.http.get("/v1/supporters", headers=scene.coordinator.headers)).json()["items"]
    assert {each["alias"]: each["status"] for each in listed} == {"Mira": "alumni", "Tomas": "alumni", "Noor": "active"}
