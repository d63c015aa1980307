"""What fits one worry, asked in a body because the question says much. It is answered from memory; nothing is kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from app.core.problems import InvalidRequest
from app.directory import catalogue
from app.directory.entries import EntryOut, Tier
from app.directory.listing import speaks
from app.directory.matching import FEWEST_AT_ANY_HOUR, Choice, Judged, help_for
from app.directory.reading import UNKNOWN_SITE, Reading, check_zone
from app.directory.shapes import NOT_A_LADDER, ReferralAsk, ReferralOptions
from app.guidance.signs import AboutWhom


def options(reading: Reading, ask: ReferralAsk, *, now: dt.datetime) -> ReferralOptions:
    """The first to turn to first, as of the moment that was asked about.

    Raises InvalidRequest for no time zone or no site of the school.
    """
    check_zone(ask.zone, {"pointer": "#/zone"})
    if ask.near_site_id not in (None, *(str(site.id) for site in reading.sites)):
        raise InvalidRequest(errors=[{"pointer": "#/near_site_id", "code": "unknown_site", "detail": UNKNOWN_SITE}])
    site_region = reading.catalogue.elsewhere.get(str(ask.near_site_id))
    at = ask.at or now
    judged = catalogue.judged(
        reading.catalogue, reading.place, at=at, caller_zone=ask.zone, now=now, site_region=site_region
    )
    asked = [each for each in judged if ask.for_whom in (None, *each.entry.for_whom) or each.is_emergency]
    chosen = _help(asked, ask, about_whom=ask.about_whom, site_region=site_region)
    anyone = _help(judged, ask, about_whom=AboutWhom.PREFER_NOT_TO_SAY, site_region=site_region)
    chosen = _with_lines_for_any_hour(chosen, anyone)
    if ask.language is not None:
        chosen = _spoken_first(chosen, ask.language.casefold())
    items: list[EntryOut] = [catalogue.shown(each, ask.about_whom, site_region=site_region) for each in chosen]
    return ReferralOptions(items=items, note=NOT_A_LADDER)


def _help(
    judged: Sequence[Judged], ask: ReferralAsk, *, about_whom: AboutWhom, site_region: str | None
) -> list[Choice]:
    return help_for(
        judged,
        signs=ask.signs,
        concern_types=ask.concern_types,
        priority=ask.priority,
        about_whom=about_whom,
        avoid_site_ids=ask.avoid_site_ids,
        prefers_independent=ask.prefers_independent,
        site_region=site_region,
    )


def _with_lines_for_any_hour(chosen: list[Choice], anyone: list[Choice]) -> list[Choice]:
    """Two of them, whatever was asked: to say whom it is about must not leave somebody without (domain, 3.1)."""
    there = {each.entry.id for each in chosen}
    missing = FEWEST_AT_ANY_HOUR - sum(each.at_any_hour for each in chosen)
    more = [each for each in anyone if each.at_any_hour and each.entry.id not in there][: max(0, missing)]
    last = [each for each in chosen if each.conflicts and each.entry.tier is not Tier.EMERGENCY]
    return [*(each for each in chosen if each not in last), *more, *last]


def _spoken_first(chosen: list[Choice], language: str) -> list[Choice]:
    """Those where it is spoken come first; emergency entries stay where they are, and avoided places last."""
    others = [each for each in chosen if each.entry.tier is not Tier.EMERGENCY]
    others.sort(key=lambda each: (each.conflicts, not speaks(each.entry, language)))
    following = iter(others)
    return [each if each.entry.tier is Tier.EMERGENCY else next(following) for each in chosen]
