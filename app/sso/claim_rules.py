"""Which roles a token's claims give. Rules only: values in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.sso.schemas import ClaimRule
from app.vocabulary import Role

# A claim may hold the person's whole directory entry: nobody has to look through all of it.
MOST_VALUES = 2000


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


def alias_from(claims: Mapping[str, Any], name: str | None, *, longest: int) -> str | None:
    """What somebody is called at first, in one line; None where the claim says nothing."""
    value = _claim(claims, name) if name else None
    if not isinstance(value, str):
        return None
    words = " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())
    return words[:longest].strip() or None
