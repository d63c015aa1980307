"""Clocks that are stepped while processes run: one for each host, forwards and backwards, as when somebody sets it.

Only the wall clock steps: `CLOCK_MONOTONIC` goes on. libfaketime 0.9.10 would do, but that it breaks every sleep of
Python when it is told to leave that clock alone; clock.c is the forty lines that are needed of it.
"""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).with_name("clock.c")
# Of a step: within what a lease has to spare, beyond it, and beyond every wait of a policy.
STEPS = (3.0, -3.0, 90.0, -90.0, 7200.0, -7200.0)


class Clock:
    """One host's. `environment` is what its processes are told."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(struct.pack("d", 0.0))
        with path.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), 8)
        self.environment = {"CHAOS_CLOCK": str(path)}

    def set(self, seconds: float) -> None:
        """Ahead of the real one by this; behind it, if negative; 0: put right."""
        struct.pack_into("d", self._page, 0, seconds)


def build(folder: Path) -> Path:
    """What LD_PRELOAD needs, made by the machine's compiler. Raises RuntimeError, in words, where there is none."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        raise RuntimeError("No clock can be stepped here: that needs Linux and a C compiler. Or: --without clock")
    built = folder / "clock.so"
    done = subprocess.run(
        [compiler, "-O2", "-fPIC", "-shared", "-o", str(built), str(SOURCE), "-ldl", "-lm"],
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(f"No clock can be stepped here: the compiler ended with {done.returncode}.\n{done.stderr}")
    return built
