"""Sealed values open only with their key and in their place; hashes depend on their use."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import crypto
from app.core.crypto import BadKeyRing, CannotOpen, KeyRing, Place
from app.core.ids import new_id, new_opaque_id

PLACE = Place("reports", "1", "narrative_sealed")


@given(st.binary(max_size=200))
def test_what_is_sealed_opens_in_its_place(plain: bytes) -> None:
    key = crypto.new_key()
    assert crypto.unseal(key, crypto.seal(key, plain, PLACE), PLACE) == plain


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_what_is_sealed_alike_is_the_same_for_the_same_alone(one: bytes, other: bytes) -> None:
    key = crypto.new_key()
    sealed = crypto.seal_alike(key, one, PLACE)
    assert crypto.seal_alike(key, one, PLACE) == sealed != crypto.seal(key, one, PLACE)
    assert crypto.unseal(key, sealed, PLACE) == one
    elsewhere = Place("reports", "2", "narrative_sealed")
    nonces = {
        crypto.seal_alike(*given)[: crypto.NONCE_BYTES]
        for given in ((key, one, PLACE), (key, other, PLACE), (key, one, elsewhere), (crypto.new_key(), one, PLACE))
    }
    assert len(nonces) == (3 if one == other else 4)


@pytest.mark.parametrize(
    "place",
    [
        Place("reports", "2", "narrative_sealed"),
        Place("reports", "1", "identity_sealed"),
        Place("messages", "1", "narrative_sealed"),
    ],
)
def test_a_value_moved_elsewhere_does_not_open(place: Place) -> None:
    key = crypto.new_key()
    with pytest.raises(CannotOpen):
        crypto.unseal(key, crypto.seal(key, b"words", PLACE), place)


def test_another_key_or_a_changed_or_short_value_does_not_open() -> None:
    key = crypto.new_key()
    sealed = crypto.seal(key, b"words", PLACE)
    for other_key, value in ((crypto.new_key(), sealed), (key, sealed[:-1] + b"\0"), (key, b""), (key, sealed[:5])):
        with pytest.raises(CannotOpen):
            crypto.unseal(other_key, value, PLACE)


def test_the_same_words_never_look_the_same() -> None:
    key = crypto.new_key()
    assert crypto.seal(key, b"words", PLACE) != crypto.seal(key, b"words", PLACE)


def test_the_newest_master_key_wraps_and_older_ones_still_unwrap() -> None:
    old, new = (crypto.encode_b64(crypto.new_key()) for _ in range(2))
    kid, wrapped = KeyRing.parse(f"old:{old}").wrap(b"k" * 32, PLACE)
    rotated = KeyRing.parse(f"new:{new},old:{old}")
    assert rotated.unwrap(kid, wrapped, PLACE) == b"k" * 32
    assert rotated.wrap(b"k" * 32, PLACE)[0] == "new"
    with pytest.raises(CannotOpen):
        KeyRing.parse(f"new:{new}").unwrap(kid, wrapped, PLACE)


@pytest.mark.parametrize("text", ["", "a", "a:", ":AAAA", "a:AAAA", "a:!!!!", "same:{0},same:{0}", "{0}", "{0}:a"])
def test_a_malformed_key_ring_is_refused_without_naming_the_key(text: str) -> None:
    material = crypto.encode_b64(b"\1" * 32)
    with pytest.raises(BadKeyRing) as refused:
        KeyRing.parse(text.format(material))
    assert material not in str(refused.value)


def test_ids_show_their_time_or_nothing() -> None:
    assert new_id().version == 7
    assert new_opaque_id().version == 4
    assert new_id().variant == uuid.RFC_4122
    first, second = new_id(), new_id()
    assert first.int >> 80 <= second.int >> 80
