"""What a school decides for itself, as it arrives and leaves."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.schemas import InputModel, Instant, OutputModel, Slug, ZoneName
from app.directory.entries import EntryId
from app.directory.hours_notation import OpeningHoursError, parse
from app.schools.policies import LineRules, MostContacts, MostHours, TrainingRules
from app.vocabulary import RosterLine

HolidayName = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$", max_length=5)]
ReadingText = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Days = Annotated[int, Field(ge=1, le=365)]
AnswerHours = Annotated[int, Field(ge=4, le=72)]
StatementVersion = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{1,3}$", max_length=8)]
Alias = Annotated[str, StringConstraints(max_length=80)]
FewestSupporters = Annotated[int, Field(ge=0, le=1000)]
KeptDays = Annotated[int, Field(ge=30, le=3650)]
Weekday = Annotated[int, Field(ge=0, le=6)]
HourOfDay = Annotated[int, Field(ge=0, le=23)]


def _readable(hours: str) -> str:
    try:
        parse(hours)
    except OpeningHoursError as exc:
        raise PydanticCustomError("opening_hours", "These are no opening hours, such as `Mo-Fr 09:00-17:00`.") from exc
    return hours


ReadingHours = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_readable)]


class LocalHolidayPut(InputModel):
    """A day on which the school differs from its state: `kept`, or none there."""

    on: dt.date
    name: HolidayName
    kept: bool


class RosterRulesPut(InputModel):
    """All lines."""

    peer_support: LineRules
    clinical_advice: LineRules
    academic_advice: LineRules
    independent_advice: LineRules
    triage: LineRules

    def by_line(self) -> dict[RosterLine, LineRules]:
        return {line: getattr(self, line) for line in RosterLine}


class SupporterLoadPut(InputModel):
    """Contacts open at a time, hours on call from Monday to Sunday on all lines, and whether a talk is offered to a
    supporter after something urgent. Each may have less than this, and nobody more."""

    max_open_contacts: MostContacts = 2
    max_on_call_hours_per_week: MostHours = 12
    debrief: bool = True


class PoliciesPut(InputModel):
    """All that a school decides. `reading_hours`: opening hours on the school's own clock, by which a report is read.
    On a public holiday that they do not name (`PH`, a date or `24/7`) nobody is taken to read. `reading_hours_text`:
    the school's own words on them, for those who see this. No reporter is promised anything by it: `expect.basis` is
    computed from the hours.

    `independent_partner`: the slug of a school that is there for this one's kept-back reports, once that names this
    one. `external_advice_entry_id`: an entry of the directory, open day and night, that stands in for advice where
    there is no programme and no roster of advisers. `minimum_supporters`: with fewer a programme is at risk.
    `digest_weekday` counts from Monday, 0; `digest_hour` is by the school's clock. `training`: left out, it stays as it
    is. `supporter_load`: what a supporter carries at the most.
    """

    formal_program: bool
    language: Language
    local_holidays: list[LocalHolidayPut] = Field(max_length=60)
    reading_hours: ReadingHours
    reading_hours_text: ReadingText
    weekly_drill: bool
    roster_rules: RosterRulesPut
    independent_partner: Slug | None
    external_advice_entry_id: EntryId | None
    assess_incidents_within_days: Days
    keeps_withdrawn_reports: bool
    # Left out by a client that knows nothing of them: as they are for a new school.
    supporter_load: SupporterLoadPut = Field(default_factory=lambda: SupporterLoadPut())
    minimum_supporters: FewestSupporters = 4
    suggestions_kept_days: KeptDays = 365
    digest_weekday: Weekday = 0
    digest_hour: HourOfDay = 8
    # Left out, as it is: a client that knows nothing of it would shorten what people have.
    training: TrainingRules | None = None
    contact_answer_hours: AnswerHours = Field(
        default=24, description="How long a supporter has to answer somebody who chose them, before the next is asked."
    )

    @model_validator(mode="after")
    def _each_day_once(self) -> Self:
        if len({day.on for day in self.local_holidays}) < len(self.local_holidays):
            raise PydanticCustomError("twice_the_same_day", "Each day once at the most.")
        return self


class LocalHolidayOut(OutputModel):
    on: dt.date
    name: HolidayName
    kept: bool


class RosterRulesOfSchool(OutputModel):
    peer_support: LineRules
    clinical_advice: LineRules
    academic_advice: LineRules
    independent_advice: LineRules
    triage: LineRules


class SupporterLoadOfSchool(OutputModel):
    max_open_contacts: MostContacts
    max_on_call_hours_per_week: MostHours
    debrief: bool


class PoliciesOut(OutputModel):
    """What a school goes by. `time_zone` stays what it was made with; `partner_agrees`: the partner names it, too."""

    time_zone: ZoneName
    formal_program: bool
    language: Language
    local_holidays: Annotated[list[LocalHolidayOut], Field(max_length=60)]
    reading_hours: Annotated[str, StringConstraints(max_length=200)]
    reading_hours_text: Annotated[str, StringConstraints(max_length=200)]
    weekly_drill: bool
    roster_rules: RosterRulesOfSchool
    independent_partner: Slug | None
    partner_agrees: bool
    external_advice_entry_id: EntryId | None
    assess_incidents_within_days: Days
    keeps_withdrawn_reports: bool
    supporter_load: SupporterLoadOfSchool
    minimum_supporters: FewestSupporters
    suggestions_kept_days: KeptDays
    digest_weekday: Weekday
    digest_hour: HourOfDay
    training: TrainingRules
    contact_answer_hours: AnswerHours


class AdoptionPut(InputModel):
    """The version that was read."""

    version: StatementVersion


class AdoptionOut(OutputModel):
    """`current`: the version that everyone is shown. `adopted`: that which the school has made its own, null for none;
    it counts while it is the current one."""

    current: StatementVersion
    adopted: StatementVersion | None
    adopted_by: Alias | None
    adopted_hour: Instant | None
