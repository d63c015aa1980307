"""Receipts: the only key to a report, made by the server, kept as a keyed hash. There is no way to recover one."""

from __future__ import annotations

import re
import secrets
import unicodedata

# Crockford's base 32: no letter that can be taken for another or for a digit.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS, GROUP_LENGTH = 4, 5
LENGTH = GROUPS * GROUP_LENGTH  # 100 bits; a 2014 audit of GlobaLeaks asked for at least 80
# For every byte a symbol, each for as many bytes as any other.
_SYMBOLS = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))
# What is in no receipt, and what people mean by it: letters like digits, U for V, and the Cyrillic (first) and Greek
# letters that look like Latin ones, as some keyboards and some software put them. Upper case, after NFKC.
_READ_AS = str.maketrans(
    {"O": "0", "I": "1", "L": "1", "U": "V"}
    | dict(zip("АВЕЗЅІЈКМНОРСТУҮХԚԜѴ", "ABE3S1JKMH0PCTYYXQWV", strict=True))
    | dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZH1KMN0PTYX", strict=True))
)
# As it is shown, which is how nearly all come.
_SHOWN = re.compile(rf"[{ALPHABET}]+")
# In lower case it looks like another letter than in upper case: the Greek nu.
_SMALL = str.maketrans({"ν": "v"})


def new_receipt() -> str:
    """A receipt as it is shown: four groups of five, such as `7K3QD-…`."""
    symbols = secrets.token_bytes(LENGTH).translate(_SYMBOLS).decode()
    return "-".join(symbols[i : i + GROUP_LENGTH] for i in range(0, LENGTH, GROUP_LENGTH))


def normal_form(typed: str) -> str:
    """A receipt as people type it, in the one form that is hashed.

    Spaces and dashes of every kind do not count, nor do case and width; look-alikes are read as what they look like,
    digits of any script as those digits. No two receipts have one form: none of what is read as something else is in
    a receipt.
    """
    shown = typed.replace("-", "")
    if _SHOWN.fullmatch(shown):
        return shown
    plain = unicodedata.normalize("NFKC", typed).translate(_SMALL).upper()
    kept = "".join(_digit(char) for char in plain if char.isalnum())
    return kept.translate(_READ_AS)


def _digit(char: str) -> str:
    value = unicodedata.decimal(char, None)
    return char if value is None else str(value)
