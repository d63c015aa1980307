"""What every directory has, whatever a school does with it: somebody who answers when a life is in danger.

The rules are data. They refuse a change that would break one (keeping), and they bring national entries back where one
is broken all the same (overlay).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from app.directory.entries import UNPUBLISHED, Entry, ForWhom, Tier

# An adult's age: a line for those who are older than that is not for every student.
GROWN_UP = 18


@dataclass(frozen=True, slots=True)
class SafetyRule:
    """At least `fewest` entries, each with a number of its own, that serve the school's region and can be called.

    `tiers`: those that count. `always_open`: only at any hour. `for_anyone`: only without an age, a community or a
    topic to fit into, and also about somebody else. `code` and `message` are for whoever is refused.
    """

    code: str
    tiers: frozenset[Tier]
    fewest: int
    always_open: bool
    for_anyone: bool
    message: str

    def counts(self, entry: Entry, *, region: str | None) -> bool:
        return (
            entry.tier in self.tiers
            and entry.verification not in UNPUBLISHED
            and entry.in_region(region)
            and entry.answers_at_once
            and (entry.always_open or not self.always_open)
            and (not self.for_anyone or is_for_anyone(entry))
        )

    def count(self, entries: Iterable[Entry], *, region: str | None) -> int:
        """How many lines there are: two entries that lead to one number are one, and an emergency number is no line."""
        found, emergency = set(), set()
        for entry in entries:
            if entry.tier is Tier.EMERGENCY:
                emergency.add(entry.phone_dial)
            if self.counts(entry, region=region):
                found.add(entry.phone_dial or entry.sms)
        return len(found if Tier.EMERGENCY in self.tiers else found - emergency)


def is_for_anyone(entry: Entry) -> bool:
    """Whether any student may call it, about themselves or somebody else, without asking first."""
    young_enough = entry.min_age is None or entry.min_age <= GROWN_UP
    both = {ForWhom.SELF, ForWhom.WORRIED_ABOUT_SOMEONE} <= set(entry.for_whom)
    return entry.for_anyone and young_enough and both


RULES = (
    SafetyRule(
        code="last_emergency_entry",
        tiers=frozenset({Tier.EMERGENCY}),
        fewest=1,
        always_open=True,
        for_anyone=True,
        message="An emergency entry that anyone here can call at any hour has to stay.",
    ),
    SafetyRule(
        code="last_crisis_entry",
        tiers=frozenset({Tier.CRISIS}),
        fewest=1,
        always_open=True,
        for_anyone=True,
        message="A crisis line that anyone here can call at any hour has to stay.",
    ),
    SafetyRule(
        code="too_few_at_any_hour",
        tiers=frozenset(Tier) - {Tier.EMERGENCY},
        fewest=2,
        always_open=True,
        for_anyone=True,
        message="Two services beside the emergency one have to stay that anyone here can call at any hour.",
    ),
)


def unmet(entries: Collection[Entry], *, region: str | None) -> list[SafetyRule]:
    """The rules that these entries break."""
    return [rule for rule in RULES if rule.count(entries, region=region) < rule.fewest]
