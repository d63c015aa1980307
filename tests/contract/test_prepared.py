"""What is answered from memory, before the application, is what the application answers (contract C1, C2, C7, E9)."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

TRACE = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
HELP = "/v1/schools/harbour/help-now"
LIST = "/v1/schools/harbour/directory?limit=2&open_now=true"
# A query is out of the ordinary: it goes the usual way, where nothing reads it.
USUAL_WAY = "?usual=1"


@pytest.fixture
async def path(world: World) -> str:
    await world.school()
    assert (await world.http.get(HELP)).status_code == 200
    assert (await world.http.get(HELP)).status_code == 200
    return HELP


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("known", [None, "{etag}", 'W/{etag}, "other"', '"other"', "*", "nonsense"])
async def test_both_ways_give_one_answer(world: World, path: str, method: str, known: str | None) -> None:
    etag = (await world.http.get(path)).headers["etag"]
    headers = TRACE | ({} if known is None else {"If-None-Match": known.format(etag=etag)})
    first, usual = [await world.http.request(method, path + query, headers=headers) for query in ("", USUAL_WAY)]
    assert first.status_code == usual.status_code
    assert dict(first.headers) == dict(usual.headers)
    assert first.content == usual.content
    assert first.headers["x-request-id"] == "0af7651916cd43dd8448eb211c80319c"


SNAPSHOT = "/v1/schools/harbour/directory/snapshot"
IN_GZIP = ["gzip", "br, gzip;q=0.5", "GZIP", "deflate,gzip ; q=1"]
AS_IT_IS = ["", "identity", "gzip;q=0", "br, gzip;q=0.0, deflate", "gzipped"]


@pytest.mark.parametrize("bundle", [HELP, SNAPSHOT])
@pytest.mark.parametrize("accepted", [*IN_GZIP, *AS_IT_IS])
async def test_a_bundle_is_compressed_for_whoever_accepts_that(
    world: World, path: str, bundle: str, accepted: str
) -> None:
    """M5: both ways, with an entity tag of its own, and known by it again."""
    headers = TRACE | {"Accept-Encoding": accepted}
    await world.http.get(bundle)
    first, usual = [await world.http.get(bundle + query, headers=headers) for query in ("", USUAL_WAY)]
    assert dict(first.headers) == dict(usual.headers)
    assert first.content == usual.content
    assert first.headers["vary"] == "Accept-Encoding"
    assert (first.headers.get("content-encoding") == "gzip") == (accepted in IN_GZIP)
    plain = await world.http.get(bundle, headers={"Accept-Encoding": "identity"})
    assert plain.content == first.content
    assert (plain.headers["etag"] == first.headers["etag"]) == (accepted in AS_IT_IS)
    if accepted in IN_GZIP:
        assert int(first.headers["content-length"]) < len(plain.content) / 2
    for query in ("", USUAL_WAY):
        known = headers | {"If-None-Match": first.headers["etag"]}
        again = await world.http.get(bundle + query, headers=known)
        assert (again.status_code, again.headers["vary"]) == (304, "Accept-Encoding")
        assert "content-encoding" not in again.headers


async def test_it_is_answered_before_the_application(world: World, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual way is blocked: what still answers did not take it."""

    async def broken(*_: object) -> None:
        raise AssertionError("the application was asked")

    monkeypatch.setattr("app.core.asgi.Edge.__call__", broken)
    assert (await world.http.get(path)).status_code == 200
    with pytest.raises(AssertionError):
        await world.http.get(path + USUAL_WAY)


@pytest.mark.parametrize(("headers", "status"), [({"X-Long": "x" * 20_000}, 431), ({"Content-Length": "2000000"}, 413)])
async def test_what_is_refused_elsewhere_is_refused_here(
    world: World, path: str, headers: dict[str, str], status: int
) -> None:
    refused = await world.http.get(path, headers=headers)
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["help"]


async def test_a_page_that_was_asked_for_in_this_minute_is_given_and_counted(world: World) -> None:
    """As the usual way gives it, whose answers say what is left of the quota (L2); in the next minute it is another."""
    world.time.set(dt.datetime(2027, 3, 10, 1, 0, 10, tzinfo=dt.UTC))
    await world.school()
    first, again = await world.http.get(LIST, headers=TRACE), await world.http.get(LIST, headers=TRACE)
    assert world.app.state.runtime.ready_page("harbour", LIST.partition("?")[2].encode()) is not None
    left = [re.search(r"r=(\d+)", answer.headers["ratelimit"]) for answer in (first, again)]
    before, after = (int(found[1]) for found in left if found is not None)
    assert before - after == 1
    told = [{name: text for name, text in each.headers.items() if name != "ratelimit"} for each in (first, again)]
    assert told[0] == told[1]
    assert (first.content, first.links) == (again.content, again.links)
    world.time.set(dt.datetime(2027, 3, 10, 1, 1, 0, tzinfo=dt.UTC))
    assert world.app.state.runtime.ready_page("harbour", LIST.partition("?")[2].encode()) is None
    assert (await world.http.get(LIST)).headers["etag"] != first.headers["etag"]


async def test_other_methods_and_other_schools_take_the_usual_way(world: World, path: str) -> None:
    refused = await world.http.post(path)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
    assert (await world.http.get(HELP.replace("harbour", "nowhere"))).status_code == 404
