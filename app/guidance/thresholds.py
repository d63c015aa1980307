"""When somebody may be told more than was agreed: a text for each place, as data, with its sources (domain, 3.2).

A school in a place without a text of its own gets the default, which is the stricter test.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from app.core.schemas import Line, OutputModel, ShortText
from app.packs import PackError, read_pack, texts_in
from app.vocabulary import ConfidentialityBasis

DEFAULT = "DEFAULT"
_COMMON = "thresholds/common.yaml"

Jurisdiction = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}(-[A-Z]{2,3})?|DEFAULT)$", max_length=10)]
# It begins with its jurisdiction, so that a school that moves never takes the one for the other.
ThresholdVersion = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)?-[0-9]{4}-[0-9]{1,3}$", max_length=40)]


class Check(StrEnum):
    """Whether somebody has read it where it says it is from."""

    CHECKED = "checked"
    UNVERIFIED = "unverified"


class ThreatTest(StrEnum):
    """What a threat has to be. The second asks for more."""

    SERIOUS = "serious_threat"
    SERIOUS_AND_IMMINENT = "serious_and_imminent_threat"


class ThresholdSource(OutputModel):
    """What a text rests on; `dated` is the year of what was read."""

    of: Line
    dated: Annotated[int, Field(ge=1900, le=2200)]
    check: Check


class BasisText(OutputModel):
    basis: ConfidentialityBasis
    text: Line


class ThresholdOut(OutputModel):
    """What has to be so before somebody is told without their say. Send `version` with a decision.

    `unverified`: nobody has checked it in the law itself; `unchecked` says what of it. It is no legal advice.
    """

    jurisdiction: Jurisdiction
    version: ThresholdVersion
    title: ShortText
    test: ThreatTest
    serious_threat: Annotated[list[Line], Field(min_length=1, max_length=20)]
    bases: Annotated[list[BasisText], Field(max_length=10)]
    before_you_decide: Annotated[list[Line], Field(min_length=1, max_length=20)]
    check: Check
    unchecked: Annotated[list[Line], Field(max_length=20)]
    sources: Annotated[list[ThresholdSource], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not self.version.startswith(f"{self.jurisdiction.lower()}-"):
            raise ValueError("a version begins with its jurisdiction")
        if [each.basis for each in self.bases] != list(ConfidentialityBasis):
            raise ValueError("there is one text for each basis, in their order")
        if (self.check is Check.UNVERIFIED) != bool(self.unchecked):
            raise ValueError("what is unverified says what of it, and nothing else does")
        if self.check is Check.CHECKED and any(each.check is not Check.CHECKED for each in self.sources):
            raise ValueError("a text is not better checked than its sources")
        return self


class _Common(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    bases: list[Any]
    before_you_decide: list[Any]


def threshold_of(country: str, region: str) -> ThresholdOut:
    """The text in force for a place: of its region, else of its country, else the default."""
    found = load_thresholds()
    return found.get(f"{country}-{region}") or found.get(country) or found[DEFAULT]


@functools.cache
def load_thresholds() -> Mapping[str, ThresholdOut]:
    """Every text by its jurisdiction, read once for each process. Raises PackError, which names the field at fault."""
    common = read_pack(_COMMON)
    found: dict[str, ThresholdOut] = {}
    for file in texts_in("thresholds"):
        if file == _COMMON:
            continue
        text = parse_threshold(read_pack(file), common=common, file=file)
        if text.jurisdiction in found:
            raise PackError("this jurisdiction has a text already", file=file, column="jurisdiction")
        found[text.jurisdiction] = text
    if DEFAULT not in found:
        raise PackError("there is no text for a place without one", file="thresholds")
    # Whoever has no text of their own must never get the easier test.
    if found[DEFAULT].test is not ThreatTest.SERIOUS_AND_IMMINENT:
        raise PackError("the default is the stricter test", file="thresholds/default.yaml", column="test")
    return found


def parse_threshold(text: str, *, common: str, file: str) -> ThresholdOut:
    """A text from its YAML and what all have in common. Raises PackError, which names the field at fault."""
    try:
        shared = _Common.model_validate(yaml.safe_load(common))
        return ThresholdOut.model_validate(shared.model_dump() | yaml.safe_load(text))
    except (yaml.YAMLError, TypeError) as error:
        raise PackError("this is not YAML", file=file) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        column = ".".join(str(part) for part in first["loc"]) or None
        raise PackError(first["msg"], file=file, column=column) from error
