"""Receipts: the only key to a report, made by the server, kept as a keyed hash. There is no way to recover one."""

from __future__ import annotations

import secrets

# Crockford's base 32: no letter that can be taken for another or for a digit.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS, GROUP_LENGTH = 4, 5
LENGTH = GROUPS * GROUP_LENGTH  # 100 bits; a 2014 audit of GlobaLeaks asked for at least 80
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_receipt() -> str:
    """A receipt as it is shown: four groups of five, such as `7K3QD-…`."""
    symbols = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(symbols[i : i + GROUP_LENGTH] for i in range(0, LENGTH, GROUP_LENGTH))


def normal_form(typed: str) -> str:
    """A receipt as people type it (spaces, lower case, O for 0), in the one form that is hashed."""
    kept = "".join(char for char in typed.upper() if char.isalnum())
    return kept.translate(_READ_AS)
