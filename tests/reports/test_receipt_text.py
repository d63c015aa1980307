"""Receipts: enough chance in them, and read as people type them (J3)."""

from __future__ import annotations

import math
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.receipts import ALPHABET, GROUP_LENGTH, GROUPS, new_receipt, normal_form

SHOWN = re.compile(r"[0-9A-HJKMNP-TV-Z]{5}(?:-[0-9A-HJKMNP-TV-Z]{5}){3}")

shown_receipts = st.text(ALPHABET, min_size=20, max_size=20).map(
    lambda symbols: "-".join(symbols[place : place + GROUP_LENGTH] for place in range(0, 20, GROUP_LENGTH))
)


def test_a_receipt_holds_at_least_eighty_bits_of_chance() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 32
    assert GROUPS * GROUP_LENGTH * math.log2(len(ALPHABET)) >= 80
    made = [new_receipt() for _ in range(2000)]
    assert all(SHOWN.fullmatch(receipt) for receipt in made)
    assert len(set(made)) == len(made)
    # Every place takes every symbol: a fixed or narrow place would be chance that is not there.
    for place in range(len(made[0])):
        seen = Counter(receipt[place] for receipt in made)
        assert len(seen) == (1 if made[0][place] == "-" else 32)


@settings(max_examples=50)
@given(shown_receipts, st.data())
def test_spaces_hyphens_and_case_do_not_matter(receipt: str, data: st.DataObject) -> None:
    typed = ""
    for symbol in receipt:
        if symbol != "-":
            typed += data.draw(st.sampled_from([symbol, symbol.lower()]))
        typed += data.draw(st.sampled_from(["", "", " ", "-", " - ", "\t", "–", "."]))
    assert normal_form(typed) == normal_form(receipt) == receipt.replace("-", "")


@settings(max_examples=50)
@given(shown_receipts)
def test_letters_that_look_like_digits_are_read_as_those(receipt: str) -> None:
    """There is no O, I or L in a receipt: who writes one means 0 or 1."""
    assert not set("OIL") & set(receipt)
    for letters in ("OI", "oi", "OL", "ol", "oL"):
        typed = receipt.translate(str.maketrans("01", letters))
        assert normal_form(typed) == normal_form(receipt)


# Every look-alike that is read as a symbol: full width, Cyrillic, Greek, digits of other scripts, and U for V.
LOOKS_LIKE: dict[str, str] = {
    symbol: "".join(dict.fromkeys(chr(ord(symbol) + 0xFEE0) + more))
    for symbol, more in dict.fromkeys(ALPHABET, "").items()
}
for _seen, _as in (
    ("АВЕЗЅІЈКМНОРСТУХԚԜѴ", "ABE3S1JKMH0PCTYXQWV"),
    ("авезѕіјкмнорстухԛԝѵ", "ABE3S1JKMH0PCTYXQWV"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧν", "ABEZH1KMN0PTYXV"),
    ("OoIiLlUu", "001111VV"),
    ("٠١٢٣٤٥٦٧٨٩", "0123456789"),
    ("𝟎𝟏𝐀𝐁Ⓐ", "01ABA"),
):
    for _like, _symbol in zip(_seen, _as, strict=True):
        LOOKS_LIKE[_symbol] += _like
DASHES = ["", " ", "\u00a0", "-", "\u2010", "\u2011", "\u2012", "–", "—", "\u2212", "－", "_", "\u3000", "\u200b"]


@settings(max_examples=100)
@given(shown_receipts, st.data())
def test_a_receipt_typed_with_look_alikes_is_read_as_it_was_shown(receipt: str, data: st.DataObject) -> None:
    symbols = [symbol for symbol in receipt if symbol != "-"]
    typed = "".join(
        data.draw(st.sampled_from([symbol, symbol.lower(), *LOOKS_LIKE[symbol]])) + data.draw(st.sampled_from(DASHES))
        for symbol in symbols
    )
    assert normal_form(typed) == "".join(symbols)


@pytest.mark.parametrize("typed", ["", " ", "-----", "☃"])
def test_what_holds_no_symbol_at_all_is_no_receipt(typed: str) -> None:
    assert normal_form(typed) == ""


@settings(max_examples=50)
@given(shown_receipts, shown_receipts)
def test_two_receipts_are_never_read_as_one(one: str, other: str) -> None:
    assert (normal_form(one) == normal_form(other)) == (one == other)
