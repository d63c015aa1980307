"""Memory that was freed goes back to the system, now and then.

The C library keeps what is freed for whoever asks next. A process that does much at once and little between, on a dozen
threads, keeps pages of which a corner is in use: one that served for days would seem to grow for ever (docs/sizing.md).
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable

# A call takes some milliseconds, in which other threads may have to wait for memory.
SECONDS = 60.0


def giver() -> Callable[[], object] | None:
    """What gives it back; None where the C library has nothing for that (it is glibc's)."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):
        return None
    # 0: keep nothing above what is in use.
    return lambda: trim(0)


def give_back_now_and_then(*, every: float = SECONDS) -> None:
    """From now on, for as long as this process lives. Call it once, after the last fork."""
    give = giver()
    if give is None:
        return

    def run() -> None:
        while True:
            time.sleep(every)
            give()

    threading.Thread(target=run, name="memory", daemon=True).start()
