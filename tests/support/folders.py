"""Where the data of a test run lie: in memory on a machine that has a folder there, because nothing of it is kept.

Most of what a test waits for is files: a database is hundreds of them, made and removed again, and every commit of
SQLite is told to reach the disk. TMPDIR names another place for all of it.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
# Two test processes use about half of this; a container's 64 MB are too few.
ROOM = 2**30


def for_data() -> Path:
    """The folder for what is written and read back, however fast or slow; benchmarks choose their own."""
    if "TMPDIR" not in os.environ and _roomy(MEMORY):
        return MEMORY
    return Path(tempfile.gettempdir())


def _roomy(folder: Path) -> bool:
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    found = os.statvfs(folder)
    # Programs are put there too, where an account cannot read those of the checkout.
    return found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC
