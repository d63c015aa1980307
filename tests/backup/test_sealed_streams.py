"""A sealed stream opens whole and unchanged, or not at all."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import sealed_stream
from app.core.crypto import KeyRing
from app.core.sealed_stream import CHUNK, TAG_BYTES, Unsealable
from tests.support.server import master_keys

RING = KeyRing.parse(master_keys("new", "old"))
PLAIN = bytes(range(256)) * 700  # two whole chunks and a part
WHOLE = CHUNK + TAG_BYTES


def sealed(plain: bytes = PLAIN, *, ring: KeyRing = RING) -> bytes:
    out = io.BytesIO()
    sealed_stream.seal([plain[:10], plain[10:]], out, ring=ring)
    return out.getvalue()


def opened(data: bytes, *, ring: KeyRing = RING) -> bytes:
    return b"".join(sealed_stream.unseal(io.BytesIO(data), ring=ring))


SEALED, ANOTHER = sealed(), sealed()
START = len(SEALED) - len(PLAIN) - 3 * TAG_BYTES


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_what_was_sealed_opens_at_every_length(length: int) -> None:
    assert opened(sealed(PLAIN[:length])) == PLAIN[:length]


def test_nothing_of_it_shows_but_the_name_of_the_key() -> None:
    assert SEALED != ANOTHER
    assert PLAIN[:16] not in SEALED
    assert sealed_stream.kid_of(io.BytesIO(SEALED)) == "new"


@given(at=st.integers(0, len(SEALED) - 1), bit=st.integers(0, 7))
@settings(max_examples=60)
def test_a_bit_that_is_changed_anywhere_is_found(at: int, bit: int) -> None:
    changed = bytearray(SEALED)
    changed[at] ^= 1 << bit
    with pytest.raises(Unsealable):
        opened(bytes(changed))


@given(length=st.integers(0, len(SEALED) - 1))
@settings(max_examples=40)
def test_an_end_that_is_missing_is_found(length: int) -> None:
    with pytest.raises(Unsealable):
        opened(SEALED[:length])


@pytest.mark.parametrize(
    "made",
    [
        lambda: SEALED[: START + WHOLE],
        lambda: SEALED[: START + 2 * WHOLE],
        lambda: SEALED[:START],
        lambda: SEALED[:START] + SEALED[START + WHOLE :],
        lambda: (
            SEALED[:START]
            + SEALED[START + WHOLE : START + 2 * WHOLE]
            + SEALED[START : START + WHOLE]
            + SEALED[START + 2 * WHOLE :]
        ),
        lambda: SEALED[: START + WHOLE] + ANOTHER[START + WHOLE :],
        lambda: ANOTHER[:START] + SEALED[START:],
        lambda: SEALED + b"\0",
        lambda: SEALED + SEALED[START + 2 * WHOLE :],
    ],
    ids=[
        "one chunk alone",
        "the last chunk cut off",
        "the header alone",
        "the first chunk left out",
        "two chunks swapped",
        "a chunk of another file",
        "the header of another file",
        "a byte more",
        "a chunk more",
    ],
)
def test_chunks_that_are_not_as_they_were_put_are_found(made: Callable[[], bytes]) -> None:
    with pytest.raises(Unsealable, match="damaged, or a part of it is missing"):
        opened(made())


def test_it_says_which_key_it_needs_and_what_it_is_not() -> None:
    with pytest.raises(Unsealable, match="needs the master key 'new'"):
        opened(SEALED, ring=KeyRing.parse(master_keys("other")))
    # The same name for another key.
    with pytest.raises(Unsealable, match="damaged"):
        opened(SEALED, ring=KeyRing.parse(master_keys("new")))
    with pytest.raises(Unsealable, match="is not a backup of Peerline"):
        opened(b"SQLite format 3\0" * 100)
    later = bytearray(SEALED)
    later[len(sealed_stream.MAGIC)] = 2
    with pytest.raises(Unsealable, match="has the format 2; this program knows 1 alone"):
        opened(bytes(later))
