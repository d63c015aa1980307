"""The rules for new passwords, as values (NIST SP 800-63B-4, 3.1.1.2; RFC 8265, 4.2)."""

from __future__ import annotations

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.identity.password_rules import LONGEST, SHORTEST, About, faults, normalise

ABOUT = About("lee.okafor@harbour.example", "Lee", "Harbour Medical School", "harbour")
NAMES = ("lee.okafor@harbour.example", "okafor", "Lee", "Harbour Medical School", "harbour", "Peerline")
# What nobody can guess from the rest: no vowels, so no word of a language, and nothing in a row.
CHANCE = st.text(st.sampled_from("kxvwqzjpmh259"), min_size=SHORTEST, max_size=LONGEST)
# What people put between words, or after them, to satisfy other rules.
BETWEEN = st.sampled_from(("", " ", "-", ".", "_", "!"))

SAMPLES = ("short", "x" * 300, "a\n" * 10, "harbour" * 3, "password" * 2, "abcdefghijklmnop", "hahahahahahahaha")
SAID = {each for sample in SAMPLES for each in faults(sample, ABOUT)}


def codes(password: str) -> list[str]:
    return [fault.code for fault in faults(normalise(password), ABOUT)]


@pytest.mark.parametrize(
    "password",
    [
        "seven wet otters in a teapot",
        "sieben nasse Otter in der Teekanne",
        "我喜欢在早上喝绿茶然后去散步看看花",
        "кот сидит на тёплом окне",
        "x8#kQ!v2Lp@9zR$mT",
        "🦦🌧️📚🔑🪴🚲🫖🧣🐙🌵🍋🥁🎻🧭🪁",
        "  two blanks before and after  ",
        # A name in it does no harm where enough stands beside it.
        "the harbour seal sleeps at noon",
        "v" * 5 + " x8kqz2wpm5jh9",
        # No kind of character is asked for.
        "otterteapotblanketviolin",
    ],
)
def test_what_is_long_and_ones_own_may_be_used(password: str) -> None:
    assert codes(password) == []


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("fourteen chars", "too_short"),
        ("x8#kQ!v2Lp@9zR$m" * 13, "too_long"),
        ("seven wet otters\nin a teapot", "control_character"),
        ("lee.okafor@harbour.example", "made_of_names"),
        ("HarbourMedicalSchool2026!", "made_of_names"),
        ("h-4-r-b-0-u-r-m-3-d-1-c-a-l", "made_of_names"),
        ("Peerline Peerline 1", "made_of_names"),
        ("Correct Horse Battery Staple!", "common_phrase"),
        ("P@ssw0rd P4$$w0rd 2024", "common_phrase"),
        ("letmein letmein letmein", "common_phrase"),
        ("abcdefghijklmnop", "run_of_keys"),
        ("9876543210987654", "run_of_keys"),
        ("qwertyuiop asdfgh", "run_of_keys"),
        ("1qaz2wsx3edc4rfv", "run_of_keys"),
        ("aaaaaaaaaaaaaaaaaaaa", "repeated"),
        ("hahahahahahahahaha", "repeated"),
        ("abba abba baab abab", "repeated"),
        ("tea cup tea cup tea cup", "repeated"),
        ("!!!!!!!!!!!!!!!!!!", "repeated"),
        # Each alone would leave enough, both together do not.
        ("harbour 123456789", "run_of_keys"),
    ],
)
def test_what_anybody_would_try_first_is_refused_by_its_rule(password: str, code: str) -> None:
    assert codes(password) == [code]


@given(st.lists(st.sampled_from(NAMES), min_size=4, max_size=8), BETWEEN, st.integers(0, 9999))
def test_names_in_any_order_with_a_number_behind_them_are_not_a_password(
    names: list[str], between: str, number: int
) -> None:
    for spelt in (str.lower, str.upper, str.title):
        password = spelt(between.join(names)) + str(number)
        if SHORTEST <= len(password) <= LONGEST:
            assert codes(password) == ["made_of_names"]


@given(CHANCE)
def test_chance_is_refused_for_nothing_but_too_few_kinds(password: str) -> None:
    """Whatever else the rules look for is not in it, but it may happen to repeat itself."""
    assert codes(password) in ([], ["repeated"])
    if len(set(password)) >= 10:
        assert codes("b" + password[: LONGEST - 12] + "fgcnrtlsdyg") == []


@given(st.text(max_size=LONGEST + 20))
def test_any_text_gets_an_answer_that_says_nothing_of_it(password: str) -> None:
    """Length is counted in characters after normalising; what is said is the same whatever the password."""
    normalised = normalise(password)
    found = faults(normalised, ABOUT)
    assert ("too_short" in [each.code for each in found]) is (len(normalised) < SHORTEST)
    assert ("too_long" in [each.code for each in found]) is (len(normalised) > LONGEST)
    assert found == faults(normalised, ABOUT)
    assert set(found) <= SAID


@given(st.text(max_size=60))
def test_the_same_characters_are_the_same_password_on_every_keyboard(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert normalise(unicodedata.normalize("NFD", text)) == once
    assert len(once) <= 3 * len(text)


def test_different_characters_stay_different() -> None:
    """NFC, not NFKC: what was chosen is not made poorer. Blanks are the exception."""
    assert len({normalise(each) for each in ("x²", "x2", "X2", "x２")}) == 4
    assert {normalise(f"a{each}b") for each in "\u00a0\u2003\u3000 "} == {"a b"}
    assert normalise(string.printable) == string.printable
