"""Which claims give which roles, and what they call somebody. Rules alone."""

from __future__ import annotations

import unicodedata
from typing import Any

import pydantic
import pytest

from app.sso.claim_rules import ClaimRule, alias_from, external_id_from, roles_for

CLAIMS: dict[str, Any] = {
    "affiliation": ["member", "student@harbour.example"],
    "kind": "student",
    "year": 3,
    "enrolled": True,
    "realm_access": {"roles": ["evaluation"]},
    "https://harbour.example/role": "student",
    "email": "sam@students.harbour.example",
    "nothing": None,
    "deep": [["student"]],
}


@pytest.mark.parametrize(
    ("claim", "test", "fits"),
    [
        ("kind", {"equals": "student"}, True),
        ("kind", {"equals": "Student"}, False),
        ("kind", {"equals": "stud"}, False),
        ("kind", {"contains": "student"}, True),
        # A text is never searched: it would find "not-a-student".
        ("kind", {"contains": "stud"}, False),
        ("affiliation", {"equals": "member"}, False),
        ("affiliation", {"contains": "member"}, True),
        ("affiliation", {"contains": "student"}, False),
        ("affiliation", {"ends_with": "@harbour.example"}, True),
        ("affiliation", {"ends_with": "@elsewhere.example"}, False),
        ("year", {"equals": "3"}, True),
        ("enrolled", {"equals": "true"}, True),
        ("enrolled", {"equals": "1"}, False),
        ("realm_access.roles", {"contains": "evaluation"}, True),
        ("realm_access.groups", {"contains": "evaluation"}, False),
        ("https://harbour.example/role", {"equals": "student"}, True),
        ("nothing", {"equals": "None"}, False),
        ("absent", {"ends_with": "t"}, False),
        ("deep", {"contains": "student"}, False),
        ("kind.more", {"equals": "student"}, False),
        # Anybody might have written it there.
        ("email", {"ends_with": "@students.harbour.example"}, False),
    ],
)
def test_a_rule_fits_what_it_says_and_nothing_like_it(claim: str, test: dict[str, str], fits: bool) -> None:
    rule = ClaimRule.model_validate({"claim": claim, "role": "student", **test})
    assert roles_for([rule], CLAIMS) == ({"student"} if fits else set())


def test_an_address_counts_once_the_provider_has_verified_it() -> None:
    rule = ClaimRule.model_validate({"claim": "email", "ends_with": ".harbour.example", "role": "student"})
    for verified, fits in ((True, True), (False, False), ("true", False), (1, False)):
        assert bool(roles_for([rule], CLAIMS | {"email_verified": verified})) is fits


def test_a_rule_has_exactly_one_test() -> None:
    for tests in ({}, {"equals": "a", "contains": "a"}, {"contains": ""}):
        with pytest.raises(pydantic.ValidationError):
            ClaimRule.model_validate({"claim": "kind", "role": "student", **tests})


def test_an_alias_is_one_short_line_and_an_id_is_spelt_as_an_import_spells_it() -> None:
    for given, alias in (
        ("Sam", "Sam"),
        ("  Sam\n\u202e Lee ", "Sam Lee"),
        ("S" * 100, "S" * 80),
        ("", None),
        (["Sam"], None),
        (None, None),
    ):
        assert alias_from({"given_name": given}, "given_name", longest=80) == alias
    assert alias_from({"given_name": "Sam"}, None, longest=80) is None
    two_ways = unicodedata.normalize("NFD", "tāne-1"), unicodedata.normalize("NFC", "tāne-1")
    taken = (("s1234567", "s1234567"), (1234, "1234"), (" 1", None), ("", None), ("1" * 101, None), two_ways)
    for given, external_id in (*taken, ("\u0958" * 51, None)):
        assert external_id_from({"number": given}, "number", longest=100) == external_id
