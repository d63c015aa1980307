"""What of a table of counts may be shown (domain, 3.7). Pure: true counts in, what everybody may know out.

Three rules, proved in docs/decisions/0049 and tried by the attackers in tests/evaluation:

- Nothing below `k` is shown, zero included: where few are left over, a nought tells as much as a one.
- Every number is rounded to 5, a total on its own and never as the sum of what stands below it.
- Every table that adds up has a rest that is never shown: what was left out, and codes that say least. What is hidden
  comes to at least `k`, over and above `k` for each `complementary` cell. Where it does not, more is hidden, the last
  code of the table first: an order that does not look at the counts tells nothing of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

# The platform's floor. A school may ask for more.
SMALLEST_GROUP = 10
BASE = 5
# A share of fewer is a count of people in other words; so is a mean.
SMALLEST_DENOMINATOR = 25
SMALLEST_MEAN = 10
# Of those who were asked, so many of a hundred must have answered (NSS).
LEAST_RESPONSE_PERCENT = 50


class Suppression(StrEnum):
    """Why a number is not shown.

    `small`: fewer than k; or no number of its table is shown, and then it says nothing about any one of them.
    `complementary`: at least k, and hidden so that no other can be worked out, nor how few are not in it.
    `below_response_threshold`: too few of those who were asked have answered.
    """

    SMALL = "small"
    COMPLEMENTARY = "complementary"
    BELOW_RESPONSE_THRESHOLD = "below_response_threshold"


@dataclass(frozen=True, slots=True)
class Figure:
    """A count as it is shown: rounded, or not at all and why. `percent`: of its table's total, both as shown."""

    count: int | None
    suppressed: Suppression | None
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """True counts. `total`: how many there are, those included that stand under no code."""

    total: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Shown:
    """A table as it is shown, its cells in the order of the codes that were asked for."""

    total: Figure
    cells: Mapping[str, Figure]


def rounded(count: int) -> int:
    """To the nearest multiple of 5; of whole numbers none lies halfway."""
    return BASE * ((count + BASE // 2) // BASE)


def alone(count: int, *, k: int) -> Figure:
    """A number of which no other is a part, and which is no part of another."""
    if count < _floor(k):
        return Figure(None, Suppression.SMALL)
    return Figure(rounded(count), None)


def parts(row: Row, codes: Sequence[str], *, k: int) -> Shown:
    """Of a table that adds up: each of `total` is of one code at most. The rest has no code here and is never shown.

    `codes`: what everybody may know the least of stands last, for it is hidden first. Raises ValueError where the
    counts come to more than the total.
    """
    counts = {code: row.counts.get(code, 0) for code in codes}
    if sum(counts.values()) > row.total:
        raise ValueError("parts are more than the whole")
    if row.total < _floor(k):
        return withheld(codes)
    large = [code for code in codes if counts[code] >= k]
    hidden: list[str] = []
    # What is left for an attacker to share out among all that is not shown, when each complementary one has its k.
    left = row.total - sum(counts[code] for code in large)
    while large and left < k:
        hidden.append(large.pop())
        left += counts[hidden[-1]] - k
    if not large:
        return Shown(alone(row.total, k=k), withheld(codes).cells)
    cells = {
        code: _figure(counts[code], row.total)
        if code in large
        else Figure(None, Suppression.COMPLEMENTARY if code in hidden else Suppression.SMALL)
        for code in codes
    }
    return Shown(alone(row.total, k=k), cells)


def marks(row: Row, codes: Sequence[str], *, k: int) -> Shown:
    """Of a table that does not add up: one of `total` may be of several codes, or of none.

    That it may be of none is a must: where each had at least one, the total less all others would be the least that
    one can be. Those who are not of a code are a cell as well, which is never shown: k of them, or the code is hidden.
    Thirty of thirty would be said of each of them. Of fewer than 2k nothing can be shown, and no code is marked apart.
    """
    if row.total < _floor(k):
        return withheld(codes)
    cells = {}
    for code in codes:
        count = row.counts.get(code, 0)
        if count > row.total:
            raise ValueError("a part is more than the whole")
        if count < k or row.total < 2 * k:
            cells[code] = Figure(None, Suppression.SMALL)
        elif row.total - count < k:
            cells[code] = Figure(None, Suppression.COMPLEMENTARY)
        else:
            cells[code] = _figure(count, row.total)
    return Shown(alone(row.total, k=k), cells)


def within(root: Figure, row: Row, codes: Sequence[str], *, k: int) -> Shown:
    """A cell of another table, divided further: nothing of it is shown where the cell itself is not.

    The codes must be in no table of their own in the same period, and in no more than one like this.
    """
    if root.suppressed is not None:
        return Shown(root, {code: Figure(None, root.suppressed) for code in codes})
    return parts(row, codes, k=k)


def withheld(codes: Iterable[str], *, why: Suppression = Suppression.SMALL) -> Shown:
    """Nothing is shown, not even how many there are."""
    return Shown(Figure(None, why), {code: Figure(None, why) for code in codes})


def enough_answered(*, asked: int, answered: int, k: int) -> bool:
    """Whether anything may be said about those who answered: at least k of them, and half of those who were asked."""
    return answered >= _floor(k) and 100 * answered >= LEAST_RESPONSE_PERCENT * asked


def percent(part: int, whole: int) -> int | None:
    """Both as they are shown, so that it says no more than they do; nor does it whether there is one."""
    if whole < SMALLEST_DENOMINATOR:
        return None
    return min(100, round(100 * part / whole))


def mean(total: int, number: int) -> float | None:
    """To one place, of at least ten."""
    return None if number < SMALLEST_MEAN else round(total / number, 1)


def _figure(count: int, total: int) -> Figure:
    return Figure(rounded(count), None, percent(rounded(count), rounded(total)))


def _floor(k: int) -> int:
    if k < SMALLEST_GROUP:
        raise ValueError(f"groups of fewer than {SMALLEST_GROUP} are never shown")
    return k
