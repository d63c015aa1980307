"""The tables that are shown of a period, and no others: few, so that none of them gives away what another hides. Pure.

Each table hangs from one number: from all reports of the period, or, where it has two dimensions, from one cell of a
table of one dimension. What divides those cells is in no table of its own. So all that is ever shown of a period is a
tree, and what a table hides is nowhere else (docs/decisions/0049). Add a table only where that stays so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.evaluation import suppression
from app.evaluation.suppression import Figure, Row, Shown
from app.guidance.signs import ConcernType, PeerKnows, Priority, Relationship, Wants
from app.vocabulary import Outcome

BETWEEN = "/"
Counts = Mapping[str, Mapping[str, int]]
# What is hidden first stands last. What is not listed, and what was not said, is the rest that is never shown.
RELATIONSHIPS = tuple(each for each in Relationship if each is not Relationship.PREFER_NOT_TO_SAY)
WANTED = tuple(each for each in Wants if each is not Wants.NOT_SURE)
PRIORITIES = (Priority.SOON, Priority.NOW, Priority.TODAY)
KNOWN = (PeerKnows.DOES_NOT_KNOW, PeerKnows.KNOWS_AND_AGREES, PeerKnows.KNOWS_AND_DOES_NOT_WANT_IT)
OUTCOMES = tuple(each for each in Outcome if each is not Outcome.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Sort:
    """A table of one dimension, or of two where `within` names the rows that are divided.

    `adds_up`: each report is in one cell at the most. Otherwise it may be in several, and may be in none.
    """

    by: tuple[str, ...]
    adds_up: bool
    about: str
    rest: str | None
    codes: tuple[str, ...] = ()
    within: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return ",".join(self.by)


CONCERNS = Sort(
    by=("concern_type",),
    adds_up=False,
    about="What the worry was about. One report may name several, or none.",
    rest=None,
    codes=tuple(ConcernType),
)
SORTS = (
    CONCERNS,
    Sort(
        by=("relationship",),
        adds_up=True,
        about="What whoever shared the worry is to the person it is about: whether it reaches beyond friends.",
        rest="prefer_not_to_say, and where nothing was said",
        codes=RELATIONSHIPS,
    ),
    Sort(
        by=("wants",),
        adds_up=True,
        about="What was asked for.",
        rest="not_sure",
        codes=WANTED,
    ),
    Sort(
        by=("priority",),
        adds_up=True,
        about="How soon a person should answer, as it was set last.",
        rest="when_you_can",
        codes=PRIORITIES,
    ),
    Sort(
        by=("outcome",),
        adds_up=False,
        about="What came of it, as far as it was recorded when the period was closed. Several may be, or none.",
        rest=None,
        codes=OUTCOMES,
    ),
    Sort(
        by=("relationship", "peer_knows"),
        adds_up=True,
        about="Within each relationship, whether the person knows that somebody has asked.",
        rest="not_sure, and where nothing was said",
        codes=KNOWN,
        within=RELATIONSHIPS,
    ),
    Sort(
        by=("concern_type", "region"),
        adds_up=True,
        about="Of worries about isolation on placement, the region of the placement, where a region has two sites "
        "of this school or more.",
        rest="regions with one site, and where no site was named",
        within=(ConcernType.PLACEMENT_ISOLATION,),
    ),
)
BY_NAME = {sort.name: sort for sort in SORTS}


def shown(total: int, counts: Counts, *, regions: Sequence[str], k: int) -> dict[str, Any]:
    """All tables of a period, as they are kept for good. `regions`: those that may be told apart."""
    one = {sort.name: _flat(sort, total, counts, k=k) for sort in SORTS if not sort.within}
    tables = {name: _cells(table, table.total) for name, table in one.items()}
    for sort in SORTS:
        if sort.within:
            codes = sort.codes or tuple(sorted(regions))
            tables[sort.name] = _divided(sort, one[sort.by[0]], counts, codes, k=k)
    of_all = suppression.alone(total, k=k)
    return {"total": _figure(of_all), "tables": tables}


def _flat(sort: Sort, total: int, counts: Counts, *, k: int) -> Shown:
    row = Row(total, counts.get(sort.name, {}))
    return suppression.parts(row, sort.codes, k=k) if sort.adds_up else suppression.marks(row, sort.codes, k=k)


def _divided(sort: Sort, rows: Shown, counts: Counts, codes: Sequence[str], *, k: int) -> list[dict[str, Any]]:
    found, own = [], counts.get(sort.name, {})
    for name in sort.within:
        inside = {code: own.get(f"{name}{BETWEEN}{code}", 0) for code in codes}
        of_row = counts.get(sort.by[0], {}).get(name, 0)
        table = suppression.within(rows.cells[name], Row(of_row, inside), codes, k=k)
        found += _cells(table, rows.cells[name], before=(name,))
    return found


def _cells(table: Shown, of: Figure, *, before: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    return [
        {"codes": [*before, code], "of": of.count, "percent": figure.percent} | _figure(figure)
        for code, figure in table.cells.items()
    ]


def _figure(figure: Figure) -> dict[str, Any]:
    return {"count": figure.count, "suppressed": figure.suppressed}
