"""What a look at one part of a deployment has found, in one sentence, with figures that name nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Part(StrEnum):
    """In the order in which they are looked at."""

    SETTINGS = "settings"
    DATABASE = "database"
    MIGRATIONS = "migrations"
    KEYS = "keys"
    CLOCK = "clock"
    ENGINE = "engine"
    AUDITOR = "auditor"
    RECEIVERS = "receivers"
    GAPS = "gaps"
    PACKS = "packs"


class State(StrEnum):
    """`skipped`: what it stands on has failed, or it was not asked for."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


Figures = Mapping[str, str | int | float | bool]


@dataclass(frozen=True, slots=True)
class Finding:
    """`unanswered`: nothing is known of the part itself, for the database did not answer."""

    part: Part
    state: State
    text: str
    figures: Figures = field(default_factory=dict)
    unanswered: bool = False


def found(part: Part, text: str, warnings: list[str], failures: list[str], figures: Figures) -> Finding:
    """The worst of what was found, in its own words; `text` where all is well."""
    if failures:
        return Finding(part, State.FAILED, " ".join(failures + warnings), figures)
    if warnings:
        return Finding(part, State.WARNING, " ".join(warnings), figures)
    return Finding(part, State.OK, text, figures)
