"""The documentation as a page, in a real browser, on a real server, with nothing from any other host."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from openapi_reading import document, operations, part_of
from playwright.async_api import async_playwright, expect

from tests.support.browser import FLAGS, chromium
from tests.support.server import Server
from tests.support.thorough import LONG
from tests.support.world import World

HELP = "/v1/schools/{school}/help-now"


async def test_a_developer_finds_an_operation_and_tries_it(tmp_path: Path) -> None:
    """What there is, found by its tag, unfolded with its schema, and sent from the page to this server alone."""
    path = chromium()
    asked: list[str] = []
    complaints: list[str] = []
    with Server(tmp_path / "data") as server:
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=path, args=list(FLAGS))
            page = await browser.new_page()
            page.on("request", lambda request: asked.append(request.url))
            page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            if not LONG:
                # A tenth of it: to read all takes the browser half a minute of a core.
                shown = part_of([each.name for each in operations() if {"public", "system"} & set(each.value["tags"])])
                await page.route("**/openapi.json", lambda route: route.fulfill(json=shown))
            await page.goto(f"{server.base_url}/docs")
            await expect(page.get_by_role("heading", name=re.compile("Peerline"))).to_be_visible(timeout=30_000)
            # Every tag is there, that of the webhooks too; no operation is unfolded yet.
            tags = page.locator(".opblock-tag")
            await expect(tags).to_have_count(len(document()["tags"]))
            await expect(page.locator("#operations-public-getHelpNow")).to_have_count(0)
            await page.get_by_placeholder("Filter by tag").fill("public")
            await expect(tags).to_have_count(1)
            await tags.click()
            await page.locator("#operations-public-getHelpNow").get_by_text(HELP).click()
            await page.get_by_role("button", name="Try it out").click()
            await page.get_by_placeholder("school").fill("nowhere")
            await page.get_by_role("button", name="Execute", exact=True).click()
            answer = page.locator(".live-responses-table .response-col_status")
            await expect(answer.get_by_text("404")).to_be_visible()
            await browser.close()
    # The one complaint that there may be: the browser's own about an answer of 404.
    assert [text for text in complaints if "404" not in text] == []
    assert {urlsplit(url).netloc for url in asked if urlsplit(url).scheme not in ("data", "blob")} == {
        urlsplit(server.base_url).netloc
    }
    assert any(url.endswith("/v1/schools/nowhere/help-now") for url in asked)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_the_document_and_its_page_are_sent_once_and_compressed(world: World) -> None:
    """More than a megabyte: gzip for whoever takes it, and 304 for whoever has it."""
    for path in ("/openapi.json", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css", "/docs/start.js"):
        shown = await world.http.get(path, headers={"Accept-Encoding": "gzip"})
        assert (shown.status_code, shown.headers["content-encoding"]) == (200, "gzip")
        assert len(shown.content) > int(shown.headers["content-length"]) or path.endswith("start.js")
        again = await world.http.get(path, headers={"Accept-Encoding": "gzip", "If-None-Match": shown.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    page = await world.http.get("/docs")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert not re.search(r"https?://", page.text)
    assert (await world.http.get("/docs/other.js")).status_code == 404
    assert (await world.http.get("/docs/..%2Fmain.py")).status_code == 404
