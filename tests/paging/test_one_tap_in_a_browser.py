"""The page behind a page's link in a real browser, by keyboard and without scripts, on a real server (contract 1.5)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import BrowserContext, Page, async_playwright
from story import URGENT, on_sqlite

from app.vocabulary import Role
from tests.support.browser import COLOURS, FLAGS, PHONE, Seen, Serving, chromium, contrast
from tests.support.receiver import verified
from tests.support.world import Someone, World

ACK = "I will take this on"


@asynccontextmanager
async def browser(path: str, profile: Path, seen: Seen) -> AsyncIterator[BrowserContext]:
    async with async_playwright() as driver:
        context = await driver.chromium.launch_persistent_context(
            profile, executable_path=path, args=list(FLAGS), java_script_enabled=False, viewport=PHONE
        )
        context.on("request", lambda request: seen.requests.append((request.method, request.url)))
        context.on("page", seen.watch)
        try:
            yield context
        finally:
            await context.close()


async def accessible(context: BrowserContext, page: Page) -> list[tuple[str, str]]:
    """Roles and names, as the browser tells them to a screen reader, in its order."""
    session = await context.new_cdp_session(page)
    tree: dict[str, Any] = await session.send("Accessibility.getFullAXTree")
    wanted = ("main", "heading", "button", "link", "textbox", "image")
    nodes = [node for node in tree["nodes"] if not node["ignored"] and node["role"]["value"] in wanted]
    return [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes]


async def assert_it_can_be_read(page: Page) -> None:
    """By day and by night, on a narrow phone, and there at twice the size."""
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        for part in ("h1", "strong", "button"):
            text, ground = await page.locator(part).first.evaluate(COLOURS)
            assert contrast(text, ground) >= 7, (scheme, part)
        ground = (await page.locator("h1").evaluate(COLOURS))[1]
        assert (sum(ground) > 384) is (scheme == "light")
    for width in (PHONE["width"] // 2, PHONE["width"]):
        await page.set_viewport_size({"width": width, "height": PHONE["height"]})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    box = await page.get_by_role("button").bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert box["width"] >= 200


def states(server: Serving, adviser: Someone) -> list[str]:
    found = httpx.get(f"{server.base_url}/v1/me/pages", headers=adviser.headers, timeout=20).json()["items"]
    return [page["state"] for page in found]


@on_sqlite
async def test_an_adviser_with_nothing_but_a_browser_takes_a_page_on(world: World, tmp_path: Path) -> None:
    path = chromium()
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)
    seen = Seen()
    with Serving(world, tmp_path / "data") as server:
        async with browser(path, tmp_path / "profile", seen) as context:
            reports = f"{server.base_url}/v1/schools/harbour/reports"
            assert httpx.post(reports, json={"signs": [URGENT]}, timeout=20).status_code == 201
            [request] = world.receiver.wait_for(adviser.hook)
            link: str = verified(request, adviser.secret or "")["data"]["ack_url"]

            first, second = await context.new_page(), await context.new_page()
            for page in (first, second):
                opened = await page.goto(link)
                assert opened is not None
                assert opened.status == 200
            assert states(server, adviser) == ["delivered"]
            assert await first.title() == "Somebody needs an answer · Peerline"
            assert await first.locator("html").get_attribute("lang") == "en"
            assert await accessible(context, first) == [
                ("main", ""),
                ("heading", "Somebody needs an answer"),
                ("button", ACK),
            ]
            assert await first.locator("h1").count() == 1
            await assert_it_can_be_read(first)

            await first.bring_to_front()
            await first.keyboard.press("Tab")
            assert await first.evaluate("document.activeElement.textContent") == ACK
            outline = await first.get_by_role("button").evaluate("each => getComputedStyle(each).outlineStyle")
            assert outline == "solid"
            await first.keyboard.press("Enter")
            await first.get_by_role("heading", name="Thank you. It is yours now.").wait_for()
            assert await first.title() == "Thank you. It is yours now. · Peerline"
            assert await accessible(context, first) == [("main", ""), ("heading", "Thank you. It is yours now.")]
            assert states(server, adviser) == ["acknowledged"]

            # The other tab has kept its button.
            await second.get_by_role("button", name=ACK).click()
            await second.get_by_role("heading", name="You have taken this on before").wait_for()
            assert "was used" in await second.locator("main").inner_text()
            assert await second.locator("button").count() == 0
        token = link.rpartition("/")[2]
        assert token not in server.stdout_text()
    assert seen.complaints == []
    assert seen.requests == [("GET", link), ("GET", link), ("POST", link), ("POST", link)]
