"""What whoever sets the units up types and what the units run, with other places than theirs, as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

from reading import DEPLOY

DAY = 86_400


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
