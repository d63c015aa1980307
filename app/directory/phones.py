"""Telephone numbers in the one form in which a phone dials them. Pure."""

from __future__ import annotations

import re

import phonenumbers

# Short codes (000, 131114) and freephone or local-rate numbers: they are dialled inside the country, as they are.
_INSIDE = re.compile(r"000|[1-9][0-9]{2,5}|1[38]00[0-9]{6}")
_LOCAL_RATE = re.compile(r"1[38]00[0-9]{6}|13[0-9]{4}")
_WRITTEN = re.compile(r"[0-9 ().\-\u2010\u2011\u2013/]+")


class NotANumber(ValueError):
    """This is no number that a phone can dial."""


def dialled(text: str, *, country: str) -> str:
    """The number as it is dialled: E.164, or as it is where it is one for inside the country. Raises NotANumber."""
    bare = text.strip()
    if not _WRITTEN.fullmatch(bare.removeprefix("+")):
        raise NotANumber
    digits = re.sub(r"[^0-9]", "", bare)
    if not bare.startswith("+") and _INSIDE.fullmatch(digits):
        return digits
    try:
        number = phonenumbers.parse(bare, country)
    except phonenumbers.NumberParseException as error:
        raise NotANumber from error
    if number.extension or not phonenumbers.is_valid_number(number):
        raise NotANumber
    national = str(number.national_number)
    if number.country_code == phonenumbers.country_code_for_region(country) and _LOCAL_RATE.fullmatch(national):
        # One line, one form: it would count as two otherwise.
        return national
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
