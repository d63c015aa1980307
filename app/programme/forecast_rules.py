"""How many supporters there will be by the end of each term, and what makes a programme end: values in, values out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from app.vocabulary.succession import RiskReason

TERMS_AHEAD = 4
# Whoever knows of an end within this must act now: so long it takes to find somebody, and to show them (J9).
NOTICE = dt.timedelta(days=120)
# Half of a year ends on these, where a school has set no terms.
_HALVES = ((6, 30, "first half"), (12, 31, "second half"))
# The last day of somebody; None where none is known.
LastDay = dt.date | None


@dataclass(frozen=True, slots=True)
class Term:
    """By its last day. `set_by_school` is False for half of a year."""

    name: str
    ends_on: dt.date
    set_by_school: bool


@dataclass(frozen=True, slots=True)
class Expected:
    """Of those who are active now: how many are known to be there after a day, and of how many nobody knows."""

    staying: int
    unknown: int

    def too_few(self, minimum: int) -> bool:
        """Whether there will be too few even if all stay of whom nobody knows."""
        return self.staying + self.unknown < minimum


def terms_ahead(known: Sequence[Term], *, today: dt.date) -> list[Term]:
    """The next four that end today or later: the school's own, and then halves of years after the last of those. Fewer
    where its last one ends with the calendar."""
    own = sorted((term for term in known if term.ends_on >= today), key=lambda term: term.ends_on)[:TERMS_AHEAD]
    after = own[-1].ends_on if own else today - dt.timedelta(days=1)
    found, year = list(own), after.year
    while len(found) < TERMS_AHEAD and year <= dt.MAXYEAR:
        for month, day, name in _HALVES:
            end = dt.date(year, month, day)
            if end > after and len(found) < TERMS_AHEAD:
                found.append(Term(f"{year}, {name}", end, set_by_school=False))
        year += 1
    return found


def expected_after(ends: Sequence[LastDay], day: dt.date) -> Expected:
    """Whoever's last day is this one is there no more."""
    known = [end for end in ends if end is not None]
    return Expected(staying=sum(end > day for end in known), unknown=len(ends) - len(known))


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is of a programme. `supporters`: the last days of those who are active; `sponsors`: of their terms.

    `begun`: there has been a supporter; `had_sponsor`: there has been a sponsor.
    """

    minimum: int
    begun: bool
    supporters: Sequence[LastDay]
    had_sponsor: bool
    sponsors: Sequence[LastDay]


def reasons(standing: Standing, *, next_term: Term, today: dt.date) -> list[RiskReason]:
    """Why it is at risk; none where it is well, and of what has not begun."""
    found = []
    if standing.begun and len(standing.supporters) < standing.minimum:
        found.append(RiskReason.TOO_FEW_NOW)
    if standing.begun and expected_after(standing.supporters, next_term.ends_on).too_few(standing.minimum):
        found.append(RiskReason.TOO_FEW_AFTER_TERM)
    if _all_end_soon(standing.supporters, today):
        found.append(RiskReason.LAST_SUPPORTER_ENDS)
    if _all_end_soon(standing.sponsors, today):
        found.append(RiskReason.LAST_SPONSOR_ENDS)
    if standing.had_sponsor and not standing.sponsors:
        found.append(RiskReason.NO_SPONSOR)
    return found


def _all_end_soon(ends: Sequence[LastDay], today: dt.date) -> bool:
    return bool(ends) and all(end is not None and end <= today + NOTICE for end in ends)
