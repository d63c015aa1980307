"""What a school writes of an entry, checked field by field and brought into one form."""

from __future__ import annotations

import datetime as dt
import unicodedata
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError

from app.core import clock
from app.core.problems import InvalidRequest
from app.core.tables import Fault, fault, faults_of
from app.directory import phones
from app.directory.fields import EntryFields

# What is dialled or gone by: whoever changes it has not checked it by that.
CONTACT = ("phone_display", "phone_dial", "sms", "web", "hours", "hours_text", "zone", "address")
# What stands in a path where an entry's id does.
RESERVED = frozenset({"changes", "corrections", "entries", "export", "imports", "review-tasks", "snapshot"})
# As for a check that somebody has made (checks.py): no entry is left alone for years.
LONGEST_UNCHECKED = dt.timedelta(days=400)


def checked(
    fields: Mapping[str, Any], *, country: str, sites: Collection[uuid.UUID], pointer: str = "#"
) -> dict[str, Any]:
    """The fields as they are stored: those that say something, in JSON, as text in composed form (NFC).

    Raises InvalidRequest with every fault.
    """
    given = {name: _composed(value) for name, value in fields.items() if value is not None}
    faults = [*_numbers(given, country, pointer), *_sites(given, sites, pointer)]
    if given.get("id") in RESERVED:
        faults.append(fault(f"{pointer}/id", "reserved_id", "This word stands for something else here."))
    try:
        entry = EntryFields.model_validate(given)
    except ValidationError as error:
        wrong = {fault["pointer"] for fault in faults}
        faults += [each for each in faults_of(error, pointer) if each["pointer"] not in wrong]
        raise InvalidRequest(errors=faults[:50]) from error
    if entry.verify_by is not None and entry.verify_by > clock.now().date() + LONGEST_UNCHECKED:
        detail = f"The next check is at most {LONGEST_UNCHECKED.days} days from now."
        faults.append(fault(f"{pointer}/verify_by", "too_late", detail))
    if faults:
        raise InvalidRequest(errors=faults[:50])
    return entry.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _composed(value: Any) -> Any:
    """One spelling for each name: a macron or an accent is typed in more than one way."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [_composed(each) for each in value]
    if isinstance(value, dict):
        return {name: _composed(each) for name, each in value.items()}
    return value


def _numbers(given: dict[str, Any], country: str, pointer: str) -> list[Fault]:
    """Put numbers into their form, in place: the one that is dialled, and by it the one that is sent to."""
    faults = []
    if given.get("phone_display") and not given.get("phone_dial"):
        given["phone_dial"] = given["phone_display"]
    for name in ("phone_dial", "sms"):
        text = given.get(name)
        if not isinstance(text, str):
            continue
        try:
            number = phones.dialled(text, country=country)
        except phones.NotANumber:
            faults.append(fault(f"{pointer}/{name}", "invalid_number", "This is no telephone number."))
            continue
        # A text message goes to an ordinary mobile number as it is printed.
        plain = "".join(text.split())
        given[name] = plain if name == "sms" and plain.isdecimal() else number
    if given.get("phone_dial") and not given.get("phone_display"):
        given["phone_display"] = given["phone_dial"]
    return faults


def _sites(given: Mapping[str, Any], sites: Collection[uuid.UUID], pointer: str) -> list[Fault]:
    known = {str(site) for site in sites}
    named = given.get("site_ids", ())
    strange = [place for place, site in enumerate(named) if str(site) not in known] if isinstance(named, list) else []
    detail = "This is no site of the school."
    return [fault(f"{pointer}/site_ids/{place}", "unknown_site", detail) for place in strange]
