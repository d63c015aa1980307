"""The few entries that there is room for: in every problem, and beside a report that waits to be read. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol, TypeVar

from app.directory.matching import FEWEST_AT_ANY_HOUR


class Reached(Protocol):
    """An entry, and how it is called or texted."""

    @property
    def id(self) -> str: ...
    @property
    def phone_dial(self) -> str | None: ...
    @property
    def sms(self) -> str | None: ...


T = TypeVar("T", bound=Reached)


def shortened(emergency: Sequence[T], lines: Sequence[T], *, most: int, own: Collection[str]) -> list[T]:
    """The first of both, as they stand. However many emergency entries a school has, two lines at any hour have room
    beside them (domain, 3.1); and of those entries the ones go first that have a door and no number, then its `own`.
    """
    room = most - min(len(lines), FEWEST_AT_ANY_HOUR)
    best = sorted(emergency, key=lambda each: (each.phone_dial is None and each.sms is None, each.id in own))
    kept = {each.id for each in best[:room]}
    return [*(each for each in emergency if each.id in kept), *lines][:most]
