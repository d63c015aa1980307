"""A run as people read it, on the terminal and in docs/reliability.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks import tables
from benchmarks.chaos.ledger import Kind, Ledger, Told
from benchmarks.chaos.verdict import Verdict

NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


@dataclass(frozen=True)
class Outcome:
    """One database's run, of one deployment or of several together."""

    on: str
    seconds: float
    ledger: Ledger
    moved: dict[str, int]
    verdict: Verdict

    def counts(self) -> dict[str, int]:
        told = {f"{kind}, acknowledged": len(self.ledger.of(kind, told=Told.ACKNOWLEDGED)) for kind in Kind}
        return {
            "seconds under fault": round(self.seconds),
            **told,
            **dict(sorted(self.ledger.counts.items())),
            **self.verdict.counts,
            **self.moved,
        }


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """One table of several deployments that ran at once."""
    first, *others = outcomes
    for each in others:
        first.ledger.entries.extend(each.ledger.entries)
        first.ledger.counts.update(each.ledger.counts)
        first.moved.update(Counter(first.moved) + Counter(each.moved))
        first.verdict.add(each.verdict)
    return replace(first, seconds=max(each.seconds for each in outcomes))


def terminal(outcomes: Sequence[Outcome]) -> str:
    lines = []
    for title, rows in _tables(outcomes):
        lines += ["", title, *tables.aligned([["", *(NAMES[o.on] for o in outcomes)], *rows])]
    for outcome in outcomes:
        lines += [f"  {NAMES[outcome.on]}: {example}" for example in outcome.verdict.examples]
    return "\n".join(lines)


def markdown(outcomes: Sequence[Outcome], facts: Mapping[str, Any], *, command: str) -> str:
    said = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())
    lines = [f"`{command}`", "", f"With {said}."]
    for title, rows in _tables(outcomes):
        lines += ["", f"### {title}", "", *tables.table(["", *(NAMES[o.on] for o in outcomes)], rows)]
    return "\n".join(lines)


def _tables(outcomes: Sequence[Outcome]) -> list[tuple[str, list[list[str]]]]:
    promises = list(dict.fromkeys(name for outcome in outcomes for name in outcome.verdict.broken))
    counts = list(dict.fromkeys(name for outcome in outcomes for name in outcome.counts()))
    return [
        ("Promises, and how often each was broken", _rows(promises, [outcome.verdict.broken for outcome in outcomes])),
        ("What happened", _rows(counts, [outcome.counts() for outcome in outcomes])),
    ]


def _rows(names: Sequence[str], columns: Sequence[Mapping[str, int]]) -> list[list[str]]:
    return [[name, *(str(column.get(name, "")) for column in columns)] for name in names]
