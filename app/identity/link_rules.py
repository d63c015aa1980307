"""Who may have a link made for whom, and when a second person is needed. Values in, values out."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from app.identity.role_rules import GIVEN_BY_IT, READS_CASES
from app.vocabulary import LinkPurpose, Role

# Whoever has the password of one of these can read cases, or can let somebody read them.
OPENS_CASES = READS_CASES | {Role.COORDINATOR, Role.SPONSOR}


def within_reach_of_it(roles: AbstractSet[Role]) -> bool:
    """Whether a link for somebody with these roles may be made, or used, on the word of school IT alone."""
    return roles <= GIVEN_BY_IT


def needs_second_person(purpose: LinkPurpose, roles: AbstractSet[Role]) -> bool:
    """Whether a link does anything before a second person has confirmed it.

    Of somebody who joins it is the roles that are confirmed, one by one.
    """
    return purpose is LinkPurpose.NEW_PASSWORD and not OPENS_CASES.isdisjoint(roles)
