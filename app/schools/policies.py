"""What a school decides: its reading hours, and how long people get to acknowledge."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.vocabulary import Level, Role, RosterLine

PRIORITIES = ("now", "today", "soon", "when_you_can")


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


class SchoolPolicies(BaseModel):
    """Kept in `schools.policies`. Hours are OSM opening hours in the school's zone; `PH` are its state's holidays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reading_hours: Annotated[str, StringConstraints(max_length=200)] = "Mo-Fr 09:00-17:00; PH off"
    reading_hours_text: Annotated[str, StringConstraints(max_length=200)] = "09:00 to 17:00 on working days"
    roster_rules: dict[RosterLine, LineRules] = Field(default_factory=standard_rules)


class Step(BaseModel):
    """Who is asked at one step: those on a roster at a level, or everyone who holds a role."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: Level
    target: Literal["roster", "role"]
    line: RosterLine | None = None
    roster_level: Level | None = None
    role: Role | None = None


class PagingPolicy(BaseModel):
    """The steps of an escalation and its clocks. A running escalation keeps the copy it started with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Twenty for a school, and as many again where an escalation has a second round.
    steps: Annotated[list[Step], Field(min_length=1, max_length=40)]
    # In the copy of an escalation that is asked through again: its first step. A school sets none.
    second_round_from: Annotated[int, Field(ge=1)] | None = None
    # Seconds to acknowledge at each step, by priority. Domain 2.2: now 10 minutes, today 30.
    ack_seconds: dict[str, Annotated[int, Field(ge=1, le=172_800)]] = Field(
        default_factory=lambda: {"now": 600, "today": 1800, "soon": 28_800, "when_you_can": 86_400}
    )
    # Not delivered anywhere within this: the next step, without waiting for the clock (design, 4).
    undelivered_seconds: Annotated[int, Field(ge=1, le=600)] = 15
    # An acknowledgement without a reply lapses after this (contract 1.5).
    reply_seconds: Annotated[int, Field(ge=1, le=86_400)] = 600


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
