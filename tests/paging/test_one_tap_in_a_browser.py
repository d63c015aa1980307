"""The page behind a page's link in a real browser, by keyboard and without scripts, on a real server (contract 1.5)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import BrowserContext, Page, async_playwright
from story import URGENT, on_sqlite

from app.vocabulary import Role
from tests.support.browser import FLAGS, chromium
from tests.support.receiver import verified
from tests.support.server import Server
from tests.support.world import Someone, World

PHONE = {"width": 320, "height": 640}
ACK = "I will take this on"
# The background behind an element, and its own colour, as the browser has drawn them.
COLOURS = """element => {
  let ground = element;
  while (getComputedStyle(ground).backgroundColor === 'rgba(0, 0, 0, 0)') ground = ground.parentElement;
  return [getComputedStyle(element).color, getComputedStyle(ground).backgroundColor]
    .map(colour => colour.match(/\\d+/g).slice(0, 3).map(Number));
}"""


class Serving(Server):
    """`peerline serve` on the database of a world."""

    def __init__(self, world: World, data_dir: Path) -> None:
        env = {
            "PEERLINE_MASTER_KEYS": world.settings.master_keys,
            "PEERLINE_WEBHOOK_ALLOWED_ORIGINS": world.receiver.origin,
        }
        super().__init__(data_dir, database_url=world.settings.database_url, env=env)

    def migrate(self) -> None:
        """It is."""

    def states(self, adviser: Someone) -> list[str]:
        found = httpx.get(f"{self.base_url}/v1/me/pages", headers=adviser.headers, timeout=20).json()["items"]
        return [page["state"] for page in found]


@dataclass
class Seen:
    """What a browser did beyond showing pages."""

    requests: list[tuple[str, str]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))


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


def contrast(one: list[int], other: list[int]) -> float:
    """WCAG 2.2, relative luminance."""

    def luminance(colour: list[int]) -> float:
        parts = [value / 255 for value in colour]
        linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


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
            assert server.states(adviser) == ["delivered"]
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
            assert server.states(adviser) == ["acknowledged"]

            # The other tab has kept its button.
            await second.get_by_role("button", name=ACK).click()
            await second.get_by_role("heading", name="You have taken this on before").wait_for()
            assert "was used" in await second.locator("main").inner_text()
            assert await second.locator("button").count() == 0
        token = link.rpartition("/")[2]
        assert token not in server.stdout_text()
    assert seen.complaints == []
    assert seen.requests == [("GET", link), ("GET", link), ("POST", link), ("POST", link)]
