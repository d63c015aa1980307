"""A roster definition as it arrives, and its rendering as it leaves (contract 1.3).

Absent and null mean the same, except where null says something: an override's `person`, a pause's `end`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from app.core.schemas import InputModel, Instant, OutputModel, ShortText
from app.rosters import definition
from app.rosters.cost import MOST_EDGES, edges
from app.rosters.fields import KnownZone, NullMeans, WholeMinute
from app.rosters.layer_schemas import LayerIn, OptionalList, after_start
from app.vocabulary import RosterLine

LONGEST_WINDOW = dt.timedelta(days=400)
# No rendering comes near it: a window with more handoffs is refused (rosters/cost.py).
MOST_SEGMENTS = 2 * MOST_EDGES

Minutes = Annotated[int, Field(ge=0, le=LONGEST_WINDOW // dt.timedelta(minutes=1))]


def _refuse_repeats(values: Iterable[object], *, code: str, message: str) -> None:
    listed = list(values)
    if len(set(listed)) < len(listed):
        raise PydanticCustomError(code, message)


class OverrideIn(InputModel):
    id: ShortText
    person: ShortText | None = Field(description="Null takes cover away.")
    replaces: ShortText | None = Field(default=None, description="Acts only where the layers put this person on call.")
    start: WholeMinute
    end: WholeMinute
    created_seq: int = Field(ge=0, le=2**53 - 1, strict=True, description="The newest wins. Distinct in a roster.")

    _order = field_validator("end")(after_start)

    def to_definition(self) -> definition.Override:
        return definition.Override(self.id, self.start, self.end, self.person, self.created_seq, self.replaces)


class RosterPlan(InputModel):
    """What a version says: who has which turn, as long as nothing else is arranged."""

    time_zone: KnownZone
    combine: Annotated[definition.Combine, NullMeans(lambda: "precedence")] = "precedence"
    layers: list[LayerIn] = Field(max_length=20)

    @field_validator("layers")
    @classmethod
    def _tell_layers_apart(cls, layers: list[LayerIn]) -> list[LayerIn]:
        _refuse_repeats((layer.id for layer in layers), code="layer_id_repeated", message="Two layers have the same id")
        _refuse_repeats(
            (layer.rank for layer in layers), code="layer_rank_repeated", message="Two layers have the same rank"
        )
        return layers

    def people(self) -> set[str]:
        """Everybody who is named: participants of every version, and those who are paused."""
        rotations = [version.rotation for layer in self.layers for version in layer.versions]
        rotations += [layer.rotation for layer in self.layers if layer.rotation is not None]
        named = {person for rotation in rotations for person in rotation.participants}
        return named | {pause.person for rotation in rotations for pause in rotation.paused}

    def to_definition(self) -> definition.Roster:
        """The same roster as rendering takes it. Restriction days are counted from Monday = 0."""
        return definition.Roster(
            time_zone=self.time_zone,
            layers=tuple(layer.to_definition() for layer in self.layers),
            combine=self.combine,
        )


class RosterDefinition(RosterPlan):
    name: ShortText | None = None
    line: RosterLine | None = None
    overrides: OptionalList[OverrideIn] = Field(default_factory=list, max_length=2000)

    @field_validator("overrides")
    @classmethod
    def _tell_overrides_apart(cls, overrides: list[OverrideIn]) -> list[OverrideIn]:
        _refuse_repeats(
            (each.id for each in overrides), code="override_id_repeated", message="Two overrides have one id"
        )
        _refuse_repeats(
            (each.created_seq for each in overrides),
            code="created_seq_repeated",
            message="Two overrides have one created_seq",
        )
        return overrides

    def people(self) -> set[str]:
        """As of its plan, and everybody in an override."""
        named = {override.person for override in self.overrides if override.person is not None}
        return super().people() | named | {each.replaces for each in self.overrides if each.replaces is not None}

    def to_definition(self) -> definition.Roster:
        overrides = tuple(override.to_definition() for override in self.overrides)
        return dataclasses.replace(super().to_definition(), overrides=overrides)


class WindowIn(InputModel):
    start: WholeMinute
    end: WholeMinute = Field(description="At most 400 days after the start.")

    @field_validator("end")
    @classmethod
    def _bound(cls, end: dt.datetime, info: ValidationInfo) -> dt.datetime:
        after_start(end, info)
        start = info.data.get("start")
        if start is not None and end - start > LONGEST_WINDOW:
            raise PydanticCustomError("window_too_long", "A window is at most 400 days long")
        return end

    def to_definition(self) -> definition.Window:
        return definition.Window(self.start, self.end)


class PreviewRequest(InputModel):
    """A roster that nobody has stored, and the time to render it for."""

    roster: RosterDefinition
    window: WindowIn

    @model_validator(mode="after")
    def _bound(self) -> Self:
        if edges(self.roster.to_definition(), window=self.window.to_definition()) > MOST_EDGES:
            raise PydanticCustomError("rendering_too_large", "So many handoffs need a shorter window or fewer layers")
        return self


class SourceOut(OutputModel):
    """The layers and overrides that had a part in a segment."""

    layers: list[ShortText] = Field(max_length=20)
    overrides: list[ShortText] = Field(max_length=MOST_EDGES)


class SegmentOut(OutputModel):
    """A stretch with the same people on call; the end is not in it. Nobody on call is a gap."""

    start: Instant
    end: Instant
    on_call: list[ShortText] = Field(max_length=200)
    source: SourceOut


class GapOut(OutputModel):
    """A stretch in which nobody is on call; the end is not in it."""

    start: Instant
    end: Instant


class RenderingOut(OutputModel):
    """Segments that tile the window, in order, its gaps, and how many minutes each person has."""

    segments: list[SegmentOut] = Field(max_length=MOST_SEGMENTS)
    gaps: list[GapOut] = Field(max_length=MOST_SEGMENTS)
    minutes_per_person: dict[ShortText, Minutes] = Field(max_length=MOST_SEGMENTS)

    @classmethod
    def of(cls, rendering: definition.Rendering) -> Self:
        """A rendering as clients see it: without its stretches."""
        return cls.model_validate(rendering)
