"""A real Chromium without a window, driven by Playwright: the one that the machine has, none is downloaded."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.support.server import Server
from tests.support.world import World

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Nothing but what a test asks for: no updates, no accounts, no first run. It runs as root in a container, too.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

PHONE = {"width": 320, "height": 640}
# The background behind an element, and its own colour, as the browser has drawn them.
COLOURS = """element => {
  let ground = element;
  while (getComputedStyle(ground).backgroundColor === 'rgba(0, 0, 0, 0)') ground = ground.parentElement;
  return [getComputedStyle(element).color, getComputedStyle(ground).backgroundColor]
    .map(colour => colour.match(/\\d+/g).slice(0, 3).map(Number));
}"""


def chromium() -> str:
    """The path of the browser: PEERLINE_TEST_CHROMIUM, or what is installed.

    Without one the test is skipped; where CI=true it fails, so that it is never left out unseen.
    """
    named = os.environ.get("PEERLINE_TEST_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    if found is not None:
        return found
    why = f"no Chromium here: install one ({', '.join(NAMES)}), or name it in PEERLINE_TEST_CHROMIUM"
    if os.environ.get("CI") == "true":
        pytest.fail(why, pytrace=False)
    pytest.skip(why)


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


@dataclass
class Seen:
    """What a browser did beyond showing pages."""

    requests: list[tuple[str, str]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))


def contrast(one: list[int], other: list[int]) -> float:
    """WCAG 2.2, relative luminance."""

    def luminance(colour: list[int]) -> float:
        parts = [value / 255 for value in colour]
        linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
