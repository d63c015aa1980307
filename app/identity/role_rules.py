"""Which roles may be given by whom. Values in, values out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from app.vocabulary import Role

# Whoever holds one of these may come to read what somebody was told in confidence: given by a coordinator, and by
# nobody alone. A sponsor or a privacy officer, who is neither of the two, confirms it (contract 1.2).
READS_CASES = frozenset({Role.TRIAGER, Role.ADVISER, Role.INDEPENDENT_HANDLER, Role.PRIVACY_OFFICER})

# And sponsors, who confirm them: else whoever gives roles would begin by making themselves a second person.
NEEDS_SECOND_WORD = READS_CASES | {Role.SPONSOR}

# All that school IT, a service account, an import of people or a claim of a sign-in can ever give.
GIVEN_BY_IT = frozenset({Role.STUDENT, Role.EVALUATOR, Role.SCHOOL_IT})

# Whoever assesses students of a school cares for none of them (domain D17).
NOT_WITH_ASSESSING = frozenset({Role.TRIAGER, Role.ADVISER, Role.COORDINATOR, Role.INDEPENDENT_HANDLER})

# Whoever runs the programme sees nothing of what people answer about it (domain, 3.6): nobody has both, or is to have.
NEVER_TOGETHER = frozenset({Role.COORDINATOR, Role.EVALUATOR})

# Whoever has none of these can do nothing on call.
ON_CALL = frozenset({Role.SUPPORTER, Role.ADVISER, Role.TRIAGER, Role.INDEPENDENT_HANDLER, Role.COORDINATOR})

# Who has a say in the roles of a school, and who sees them all.
GIVERS = (Role.COORDINATOR, Role.SCHOOL_IT)
SECOND_PEOPLE = (Role.SPONSOR, Role.PRIVACY_OFFICER)
OVERSEERS = (*GIVERS, *SECOND_PEOPLE)

# How long a second person has; after that it has to be given again.
CONFIRM_WITHIN = dt.timedelta(days=14)


def may_give(role: Role, *, by: Collection[Role]) -> bool:
    """Whether somebody with the roles `by` may give or take this one. An operator of the platform is made elsewhere."""
    if Role.COORDINATOR in by:
        return role is not Role.PLATFORM_OPERATOR
    return Role.SCHOOL_IT in by and role in GIVEN_BY_IT


def is_excluded(role: Role, *, beside: Collection[Role]) -> bool:
    """Whether somebody who has the roles `beside`, or is to have them, must not have this one."""
    return role in NEVER_TOGETHER and not (NEVER_TOGETHER - {role}).isdisjoint(beside)


def is_barred(role: Role, *, school: str, assesses_at: Collection[str]) -> bool:
    """Whether somebody who assesses at these schools, by slug, must not have this role at that one."""
    return school in assesses_at and role in NOT_WITH_ASSESSING
