"""The texts of a language, read from the shipped pack and checked before anyone can need them."""

from __future__ import annotations

import functools
import itertools
import json
import re
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from app.core.schemas import Line, OutputModel, ShortText, Text
from app.guidance.signs import RED_FLAG_SIGNS, AboutWhom, ConcernType, Relationship, Sign
from app.packs import PackError, read_pack
from app.vocabulary import (
    ConfidentialityBasis,
    RelayPurpose,
    ReportStatus,
    WhoIsMet,
    WithdrawalOutcome,
    WithdrawalReason,
)

# With fewer there would be an instruction and no choice (STUDY E13).
FEWEST_OPTIONS = 2

ItemId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,59}$", max_length=60)]
Lines = Annotated[list[Line], Field(min_length=1, max_length=20)]


# Whether it is urgent, whom it is about, and who tells of it: the few ways in which these can come together.
Situation = tuple[bool, AboutWhom, Relationship]
SITUATIONS: tuple[Situation, ...] = tuple(itertools.product((False, True), AboutWhom, Relationship))


class PackModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class When(PackModel):
    """What an item is for. What is left out does not matter; several signs or concerns mean any of them."""

    signs: frozenset[Sign] = frozenset()
    concerns: frozenset[ConcernType] = frozenset()
    urgent: bool | None = None
    about_whom: frozenset[AboutWhom] = frozenset()
    relationship: frozenset[Relationship] = frozenset()


class GuidanceItemOut(OutputModel):
    """One thing that can be done, and who comes to know of it."""

    id: ItemId
    title: ShortText
    text: Text
    who_will_know: ShortText

    @functools.cached_property
    def sent(self) -> bytes:
        """As JSON: the same item is part of very many answers."""
        return self.model_dump_json().encode()


class Item(PackModel):
    """`exposure`, who comes to know: 0 only you, 1 the two of you, 2 a service, 3 people you choose, 4 the school."""

    id: ItemId
    title: ShortText
    text: Text
    who_will_know: ShortText
    exposure: int = Field(ge=0, le=4)
    when: When

    @functools.cached_property
    def shown(self) -> GuidanceItemOut:
        return GuidanceItemOut(id=self.id, title=self.title, text=self.text, who_will_know=self.who_will_know)

    def is_for(self, situation: Situation) -> bool:
        """Whether it fits, whatever the signs and concerns."""
        urgent, about_whom, relationship = situation
        when = self.when
        return (
            when.urgent in (None, urgent)
            and (not when.about_whom or about_whom in when.about_whom)
            and (not when.relationship or relationship in when.relationship)
        )


class RedFlag(PackModel):
    sign: Sign | None
    text: ShortText


class HelpNowTexts(PackModel):
    steps: Lines
    red_flags: list[RedFlag]

    @model_validator(mode="after")
    def _every_red_flag(self) -> Self:
        if missing := RED_FLAG_SIGNS - {flag.sign for flag in self.red_flags}:
            raise ValueError(f"no text for the red flags {', '.join(sorted(missing))}")
        return self


class FriendTexts(PackModel):
    urgent: Text
    not_urgent: Text
    about_me: Text


class WhyShown(PackModel):
    """Reasons for showing a directory entry. `up_to_age` holds `{age}`."""

    emergency: ShortText
    emergency_at_avoided_site: ShortText
    at_avoided_site: ShortText
    fits: ShortText
    always_open: ShortText
    open: ShortText
    closed: ShortText
    hours_unknown: ShortText
    medical_students: ShortText
    region: ShortText
    region_of_site: ShortText
    about_someone: ShortText
    independent: ShortText
    up_to_age: Annotated[str, StringConstraints(pattern=r"\{age\}", max_length=150)]


class PrivacyStatementOut(OutputModel):
    """What a person is told before they send anything (STUDY B03, I05). A report carries the version that was shown."""

    version: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{1,3}$", max_length=8)]
    title: ShortText
    who_can_read: Lines
    what_is_stored: Lines
    how_long: Lines
    limits: Lines
    what_never_happens: Lines


class WithdrawalTexts(PackModel):
    """What becomes of a worry that is taken back (journey J15), told before it is confirmed."""

    outcomes: dict[WithdrawalOutcome, Line]
    reasons: dict[WithdrawalReason, Line]
    destroyed: dict[WithdrawalOutcome, list[Line]]
    kept: dict[WithdrawalOutcome, list[Line]]
    actions_stand: Line
    taken_back: Line

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for texts in (self.outcomes, self.destroyed, self.kept):
            if missing := set(WithdrawalOutcome) - set(texts):
                raise ValueError(f"no text for the outcomes {', '.join(sorted(missing))}")
        if left_out := set(WithdrawalReason) - set(self.reasons):
            raise ValueError(f"no text for the reasons {', '.join(sorted(left_out))}")
        return self


class DecisionTexts(PackModel):
    """What a reporter is told when it was decided to tell somebody more: on what ground, never whom or what."""

    bases: dict[ConfidentialityBasis, Line]
    by_two: Line
    alone: Line
    identity: Line
    your_part: Line

    @model_validator(mode="after")
    def _every_basis(self) -> Self:
        if missing := set(ConfidentialityBasis) - set(self.bases):
            raise ValueError(f"no text for {', '.join(sorted(missing))}")
        return self


class GuidancePack(PackModel):
    """All the texts of one language."""

    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
    help_now: HelpNowTexts
    what_you_can_do: list[Item]
    for_you: list[Item]
    continue_as_friend: FriendTexts
    status_texts: dict[ReportStatus, Line]
    waits_for_another: Line
    nobody_has_answered: Line
    withdrawal: WithdrawalTexts
    decisions: DecisionTexts
    what_a_summary_is_for: dict[RelayPurpose, dict[WhoIsMet, Line]]
    privacy_statement: PrivacyStatementOut
    why_shown: WhyShown

    @functools.cached_property
    def options_in(self) -> dict[Situation, tuple[Item, ...]]:
        """Of `what_you_can_do`. For all situations at once: which of them was asked about shows in no answer's time."""
        return {each: tuple(item for item in self.what_you_can_do if item.is_for(each)) for each in SITUATIONS}

    @functools.cached_property
    def for_you_in(self) -> dict[Situation, tuple[Item, ...]]:
        """Likewise of `for_you`."""
        return {each: tuple(item for item in self.for_you if item.is_for(each)) for each in SITUATIONS}

    @functools.cached_property
    def friend_as_json(self) -> dict[str, bytes]:
        """Each text of `continue_as_friend` as JSON."""
        texts = self.continue_as_friend
        return {
            text: json.dumps(text, ensure_ascii=False).encode()
            for text in (texts.urgent, texts.not_urgent, texts.about_me)
        }

    @model_validator(mode="after")
    def _one_id_each(self) -> Self:
        ids = [item.id for item in (*self.what_you_can_do, *self.for_you)]
        if twice := {name for name in ids if ids.count(name) > 1}:
            raise ValueError(f"these ids stand twice: {', '.join(sorted(twice))}")
        return self

    @model_validator(mode="after")
    def _something_for_everyone(self) -> Self:
        for about_whom, urgent in itertools.product(AboutWhom, (True, False)):
            fitting = [item for item in self.what_you_can_do if _for_all_signs(item.when, about_whom, urgent)]
            if len(fitting) < FEWEST_OPTIONS:
                raise ValueError(f"too few options about {about_whom}, urgent={urgent}, whatever the signs")
        if not any(item.when == When() for item in self.for_you):
            raise ValueError("for_you has nothing that is for everyone")
        return self

    @model_validator(mode="after")
    def _every_status(self) -> Self:
        if missing := set(ReportStatus) - set(self.status_texts):
            raise ValueError(f"no text for the states {', '.join(sorted(missing))}")
        return self

    @model_validator(mode="after")
    def _every_purpose(self) -> Self:
        for purpose, who in itertools.product(RelayPurpose, WhoIsMet):
            if who not in self.what_a_summary_is_for.get(purpose, {}):
                raise ValueError(f"no text for a summary for a {purpose}, about the {who}")
        return self


def load_guidance(language: str = "en") -> GuidancePack:
    """The texts of a language, read once for each process. Raises PackError, which names the field at fault."""
    return _load(language)


def parse_guidance(text: str, *, file: str) -> GuidancePack:
    """A pack from its YAML. Raises PackError, which names the field at fault."""
    try:
        return GuidancePack.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise PackError("this is not YAML", file=file) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        column = ".".join(str(part) for part in first["loc"]) or None
        raise PackError(first["msg"], file=file, column=column) from error


@functools.cache
def _load(language: str) -> GuidancePack:
    if re.fullmatch("[a-z]{2}", language) is None:
        raise PackError("a language has a code of two letters", file="guidance")
    file = f"guidance/{language}.yaml"
    return parse_guidance(read_pack(file), file=file)


def _for_all_signs(when: When, about_whom: AboutWhom, urgent: bool) -> bool:
    return (
        when.urgent in (None, urgent)
        and about_whom in (when.about_whom or AboutWhom)
        and not when.signs
        and not when.concerns
        and not when.relationship
    )
