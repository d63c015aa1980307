"""Services that do not exist. Their numbers are set aside for fiction, so that no test leads anybody to a real line."""

from __future__ import annotations

import dataclasses
import zlib
from typing import Any

from app.directory.entries import (
    Channel,
    CostKind,
    Entry,
    ForWhom,
    RunBy,
    Sharing,
    SideList,
    Source,
    Tier,
    Verification,
)

EMERGENCY_DIAL = "555"

_PLAIN = Entry(
    id="plain",
    country="AU",
    regions=(),
    name="Plain line",
    tier=Tier.CRISIS,
    side_list=None,
    what_it_is="Somebody to talk to",
    who_for="Anyone",
    for_whom=(ForWhom.SELF, ForWhom.WORRIED_ABOUT_SOMEONE),
    for_medical_students=False,
    community=None,
    min_age=None,
    max_age=None,
    topics=(),
    independent=True,
    run_by=RunBy.INDEPENDENT,
    shares_information_with_school=Sharing.UNKNOWN,
    channels=(Channel.PHONE,),
    phone_display=None,
    phone_dial=None,
    sms=None,
    web=None,
    hours_text="Any time, day or night",
    hours="24/7",
    time_zone=None,
    always_open=True,
    cost="free",
    cost_kind=CostKind.FREE,
    languages=("en",),
    culturally_safe_for=(),
    address=None,
    latitude=None,
    longitude=None,
    verify_by=None,
    site_ids=(),
    verification=Verification.VERIFIED,
    verified_on="2026-01",
    sources=(Source("a test", "2026-01"),),
    notes="only for those who keep the directory",
)


def entry(name: str, **changes: Any) -> Entry:
    """An entry like a national 24/7 crisis line for anyone, but for what is changed. Each has a number of its own."""
    dial = f"+6125550{zlib.crc32(name.encode()) % 10_000:04}"
    changes = {"phone_dial": dial, "phone_display": dial, **changes}
    if "hours" in changes:
        changes.setdefault("always_open", changes["hours"] == "24/7")
    return dataclasses.replace(_PLAIN, id=name, name=name.replace("-", " ").capitalize(), **changes)


def emergency(name: str = "emergency", **changes: Any) -> Entry:
    numbers = {"phone_dial": EMERGENCY_DIAL, "phone_display": EMERGENCY_DIAL}
    return entry(name, **{"tier": Tier.EMERGENCY, **numbers, **changes})


def side(name: str, kind: SideList, **changes: Any) -> Entry:
    return entry(name, **{"tier": None, "side_list": kind, **changes})
