"""The content of the programme (STUDY, Table 1): what is shipped for a language, checked when it is loaded.

Every piece says where it comes from, when it was last reviewed and when that is due again. Numbers never stand in a
text: they come from the directory, which knows the country and the date of a check.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.core.schemas import Line, ShortText, Text
from app.guidance.signs import Relationship
from app.vocabulary import Role

ItemId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,59}$", max_length=60)]
SourceDate = Annotated[str, StringConstraints(pattern=r"^([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?|undated)$", max_length=10)]
WebAddress = Annotated[str, StringConstraints(pattern=r"^https://[^\s]+$", max_length=500)]
Lines = Annotated[tuple[Line, ...], Field(max_length=20)]
# Obligations differ by state: a country, or a country and its state (ISO 3166-2).
Jurisdiction = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z]{2,3})?$", max_length=6)]


class Audience(StrEnum):
    """For whom a piece is written (STUDY D02). What is not for all students is read with a token of the school."""

    ALL_STUDENTS = "all_students"
    FORMAL_SUPPORTERS = "formal_supporters"
    STAFF = "staff"


class ContentKind(StrEnum):
    """The kinds of articles: the rows of Table 1 that are information (T01, T03, T06, T08; I03, I09)."""

    SIGNS = "signs"
    WHEN_TO_ACT = "when_to_act"
    HOW_TO_REFER = "how_to_refer"
    RED_FLAGS_AND_EMERGENCIES = "red_flags_and_emergencies"
    ASKING_ABOUT_SUICIDE = "asking_about_suicide"
    SAFE_MESSAGING = "safe_messaging"
    ROLE_BOUNDARIES = "role_boundaries"
    WHAT_IS_NOT_MY_JOB = "what_is_not_my_job"
    PROFESSIONAL_OBLIGATIONS = "professional_obligations"
    VALUE_OF_COLLEGIALITY = "value_of_collegiality"
    LOOKING_AFTER_YOURSELF = "looking_after_yourself"
    CAREERS = "careers"


class ScriptPurpose(StrEnum):
    """What a few words are for (STUDY E10 to E12, I12, I14)."""

    OPENER = "opener"
    CHECK_IN = "check_in"
    ASK_DIRECTLY = "ask_directly"
    SUGGEST_HELP = "suggest_help"
    NOT_A_SECRET = "not_a_secret"  # noqa: S105 - the words for not keeping one
    AFTER_A_NO = "after_a_no"
    SET_A_LIMIT = "set_a_limit"
    PASS_ON = "pass_on"  # noqa: S105 - to hand on, and no word to get in by
    WELCOME_BACK = "welcome_back"


class ScriptChannel(StrEnum):
    """Where the words are said (STUDY E10, E11)."""

    IN_PERSON = "in_person"
    MESSAGE = "message"
    CALL = "call"
    GROUP_SETTING = "group_setting"
    ON_PLACEMENT = "on_placement"


class AppliesTo(StrEnum):
    """Whose obligations a card is about (STUDY D05)."""

    STUDENT = "student"
    REGISTERED_PRACTITIONER = "registered_practitioner"
    EDUCATION_PROVIDER = "education_provider"


class ContentModel(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        # What a file leaves out is shown with its default: fields of answers are always present (contract R9).
        json_schema_serialization_defaults_required=True,
    )


class ContentSource(ContentModel):
    """Where something was read, in our words, and how old that is."""

    of: Line
    url: WebAddress | None = None
    dated: SourceDate


class Piece(ContentModel):
    """What every piece has. It is due for review on `review_by`, and says so afterwards."""

    id: ItemId
    title: ShortText
    audience: Audience
    sources: Annotated[tuple[ContentSource, ...], Field(min_length=1, max_length=20)]
    reviewed_on: dt.date
    review_by: dt.date

    @model_validator(mode="after")
    def _reviewed_before_it_is_due(self) -> Self:
        if self.review_by <= self.reviewed_on:
            raise ValueError("a review is due after the last one")
        return self


class Section(ContentModel):
    heading: ShortText
    paragraphs: Annotated[tuple[Text, ...], Field(max_length=20)] = ()
    points: Lines = ()


class Option(ContentModel):
    """One of several ways, with who comes to know of it (STUDY E13, I06); the least exposing stand first.

    `exposure`: 0 only you, 1 the two of you, 2 a service, 3 people you choose, 4 the school.
    """

    text: Line
    who_will_know: ShortText
    exposure: int = Field(ge=0, le=4)


class Article(Piece):
    """`see_also`: ids of other pieces, of any sort."""

    kind: ContentKind
    summary: Line
    sections: Annotated[tuple[Section, ...], Field(min_length=1, max_length=20)]
    options: Annotated[tuple[Option, ...], Field(max_length=10)] = ()
    see_also: Annotated[tuple[ItemId, ...], Field(max_length=10)] = ()

    @model_validator(mode="after")
    def _a_choice(self) -> Self:
        exposures = [option.exposure for option in self.options]
        if len(exposures) == 1 or exposures != sorted(exposures):
            raise ValueError("options are two at least, the least exposing first")
        return self


class Script(Piece):
    """Words to borrow. `instead_of` is what is often said, and `try` what may do better (STUDY E12).

    `relationships` empty: whatever you are to them. `next_step`: the id of a piece to read then.
    """

    purpose: ScriptPurpose
    channels: Annotated[tuple[ScriptChannel, ...], Field(min_length=1, max_length=len(ScriptChannel))]
    relationships: Annotated[tuple[Relationship, ...], Field(max_length=len(Relationship))] = ()
    text: Text
    tone: ShortText
    why_this_works: Line
    instead_of: Line | None = None
    try_: Line | None = Field(default=None, alias="try")
    next_step: ItemId | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.instead_of is None) != (self.try_ is None):
            raise ValueError("instead_of and try belong together")
        return self


class ScenarioChoice(ContentModel):
    """`goes_to`: the step that comes of it; none where the same step is tried again."""

    id: ItemId
    text: Line
    feedback: Text
    goes_to: ItemId | None = None


class ScenarioStep(ContentModel):
    """`says`: what happens. A step without choices is an ending; `take_away` is what to keep of it."""

    id: ItemId
    says: Text
    choices: Annotated[tuple[ScenarioChoice, ...], Field(max_length=6)] = ()
    take_away: Line | None = None

    @model_validator(mode="after")
    def _choices_or_an_end(self) -> Self:
        if bool(self.choices) == (self.take_away is not None):
            raise ValueError("a step has choices, or is an ending with something to take away")
        if len(self.choices) == 1:
            raise ValueError("one choice is none")
        if len({choice.id for choice in self.choices}) != len(self.choices):
            raise ValueError("two choices have one id")
        return self


class Scenario(Piece):
    """A conversation to practise (STUDY T02). The first step begins it; nothing of it is graded or kept."""

    about: Line
    relationship: Relationship
    minutes: int = Field(ge=1, le=60)
    steps: Annotated[tuple[ScenarioStep, ...], Field(min_length=3, max_length=40)]
    see_also: Annotated[tuple[ItemId, ...], Field(max_length=10)] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Every step is reached, every choice leads somewhere, and an ending is in reach of each."""
        steps = {step.id: step for step in self.steps}
        if len(steps) != len(self.steps):
            raise ValueError("two steps have one id")
        leads = {
            step.id: {choice.goes_to for choice in step.choices if choice.goes_to is not None} for step in self.steps
        }
        for step in self.steps:
            if missing := leads[step.id] - set(steps):
                raise ValueError(f"step {step.id} leads to {', '.join(sorted(missing))}, which is not there")
            if step.choices and not leads[step.id]:
                raise ValueError(f"no choice of step {step.id} leads on")
        reached, ahead = set[str](), [self.steps[0].id]
        while ahead:
            at = ahead.pop()
            if at not in reached:
                reached.add(at)
                ahead.extend(leads[at])
        if lost := set(steps) - reached:
            raise ValueError(f"nothing leads to {', '.join(sorted(lost))}")
        ending = {step.id for step in self.steps if not step.choices}
        grew = True
        while grew:
            more = {at for at, onward in leads.items() if at not in ending and onward & ending}
            ending |= more
            grew = bool(more)
        if endless := set(steps) - ending:
            raise ValueError(f"there is no way to an end from {', '.join(sorted(endless))}")
        return self

    def step(self, step_id: str) -> ScenarioStep | None:
        return next((step for step in self.steps if step.id == step_id), None)


class ObligationsCard(Piece):
    """What the rules ask and do not ask, where, and of whom (STUDY D05, T05). Not legal advice, and it says so.

    `unverified`: what could not be checked, in words that a reader understands.
    """

    jurisdiction: Jurisdiction
    applies_to: Annotated[tuple[AppliesTo, ...], Field(min_length=1, max_length=len(AppliesTo))]
    summary: Line
    sections: Annotated[tuple[Section, ...], Field(min_length=1, max_length=20)]
    unverified: Lines = ()


class ActionPlanPart(ContentModel):
    title: ShortText
    prompts: Annotated[tuple[Line, ...], Field(min_length=1, max_length=10)]


class ActionPlanParts(ContentModel):
    """The four parts that the study names (E14)."""

    study_work: ActionPlanPart
    outside_help: ActionPlanPart
    staying_safe: ActionPlanPart
    next_check_in: ActionPlanPart


class ActionPlanTemplate(Piece):
    """To fill in together, on one's own device; nothing of it is sent here."""

    about: Line
    parts: ActionPlanParts


class ModuleCode(StrEnum):
    """The two trainings that every supporter has (STUDY T09)."""

    MENTAL_HEALTH_RESPONSES = "mental_health_responses"
    REACHING_ISOLATED_STUDENTS = "reaching_isolated_students"


class TrainingUnit(ContentModel):
    id: ItemId
    title: ShortText
    minutes: int = Field(ge=1, le=120)
    paragraphs: Annotated[tuple[Text, ...], Field(min_length=1, max_length=20)]
    points: Lines = ()


class ExerciseChoice(ContentModel):
    id: ItemId
    text: Line
    right: bool
    feedback: Line


class Exercise(ContentModel):
    """A question with choices (some right, some not), a scenario to play, or something to think or talk about.

    `must_be_right`: nobody passes the module without it, whatever else they know.
    """

    id: ItemId
    prompt: Text
    must_be_right: bool = False
    choices: Annotated[tuple[ExerciseChoice, ...], Field(max_length=8)] = ()
    scenario: ItemId | None = None
    talk_about: Lines = ()

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum((bool(self.choices), self.scenario is not None, bool(self.talk_about))) != 1:
            raise ValueError("an exercise has choices, a scenario, or something to talk about")
        if self.must_be_right and not self.choices:
            raise ValueError("only what has choices can be right")
        if self.choices and not {True, False} <= {choice.right for choice in self.choices}:
            raise ValueError("some choices are right and some are not")
        if len({choice.id for choice in self.choices}) != len(self.choices):
            raise ValueError("two choices have one id")
        return self


class TrainingModule(Piece):
    """`pass_with`: so many of the exercises with choices are answered right, at least, and each that has to be."""

    code: ModuleCode
    version: ShortText
    aims: Annotated[tuple[Line, ...], Field(min_length=1, max_length=10)]
    units: Annotated[tuple[TrainingUnit, ...], Field(min_length=2, max_length=20)]
    exercises: Annotated[tuple[Exercise, ...], Field(min_length=3, max_length=30)]
    pass_with: int = Field(ge=1)
    see_also: Annotated[tuple[ItemId, ...], Field(max_length=10)] = ()

    @model_validator(mode="after")
    def _can_be_passed(self) -> Self:
        if self.pass_with > sum(bool(exercise.choices) for exercise in self.exercises):
            raise ValueError("there are fewer exercises with choices than must be right")
        ids = [unit.id for unit in self.units] + [exercise.id for exercise in self.exercises]
        if len(set(ids)) != len(ids):
            raise ValueError("two units or exercises have one id")
        return self


class RoleCard(Piece):
    """What a role may and may not do, when to stop, to ask and to pass on, and to whom (STUDY I13, P02, T08)."""

    role: Role
    can: Annotated[Lines, Field(min_length=1)]
    cannot: Annotated[Lines, Field(min_length=1)]
    pause_when: Annotated[Lines, Field(min_length=1)]
    ask_advice_when: Annotated[Lines, Field(min_length=1)]
    refer_when: Annotated[Lines, Field(min_length=1)]
    to_whom: Annotated[Lines, Field(min_length=1)]
