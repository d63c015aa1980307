"""The process itself, from /proc. In large steps: one report costs some milliseconds of work and some memory.

Where there is no /proc, nothing is said. What Python counts of its garbage is left out: each request makes some.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from app.metrics import coarse

_PROC = Path("/proc/self")
_STARTED = time.time()


def figures() -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "process_start_time_seconds", "When the process began, in seconds since 1970.", value=int(_STARTED)
    )
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = coarse.down(used.ru_utime + used.ru_stime, coarse.CPU_SECONDS)
    yield CounterMetricFamily("process_cpu_seconds", "Processor time, in steps of ten seconds.", value=seconds)
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield GaugeMetricFamily("process_max_fds", "Most files and connections that may be open.", value=soft)
    try:
        pages = int((_PROC / "statm").read_text().split()[1])
        files = len(os.listdir(_PROC / "fd"))
    except OSError:
        return
    memory = coarse.down(pages * os.sysconf("SC_PAGE_SIZE"), coarse.MEMORY_BYTES)
    yield GaugeMetricFamily("process_resident_memory_bytes", "Memory in use, in steps of 16 MiB.", value=memory)
    files = coarse.down(files, coarse.FILES)
    yield GaugeMetricFamily("process_open_fds", "Open files and connections, in steps of sixteen.", value=files)
