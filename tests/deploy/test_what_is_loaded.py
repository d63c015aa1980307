"""What a process has read when it begins to serve is no garbage, and what comes then is looked through as ever."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from app.serving.service import keep_what_is_loaded


def test_garbage_is_looked_for_as_python_does_once_something_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    before, frozen = gc.get_threshold(), list[bool]()
    # What is frozen in a process of the suite would stay so.
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(True))
    fresh = subprocess.run(
        [sys.executable, "-c", "import gc; print(gc.get_threshold())"], capture_output=True, text=True, check=True
    )
    try:
        keep_what_is_loaded()
        assert str(gc.get_threshold()) == fresh.stdout.strip()
        assert frozen == [True]
    finally:
        gc.set_threshold(*before)
