"""The release before this code, as migrations/released.toml names it: its code, taken out of the history, and run."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import processes, server

FILE = Path("migrations/released.toml")
# Python looks into its working folder first: what runs is what lies there, and it says so if it is not.
START = """
import os, runpy, sys
os.chdir({folder!r})
sys.path[0] = {folder!r}
import app
assert app.__file__ == os.path.join({folder!r}, "app", "__init__.py"), app.__file__
runpy.run_module("app.cli", run_name="__main__")
"""


@dataclass(frozen=True, slots=True)
class Release:
    version: str
    head: str
    commit: str


def last() -> Release:
    return Release(**tomllib.loads((processes.REPOSITORY / FILE).read_text()))


def code_of(release: Release, folder: Path) -> Path:
    """Its code in `folder`. Skips the test where the history is not there, and fails where CI=true."""
    wanted = ["git", "-C", str(processes.REPOSITORY), "archive", release.commit, "app", "migrations"]
    try:
        done = subprocess.run(wanted, capture_output=True, check=False)
        said, archive = done.stderr.decode(errors="replace").strip(), done.stdout if done.returncode == 0 else b""
    except FileNotFoundError:
        said, archive = "there is no git", b""
    if not archive:
        why = f"the code of {release.version} is not to be had ({said}): clone with the whole history"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    folder.mkdir()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    return folder


def command(folder: Path) -> list[str]:
    """How to start `peerline` with the code in `folder`."""
    return [sys.executable, "-c", START.format(folder=str(folder))]


class Of(server.Server):
    """`peerline serve` with the code in `folder`, on a database that is migrated."""

    def __init__(self, folder: Path, data_dir: Path, *, database_url: str, env: Mapping[str, str]) -> None:
        super().__init__(data_dir, database_url=database_url, env=env)
        self._folder = folder
        self.fresh = True

    def migrate(self) -> None:
        """It is, by other code."""

    def start(self, *, timeout: float = 90.0) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(server, "COMMAND", command(self._folder))
            super().start(timeout=timeout)
