"""What a school decides: its reading hours, and how long people get to acknowledge."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.vocabulary import Level, Role, RosterLine

PRIORITIES = ("now", "today", "soon", "when_you_can")
# Longer than a weekend is no time to acknowledge.
AckSeconds = Annotated[int, Field(ge=1, le=259_200)]


class LineRules(BaseModel):
    """What protects the people of a line: hours between two shifts, and at most so many from Monday to Sunday."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rest_hours: Annotated[int, Field(ge=0, le=72)]
    weekly_hours: Annotated[int, Field(ge=1, le=168)] | None


def standard_rules() -> dict[RosterLine, LineRules]:
    """Supporters and readers are protected from too much (STUDY D10); advisers are on call by the week, from home."""
    protected = LineRules(rest_hours=10, weekly_hours=40)
    free = LineRules(rest_hours=0, weekly_hours=None)
    of_line = {
        RosterLine.PEER_SUPPORT: LineRules(rest_hours=10, weekly_hours=20),
        RosterLine.TRIAGE: protected,
    }
    return {line: of_line.get(line, free) for line in RosterLine}


class TrainingRules(BaseModel):
    """What a school asks of its supporters' training (STUDY T09, D11).

    `valid_days`: how long what is passed from now on holds. `in_person`: whether somebody who passes from now on also
    practises with others. `supervision_weeks`: nobody should go longer without supervision.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    valid_days: Annotated[int, Field(ge=90, le=1095)] = 365
    in_person: bool = False
    supervision_weeks: Annotated[int, Field(ge=1, le=26)] = 8


MostContacts = Annotated[int, Field(ge=1, le=20)]
MostHours = Annotated[int, Field(ge=1, le=168)]


class SupporterLoad(BaseModel):
    """What a supporter carries at the most (STUDY D10), and whether they are offered a talk after something urgent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Open at a time, and hours on call from Monday to Sunday on all lines together.
    max_open_contacts: MostContacts = 2
    max_on_call_hours_per_week: MostHours = 12
    debrief: bool = True


class LocalHoliday(BaseModel):
    """A day on which a school differs from its state: its town's own holiday, or one of the state's that is no day off
    there. Of a part of a state no calendar knows: show days, or what Ballarat has instead of Melbourne Cup Day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    on: dt.date
    name: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    kept: bool


class SchoolPolicies(BaseModel):
    """Kept in `schools.policies`. Hours are OSM opening hours in the school's zone.

    `PH` are its state's holidays, but for what it says of them in `local_holidays`. `reading_hours_text` is its own
    wording of the reading hours, and no part of a promise.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    reading_hours: Annotated[str, StringConstraints(max_length=200)] = "Mo-Fr 09:00-17:00; PH off"
    reading_hours_text: Annotated[str, StringConstraints(max_length=200)] = "09:00 to 17:00 on working days"
    local_holidays: Annotated[tuple[LocalHoliday, ...], Field(max_length=60)] = ()
    # Test pages on Tuesdays: most shifts are silent, and a pager that is off would not be noticed (domain, 2.2).
    weekly_drill: bool = True
    roster_rules: dict[RosterLine, LineRules] = Field(default_factory=standard_rules)
    supporter_load: SupporterLoad = SupporterLoad()
    # By a law on public records the school must keep what it received: what is taken back is restricted, not destroyed.
    keeps_withdrawn_reports: bool = False
    # The slug of a school whose independent handlers are asked after one's own (J11). Both must name each other.
    independent_partner: Annotated[str, StringConstraints(max_length=40)] | None = None
    # Where there is neither a programme nor a roster of advisers: the entry of the directory that stands in (J11).
    external_advice_entry_id: Annotated[str, StringConstraints(max_length=80)] | None = None
    # Of what is shown to whoever asks for none that there is. One that nothing is shipped in counts as English.
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$", max_length=5)] = "en"
    # The school's own clock: by then it wants to know whether serious harm may come of a privacy incident.
    assess_incidents_within_days: Annotated[int, Field(ge=1, le=365)] = 30
    # The fewest supporters that a programme goes on with: below, whoever falls ill is missed (STUDY D09).
    minimum_supporters: Annotated[int, Field(ge=0, le=1000)] = 4
    # What others would have otherwise is read within weeks; after a year it is about another programme.
    suggestions_kept_days: Annotated[int, Field(ge=30, le=3650)] = 365
    # When coordinators hear that there is a digest of the week: 0 is Monday, by the school's clock.
    digest_weekday: Annotated[int, Field(ge=0, le=6)] = 0
    digest_hour: Annotated[int, Field(ge=0, le=23)] = 8
    training: TrainingRules = Field(default_factory=TrainingRules)
    # How long a supporter has to answer somebody who chose them, before another one is asked (STUDY D06).
    contact_answer_hours: Annotated[int, Field(ge=4, le=72)] = 24


class Step(BaseModel):
    """Who is asked at one step: those on a roster at a level, everyone who holds a role, or whoever has a post.

    A roster without a `line` is that of the line that the need goes to. `partner`: the independent handlers of the
    school that this one has agreed with.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: Level
    target: Literal["roster", "role", "post", "person", "partner"]
    line: RosterLine | None = None
    roster_level: Level | None = None
    role: Role | None = None
    post: str | None = None
    person: uuid.UUID | None = None
    # Seconds to acknowledge. None: by the priority, as the policy says.
    ack_seconds: AckSeconds | None = None
    drill: bool = False


class PagingPolicy(BaseModel):
    """The steps of an escalation and its clocks. A running escalation keeps the copy it started with.

    What an earlier release kept in a copy is read without what is no longer known.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    steps: Annotated[list[Step], Field(min_length=1, max_length=40)]
    # Seconds to acknowledge at a step without a clock of its own, by priority. Domain 2.2: now 10 minutes, today 30.
    ack_seconds: dict[str, AckSeconds] = Field(
        default_factory=lambda: {"now": 600, "today": 1800, "soon": 28_800, "when_you_can": 86_400}
    )
    # Not delivered anywhere within this: the next step, without waiting for the clock (design, 4).
    undelivered_seconds: Annotated[int, Field(ge=1, le=600)] = 15
    # An acknowledgement without a reply or a note lapses after this (contract 1.5), and this long after a note.
    reply_seconds: Annotated[int, Field(ge=1, le=86_400)] = 600
    note_seconds: Annotated[int, Field(ge=1, le=86_400)] = 3600
    # So many pages a minute somebody is told of one by one, the others together: a flood buries the one it is for.
    told_alone_a_minute: Annotated[int, Field(ge=1, le=1000)] = 5
    # Which of the school's policies this is a copy of; none for the standard one.
    policy_id: uuid.UUID | None = None
    policy_version: int | None = None

    def ack_of(self, step: Step, priority: str) -> int:
        """Seconds to acknowledge at a step. An unknown priority gets the shortest time there is."""
        return step.ack_seconds or self.ack_seconds.get(priority, min(self.ack_seconds.values()))


def standard_policy(line: RosterLine) -> PagingPolicy:
    """Primary, backup, then the coordinators (or the independent handlers): until a school decides otherwise."""
    if line is RosterLine.INDEPENDENT_ADVICE:
        # Nobody of the programme is a substitute here (J14): independent handlers, or the external lines.
        last = Step(level=Level.BACKUP, target="role", role=Role.INDEPENDENT_HANDLER)
    else:
        last = Step(level=Level.COORDINATOR, target="role", role=Role.COORDINATOR)
    return PagingPolicy(
        steps=[
            Step(level=Level.PRIMARY, target="roster", line=line, roster_level=Level.PRIMARY),
            Step(level=Level.BACKUP, target="roster", line=line, roster_level=Level.BACKUP),
            last,
        ]
    )
