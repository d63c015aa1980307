"""Local times that somebody types in: what a clock never shows, or shows twice, is refused with both readings."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import wall_of
from strategies import steady
from timeline import QUARTER, SCENES, Scene

from app.core.problems import InvalidRequest
from app.rosters.local_times import instant_of

READINGS = re.compile(r"mean: (\S+) or (\S+)\.$")


def shown_at(scene: Scene) -> dict[dt.datetime, list[dt.datetime]]:
    """At which instants a clock shows what."""
    shown: dict[dt.datetime, list[dt.datetime]] = {}
    for number in range(-4 * 96, 5 * 96):
        at = scene.origin + number * QUARTER
        shown.setdefault(at.astimezone(ZoneInfo(scene.zone)).replace(tzinfo=None), []).append(at)
    return shown


def asked(local: dt.datetime, zone: str) -> dt.datetime | tuple[str, list[dt.datetime]]:
    try:
        return instant_of(local, ZoneInfo(zone), pointer="#/start_local")
    except InvalidRequest as exc:
        (error,) = exc.errors
        assert error["pointer"] == "#/start_local"
        readings = READINGS.search(error["detail"])
        assert readings, error["detail"]
        return error["code"], [dt.datetime.fromisoformat(each) for each in readings.groups()]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: f"{scene.zone}-{scene.origin:%Y-%m}")
def test_every_quarter_hour_around_a_clock_change(scene: Scene) -> None:
    shown = shown_at(scene)
    zone = ZoneInfo(scene.zone)
    local = min(shown) + dt.timedelta(days=1, hours=12)
    while local < max(shown) - dt.timedelta(hours=12):
        found = asked(local, scene.zone)
        instants = shown.get(local, [])
        if len(instants) == 1:
            assert found == instants[0], local
        elif instants:
            assert found == ("local_time_doubled", instants), local
        else:
            assert isinstance(found, tuple)
            code, readings = found
            assert code == "local_time_missing", local
            # What it would be by the clock before the change and by the clock after it; each read as it is said.
            offsets = {(local - reading.astimezone(dt.UTC).replace(tzinfo=None)) for reading in readings}
            change = wall_of(scene.zone, scene.origin, QUARTER).first[local]
            around = [(change - QUARTER).astimezone(zone).utcoffset(), change.astimezone(zone).utcoffset()]
            assert offsets == set(around), local
            assert all(reading.utcoffset() == reading.astimezone(zone).utcoffset() for reading in readings)
        local += QUARTER


@steady(max_examples=300)
@given(
    st.datetimes(dt.datetime.fromisoformat("1971-01-01"), dt.datetime.fromisoformat("2100-01-01")),
    st.sampled_from(sorted({scene.zone for scene in SCENES})),
)
def test_whatever_is_taken_is_shown_by_the_clock_once(local: dt.datetime, zone: str) -> None:
    local = local.replace(second=0, microsecond=0)
    found = asked(local, zone)
    if isinstance(found, dt.datetime):
        assert found.utcoffset() == dt.timedelta()
        assert found.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local
        for hours in (-1, -0.5, 0.5, 1):
            other = found + dt.timedelta(hours=hours)
            assert other.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local
