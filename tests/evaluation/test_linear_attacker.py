"""A linear-programming attacker against all that is ever shown of a school, on thousands of generated years (3.7).

`PEERLINE_LONG_TESTS=1` tries forty thousand instead (docs/decisions/0049 has what came of it).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from attacker import Programme, Seen, narrowest

from app.evaluation import suppression, tables
from app.evaluation.suppression import Suppression
from app.guidance.signs import ConcernType
from tests.support.thorough import LONG

K, NARROWEST = 10, 5
OUTSIDE, INSIDE, AT_ONCE = (20_000, 20_000, 200) if LONG else (300, 200, 100)
REGIONS = ("NSW", "QLD", "VIC")
Counts = dict[str, Counter[str]]
Shown = dict[str, Any]
Publish = Callable[[int, Counts], Shown]


def a_year(random: np.random.Generator) -> tuple[int, Counts]:
    """Up to four hundred reports, of which a few kinds are most: how skewed, and how many say nothing, differs."""
    total = int(random.choice([random.integers(0, 60), random.integers(0, 150), random.integers(0, 401)]))
    found: Counts = {}
    for sort in tables.SORTS:
        if sort.within or not sort.adds_up:
            continue
        found[sort.name] = shared_out(random, total, sort.codes)
    for sort in (each for each in tables.SORTS if not each.adds_up):
        likely = random.beta(0.4, 2.0, size=len(sort.codes))
        found[sort.name] = Counter(
            {code: int(random.binomial(total, share)) for code, share in zip(sort.codes, likely, strict=True)}
        )
    for sort in (each for each in tables.SORTS if each.within):
        inside = found[sort.name] = Counter()
        for row in sort.within:
            for code, count in shared_out(random, found[sort.by[0]][row], sort.codes or REGIONS).items():
                inside[f"{row}{tables.BETWEEN}{code}"] = count
    return total, found


def shared_out(random: np.random.Generator, total: int, codes: tuple[str, ...]) -> Counter[str]:
    """Each of `total` is of one code, or of none; at times nobody is of none."""
    shares = random.dirichlet(np.full(len(codes) + 1, random.choice([0.15, 0.5, 2.0])))
    if random.random() < 0.3:
        shares[-1] = 0
    counts = random.multinomial(total, shares / shares.sum())
    return Counter({code: int(count) for code, count in zip(codes, counts, strict=False)})


def published(total: int, counts: Counts) -> Shown:
    return tables.shown(total, counts, regions=REGIONS, k=K)


def programme(total: int, counts: Counts, shown: Shown, *, exact: bool, knows_rule: bool) -> Programme | None:
    """What the attacker makes of a year. None where not even the total is shown: there is nothing to start from.

    What divides a small cell, or one of a table without numbers, is not looked at: it is no better known than that.
    """
    if shown["total"]["count"] is None:
        return None
    year = Programme(k=K)
    year.known("all", shown["total"]["count"], total, exact=exact)
    for sort in tables.SORTS:
        for row in sort.within or ("",):
            table = seen(sort, row, counts, shown)
            if table.whole in year.names:
                year.add(table, exact=exact, knows_rule=knows_rule)
    return year


def seen(sort: tables.Sort, row: str, counts: Counts, shown: Shown) -> Seen:
    cells = [cell for cell in shown["tables"][sort.name] if not row or cell["codes"][0] == row]
    before = f"{row}{tables.BETWEEN}" if row else ""
    return Seen(
        codes=[cell["codes"][-1] for cell in cells],
        count={cell["codes"][-1]: cell["count"] for cell in cells},
        why={cell["codes"][-1]: cell["suppressed"] for cell in cells},
        true={cell["codes"][-1]: counts[sort.name][f"{before}{cell['codes'][-1]}"] for cell in cells},
        adds_up=sort.adds_up,
        whole=f"{sort.by[0]}/{row}" if row else "all",
        name=f"{sort.name}/{row}" if row else sort.name,
        divided=[] if row else [code for each in tables.SORTS if each.by[0] == sort.name for code in each.within],
    )


def years(number: int, *, exact: bool, knows_rule: bool, seed: int) -> Iterator[Programme]:
    random = np.random.default_rng(seed)
    while number:
        total, counts = a_year(random)
        found = programme(total, counts, published(total, counts), exact=exact, knows_rule=knows_rule)
        if found is not None:
            number -= 1
            yield found


@pytest.mark.parametrize(
    ("exact", "knows_rule"), [(False, False), (True, True)], ids=["what-is-published", "and-more-than-that"]
)
def test_no_hidden_number_is_known_to_within_five(exact: bool, knows_rule: bool) -> None:
    """First with what is published alone. Then by somebody who knows the rule, and every shown number unrounded."""
    number = INSIDE if exact else OUTSIDE
    all_of_them = years(number, exact=exact, knows_rule=knows_rule, seed=8)
    for _ in range(number // AT_ONCE):
        width, cell = narrowest([next(all_of_them) for _ in range(AT_ONCE)])
        assert width >= NARROWEST, cell


def weak(total: int, counts: Counter[str], *, rounded: bool) -> Seen:
    """One table as it is often published: what is small is left out, and the total is there."""
    figures = {code: suppression.alone(count, k=K) for code, count in counts.items()}
    return Seen(
        codes=list(counts),
        count={
            code: figure.count if rounded or figure.count is None else counts[code] for code, figure in figures.items()
        },
        why={code: figure.suppressed for code, figure in figures.items()},
        true=counts,
        adds_up=True,
        whole="all",
        name="relationship",
        rest=False,
    )


@pytest.mark.parametrize("rounded", [False, True], ids=["as-counted", "rounded"])
def test_the_same_attacker_finds_what_a_weaker_rule_hides(rounded: bool) -> None:
    """Without complementary suppression; and rounding alone does not make up for it."""
    random, found = np.random.default_rng(8), list[Programme]()
    while len(found) < 300:
        total = int(random.integers(40, 200))
        counts = Counter(
            {f"code {code}": int(n) for code, n in enumerate(random.multinomial(total, [0.6, 0.36, 0.04]))}
        )
        if max(counts.values()) < K or min(counts.values()) >= K:
            continue
        year = Programme(k=K)
        year.known("all", suppression.rounded(total) if rounded else total, total, exact=not rounded)
        year.add(weak(total, counts, rounded=rounded), exact=not rounded, knows_rule=False)
        found.append(year)
    width, _ = narrowest(found)
    assert width < NARROWEST if rounded else width == 0


def test_the_same_attacker_takes_a_term_from_its_year() -> None:
    """Of worries about money 15 were shown for the year and 15 for its second term: the first has four at the most.

    Which is why a year is never shown beside its terms (reports/periods.py).
    """
    both = Programme(k=K)
    year = both.known("year", 15, 15, exact=False)
    second = both.known("second", 15, 13, exact=False)
    first = both.known("first", None, 2, exact=False)
    both.rows.append(({first: 1, second: 1, year: -1}, 0, 0))
    both.wanted.append(("first", first))
    assert narrowest([both])[0] < NARROWEST


def test_the_generated_years_have_all_that_is_to_be_tried() -> None:
    """Hidden for each reason, shown beside it, divided further, and years too small for anything."""
    random, why = np.random.default_rng(8), Counter[str]()
    for _ in range(300):
        total, counts = a_year(random)
        shown = published(total, counts)
        why["nothing"] += shown["total"]["count"] is None
        for name, cells in shown["tables"].items():
            some = any(cell["count"] is not None for cell in cells)
            for cell in cells:
                why[f"{name} {cell['suppressed'] or 'shown'}"] += some
    assert why["nothing"]
    for sort in tables.SORTS:
        assert why[f"{sort.name} shown"], sort.name
        assert why[f"{sort.name} {Suppression.SMALL}"], sort.name
        assert why[f"{sort.name} {Suppression.COMPLEMENTARY}"] or not sort.adds_up, sort.name
    assert ConcernType.PLACEMENT_ISOLATION in tables.CONCERNS.codes
