"""What a wave cannot tell because of how it is made (STUDY B10, D16, D19). Pure: it warns, and stops nobody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.vocabulary.evaluation import PARTIES, VOLUNTARY, DesignWarning, Direction, Domain, Population

TRUST = frozenset({Domain.TRUST_IN_PROGRAM, Domain.TRUST_IN_SCHOOL})

TEXTS = {
    DesignWarning.ONE_PARTY: "Only one side of support is asked: those who receive it, or those who give it.",
    DesignWarning.ONE_DIRECTION: "Only one direction is asked: what is hoped for, or harm. The other stays unseen.",
    DesignWarning.POPULATION_IN_ONE_DIRECTION: "These people are asked in one direction only, or nothing at all.",
    DesignWarning.NO_GENERAL_COHORT: "Students as a whole are not asked: there is nothing to compare with.",
    DesignWarning.NO_STAFF: "Staff are not asked. They see other things, and worry about others.",
    DesignWarning.ONLY_VOLUNTARY: "Only people who took part by their own wish are asked. Others may think otherwise.",
    DesignWarning.NO_BASELINE: "Nothing was asked before the program began: what changed by it cannot be told.",
    DesignWarning.ASKED_ONCE: "This is the first of its kind. One wave shows how things are, not what becomes of them.",
    DesignWarning.DESIGN_CHANGED: "The wave before asked these people something else: the two do not compare.",
    DesignWarning.TOO_FEW_INVITED: "So few are invited that nothing of what they answer can be published.",
    DesignWarning.TRUST_NOT_ASKED: "Nobody is asked about trust, in the program or in the school.",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One item, as far as a design goes."""

    code: str
    populations: frozenset[Population]
    direction: Direction
    domain: Domain | None


@dataclass(frozen=True, slots=True)
class Design:
    """A wave. `invited`: how many people of each population that it asks."""

    invited: Mapping[Population, int]
    items: Sequence[Asked]
    closes_on: dt.date

    def codes_for(self, population: Population) -> frozenset[str]:
        return frozenset(item.code for item in self.items if population in item.populations)


@dataclass(frozen=True, slots=True)
class Warned:
    """`population`: whom it is about, where it is about one."""

    code: DesignWarning
    population: Population | None = None


def warnings(
    design: Design, *, earlier: Sequence[Design], program_started_on: dt.date | None, programme: bool, k: int
) -> list[Warned]:
    """`earlier`: the waves before it in its series, the newest first. `programme`: whether the school has one; `k`: its
    smallest group."""
    asked = frozenset(population for population in design.invited if design.codes_for(population))
    found = [Warned(code) for code, wrong in _as_a_whole(design, asked, programme=programme) if wrong]
    if program_started_on is not None and not any(each.closes_on < program_started_on for each in (design, *earlier)):
        found.append(Warned(DesignWarning.NO_BASELINE))
    if not earlier:
        found.append(Warned(DesignWarning.ASKED_ONCE))
    for population in Population:
        if population in design.invited:
            found += _of_one(design, population, before=earlier[0] if earlier else None, k=k)
    return found


def _as_a_whole(
    design: Design, asked: frozenset[Population], *, programme: bool
) -> tuple[tuple[DesignWarning, bool], ...]:
    directions = {item.direction for item in design.items if not item.populations.isdisjoint(asked)}
    domains = {item.domain for item in design.items if not item.populations.isdisjoint(asked)}
    return (
        # Without a programme there are no two sides that a wave could leave one out of (STUDY B13).
        (DesignWarning.ONE_PARTY, programme and not asked >= set(PARTIES)),
        (DesignWarning.ONE_DIRECTION, len(directions) < len(Direction)),
        (DesignWarning.NO_GENERAL_COHORT, Population.GENERAL_COHORT not in asked),
        (DesignWarning.NO_STAFF, Population.STAFF not in asked),
        (DesignWarning.ONLY_VOLUNTARY, asked <= set(VOLUNTARY)),
        (DesignWarning.TRUST_NOT_ASKED, not TRUST & domains),
    )


def _of_one(design: Design, population: Population, *, before: Design | None, k: int) -> list[Warned]:
    directions = {item.direction for item in design.items if population in item.populations}
    found = []
    if len(directions) < len(Direction):
        found.append(Warned(DesignWarning.POPULATION_IN_ONE_DIRECTION, population))
    if design.invited[population] < k:
        found.append(Warned(DesignWarning.TOO_FEW_INVITED, population))
    earlier = None if before is None or population not in before.invited else before.codes_for(population)
    if earlier is not None and earlier != design.codes_for(population):
        found.append(Warned(DesignWarning.DESIGN_CHANGED, population))
    return found
