"""Disks that are full for a while: a small file system of its own for PostgreSQL, a limit of file sizes for SQLite."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

MEGABYTES = 512
_mounted: list[Path] = []


class Disk:
    """A file system that holds nothing but one server's data. `fill` takes all the room that is left."""

    def __init__(self, at: Path) -> None:
        self.at = at
        self._filler = at / "filler"

    def fill(self) -> None:
        with contextlib.suppress(OSError), self._filler.open("wb") as file:
            # Whatever the server takes meanwhile, or gives back, is taken in the second round.
            for _ in range(2):
                left = os.statvfs(self.at)
                if left.f_bavail:
                    end = os.fstat(file.fileno()).st_size
                    os.posix_fallocate(file.fileno(), end, left.f_bavail * left.f_frsize)

    def empty(self) -> None:
        self._filler.unlink(missing_ok=True)


@contextlib.contextmanager
def mounted(folder: Path) -> Iterator[Disk]:
    """Needs root, and a kernel that mounts files. Raises RuntimeError, in words, where that is not so."""
    image, at = folder / "disk.image", folder / "disk"
    at.mkdir(parents=True)
    with image.open("wb") as file:
        file.truncate(MEGABYTES * 2**20)
    mkfs = shutil.which("mkfs.ext4") or "/sbin/mkfs.ext4"
    for command in ([mkfs, "-q", "-m", "0", str(image)], ["mount", "-o", "loop", str(image), str(at)]):
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as exc:
            raise RuntimeError(
                "No disk of PostgreSQL can be filled here: that needs root, mkfs.ext4 and a loop device. "
                f"Or: --without disk\n{exc}"
            ) from exc
    _mounted.append(at)
    try:
        yield Disk(at)
    finally:
        let_go()


def let_go() -> None:
    """Whatever is still mounted is so no longer: also for a run that is told to end."""
    while _mounted:
        subprocess.run(["umount", "--lazy", str(_mounted.pop())], check=False, capture_output=True)
