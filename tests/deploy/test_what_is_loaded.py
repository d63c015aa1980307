"""What a process has read when it begins to serve is no garbage, and what comes then is looked through as ever."""

from __future__ import annotations

import gc
import subprocess
import sys

from app.serving.service import keep_what_is_loaded


def test_garbage_is_looked_for_as_python_does_once_something_is_served() -> None:
    before = gc.get_threshold()
    fresh = subprocess.run(
        [sys.executable, "-c", "import gc; print(gc.get_threshold())"], capture_output=True, text=True, check=True
    )
    try:
        keep_what_is_loaded()
        assert str(gc.get_threshold()) == fresh.stdout.strip()
        assert gc.get_freeze_count() > 0
    finally:
        gc.set_threshold(*before)
