"""How the API and its apps grow old, and that nobody in need is turned away for it (contract V2 to V4)."""

from __future__ import annotations

import copy
import datetime as dt
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from openapi_reading import document

from app.routers import deprecations
from app.routers.deprecations import Deprecation
from app.settings import AppRelease, UnsafeSettings, from_environment
from app.vocabulary import Role
from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
IOS = AppRelease(minimum="1.10", latest="2.0.1", upgrade_url="https://apps.example.edu/peerline")
NOTICE = Deprecation(
    since=dt.datetime(2027, 1, 1, tzinfo=dt.UTC),
    sunset=dt.datetime(2028, 1, 1, tzinfo=dt.UTC),
    read="https://peerline.example.edu/changes",
)


@pytest.fixture
async def asking(world: World) -> World:
    """A deployment that has said how old an app may be."""
    await world.school()
    world.app.state.runtime.settings = world.settings.model_copy(update={"app_versions": {"ios": IOS}})
    return world


async def test_meta_says_how_old_an_app_may_be(asking: World) -> None:
    assert (await asking.http.get("/v1/meta")).json()["apps"] == [
        {
            "platform": "ios",
            "minimum_version": "1.10",
            "latest_version": "2.0.1",
            "upgrade_url": "https://apps.example.edu/peerline",
        }
    ]


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ("ios/1.9.9", True),
        ("ios/1", True),
        ("ios/1.10", False),
        ("ios/1.10.0.0", False),
        ("ios/10.0", False),
        ("ios/01.9", True),
        ("android/0.1", False),
        ("ios/1.9-beta", False),
        ("ios/1.9 (iPhone)", False),
        ("IOS/1.0", False),
        ("", False),
        (None, False),
    ],
)
async def test_an_app_that_is_too_old_is_told_where_a_newer_one_is(
    asking: World, said: str | None, refused: bool
) -> None:
    """V4: by number, not by letters; and what says nothing that can be compared is let through."""
    lee = await asking.person(Role.COORDINATOR)
    headers = {} if said is None else {"App-Version": said}
    listed = await asking.http.get("/v1/schools/harbour/rosters", headers=lee.headers | headers)
    signing_in = {"grant_type": "password", "login": "nobody@harbour.example", "password": "not the right one"}
    signed_in = await asking.http.post("/v1/auth/token", json=signing_in, headers=headers)
    assert (listed.status_code, signed_in.status_code) == ((403, 403) if refused else (200, 401))
    for answer in (listed, signed_in):
        if refused:
            assert answer.json()["code"] == "client_upgrade_required"
            assert answer.json()["upgrade_url"] == IOS.upgrade_url
    assert signed_in.json()["help"]


async def test_nobody_in_need_is_turned_away_for_an_old_app(asking: World) -> None:
    """Help, a report, its receipt, and the page that follows work with the oldest app there is."""
    old = {"App-Version": "ios/0.1"}
    adviser = await asking.person(Role.ADVISER, paged=True)
    await asking.on_call(adviser)
    assert (await asking.http.get("/v1/schools/harbour/help-now", headers=old)).status_code == 200
    sent = await asking.http.post(
        "/v1/schools/harbour/reports", json={"signs": ["said_thoughts_of_suicide"]}, headers=old
    )
    assert sent.status_code == 201
    opened = await asking.http.post("/v1/receipts/session", json={"receipt": sent.json()["receipt"]}, headers=old)
    mine = old | {"Authorization": f"Bearer {opened.json()['access_token']}"}
    assert (await asking.http.get("/v1/me/report", headers=mine)).status_code == 200
    await asking.settle()
    pages = await asking.http.get("/v1/me/pages", headers=adviser.headers | old)
    [page] = pages.json()["items"]
    taken = await asking.http.post(f"/v1/pages/{page['id']}/ack", headers=adviser.headers | old | asking.once())
    assert taken.status_code == 200, taken.text
    assert (await asking.http.get("/v1/auth/me", headers=adviser.headers | old)).status_code == 200


async def test_the_document_says_where_an_app_is_asked_for(asking: World) -> None:
    """As it is done: each operation with the header refuses an old app, and no other."""
    told = {
        operation["operationId"]
        for methods in document()["paths"].values()
        for operation in methods.values()
        if any(each["name"] == "App-Version" for each in operation.get("parameters", []))
    }
    assert {"createToken", "listRosters", "listReports"} <= told
    assert not told & {"getHelpNow", "createReport", "openReceipt", "getMyReport", "listMyPages", "acknowledgePage"}


@pytest.mark.parametrize(
    "given",
    [
        "{",
        '{"ios": {"minimum": "one", "latest": "2", "upgrade_url": "https://a.example"}}',
        '{"ios": {"minimum": "1", "latest": "2", "upgrade_url": "http://a.example"}}',
        '{"ios": {"minimum": "1"}}',
        '{"i o s": {"minimum": "1", "latest": "2", "upgrade_url": "https://a.example"}}',
    ],
)
async def test_a_setting_that_cannot_be_used_stops_the_start(
    database_kind: str, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEERLINE_APP_VERSIONS", given)
    with pytest.raises(UnsafeSettings) as refused:
        from_environment()
    assert str(refused.value).startswith("PEERLINE_APP_VERSIONS")
    assert "a.example" not in str(refused.value)


async def test_what_is_to_go_says_so_in_every_answer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """V2, V3: also in what is refused, and beside the link to the next page."""
    await world.school()
    lee = await world.person(Role.COORDINATOR)
    monkeypatch.setitem(deprecations.DEPRECATED, "listDirectory", NOTICE)
    monkeypatch.setitem(deprecations.DEPRECATED, "listRosters", NOTICE)
    monkeypatch.setitem(deprecations.DEPRECATED, "createReport", NOTICE)
    answers = [
        await world.http.get("/v1/schools/harbour/directory", params={"limit": 1}),
        await world.http.get("/v1/schools/harbour/directory", params={"limit": 0}),
        await world.http.get("/v1/schools/harbour/rosters"),
        await world.http.get("/v1/schools/harbour/rosters", headers=lee.headers),
        await world.http.get("/v1/schools/elsewhere/rosters", headers=lee.headers),
        await world.report("tearful"),
        await world.report("tearful", school="elsewhere"),
    ]
    assert [answer.status_code for answer in answers] == [200, 422, 401, 200, 404, 201, 404]
    for answer in answers:
        assert answer.headers["deprecation"] == "@1798761600"
        assert answer.headers["sunset"] == "Sat, 01 Jan 2028 00:00:00 GMT"
        assert parsedate_to_datetime(answer.headers["sunset"]).timestamp() > int(answer.headers["deprecation"][1:])
        links = answer.headers["link"]
        assert f'<{NOTICE.read}>; rel="deprecation", <{NOTICE.read}>; rel="sunset"' in links
    assert 'rel="next"' in answers[0].headers["link"]
    other = await world.http.get("/v1/schools/harbour/sites")
    assert not {"deprecation", "sunset", "link"} & set(other.headers)


async def test_what_is_to_go_says_so_in_the_document(database_kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    marked: dict[str, Any] = copy.deepcopy(document())
    monkeypatch.setitem(deprecations.DEPRECATED, "listDirectory", NOTICE)
    deprecations.mark(marked)
    operation = marked["paths"]["/v1/schools/{school}/directory"]["get"]
    assert operation["deprecated"] is True
    assert "2028-01-01" in operation["description"]
    assert {"Deprecation", "Sunset", "Link"} <= set(operation["responses"]["200"]["headers"])
    assert {"Deprecation", "Sunset"} <= set(marked["components"]["headers"])
    unmarked = [each for methods in marked["paths"].values() for each in methods.values() if "deprecated" not in each]
    assert len(unmarked) == sum(len(methods) for methods in marked["paths"].values()) - 1


async def test_a_notice_is_never_short(database_kind: str) -> None:
    with pytest.raises(ValueError, match="a year"):
        Deprecation(since=NOTICE.since, sunset=NOTICE.since + dt.timedelta(days=364), read=NOTICE.read)


async def test_what_is_deprecated_is_there(database_kind: str) -> None:
    """A misspelt name would announce nothing."""
    there = {each["operationId"] for methods in document()["paths"].values() for each in methods.values()}
    assert set(deprecations.DEPRECATED) <= there
