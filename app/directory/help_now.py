"""What anyone can do right now: emergency and 24/7 services and the first steps (STUDY T03).

Needs no database and no clock: the same entries and texts give the same bytes on every machine and every day, so that a
copy can be kept on disk, cached by anyone, and still be right. Also for somebody whose school is not known.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.schemas import Line, OutputModel, ShortText, Slug
from app.directory.entries import Entry, EntryOut, PhoneText, SideList, Tier, WebAddress, entry_out
from app.directory.matching import always_open_help, overlaid, why_shown
from app.directory.opening_hours import OpenState
from app.guidance.pack import GuidancePack, load_guidance
from app.guidance.signs import AboutWhom

# A problem response is read on a phone by somebody who wanted something else.
MOST_MEMBERS = 6

Version = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$", max_length=16)]


class HelpNowOut(OutputModel):
    """Help that depends on nobody. `school` is null where the school is not known, or is not told from an unknown one.

    `access`: relay and interpreter services, for those who cannot just call. `version`: changes with the content alone.
    """

    school: Slug | None
    school_name: ShortText | None
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$", max_length=2)]
    emergency: list[EntryOut] = Field(max_length=20)
    always_open: list[EntryOut] = Field(max_length=40)
    access: list[EntryOut] = Field(max_length=20)
    what_to_do: list[Line] = Field(max_length=20)
    red_flags: list[ShortText] = Field(max_length=20)
    version: Version


class HelpMemberOut(OutputModel):
    """A service in the `help` member of a problem response: who it is, and how to reach it."""

    name: ShortText
    phone_display: PhoneText | None
    phone_dial: PhoneText | None
    sms: PhoneText | None
    web: WebAddress | None
    what_it_is: Line


def build_help_now(
    *,
    country: str,
    region: str | None,
    school_name: str | None,
    school_slug: str | None,
    entries: Iterable[Entry],
    site_entries: Iterable[Entry] = (),
    pack: GuidancePack | None = None,
) -> HelpNowOut:
    """`entries`: the country's pack. `site_entries`: the school's own, which replace national ones of the same id."""
    texts = (pack or load_guidance()).help_now
    everything = overlaid(entries, site_entries)
    lines = always_open_help(everything, region=region)
    access = [entry for entry in everything if entry.side_list is SideList.ACCESS and entry.in_region(region)]
    content = {
        "school": school_slug,
        "school_name": school_name,
        "country": country.upper(),
        "emergency": [_shown(entry) for entry in lines if entry.tier is Tier.EMERGENCY],
        "always_open": [_shown(entry) for entry in lines if entry.tier is not Tier.EMERGENCY],
        "access": [_shown(entry) for entry in access],
        "what_to_do": texts.steps,
        "red_flags": [flag.text for flag in texts.red_flags],
    }
    unversioned = HelpNowOut.model_validate(content | {"version": "0" * 16})
    return HelpNowOut.model_validate(content | {"version": hashlib.sha256(as_bytes(unversioned)).hexdigest()[:16]})


def as_bytes(help_now: HelpNowOut) -> bytes:
    """The canonical JSON (RFC 8259, UTF-8, sorted keys, no spaces): equal content, equal bytes."""
    content = help_now.model_dump(mode="json", by_alias=True)
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def help_members(help_now: HelpNowOut) -> list[HelpMemberOut]:
    """The short list for every problem response: emergency first, then what is open at any hour; at most 6."""
    return [
        HelpMemberOut(
            name=entry.name,
            phone_display=entry.phone_display,
            phone_dial=entry.phone_dial,
            sms=entry.sms,
            web=entry.web,
            what_it_is=entry.what_it_is,
        )
        for entry in (*help_now.emergency, *help_now.always_open)[:MOST_MEMBERS]
    ]


def _shown(entry: Entry) -> EntryOut:
    """Without a clock: what is not open at every hour is `unknown` here."""
    state = OpenState.OPEN if entry.always_open else OpenState.UNKNOWN
    reasons = why_shown(entry, state=state, about_whom=AboutWhom.PREFER_NOT_TO_SAY)
    return entry_out(entry, open_state=state, why_shown=reasons)
