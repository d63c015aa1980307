"""What is read of a directory: a list, one entry, what fits a worry, and the copy for a telephone without a signal."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, Line, OutputModel, ShortText, Slug, ZoneName
from app.directory.entries import (
    EntryOut,
    ForWhom,
    HoursText,
    LanguageTag,
    NamedSite,
    PublicEntry,
    SideList,
    Tier,
)
from app.directory.help_now import Version
from app.directory.reading import RegionCode, SiteOut
from app.directory.two_weeks import MOST_INTERVALS, IntervalOut
from app.guidance.signs import AboutWhom, ConcernType, Priority, Sign
from app.schools.published import SyncToken, Tombstone

# Of one school. Its own and the country's.
MOST_ENTRIES = 10_000
MOST_SITES = 2_000
MOST_AVOIDED = 50
MOST_REGIONS = 20
# Of what is open when: years for which there is a calendar.
EARLIEST, LATEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
NOT_A_LADDER = "These are kinds of help, not a ladder: start where it fits."

Kilometres = Annotated[float, Field(ge=0, le=20_100)]


class ListedEntryOut(EntryOut):
    """`distance_km`: in a straight line from the site that was named; null where none was, or it has no door."""

    distance_km: Kilometres | None


class DirectoryPage(Page[ListedEntryOut]):
    """One page. `note` is to be shown with the list."""

    note: Line


class EntrySourceOut(OutputModel):
    """Where a fact was read, and when: a year, month or day, or `undated`."""

    url_or_text: Line
    date: ShortText


class EntryDetailOut(EntryOut):
    """One service with all that is known of it. `hours` are OpenStreetMap notation, on the clock of `time_zone`.

    `regions`: those that it serves, empty for all.
    """

    regions: list[RegionCode] = Field(max_length=MOST_REGIONS)
    hours: HoursText | None
    time_zone: ZoneName | None
    sources: list[EntrySourceOut] = Field(max_length=20)


class ReferralAsk(InputModel):
    """What help is looked for. Nothing of it is kept or logged.

    `at`: the moment to say what is open at; without one, now. `zone`: the caller's own time zone, for lines whose hours
    are those of wherever the caller is. `for`: for whom the help is. `near_site_id`: the site of the school where it is
    wanted; services of its region are then among the answers.
    """

    model_config = ConfigDict(populate_by_name=True)

    signs: Annotated[list[Sign], Field(max_length=len(Sign))] = Field(default_factory=list)
    concern_types: Annotated[list[ConcernType], Field(max_length=len(ConcernType))] = Field(default_factory=list)
    priority: Priority = Priority.SOON
    about_whom: AboutWhom = AboutWhom.PREFER_NOT_TO_SAY
    at: Annotated[Instant, Field(ge=EARLIEST, lt=LATEST)] | None = None
    avoid_site_ids: Annotated[list[NamedSite], Field(max_length=MOST_AVOIDED)] = Field(default_factory=list)
    prefers_independent: bool = False
    near_site_id: NamedSite | None = None
    language: LanguageTag | None = None
    zone: ZoneName | None = None
    for_whom: ForWhom | None = Field(default=None, alias="for")


class ReferralOptions(OutputModel):
    """The first to turn to first; `why_shown` of each says why it is here."""

    items: list[EntryOut] = Field(max_length=100)
    note: Line


class EntryFactsOut(PublicEntry):
    """A service without a clock: what of it does not change by itself.

    `regions`: those that it serves, empty for all. Show it at a site of such a region, and at other sites and without
    one if the school's region is among them.
    """

    regions: list[RegionCode] = Field(max_length=MOST_REGIONS)
    hours: HoursText | None
    time_zone: ZoneName | None


class SnapshotEntryOut(EntryFactsOut):
    """A service with its hours of two weeks; outside these intervals it is closed.

    `caller_local` hours are read on the reader's own clock; the intervals are then those of the school's.
    """

    verification_overdue: bool
    open_intervals: list[IntervalOut] = Field(max_length=MOST_INTERVALS)
    unknown_intervals: list[IntervalOut] = Field(max_length=MOST_INTERVALS)


class TierOut(OutputModel):
    tier: Tier
    label: ShortText


class SideListOut(OutputModel):
    side_list: SideList
    label: ShortText


class SnapshotOut(OutputModel):
    """A school's whole directory for a telephone without a signal. It says nothing of this minute: `open_intervals` do.

    They reach from `valid_from`, the school's midnight, to `valid_until`. `version` changes with the content alone.
    """

    school: Slug
    school_name: ShortText
    region: RegionCode
    time_zone: ZoneName
    note: Line
    tiers: list[TierOut] = Field(max_length=len(Tier))
    side_lists: list[SideListOut] = Field(max_length=len(SideList))
    sites: list[SiteOut] = Field(max_length=MOST_SITES)
    entries: list[SnapshotEntryOut] = Field(max_length=MOST_ENTRIES)
    valid_from: Instant
    valid_until: Instant
    version: Version


class ChangesPage(OutputModel):
    """What is otherwise than at the sync token: entries as they are now, and what is gone.

    Keep `next_sync_token`, which comes with the last page, for the next time.
    """

    items: Annotated[list[EntryFactsOut | Tombstone], Field(max_length=100)]
    next_cursor: Annotated[str, StringConstraints(min_length=1, max_length=400)] | None
    next_sync_token: SyncToken | None


class SiteList(OutputModel):
    items: list[SiteOut] = Field(max_length=MOST_SITES)
