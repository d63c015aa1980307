"""What everybody may see of how a school's worries are answered (STUDY D07). Pure; the rules are suppression.py's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.evaluation import suppression
from app.evaluation.suppression import Figure, Row, Suppression


def shown(
    total: int, answers: Mapping[str, int], classes: Sequence[str], *, missed: int, decisions: int, k: int
) -> dict[str, Any]:
    """`answers`: how many were answered within which time, in the order of `classes`, the longest last.

    The median is a class, which at least half of all reports did as well as. Both halves are groups of which it says
    something, so that there is none of fewer than 2k.
    """
    halves = total >= 2 * k
    late = suppression.parts(Row(total, {"missed": missed}), ("missed",), k=k)
    return {
        "median_time_to_answer": _median(answers, classes) if halves else None,
        "median_suppressed": None if halves else Suppression.SMALL,
        "missed_targets": _figure(late.cells["missed"]),
        "confidentiality_decisions": _figure(suppression.alone(decisions, k=k)),
    }


def _median(answers: Mapping[str, int], classes: Sequence[str]) -> str:
    half, so_far = sum(answers.get(each, 0) for each in classes) / 2, 0
    for each in classes:
        so_far += answers.get(each, 0)
        if so_far >= half:
            return each
    raise ValueError("no report is of any class")


def _figure(figure: Figure) -> dict[str, Any]:
    return {"count": figure.count, "suppressed": figure.suppressed}
