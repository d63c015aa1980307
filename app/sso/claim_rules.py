"""What a rule is, and which roles a token's claims give. Values in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.schemas import InputModel, composed
from app.vocabulary import Role

ClaimName = Annotated[str, StringConstraints(min_length=1, max_length=120)]
ClaimValue = Annotated[str, StringConstraints(min_length=1, max_length=200)]

# A claim may hold the person's whole directory entry: nobody has to look through all of it.
MOST_VALUES = 2000


class ClaimRule(InputModel):
    """Who has this in a claim has the role. Give exactly one of `equals`, `contains` and `ends_with`.

    `equals`: the claim is this text, number or true/false. `contains`: one of the claim's values is this; a single text
    counts as a list of one, and is never searched. `ends_with`: one of its texts ends so, such as an address. A claim
    inside another is named with a dot: `realm_access.roles`. An `email` that is not `email_verified` gives nothing.
    """

    claim: ClaimName = Field(examples=["eduperson_affiliation"])
    equals: ClaimValue | None = None
    contains: ClaimValue | None = Field(default=None, examples=["student"])
    ends_with: ClaimValue | None = None
    role: Role = Field(examples=["student"])

    @model_validator(mode="after")
    def _one_test(self) -> ClaimRule:
        if sum(test is not None for test in (self.equals, self.contains, self.ends_with)) != 1:
            raise PydanticCustomError("one_of_three", "Give exactly one of equals, contains and ends_with")
        return self


def roles_for(rules: Iterable[ClaimRule], claims: Mapping[str, Any]) -> frozenset[Role]:
    """The roles of every rule that fits, none when none does."""
    return frozenset(rule.role for rule in rules if _fits(rule, claims))


def _fits(rule: ClaimRule, claims: Mapping[str, Any]) -> bool:
    # Anybody may be able to write an address there until the provider has seen that they read it.
    if rule.claim == "email" and claims.get("email_verified") is not True:
        return False
    value = _claim(claims, rule.claim)
    if rule.equals is not None:
        return _text(value) == rule.equals
    values = [_text(each) for each in (value[:MOST_VALUES] if isinstance(value, list) else [value])]
    if rule.contains is not None:
        return rule.contains in values
    return any(each is not None and each.endswith(rule.ends_with or "") for each in values) and bool(rule.ends_with)


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """By its name; else, at its dots, one in another: names that are addresses have dots of their own."""
    if name in claims:
        return claims[name]
    head, dot, rest = name.partition(".")
    inner = claims.get(head)
    return _claim(inner, rest) if dot and isinstance(inner, dict) else None


def _text(value: Any) -> str | None:
    """How JSON writes it; None for what is no single value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else None


def external_id_from(claims: Mapping[str, Any], name: str | None, *, longest: int) -> str | None:
    """The id that the school's directory has of somebody, spelt as an import spells it; None where the claim says none
    that could be one."""
    value: str | None = composed(_text(_claim(claims, name))) if name else None
    fits = value is not None and 1 <= len(value) <= longest and value.isprintable() and value == value.strip()
    return value if fits else None


def alias_from(claims: Mapping[str, Any], name: str | None, *, longest: int) -> str | None:
    """What somebody is called at first, in one line; None where the claim says nothing."""
    value = _claim(claims, name) if name else None
    if not isinstance(value, str):
        return None
    words = " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())
    return words[:longest].strip() or None
