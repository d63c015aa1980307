"""A real Chromium without a window, driven by Playwright: the one that the machine has, none is downloaded."""

from __future__ import annotations

import os
import shutil

import pytest

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
