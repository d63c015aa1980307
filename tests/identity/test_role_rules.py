"""Which roles may be given by whom (contract 1.2, domain D17): values in, values out."""

from __future__ import annotations

from app.identity.role_rules import GIVEN_BY_IT, NOT_WITH_ASSESSING, READS_CASES, is_barred, is_excluded, may_give
from app.vocabulary import Role


def test_nothing_that_it_gives_reads_a_case() -> None:
    assert not GIVEN_BY_IT & READS_CASES
    assert {role for role in Role if may_give(role, by={Role.SCHOOL_IT})} == GIVEN_BY_IT


def test_a_coordinator_gives_every_role_of_a_school() -> None:
    assert {role for role in Role if not may_give(role, by={Role.COORDINATOR})} == {Role.PLATFORM_OPERATOR}


def test_no_other_role_gives_any() -> None:
    others = set(Role) - {Role.COORDINATOR, Role.SCHOOL_IT}
    assert not [role for role in Role if may_give(role, by=others)]


def test_who_assesses_at_one_school_may_care_at_another() -> None:
    assert {role for role in Role if is_barred(role, school="harbour", assesses_at=["ridge", "harbour"])} == (
        NOT_WITH_ASSESSING
    )
    assert not [role for role in Role if is_barred(role, school="harbour", assesses_at=["ridge"])]


def test_of_coordinators_and_evaluators_nobody_is_both() -> None:
    """And there is no other such pair; having a role already is no pair."""
    pairs = {(role, other) for role in Role for other in Role if is_excluded(role, beside={other, Role.STUDENT})}
    assert pairs == {(Role.COORDINATOR, Role.EVALUATOR), (Role.EVALUATOR, Role.COORDINATOR)}
