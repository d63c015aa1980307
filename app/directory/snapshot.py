"""A school's whole directory in one bundle: for a telephone without a signal, and the same all day long."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from app.core import clock
from app.core.preconditions import etag_of
from app.directory.catalogue import holidays_of
from app.directory.entries import TIER_RANK, Entry, SideList, Tier, facts_of
from app.directory.hours_notation import ALWAYS
from app.directory.matching import clock_of, overdue
from app.directory.opening_hours import spans
from app.directory.reading import Reading, Readings
from app.directory.shapes import NOT_A_LADDER, SideListOut, SnapshotEntryOut, SnapshotOut, TierOut
from app.directory.two_weeks import intervals_out, two_weeks

# In everyday words; a school's own names of its services stand on the entries.
TIER_LABELS = {
    Tier.EMERGENCY: "Emergency: when a life may be in danger now",
    Tier.CRISIS: "Crisis lines: somebody to talk to, at any hour",
    Tier.SPECIALIST: "Services for one matter or one group of people",
    Tier.PRIMARY_CARE: "A general practice or a health clinic",
    Tier.SCHOOL_SUPPORT: "Support at the school or the university",
    Tier.TRAINED_PEER: "Students who are trained to support others",
    Tier.PEER: "Students and friends",
}
SIDE_LIST_LABELS = {
    SideList.ACCESS: "Relay and interpreter services: to be understood",
    SideList.RIGHTS: "Where to be heard: complaints and advice on your rights",
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """As it is sent, until its day is over or its content is another."""

    reading: Reading
    body: bytes
    etag: str
    until: dt.datetime


class Snapshots:
    """The snapshot of each school, of today. Nothing here asks the database."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings
        self._kept: dict[str, Snapshot] = {}
        self._lock = threading.Lock()

    def school(self, slug: str) -> Snapshot | None:
        """None where it is time to ask whether it has changed, or there is another day. The same object else."""
        reading = self._readings.fresh(slug)
        return None if reading is None else self.known(reading)

    def known(self, reading: Reading) -> Snapshot | None:
        kept = self._kept.get(reading.slug)
        return kept if kept is not None and kept.reading is reading and clock.now() < kept.until else None

    def of(self, reading: Reading) -> Snapshot:
        """Made where there is none of this content and day. For thousands of entries that is no work for the loop."""
        found = self.known(reading)
        if found is None:
            found = made(reading, now=clock.now())
            with self._lock:
                self._kept[reading.slug] = found
        return found


def made(reading: Reading, *, now: dt.datetime) -> Snapshot:
    body = document(reading, now=now).model_dump_json(by_alias=True).encode()
    zone = ZoneInfo(reading.time_zone)
    until, _ = two_weeks(now.astimezone(zone).date() + dt.timedelta(days=1), zone)
    return Snapshot(reading=reading, body=body, etag=etag_of(body), until=until)


def document(reading: Reading, *, now: dt.datetime) -> SnapshotOut:
    zone = ZoneInfo(reading.time_zone)
    today = now.astimezone(zone).date()
    start, end = two_weeks(today, zone)
    entries = [
        _entry(
            entry,
            start=start,
            end=end,
            zone=zone,
            holidays=holidays_of(entry, reading.place, year=today.year),
            today=today,
        )
        for entry in _ordered(reading)
    ]
    return SnapshotOut(
        school=reading.slug,
        school_name=reading.name,
        region=reading.region,
        time_zone=reading.time_zone,
        note=NOT_A_LADDER,
        tiers=[TierOut(tier=tier, label=label) for tier, label in TIER_LABELS.items()],
        side_lists=[SideListOut(side_list=kind, label=label) for kind, label in SIDE_LIST_LABELS.items()],
        sites=list(reading.sites),
        entries=entries,
        valid_from=start,
        valid_until=end,
        version=_version(reading),
    )


def _ordered(reading: Reading) -> list[Entry]:
    """As the catalogue has them, by kind of help."""
    return sorted(reading.here.entries.values(), key=lambda entry: (TIER_RANK[entry.tier], not entry.pinned))


def _entry(
    entry: Entry,
    *,
    start: dt.datetime,
    end: dt.datetime,
    zone: ZoneInfo,
    holidays: frozenset[dt.date],
    today: dt.date,
) -> SnapshotEntryOut:
    hours = ALWAYS if entry.always_open else entry.hours
    known = spans(hours, start=start, end=end, zone=clock_of(entry, zone), public_holidays=holidays)
    return SnapshotEntryOut(
        **facts(entry),
        verification_overdue=overdue(entry, today=today),
        open_intervals=intervals_out(known.open),
        unknown_intervals=intervals_out(known.unknown),
    )


def facts(entry: Entry) -> dict[str, Any]:
    """What of it does not change by itself."""
    return facts_of(entry) | {"regions": list(entry.regions), "hours": entry.hours, "time_zone": entry.time_zone}


def _version(reading: Reading) -> str:
    """Of the content without a day."""
    told = [repr(sorted(facts(entry).items())) for entry in _ordered(reading)]
    told += [site.model_dump_json() for site in reading.sites]
    told += [repr(reading.place), reading.name]
    return hashlib.sha256("\x1e".join(told).encode()).hexdigest()[:16]
