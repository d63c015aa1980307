"""A run as people read it: on the terminal, and in Markdown for docs/performance.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.rounds import Figure, Ratio, Row, Section


def terminal(section: Section) -> str:
    lines = [f"\n{section.title}"]
    if section.rows:
        head = ["", "req/s", "p50 ms", "p99 ms", "CPU ms", "requests", "refused", "generator busy"]
        lines += aligned([head, *(_row(row) for row in section.rows)])
    if section.ratios:
        head = ["ratio", "median", "min-max", "target", ""]
        lines += aligned([head, *(_ratio(ratio) for ratio in section.ratios)])
    if section.figures:
        lines += aligned([_figure(figure) for figure in section.figures])
    return "\n".join(lines)


def markdown(sections: Sequence[Section], facts: dict[str, Any], *, plan: str) -> str:
    """Everything in the form of docs/performance.md."""
    said = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())
    lines = [f"Measured with {said}. {plan}"]
    for section in sections:
        lines += ["", f"### {section.title}"]
        if section.rows:
            head = ["", "requests/s", "p50 ms", "p99 ms", "server CPU ms", "requests", "refused", "generator busy"]
            lines += ["", *table(head, [_row(row) for row in section.rows])]
        if section.ratios:
            head = ["ratio", "median", "min-max of rounds", "target", "met"]
            lines += ["", *table(head, [_ratio(ratio) for ratio in section.ratios])]
        if section.figures:
            head = ["", "measured", "target", "met"]
            lines += ["", *table(head, [_figure(figure) for figure in section.figures])]
    return "\n".join(lines)


def _row(row: Row) -> list[str]:
    return [
        row.what,
        f"{row.rate:.0f}",
        f"{row.p50_ms:.1f}",
        f"{row.p99_ms:.1f}",
        "" if row.cpu_ms is None else f"{row.cpu_ms:.2f}",
        str(row.requests),
        str(row.refused),
        f"{row.generator_busy:.0%}",
    ]


def _ratio(ratio: Ratio) -> list[str]:
    span = f"{ratio.low:.2f}-{ratio.high:.2f}"
    return [ratio.what, f"{ratio.median:.2f}", span, ratio.target, _met(ratio.met)]


def _figure(figure: Figure) -> list[str]:
    value = f"{figure.value:.2f}" if figure.unit else f"{figure.value:g}"
    return [figure.what, f"{value} {figure.unit}".strip(), figure.target, _met(figure.met)]


def _met(met: bool | None) -> str:
    return "" if met is None else "yes" if met else "no"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  "
        + "  ".join(
            cell.ljust(width) if not place else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    rule = ["---", *("---:" for _ in head[1:])]
    return [f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)]
