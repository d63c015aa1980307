"""Every metric that there is, with its name and meaning (docs/monitoring.md lists them), already made coarse."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from app import __version__
from app.core import clock, tally
from app.core.db import Database
from app.metrics import coarse, process
from app.metrics.families import Family
from app.metrics.picture import LANES, Hourly, OtherVersion, Prompt, Slow
from app.metrics.reader import Picture, Reader, age
from app.metrics.requests import Requests
from app.paging import auditor
from app.work import skew

# A lane looks for work every second, and is then at work on it for no longer than a lease.
SILENT_SECONDS = 15.0
PASSES = {"clean": auditor.CLEAN, "mended": auditor.MENDED, "overdue": auditor.OVERDUE_FOUND}


class Lane(Protocol):
    """A lane of the worker in this process."""

    looked_at: float

    @property
    def in_hand(self) -> tuple[int, int]: ...


class Exposition(Collector):
    """`requests`: of a process that serves the API. `lanes`: of the worker in this process, the urgent one first; None
    in a process that has none, and empty while the worker does not work."""

    def __init__(
        self, db: Database, reader: Reader, *, requests: Requests | None, lanes: Callable[[], Sequence[Lane] | None]
    ) -> None:
        self._db, self._reader, self._requests, self._lanes = db, reader, requests, lanes

    def collect(self) -> Iterator[Metric]:
        build = GaugeMetricFamily(
            "peerline_build_info", "1, with the version in its labels.", labels=("version", "python", "database")
        )
        build.add_metric((__version__, platform.python_version(), self._db.dialect), 1)
        yield build
        yield from process.figures()
        if self._requests is not None:
            yield from _of_requests(self._requests)
        lanes = self._lanes()
        if lanes is not None:
            yield from _of_worker(lanes)
        used, size = self._db.in_use()
        yield gauge(
            "peerline_database_pool_usage_ratio",
            "Connections of this process in use, in quarters of all; 0 below a half.",
            coarse.share(used, size),
        )
        picture = self._reader.read()
        yield gauge("peerline_database_up", "1 when the database answered this process in time.", picture is not None)
        if picture is None:
            return
        yield from _of_version(picture)
        if isinstance(picture, Picture):
            yield from _of_prompt(picture.prompt)
            yield from _of_slow(picture.slow)
            yield from _of_hourly(picture.hourly)


def gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=float(value))


def _by(name: str, words: str, label: str, values: dict[str, float]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), float(value))
    return family


def _of_requests(requests: Requests) -> Iterator[Metric]:
    served = CounterMetricFamily(
        "peerline_http_requests",
        "Requests by family of routes and class of status, in steps of twenty.",
        labels=("family", "status"),
    )
    took = HistogramMetricFamily(
        "peerline_http_request_duration_seconds",
        "How long they took until the last byte was handed over, in steps of twenty. Without a sum.",
        labels=("family",),
    )
    for family in Family:
        # Whoever runs the service makes the probes: they are shown as they are.
        step = 1 if family is Family.PROBES else coarse.REQUESTS
        for name, number in requests.classes(family):
            served.add_metric((family, name), coarse.down(number, step))
        buckets = [(end, coarse.down(number, step)) for end, number in requests.cumulative(family)]
        took.add_metric((family,), buckets=buckets, sum_value=None)
    yield served
    yield took
    in_flight = coarse.down(requests.in_flight, coarse.IN_FLIGHT)
    yield gauge("peerline_http_requests_in_flight", "Requests being answered, in steps of ten.", in_flight)


def _of_worker(lanes: Sequence[Lane]) -> Iterator[Metric]:
    now = clock.monotonic()
    awake = dict.fromkeys(LANES, 0.0)
    used = dict.fromkeys(LANES, 0.0)
    for name, lane in zip(LANES, lanes, strict=False):
        awake[name] = float(now - lane.looked_at < SILENT_SECONDS)
        used[name] = coarse.share(*lane.in_hand)
    yield _by(
        "peerline_worker_working",
        "1 when this lane of the worker in this process looked for due work a few seconds ago.",
        "lane",
        awake,
    )
    yield _by(
        "peerline_worker_slots_usage_ratio",
        "Pieces of work in hand, in quarters of what this lane can have; 0 below a half.",
        "lane",
        used,
    )
    passes = CounterMetricFamily(
        "peerline_auditor_passes", "Passes of the auditor in this process, by what they found.", labels=("found",)
    )
    counted = tally.counts()
    for found, name in PASSES.items():
        passes.add_metric((found,), counted.get(name, 0))
    yield passes


def _of_version(found: Picture | OtherVersion) -> Iterator[Metric]:
    current = isinstance(found, Picture)
    yield gauge("peerline_database_current", "1 when it is at this program's newest migration.", current)
    apart = found.prompt.skew if isinstance(found, Picture) else found.skew
    yield gauge("peerline_clock_skew_seconds", "This host's clock minus the database's.", apart)
    yield gauge(
        "peerline_clock_skew_limit_seconds", "More than this, either way, is too much.", skew.MOST.total_seconds()
    )


def _of_prompt(found: Prompt) -> Iterator[Metric]:
    if found.last_pass is not None:
        yield gauge(
            "peerline_auditor_last_pass_timestamp_seconds",
            "When the auditor of the whole installation last had done its look, to the minute, in seconds since 1970.",
            found.last_pass.timestamp(),
        )
    yield gauge(
        "peerline_escalation_overdue",
        "1 when the next step of any escalation is due for more than a minute and nobody has taken it.",
        found.overdue,
    )


def _of_slow(found: Slow) -> Iterator[Metric]:
    waiting = found.waiting
    yield _by(
        "peerline_work_waiting_items",
        "Work that is due for more than a minute, in steps of ten; read every five minutes.",
        "lane",
        {lane: each.items for lane, each in waiting.items()},
    )
    yield _by(
        "peerline_work_oldest_due_age_seconds",
        "How long the oldest of it is due, in steps of five minutes; read every five minutes.",
        "lane",
        {lane: age(each.oldest) for lane, each in waiting.items()},
    )
    yield _by(
        "peerline_work_lease_ended",
        "1 when some of it was begun by a worker that has gone since; read every five minutes.",
        "lane",
        {lane: each.lease_ended for lane, each in waiting.items()},
    )
    yield gauge(
        "peerline_work_recurring_failing",
        "Kinds of recurring work that have failed four times in a row and are tried on; read every five minutes.",
        found.recurring_failing,
    )
    yield gauge(
        "peerline_webhook_deliveries_retrying",
        "Deliveries that failed and are tried again, in steps of ten; read every five minutes.",
        found.deliveries_retried,
    )
    yield gauge(
        "peerline_roster_gaps_live",
        "Rosters where somebody should be on call now and nobody is; read every five minutes.",
        found.live_gaps,
    )
    yield gauge("peerline_roster_gaps_live_schools", "Schools with such a roster.", found.schools_with_live_gap)


def _of_hourly(found: Hourly) -> Iterator[Metric]:
    yield _by("peerline_work_dead_items", "Work that was given up; read every hour.", "lane", dict(found.dead))
    yield _by(
        "peerline_webhook_endpoints_failing",
        "Endpoints whose last delivery failed, by whose they are; read every hour.",
        "owner",
        dict(found.failing),
    )
    yield gauge(
        "peerline_directory_entries_overdue",
        "Entries of directories that nobody has checked although their school was told; read every hour.",
        found.overdue,
    )
    yield gauge("peerline_directory_schools_overdue", "Schools with such an entry.", found.schools_with_overdue)
