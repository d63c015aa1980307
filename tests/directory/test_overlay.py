"""What a school says over the national directory, and that no words of it leave anybody without help (D15, J10)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.directory.entries import Tier
from app.directory.overlay import Base, BaseState, Directory, Origin, Word, difference, patched, resolve
from app.directory.pack import bases, load_pack
from app.directory.safety import RULES, is_for_anyone, unmet
from app.packs import countries

AU = bases("AU")
REGION = "VIC"
PACK_HERE = tuple(entry for entry in load_pack("AU") if entry.in_region(REGION))


def directory(*words: Word, base: dict[str, Base] | None = None, region: str | None = REGION) -> Directory:
    return resolve(AU if base is None else base, words, country="AU", region=region)


def patch(entry_id: str, version: str | None = None, **fields: Any) -> Word:
    return Word(entry_id=entry_id, document=json.dumps(fields), base_version=version or AU[entry_id].version)


@pytest.mark.parametrize("country", countries())
def test_each_pack_keeps_the_rules_by_itself_everywhere(country: str) -> None:
    assert unmet(load_pack(country), region=None) == []
    standings = directory().standings
    assert [base.entry for base in bases(country).values() if standings[base.entry.id].published] == list(
        load_pack(country)
    )


def test_what_serves_other_regions_is_published_and_not_served() -> None:
    standings = directory().standings
    served = {name: each.served for name, each in standings.items() if each.published}
    assert served == {entry.id: entry.in_region(REGION) for entry in load_pack("AU")}
    assert (served["au-vic-triage"], served["au-nsw-mhl"]) == (True, False)


def test_without_a_word_it_is_the_pack() -> None:
    assert directory().entries == PACK_HERE
    assert {each.origin for each in directory().standings.values()} == {Origin.NATIONAL}


def test_a_patch_changes_what_it_names_and_null_clears() -> None:
    found = directory(patch("au-lifeline", name="Other", sms=None)).standings["au-lifeline"]
    assert found.entry is not None
    assert (found.origin, found.entry.name, found.entry.sms) == (Origin.PATCHED, "Other", None)
    assert found.entry.phone_dial == AU["au-lifeline"].entry.phone_dial
    fields = AU["au-lifeline"].fields
    assert patched(fields, difference(fields, found.fields or {})) == found.fields


def test_a_whole_entry_with_a_national_id_replaces_it() -> None:
    """As schools did before there were patches."""
    fields = dict(AU["au-lifeline"].fields) | {"name": "Ours"}
    found = directory(Word("au-lifeline", json.dumps(fields))).standings["au-lifeline"]
    assert found.entry is not None
    assert (found.origin, found.entry.name, found.base_state) == (Origin.OWN, "Ours", None)


def test_a_base_that_changes_or_goes_is_noticed() -> None:
    word = patch("au-lifeline", "an earlier version", name="Other")
    assert directory(word).standings["au-lifeline"].base_state is BaseState.CHANGED
    others = {name: base for name, base in AU.items() if name != "au-lifeline"}
    gone = directory(word, base=others).standings["au-lifeline"]
    assert (gone.base_state, gone.entry, gone.served) == (BaseState.GONE, None, False)


def test_pins_come_first_in_their_tier_then_places() -> None:
    words = [Word("au-beyondblue", "", pinned=True), Word("au-mensline", "", position=1)]
    crisis = [entry.id for entry in directory(*words).entries if entry.tier is Tier.CRISIS]
    assert crisis[:2] == ["au-beyondblue", "au-mensline"]
    assert len(crisis) == len({entry.id for entry in load_pack("AU") if entry.tier is Tier.CRISIS})


def test_the_next_check_is_the_countrys_until_the_school_has_made_one() -> None:
    due = dt.date(2028, 1, 1)
    found = {entry.id: entry.verify_by for entry in directory(Word("au-lifeline", "", due=due)).entries}
    assert (found["au-lifeline"], found["au-scbs"]) == (due, AU["au-scbs"].entry.verify_by)


@pytest.mark.parametrize("document", ["nonsense", "[]", "7", '{"id": "another"}', '{"hours": "never ever"}'])
def test_what_cannot_be_read_stands_in_nobodys_way(document: str) -> None:
    own = directory(Word("own", document))
    assert own.entries == PACK_HERE
    assert (own.standings["own"].entry, own.standings["own"].broken is not None) == (None, True)
    over = directory(Word("au-qlife", document, base_version=AU["au-qlife"].version))
    assert over.entries == PACK_HERE
    assert over.standings["au-qlife"].broken is not None


def test_what_is_hidden_and_needed_comes_back_and_says_so() -> None:
    found = directory(*(Word(entry_id, "", hidden=True) for entry_id in AU))
    assert unmet(found.entries, region=REGION) == []
    kept = {name for name, each in found.standings.items() if each.kept_for_safety}
    assert kept == {entry.id for entry in found.entries}
    assert "au-000" in kept
    assert found.counts == dict.fromkeys(found.counts, 0)


# What schools, imports, packs and time could do to an entry that matters, and to one that does not.
IDS = st.sampled_from([*(entry.id for entry in load_pack("AU")[:12]), "own-1", "own-2"])
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "id": st.sampled_from(["au-000", "own-1"]),
    "tier": st.sampled_from([*Tier, None, "king"]),
    "side_list": st.sampled_from([None, "rights"]),
    "regions": st.sampled_from([[], ["NSW"], ["VIC"], "VIC", [7]]),
    "hours": st.sampled_from(["24/7", None, "Mo-Fr 09:00-17:00", "whenever"]),
    "zone": st.sampled_from([None, "Australia/Sydney"]),
    "phone_dial": st.sampled_from([None, "555", AU["au-lifeline"].entry.phone_dial, "call me"]),
    "phone_display": st.sampled_from([None, "555"]),
    "sms": st.sampled_from([None, "555"]),
    "topics": st.sampled_from([[], ["tearful"]]),
    "max_age": st.sampled_from([None, 25, -1]),
    "min_age": st.sampled_from([None, 60]),
    "community": st.sampled_from([None, "men"]),
    "medical_students": st.booleans(),
    "for": st.sampled_from([["self"], ["supporter"], []]),
    "verification": st.sampled_from(["verified", "conflict", "number_unverified"]),
    "verify_by": st.sampled_from([None, "2020-01-01"]),
}
DOCUMENTS = st.fixed_dictionaries({}, optional=FIELDS).map(json.dumps) | st.sampled_from(
    ["", "{}", "null", "no", "[1]"]
)
WHOLE = st.builds(
    lambda entry_id, fields: json.dumps({**AU["au-lifeline"].fields, "id": entry_id, **fields}),
    IDS,
    st.fixed_dictionaries({}, optional=FIELDS),
)
WORDS = st.builds(
    Word,
    entry_id=IDS,
    document=DOCUMENTS | WHOLE,
    base_version=st.sampled_from([None, "old", *(base.version for base in list(AU.values())[:3])]),
    hidden=st.booleans(),
    pinned=st.booleans(),
    position=st.none() | st.integers(-5, 5),
    due=st.none() | st.dates(),
)


@settings(max_examples=150)
@given(words=st.lists(WORDS, max_size=16), region=st.sampled_from(["VIC", "NSW", "ACT", "nowhere"]))
def test_no_words_of_a_school_leave_anybody_without_help(words: list[Word], region: str) -> None:
    """Whatever was said, and however: an emergency entry, a crisis tier, two lines that anyone can call at any hour."""
    found = directory(*words, region=region)
    here = [entry for entry in found.entries if entry.in_region(region)]
    emergency = [entry for entry in here if entry.tier is Tier.EMERGENCY]
    lines = [entry for entry in here if entry.tier not in (Tier.EMERGENCY, None) and entry.always_open]
    assert [entry for entry in emergency if entry.answers_at_once and is_for_anyone(entry)]
    assert [entry for entry in lines if entry.tier is Tier.CRISIS and entry.answers_at_once and is_for_anyone(entry)]
    numbers = {entry.phone_dial or entry.sms for entry in lines if entry.answers_at_once and is_for_anyone(entry)}
    assert len(numbers) >= 2
    # Nothing comes back that is not needed, and whatever comes back says so.
    for each in found.standings.values():
        if each.kept_for_safety:
            assert each.base is not None
            assert each.entry is not None
            assert any(rule.counts(each.base.entry, region=region) for rule in RULES)
            assert each.entry.phone_dial == each.base.entry.phone_dial
        elif each.hidden:
            assert each.id not in {entry.id for entry in found.entries}
    if all(found.counts[rule.code] >= rule.fewest for rule in RULES):
        assert not any(each.kept_for_safety and not each.of_emergencies for each in found.standings.values())
    # The country's emergency number is served as the country says, whatever was said of it.
    [triple_zero] = [entry for entry in found.entries if entry.id == "au-000"]
    assert dataclasses.replace(triple_zero, pinned=False, position=None, verify_by=None) == dataclasses.replace(
        AU["au-000"].entry, verify_by=None
    )
