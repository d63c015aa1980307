"""Which roles may be given by whom. Values in, values out."""

from __future__ import annotations

from app.vocabulary import Role

# Whoever holds one of these may come to read what somebody was told in confidence: given by a coordinator, and by
# nobody alone. A sponsor or a privacy officer, who is neither of the two, confirms it (contract 1.2).
READS_CASES = frozenset({Role.TRIAGER, Role.ADVISER, Role.INDEPENDENT_HANDLER, Role.PRIVACY_OFFICER})

# All that school IT, a service account, an import of people or a claim of a sign-in can ever give.
GIVEN_BY_IT = frozenset({Role.STUDENT, Role.EVALUATOR, Role.SCHOOL_IT})

# Whoever assesses students of a school cares for none of them (domain D17).
NOT_WITH_ASSESSING = frozenset({Role.TRIAGER, Role.ADVISER, Role.COORDINATOR, Role.INDEPENDENT_HANDLER})
