"""The page behind a one-time link in a real browser, by keyboard, on a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright
from sqlmodel import select

from app.models import SignIn
from app.routers.join_page import DOCUMENT, HEADERS
from app.vocabulary import Role
from tests.identity.linking import LOGIN, PHRASE, invited, link_for, sign_in
from tests.support.browser import COLOURS, FLAGS, PHONE, Seen, Serving, chromium, contrast
from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
LOOK, ACCEPT, REVOKE = "/v1/invitations/look", "/v1/invitations/accept", "/v1/auth/revoke"


@asynccontextmanager
async def browser(path: str, profile: Path, seen: Seen) -> AsyncIterator[BrowserContext]:
    async with async_playwright() as driver:
        context = await driver.chromium.launch_persistent_context(
            profile, executable_path=path, args=list(FLAGS), viewport=PHONE
        )
        context.on("request", lambda request: seen.requests.append((request.method, request.url)))
        context.on("page", seen.watch)
        try:
            yield context
        finally:
            await context.close()


async def accessible(context: BrowserContext, page: Page) -> list[tuple[str, str]]:
    """Roles and names of what can be filled in or pressed, in the order of a screen reader."""
    session = await context.new_cdp_session(page)
    tree: dict[str, Any] = await session.send("Accessibility.getFullAXTree")
    wanted = ("main", "heading", "button", "textbox", "checkbox")
    nodes = [node for node in tree["nodes"] if not node["ignored"] and node["role"]["value"] in wanted]
    return [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes]


async def heading(page: Page, name: str) -> str:
    """What stands below it, once it is there; it is what a screen reader is taken to."""
    await page.get_by_role("heading", name=name, exact=True).wait_for()
    assert await page.title() == f"{name} · Peerline"
    assert await page.evaluate("document.activeElement.id") == "heading"
    return await page.locator("#text").inner_text()


async def assert_it_can_be_read(page: Page) -> None:
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        for part in ("h1", "#rules", "label", "#password", "button[type=submit]"):
            text, ground = await page.locator(part).first.evaluate(COLOURS)
            assert contrast(text, ground) >= 7, (scheme, part)
    for width in (PHONE["width"] // 2, PHONE["width"]):
        await page.set_viewport_size({"width": width, "height": PHONE["height"]})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_somebody_joins_with_nothing_but_a_browser(world: World, tmp_path: Path) -> None:
    path = chromium()
    await world.school()
    coordinator = await world.person(Role.COORDINATOR)
    adviser = await world.person(Role.ADVISER)
    secret = await invited(world, coordinator, Role.SUPPORTER, Role.SCHOOL_IT)
    waiting = await link_for(world, adviser, coordinator)
    seen = Seen()
    with Serving(world, tmp_path / "data") as server:
        at = f"{server.base_url}/join"
        async with browser(path, tmp_path / "profile", seen) as context:
            page = await context.new_page()
            opened = await page.goto(f"{at}#{secret}")
            assert opened is not None
            assert (opened.headers["cache-control"], opened.headers["referrer-policy"]) == ("no-store", "no-referrer")
            text = await heading(page, "Join Harbour Medical School")
            assert "Harbour Medical School invites Wren, as: school it, supporter." in text
            assert (page.url, await page.evaluate("history.length")) == (at, 2)
            assert await accessible(context, page) == [
                ("main", ""),
                ("heading", "Join Harbour Medical School"),
                ("textbox", "You sign in as"),
                ("textbox", "Password"),
                ("textbox", "The same password once more"),
                ("checkbox", "Show what I type"),
                ("button", "Join"),
            ]
            assert await page.locator("#login").input_value() == LOGIN
            await assert_it_can_be_read(page)

            # By keyboard alone: first what the page itself sees, then what only the service knows.
            async def type_and_send(first: str, second: str) -> str:
                for name, value in (("password", first), ("again", second)):
                    await page.focus(f"#{name}")
                    await page.keyboard.press("Control+A")
                    await page.keyboard.type(value)
                await page.keyboard.press("Enter")
                await page.locator("#faults p, #form[hidden]").first.wait_for(state="attached")
                return await page.locator("#faults").inner_text()

            assert "at least 15 characters" in await type_and_send("short", "shorter")
            assert "not the same" in await page.locator("#faults").inner_text()
            assert "your school" in await type_and_send("Harbour Medical School 1", "Harbour Medical School 1")
            assert await page.evaluate("document.activeElement.id") == "password"
            assert await page.locator("#password").get_attribute("type") == "password"
            await page.check("#show")
            assert await page.locator("#password").get_attribute("type") == "text"
            await type_and_send(PHRASE, PHRASE)
            text = await heading(page, "You have joined")
            assert f"sign in as {LOGIN}" in text
            assert not await page.locator("form").is_visible()
            assert PHRASE not in await page.evaluate("document.documentElement.outerHTML")
            await page.wait_for_load_state("networkidle")

            # The link again, one for which somebody else must agree, none, and one in the same tab.
            for link, name in ((f"#{secret}", "This link opens nothing"), (f"#{waiting}", "Not yet")):
                fresh = await context.new_page()
                await fresh.goto(at + link)
                await heading(fresh, name)
            await fresh.reload()
            await heading(fresh, "There is no link here")
            await fresh.evaluate("secret => { location.hash = secret; }", "ptl_" + "A" * 32)
            await heading(fresh, "This link opens nothing")
            assert [await context.cookies(), await fresh.evaluate("localStorage.length")] == [[], 0]
        log = server.stdout_text()
    assert not [each for each in (secret, waiting, PHRASE) if each in log]
    # A browser tells of answers of 4xx: nothing else was complained of, no host but this one asked.
    assert {each for each in seen.complaints if "status of 4" not in each} == set()
    assert {url for _, url in seen.requests} <= {at, *(server.base_url + each for each in (LOOK, ACCEPT, REVOKE))} | {
        f"{at}#{each}" for each in (secret, waiting, "ptl_" + "A" * 32)
    }
    assert ("POST", server.base_url + REVOKE) in seen.requests
    # Nobody stays signed in there.
    ends = await world.db.read(lambda s: s.exec(select(SignIn.revoked_because)).all())
    assert "signed_out" in ends
    assert (await sign_in(world, LOGIN)).status_code == 200


async def test_the_page_lets_nothing_in_from_elsewhere(world: World) -> None:
    """A strict policy, the same page for everybody, and as small as the document says."""
    answers = [await world.http.get("/join", headers=each) for each in ({}, {"Cookie": "a=b", "Accept-Language": "de"})]
    assert {answer.text for answer in answers} == {DOCUMENT}
    policy = answers[0].headers["Content-Security-Policy"]
    assert policy == HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; ")
    assert "http" not in DOCUMENT.replace("https://peerline", "")
    assert len(DOCUMENT) < 10_000
