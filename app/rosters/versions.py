"""Versions of a roster, one after another, as the one definition that rendering takes (roster-semantics, rule 8)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from app.rosters.definition import Layer, Roster


@dataclass(frozen=True, slots=True)
class Ruling:
    """A definition, without overrides, that rules from `since` until `until`; without an end, until further notice."""

    since: dt.datetime
    until: dt.datetime | None
    definition: Roster


def joined(rulings: Sequence[Ruling]) -> Roster:
    """One definition in which each version's layers say something in that version's time only.

    `rulings` ascend and do not overlap; one that never came to rule is left out. Before the first there is nobody: the
    roster did not exist. Zone and combination of the last stand for the whole, each layer keeps those of its own.
    """
    if not rulings:
        raise ValueError("a roster has a version")
    last = rulings[-1].definition
    layers = [layer for each in rulings if each.until is None or each.since < each.until for layer in _within(each)]
    return Roster(time_zone=last.time_zone, layers=tuple(layers), combine=last.combine)


def _within(ruling: Ruling) -> list[Layer]:
    definition = ruling.definition
    return [
        dataclasses.replace(
            layer,
            time_zone=layer.time_zone or definition.time_zone,
            since=ruling.since,
            until=ruling.until,
            combine=definition.combine,
        )
        for layer in definition.layers
    ]
