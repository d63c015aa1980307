"""Versions, overrides and absences a second time: at each quarter hour, who is on call, who is away and why nobody is.

Literal: `away` is found by asking again without each person's absences, `paused` by asking again without pauses.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterator
from typing import NamedTuple

from oracle import LayerOracle
from timeline import QUARTER, Story

from app.rosters.definition import Absence, Layer, Override, Roster, Window


class Moment(NamedTuple):
    """What holds in one quarter of an hour."""

    on_call: frozenset[str]
    away: frozenset[str]
    acting: Override | None


def quarters(window: Window) -> Iterator[dt.datetime]:
    at = window.start
    while at < window.end:
        yield at
        at += QUARTER


class Timeline:
    """Who is on call at a time of a story."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.parts = [
            (ruling, [self._oracle(layer, ruling.definition.time_zone) for layer in by_rank(ruling.definition.layers)])
            for ruling in story.rulings
        ]

    def _oracle(self, layer: Layer, zone: str) -> LayerOracle:
        return LayerOracle(layer, zone=zone, origin=self.story.origin, step=QUARTER)

    def in_force(self, at: dt.datetime) -> list[LayerOracle]:
        """Layers of the version that rules, the highest first."""
        for ruling, oracles in self.parts:
            if ruling.since <= at and (ruling.until is None or at < ruling.until):
                return oracles
        return []

    def layered(self, at: dt.datetime) -> tuple[list[str], str]:
        """Everybody whom a layer names, and how the ruling version combines them."""
        people = [person for each in self.in_force(at) if (person := each.person(at)) is not None]
        ruling = [r for r in self.story.rulings if r.since <= at and (r.until is None or at < r.until)]
        return people, ruling[0].definition.combine if ruling else "union"

    def at(self, at: dt.datetime) -> Moment:
        people, combine = self.layered(at)
        planned = people[:1] if combine == "precedence" else people
        applicable = [
            each
            for each in self.story.overrides
            if each.start <= at < each.end and (each.replaces is None or each.replaces in planned)
        ]
        acting = max(applicable, key=lambda each: each.created_seq, default=None)
        absent = self.absent(at)

        def on_call(absent: frozenset[str]) -> frozenset[str]:
            if acting is not None:
                kept = set(planned) - {acting.replaces} if acting.replaces is not None else set()
                acts = set() if acting.person is None else {acting.person}
                return frozenset((kept | acts) - absent)
            here = [person for person in people if person not in absent]
            return frozenset(here[:1] if combine == "precedence" else here)

        away = frozenset(person for person in absent if person in on_call(absent - {person}))
        return Moment(on_call(absent), away, acting)

    def absent(self, at: dt.datetime) -> frozenset[str]:
        return frozenset(each.person for each in self._absences(at))

    def kinds(self, people: Collection[str], at: dt.datetime) -> set[str]:
        """Why these people are away."""
        return {each.kind for each in self._absences(at) if each.person in people}

    def _absences(self, at: dt.datetime) -> list[Absence]:
        return [each for each in self.story.absences if each.start <= at and (each.end is None or at < each.end)]

    def has_ended(self, at: dt.datetime) -> bool:
        """No layer in force has a rotation that goes on."""
        return all(_ended(each, at) for each in self.in_force(at))

    def comes_again(self, at: dt.datetime) -> bool:
        """Some layer in force has a version that is yet to begin."""
        versions = [version for each in self.in_force(at) for version in each.layer.versions]
        return any(each.effective_from is not None and each.effective_from > at for each in versions)


def _ended(oracle: LayerOracle, at: dt.datetime) -> bool:
    begun = [each for each in oracle.layer.versions if each.effective_from is None or each.effective_from <= at]
    until = begun[-1].rotation.until_local
    return until is not None and oracle.wall.last[until] <= at


def by_rank(layers: Collection[Layer]) -> list[Layer]:
    return sorted(layers, key=lambda layer: -layer.rank)


def unpaused(story: Story) -> Story:
    """The same, with nobody paused."""

    def layer(each: Layer) -> Layer:
        rotations = [dataclasses.replace(version.rotation, paused=()) for version in each.versions]
        versions = [dataclasses.replace(v, rotation=r) for v, r in zip(each.versions, rotations, strict=True)]
        return dataclasses.replace(each, versions=tuple(versions))

    def definition(roster: Roster) -> Roster:
        return dataclasses.replace(roster, layers=tuple(layer(each) for each in roster.layers))

    rulings = tuple(dataclasses.replace(each, definition=definition(each.definition)) for each in story.rulings)
    return story._replace(rulings=rulings)
