"""What of a table may be shown, against an attacker who knows the rule and all that is shown exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from app.evaluation import openness, suppression
from app.evaluation.suppression import Figure, Row, Shown, Suppression
from tests.support.thorough import LONG

K = 10
CODES = ("a", "b", "c")
NARROWEST = 5
TOTALS = range(K, 64) if LONG else (10, 19, 20, 30, 41)
Rule = Callable[[Row], Shown]


def shown(rest: int, *counts: int, k: int = K) -> Shown:
    codes = [chr(ord("a") + number) for number in range(len(counts))]
    return suppression.parts(Row(rest + sum(counts), dict(zip(codes, counts, strict=True))), codes, k=k)


def test_a_small_number_is_not_shown_and_nor_is_a_nought() -> None:
    table = shown(12, 9, 0, 41)
    assert table.cells["a"] == table.cells["b"] == Figure(None, Suppression.SMALL)
    assert table.cells["c"] == Figure(40, None, percent=67)
    assert table.total == Figure(60, None)


def test_what_could_be_worked_out_is_hidden_with_another() -> None:
    """Of 100 all but three are shown: the three are what is left. So the last of the large ones goes as well."""
    table = shown(0, 3, 40, 57)
    assert table.cells["a"].suppressed is Suppression.SMALL
    assert table.cells["b"].count == 40
    assert table.cells["c"].suppressed is Suppression.COMPLEMENTARY


def test_a_table_of_which_nothing_can_be_shown_does_not_say_which_were_small() -> None:
    """Of 23, two have ten and one has three: to say which were large would be to say how large they were."""
    table = shown(0, 10, 10, 3)
    assert table.total.count == 25
    assert {each.suppressed for each in table.cells.values()} == {Suppression.SMALL}


def test_a_total_is_rounded_on_its_own() -> None:
    table = shown(12, 12, 12, 12)
    assert [each.count for each in table.cells.values()] == [10, 10, 10]
    assert table.total.count == 50


def test_of_few_there_are_no_shares_and_no_means() -> None:
    assert shown(10, 12).cells["a"].percent is None
    assert shown(10, 15).cells["a"].percent == 60
    # All of these are shown as 25: whether there is a share does not tell them apart.
    assert {shown(total - 12, 12).cells["a"].percent for total in range(23, 28)} == {40}
    assert suppression.mean(37, 9) is None
    assert suppression.mean(37, 10) == 3.7


def test_too_few_answers_say_nothing() -> None:
    assert suppression.enough_answered(asked=20, answered=10, k=K)
    assert not suppression.enough_answered(asked=21, answered=10, k=K)
    assert not suppression.enough_answered(asked=9, answered=9, k=K)


def test_a_group_of_nine_is_refused_as_a_limit() -> None:
    for rule in (suppression.parts, suppression.marks):
        with pytest.raises(ValueError, match="fewer than 10"):
            rule(Row(100, {"a": 50}), ["a"], k=9)


def test_a_school_may_ask_for_more() -> None:
    assert shown(40, 14, k=10).cells["a"].count == 15
    assert shown(40, 14, k=15).cells["a"].suppressed is Suppression.SMALL


def test_how_few_are_not_of_a_code_is_shown_no_more_than_how_few_are() -> None:
    """Where all of thirty have named one thing, it is said of each. Whoever knows the rule and each shown number."""
    views: dict[tuple[int, Suppression | None, int | None], list[int]] = {}
    for total in range(K, 61):
        for count in range(total + 1):
            figure = suppression.marks(Row(total, {"a": count}), ["a"], k=K).cells["a"]
            views.setdefault((total, figure.suppressed, figure.count and count), []).append(count)
    for (total, why, _), found in views.items():
        if why is None:
            assert K <= found[0] <= total - K
        else:
            assert max(found) - min(found) >= NARROWEST


@pytest.mark.parametrize("slow", [0, 1])
def test_of_a_few_worries_there_is_no_median(slow: int) -> None:
    """Half of ten are five: that half of them were answered at once, or never, is said of a handful."""
    for total, given in ((K, False), (2 * K - 1, False), (2 * K, True)):
        answers = {"at once": 0 if slow else total, "never": total if slow else 0}
        found = openness.shown(total, answers, ("at once", "never"), missed=0, decisions=0, k=K)
        assert (found["median_time_to_answer"] is not None) == given
        assert (found["median_suppressed"] is None) == given


def test_a_cell_that_is_hidden_is_not_divided_further() -> None:
    hidden = Figure(None, Suppression.COMPLEMENTARY)
    table = suppression.within(hidden, Row(60, {"a": 30}), ["a"], k=K)
    assert table.total == hidden
    assert table.cells["a"] == hidden


def every_table(totals: Iterable[int]) -> Iterator[tuple[int, int, int, int]]:
    """All ways to share out each total among three codes and a rest."""
    for total in totals:
        for a in range(total + 1):
            for b in range(total - a + 1):
                for c in range(total - a - b + 1):
                    yield a, b, c, total - a - b - c


def narrowest(rule: Rule, *, totals: Iterable[int]) -> int:
    """How well the best informed attacker knows the best known of all hidden cells.

    They know the rule, and all that is shown exactly, not rounded. All tables that look the same to them are the ones
    that can be; from the least to the most that a cell has among those is what they do not know.
    """
    ranges: dict[tuple[object, ...], list[list[int]]] = {}
    for counts in every_table(totals):
        total = sum(counts)
        table = rule(Row(total, dict(zip(CODES, counts[:3], strict=True))))
        figures = [table.cells[code] for code in CODES]
        seen = tuple(
            count if figure.suppressed is None else figure.suppressed
            for count, figure in zip(counts, figures, strict=False)
        )
        hidden = [count for count, figure in zip(counts, figures, strict=False) if figure.suppressed is not None]
        # Nobody may find out the rest, unless it is all that is not shown: then it is large enough to be known.
        if hidden or counts[3] < K:
            hidden.append(counts[3])
        known = ranges.setdefault((total, *seen), [[count, count] for count in hidden])
        for place, count in enumerate(hidden):
            known[place] = [min(known[place][0], count), max(known[place][1], count)]
    return min(most - least for cells in ranges.values() for least, most in cells)


def by_the_rule(row: Row) -> Shown:
    return suppression.parts(row, CODES, k=K)


def without_complements(row: Row) -> Shown:
    cells = {code: suppression.alone(count, k=K) for code, count in row.counts.items()}
    return Shown(suppression.alone(row.total, k=K), cells)


def with_the_smallest_hidden(row: Row) -> Shown:
    """As many agencies do it: what is lost is least, and what is hidden is known to be no more than what is shown."""
    return suppression.parts(row, sorted(row.counts, key=lambda code: -row.counts[code]), k=K)


def test_whoever_knows_the_rule_and_every_shown_number_exactly_cannot_narrow_a_hidden_one() -> None:
    """A total tells which tables can be meant, so that a few totals are as good as all; those near a limit are hardest.

    From 40 on two can be hidden with a small one and a third still be shown.
    """
    assert narrowest(by_the_rule, totals=TOTALS) >= NARROWEST


@pytest.mark.parametrize("weak", [without_complements, with_the_smallest_hidden])
def test_the_same_attacker_breaks_a_weaker_rule(weak: Rule) -> None:
    assert narrowest(weak, totals=[31]) < NARROWEST
