"""A layer of a roster definition as it arrives: its rotation or versions, and its restrictions (contract 1.3)."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Self, TypeVar

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from app.core.schemas import InputModel, ShortText
from app.rosters import definition
from app.rosters.fields import DAYS, ClockTime, KnownZone, LocalTime, NullMeans, Weekday, WeekTimeText, WholeMinute

Item = TypeVar("Item")


def after_start(end: dt.datetime | None, info: ValidationInfo) -> dt.datetime | None:
    """For the field that ends what `start` or `start_local`, a field before it, begins."""
    start = info.data.get("start", info.data.get("start_local"))
    if start is not None and end is not None and end <= start:
        raise PydanticCustomError("end_not_after_start", "The end must come after the start")
    return end


def _somebody(participants: list[str]) -> list[str]:
    if not participants:
        raise PydanticCustomError("participants_empty", "A rotation needs at least one participant")
    return participants


OptionalList = Annotated[list[Item], NullMeans(list)]
Participants = Annotated[
    list[ShortText], Field(max_length=200, json_schema_extra={"minItems": 1}), AfterValidator(_somebody)
]


class PauseIn(InputModel):
    person: ShortText
    start: WholeMinute
    end: WholeMinute | None = Field(description="Null: until further notice.")

    _order = field_validator("end")(after_start)

    def to_definition(self) -> definition.Pause:
        return definition.Pause(self.person, self.start, self.end)


class RotationIn(InputModel):
    unit: definition.Unit
    length: int = Field(ge=1, le=1000, strict=True, description="With `advance_on: active` not used, nor is the unit.")
    start_local: LocalTime
    until_local: LocalTime | None = None
    participants: Participants
    advance_on: Annotated[definition.AdvanceOn, NullMeans(lambda: "calendar")] = Field(
        default="calendar",
        description="`calendar`: slots count by the clock. `active`: each restriction window is one turn.",
    )
    paused: OptionalList[PauseIn] = Field(default_factory=list, max_length=500)

    _order = field_validator("until_local")(after_start)

    def to_definition(self) -> definition.Rotation:
        return definition.Rotation(
            unit=self.unit,
            length=self.length,
            start_local=self.start_local,
            until_local=self.until_local,
            participants=tuple(self.participants),
            advance_on=self.advance_on,
            paused=tuple(pause.to_definition() for pause in self.paused),
        )


class VersionIn(InputModel):
    effective_from: WholeMinute
    rotation: RotationIn

    def to_definition(self) -> definition.Version:
        return definition.Version(self.effective_from, self.rotation.to_definition())


class RestrictionIn(InputModel):
    days: list[Weekday] = Field(min_length=1, max_length=7, description="Local days on which the window starts.")
    start: ClockTime
    end: ClockTime

    def to_definition(self) -> definition.Restriction:
        return definition.Restriction(frozenset(DAYS.index(day) for day in self.days), self.start, self.end)


class WeeklyRangeIn(InputModel):
    start: WeekTimeText
    end: WeekTimeText

    def to_definition(self) -> definition.WeeklyRange:
        return definition.WeeklyRange(self.start, self.end)


class LayerIn(InputModel):
    id: ShortText
    rank: int = Field(ge=0, le=10_000, strict=True, description="The highest with somebody wins. Distinct in a roster.")
    time_zone: KnownZone | None = Field(default=None, description="The roster's, if null.")
    rotation: RotationIn | None = None
    versions: OptionalList[VersionIn] = Field(default_factory=list, max_length=200)
    restrictions: OptionalList[RestrictionIn] = Field(default_factory=list, max_length=20)
    weekly_ranges: OptionalList[WeeklyRangeIn] = Field(default_factory=list, max_length=20)

    @field_validator("versions")
    @classmethod
    def _ascend(cls, versions: list[VersionIn]) -> list[VersionIn]:
        begins = [version.effective_from for version in versions]
        if begins != sorted(set(begins)):
            raise PydanticCustomError("versions_not_ascending", "Each version must take effect after the one before it")
        return versions

    @model_validator(mode="after")
    def _rotate_one_way(self) -> Self:
        if (self.rotation is None) is not bool(self.versions):
            raise PydanticCustomError("rotation_or_versions", "A layer has either a rotation or versions")
        return self

    def to_definition(self) -> definition.Layer:
        versions = tuple(version.to_definition() for version in self.versions)
        if self.rotation is not None:
            versions = (definition.Version(None, self.rotation.to_definition()),)
        return definition.Layer(
            id=self.id,
            rank=self.rank,
            versions=versions,
            time_zone=self.time_zone,
            restrictions=tuple(restriction.to_definition() for restriction in self.restrictions),
            weekly_ranges=tuple(weekly.to_definition() for weekly in self.weekly_ranges),
        )
