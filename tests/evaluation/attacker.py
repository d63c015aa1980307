"""An attacker with a linear programme: how well can every hidden cell be known from all that is shown of a year?

Unknown are the true counts; known is everything that is published, as bounds: a shown number is within 2 of what is
written, a `small` one is below k, a `complementary` one k or more, and every table hangs from the number above it. With
`knows_rule` the attacker also draws from which cells were hidden beside the small ones, and in which order; with
`exact` they have somehow learned every shown number before it was rounded.

Cells of one table that are hidden for the same reason are alike: what can be said of one can be said of the others. So
one stands for all of them, and the rest are one more unknown. Years have nothing in common, so that many of them are
one programme: each question is asked of all years at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog  # type: ignore[import-untyped]  # scipy has no types
from scipy.sparse import csr_array, vstack  # type: ignore[import-untyped]  # scipy has no types

from app.evaluation.suppression import Suppression

SLACK = 2
MANY = 100_000


@dataclass
class Seen:
    """A table as the attacker has it. `true`: what they are not given, but where they have learned it `exact`ly."""

    codes: Sequence[str]
    count: Mapping[str, int | None]
    why: Mapping[str, Suppression | None]
    true: Mapping[str, int]
    adds_up: bool
    # The unknown that this table divides; by its name.
    whole: str
    name: str
    # Whether there is a rest beside the cells; with none, they come to the whole.
    rest: bool = True
    # Cells that another table divides further. Of the others that are shown only their sum counts.
    divided: Sequence[str] = ()


@dataclass
class Programme:
    """Unknowns with bounds, and linear constraints between them: one year of one school."""

    k: int
    names: dict[str, int] = field(default_factory=dict)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    # Each: coefficients by unknown, least, most.
    rows: list[tuple[dict[int, float], float, float]] = field(default_factory=list)
    # What the attacker wants to know.
    wanted: list[tuple[str, int]] = field(default_factory=list)

    def unknown(self, name: str, low: float, high: float) -> int:
        self.names[name] = len(self.low)
        self.low.append(low)
        self.high.append(high)
        return self.names[name]

    def known(self, name: str, shown: int | None, true: int, *, exact: bool) -> int:
        """An unknown of which a number is shown, or that there are fewer than k."""
        return self.unknown(name, *((0, self.k - 1) if shown is None else _within(shown, true, exact=exact)))

    def add(self, table: Seen, *, exact: bool, knows_rule: bool) -> None:
        """All that a table says."""
        whole = self.names[table.whole]
        bounds = {
            code: _within(shown, table.true[code], exact=exact)
            for code, shown in table.count.items()
            if shown is not None
        }
        own = {code: self.unknown(f"{table.name}/{code}", *bounds[code]) for code in table.divided if code in bounds}
        others = [bounds[code] for code in bounds if code not in own]
        hidden: dict[int, float] = {}
        small = [code for code in table.codes if table.why[code] is Suppression.SMALL]
        beside = [code for code in table.codes if table.why[code] is Suppression.COMPLEMENTARY]
        if bounds:
            # A complementary cell has a place in the order, and is asked for by itself.
            for code in beside:
                hidden[self._ask(f"{table.name}/{code}", self.k, MANY)] = 1
            hidden |= self._alike(f"{table.name}/small", len(small), self.k - 1)
        else:
            # Of a table without any number, `small` says nothing about any one.
            hidden |= self._alike(f"{table.name}/any", len(small) + len(beside), MANY)
        if not table.adds_up:
            # Of a cell that nothing else hangs from, all that follows is that the whole is no less.
            self.low[whole] = max(self.low[whole], *(low for low, _ in others), 0)
            self.rows += [({each: 1, whole: -1}, -np.inf, 0) for each in [*own.values(), *hidden]]
            if knows_rule and bounds:
                # Of such a one fewer than k are not in it.
                of_all = [self.names[f"{table.name}/{code}"] for code in beside]
                self.rows += [({whole: 1, each: -1}, 0, self.k - 1) for each in of_all]
            return
        if table.rest:
            hidden[self.unknown(f"{table.name}/rest", 0, MANY)] = 1
        parts = dict.fromkeys(own.values(), 1.0) | hidden
        if others:
            low, high = (sum(ends) for ends in zip(*others, strict=True))
            parts[self.unknown(f"{table.name}/shown", low, high)] = 1
        self.rows.append((parts | {whole: -1.0}, 0, 0))
        if knows_rule and bounds:
            self._from_the_rule(table, hidden, [code for code in reversed(table.codes) if code in beside])

    def _ask(self, name: str, low: float, high: float) -> int:
        at = self.unknown(name, low, high)
        self.wanted.append((name, at))
        return at

    def _alike(self, name: str, number: int, most: float) -> dict[int, float]:
        """One that stands for each, and the rest of them together."""
        if number == 0:
            return {}
        found = {self._ask(name, 0, most): 1.0}
        if number > 1:
            found[self.unknown(f"{name}, the others", 0, most * (number - 1))] = 1.0
        return found

    def _from_the_rule(self, table: Seen, hidden: dict[int, float], beside: Sequence[str]) -> None:
        """Before each complementary one was hidden, too little was; and after the last, enough."""
        cells = [self.names[f"{table.name}/{code}"] for code in beside]
        for place in range(len(cells) + 1):
            so_far = {at: 1.0 for at in hidden if at not in cells[place:]}
            limit = self.k + self.k * place
            last = place == len(cells)
            self.rows.append((so_far, limit if last else -np.inf, np.inf if last else limit - 1))


def narrowest(years: Sequence[Programme]) -> tuple[float, str]:
    """The smallest width of any hidden cell of any year, and which cell it is.

    Raises ValueError where nothing at all fits what is shown: then the attacker has taken something for granted that is
    not so.
    """
    starts = np.cumsum([0, *(len(year.low) for year in years)])
    low, high = (np.concatenate([getattr(year, side) for year in years]) for side in ("low", "high"))
    least, most, value = list[float](), list[float](), list[float]()
    at, across = list[int](), list[int]()
    for year, start in zip(years, starts, strict=False):
        for cells, floor, ceiling in year.rows:
            at += [len(least)] * len(cells)
            across += [start + cell for cell in cells]
            value += cells.values()
            least.append(floor)
            most.append(ceiling)
    matrix = csr_array((value, (at, across)), shape=(len(least), len(low)))
    floors, ceilings = np.array(least), np.array(most)
    equal = floors == ceilings
    rows = [(matrix[np.flatnonzero(~equal & np.isfinite(ceilings))], ceilings[~equal & np.isfinite(ceilings)])]
    rows.append((-matrix[np.flatnonzero(~equal & np.isfinite(floors))], -floors[~equal & np.isfinite(floors)]))
    above = vstack([each for each, _ in rows])
    bound = np.concatenate([each for _, each in rows])
    found = (np.inf, "")
    for turn in range(max(len(year.wanted) for year in years)):
        asked = [
            (start + year.wanted[turn][1], year.wanted[turn][0])
            for year, start in zip(years, starts, strict=False)
            if turn < len(year.wanted)
        ]
        places = [place for place, _ in asked]
        ends = []
        for sign in (1.0, -1.0):
            goal = np.zeros(len(low))
            goal[places] = sign
            solved = linprog(
                goal,
                A_ub=above,
                b_ub=bound,
                A_eq=matrix[np.flatnonzero(equal)],
                b_eq=ceilings[equal],
                bounds=np.column_stack([low, high]),
                method="highs",
            )
            if not solved.success:
                raise ValueError(solved.message)
            ends.append(solved.x[places])
        # True counts are whole numbers.
        widths = np.floor(ends[1] + 1e-6) - np.ceil(ends[0] - 1e-6)
        worst = int(np.argmin(widths))
        found = min(found, (float(widths[worst]), asked[worst][1]))
    return found


def _within(shown: int, true: int, *, exact: bool) -> tuple[int, int]:
    return (true, true) if exact else (max(0, shown - SLACK), shown + SLACK)
