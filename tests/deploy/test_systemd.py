"""What whoever sets the units up types and what the units run, with other places than theirs, as they stand there."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from reading import DEPLOY

from tests.support.processes import REPOSITORY
from tests.support.server import master_keys

DAY = 86_400


@pytest.fixture
def stack() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as opened:
        yield opened


def kept(folder: Path, ended_with: int) -> set[int]:
    """Of copies of so many days, an hour less, those that are there after a night whose command ended so."""
    folder.mkdir()
    ages = (0, 1, 33, 34, 35, 36, 400)
    for age in ages:
        copy = folder / f"peerline-{age}.backup"
        copy.touch()
        made = time.time() - age * DAY + 3600
        os.utime(copy, (made, made))
    left, other = folder / ".peerline-36.backup.0a1b2c3d.partial", folder / "notes"
    for file in (left, other):
        file.touch()
        os.utime(file, (made, made))
    unit = (DEPLOY / "systemd" / "peerline-backup.service").read_text()
    [line] = re.findall(r"^ExecStopPost=/bin/sh -c '(.+)'$", unit, re.MULTILINE)
    script = line.replace("$$", "$").replace("/srv/backups", str(folder))
    env = os.environ | {"EXIT_STATUS": str(ended_with)}
    subprocess.run(["/bin/sh", "-c", script], env=env, check=True)
    assert other.exists()
    assert left.exists() is (folder / "peerline-400.backup").exists()
    return {age for age in ages if (folder / f"peerline-{age}.backup").exists()}


def test_no_copy_is_kept_for_longer_than_it_may_be_restored(tmp_path: Path) -> None:
    """The one of 35 days, less an hour, has no other night. A log with faults (7) is a copy that was made; where none
    was, the last ones are all there is."""
    assert kept(tmp_path / "made", 0) == kept(tmp_path / "with-faults", 7) == {0, 1, 33, 34}
    assert kept(tmp_path / "not-made", 8) == {0, 1, 33, 34, 35, 36, 400}


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="root's shell, with util-linux")
def test_a_command_beside_the_unit_has_its_settings_and_its_user(stack: contextlib.ExitStack) -> None:
    text = (REPOSITORY / "docs" / "operations.md").read_text()
    [block] = re.findall(r"^```text\n(as_service\(\) .+?)```$", text, re.MULTILINE | re.DOTALL)
    # Not below pytest's own folder, where nobody else may go.
    place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    place.chmod(0o755)
    etc, program = place / "etc", place / "peerline"
    etc.mkdir()
    (etc / "peerline.env").write_text("PEERLINE_PUBLIC_BASE_URL=https://peerline.example.edu\n")
    (etc / "master.keys").write_text(master_keys())
    (etc / "master.keys").chmod(0o600)
    # In the place of the installed one, whose folders nobody else may read here: it tells what it was given.
    program.write_text('#!/bin/sh\nid -u; id -g; env | grep ^PEERLINE_ | sort; for each; do echo "<$each>"; done\n')
    program.chmod(0o755)
    for documented, real in {
        "/etc/peerline": str(etc),
        "/opt/peerline/bin/peerline": str(program),
        "--reuid=peerline --regid=peerline": "--reuid=65534 --regid=65534",
    }.items():
        assert documented in block
        block = block.replace(documented, real)
    # Not what the suite itself is told.
    env = {name: value for name, value in os.environ.items() if not name.startswith("PEERLINE_")}
    done = subprocess.run(["bash", "-euc", block], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    called = done.stdout.split("65534\n65534\n")[1:]
    assert len(called) == 2
    unit = (DEPLOY / "systemd" / "peerline.service").read_text()
    wanted = {name.removesuffix("_FILE") for name in re.findall(r"\b(PEERLINE_[A-Z_]+)=", unit)}
    # Where it listens is no matter of a command.
    wanted -= {"PEERLINE_HOST", "PEERLINE_PORT"}
    for each in called:
        assert {line.partition("=")[0] for line in each.splitlines() if line.startswith("PEERLINE_")} == wanted
    assert "<Seaside Medical School>" in called[1]
