"""Who has no friend to report them still gets a way in, and is on nobody's list (STUDY E17, D14, I14)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest
from choosing_story import CHOICE, SUPPORTERS, asked, chosen, supporter
from sqlmodel import Session, select

from app.contacts import codes
from app.models import Choice, ContactCode, OpenInvitation
from app.vocabulary import Role
from tests.support.world import Someone, World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
OPEN = "/v1/schools/harbour/open-invitations"
KEPT = "/v1/supporters/open-invitations"


def an_invitation(world: World, **other: Any) -> dict[str, Any]:
    now = world.time.now()
    return {
        "audience": "everybody",
        "title": "Tea after rounds",
        "words": "New on placement, or there for a while: come and sit with us.",
        "opens_at": (now - dt.timedelta(hours=1)).isoformat(),
        "closes_at": (now + dt.timedelta(days=30)).isoformat(),
    } | other


async def publish(world: World, who: Someone, **other: Any) -> httpx.Response:
    return await world.http.post(KEPT, headers=who.headers | world.once(), json=an_invitation(world, **other))


async def public(world: World) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await world.http.get(OPEN)).json()["items"]
    return items


@on_sqlite
async def test_somebody_without_a_friend_comes_by_an_open_invitation_and_chooses(world: World) -> None:
    await world.school()
    ana, _ = await supporter(world, "Ana")
    made = await publish(world, ana)
    assert made.status_code == 201, made.text
    [shown] = await public(world)
    assert shown["for_whom"] == "For everybody at this school, whatever it is about."
    came = await world.http.post(f"{OPEN}/{shown['id']}/choice-sessions", json={})
    assert (came.status_code, came.json()["opens"]) == (201, "choosing")
    headers = {"Authorization": f"Bearer {came.json()['access_token']}"}
    listed = await world.http.get(SUPPORTERS, headers=headers)
    assert [item["alias"] for item in listed.json()["items"]] == ["Ana"]
    await chosen(world, headers)
    assert await asked(world, ana) == ["Ana"]
    # Once each, as by a friend's code; and nothing says by which invitation, or that it was one.
    assert (await world.http.post(CHOICE, headers=headers, json={"how_to_reach": "A note."})).status_code == 404

    def left(session: Session) -> tuple[list[ContactCode], set[str]]:
        return list(session.exec(select(ContactCode))), set(Choice.__table__.columns.keys())  # type: ignore[attr-defined]  # SQLModel

    rows, columns = await world.write(left)
    assert rows == []
    assert not {name for name in columns if "invitation" in name or "report" in name}
    assert dt.timedelta(minutes=world.settings.receipt_session_minutes) <= codes.SESSION_ROW_FOR


@on_sqlite
async def test_an_invitation_speaks_to_everybody_or_a_part_of_a_school_and_to_nobody_by_name(world: World) -> None:
    await world.school()
    coordinator = await world.person(Role.COORDINATOR)
    site = str(await world.site("Coast clinic"))
    await world.school("coast")
    elsewhere = str(await world.site("Theirs", school="coast"))
    assert not {"person_id", "recipients", "people"} & set(OpenInvitation.model_fields)

    made = await publish(world, coordinator, audience="site", site_id=site)
    # Nobody knows how many are at a site: whoever takes part from elsewhere is meant as well.
    assert made.json()["for_whom"] == (
        "For whoever is at Coast clinic, and for whoever would take part from anywhere else, by phone or by video."
    )
    assert (await publish(world, coordinator, audience="year_band", year_band="final_years")).status_code == 201
    for wrong, code in (
        ({"recipients": ["Sam"]}, "unknown_field"),
        ({"audience": "site"}, "audience_incomplete"),
        ({"audience": "year_band", "year_band": "not_said"}, "audience_incomplete"),
        ({"year_band": "final_years"}, "audience_incomplete"),
        ({"audience": "site", "site_id": elsewhere}, "unknown_site"),
        ({"words": "For the three students who sit alone."}, "small_figure"),
        ({"closes_at": "2020-01-01T00:00:00Z", "opens_at": "2019-12-01T00:00:00Z"}, "in_the_past"),
        ({"closes_at": "2099-01-01T00:00:00Z"}, "period"),
    ):
        refused = await publish(world, coordinator, **wrong)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code), wrong
    assert len(await public(world)) == 2


async def test_a_site_that_an_invitation_speaks_to_is_retired_and_the_invitation_stays(world: World) -> None:
    """Also once it is over: what was said to whom is kept. Whoever keeps the sites is not told why."""
    await world.school()
    coordinator, it = await world.person(Role.COORDINATOR), await world.person(Role.SCHOOL_IT)
    site = str(await world.site("Coast clinic"))
    assert (await publish(world, coordinator, audience="site", site_id=site)).status_code == 201
    at = f"/v1/schools/harbour/sites/{site}"
    kept = await world.http.get(at, headers=it.headers)
    gone = await world.http.delete(at, headers=it.headers | {"If-Match": kept.headers["ETag"]})
    assert gone.status_code == 204, gone.text
    assert (await world.http.get("/v1/schools/harbour/sites")).json()["items"] == []
    [shown] = await public(world)
    assert shown["site"] == {"id": site, "name": "Coast clinic"}
    again = await publish(world, coordinator, audience="site", site_id=site)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "unknown_site")


@on_sqlite
async def test_an_invitation_is_open_as_long_at_the_end_of_the_calendar(world: World) -> None:
    await world.school()
    coordinator = await world.person(Role.COORDINATOR)
    made = await publish(world, coordinator, opens_at="9999-10-01T00:00:00Z", closes_at="9999-11-01T00:00:00Z")
    assert made.status_code == 201, made.text


@on_sqlite
async def test_it_is_there_from_its_day_until_its_end_or_until_it_is_taken_down(world: World) -> None:
    await world.school()
    ana, _ = await supporter(world, "Ana")
    bo, _ = await supporter(world, "Bo")
    coordinator = await world.person(Role.COORDINATOR)
    now = world.time.now()
    later = {
        "opens_at": (now + dt.timedelta(days=1)).isoformat(),
        "closes_at": (now + dt.timedelta(days=2)).isoformat(),
    }
    made = await publish(world, ana, **later)
    place = made.headers["Location"]
    sessions = f"{OPEN}/{made.json()['id']}/choice-sessions"
    assert await public(world) == []
    assert (await world.http.post(sessions, json={})).status_code == 404
    # Her own, and a coordinator's to take down; another supporter's it is not.
    assert (await world.http.get(place, headers=ana.headers)).json()["taken_down"] is False
    assert (await world.http.get(place, headers=bo.headers)).status_code == 404
    assert (await world.http.post(f"{place}/take-down", headers=bo.headers)).status_code == 404
    world.time.advance(days=1, minutes=1)
    assert len(await public(world)) == 1
    etag = (await world.http.get(OPEN)).headers["ETag"]
    assert (await world.http.get(OPEN, headers={"If-None-Match": etag})).status_code == 304
    assert (await world.http.post(f"{place}/take-down", headers=coordinator.headers)).json()["taken_down"] is True
    assert await public(world) == []
    assert (await world.http.post(sessions, json={})).status_code == 404
    training = await world.person(Role.SUPPORTER)
    paused = await world.http.post("/v1/supporters/me/pauses", headers=training.headers | world.once(), json={})
    assert paused.status_code == 201
    assert (await publish(world, training)).status_code == 403
