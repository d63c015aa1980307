"""The data of a test run lie in memory where there is room, and elsewhere when told so."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from tests.support import folders


@pytest.mark.skipif("TMPDIR" in os.environ, reason="the place is chosen")
def test_they_lie_in_memory_only_where_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "ROOM", 2**60)
    assert folders.for_data() == Path(tempfile.gettempdir())
    monkeypatch.setattr(folders, "ROOM", 1)
    monkeypatch.setattr(folders, "MEMORY", writable := Path(__file__).parent)
    assert folders.for_data() == writable
    monkeypatch.setattr(folders, "MEMORY", writable / "nothing")
    assert folders.for_data() == Path(tempfile.gettempdir())


def test_tmpdir_names_another_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert folders.for_data() == tmp_path
