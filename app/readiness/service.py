"""What a school must have: in the weeks to come somebody who gives advice at any hour and can be reached, somebody who
stands behind the programme, policies that somebody has looked at, and a directory that holds."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from sqlmodel import Session, col, select

from app.core import clock
from app.core.schemas import Instant, OutputModel
from app.directory import catalogue, review
from app.directory.safety import RULES
from app.identity.actors import Actor
from app.models import CoverageGap, Roster, School
from app.rosters import duty
from app.rosters import service as rosters
from app.rosters.definition import Window
from app.rosters.rendering import render
from app.schools import policy_documents, profile
from app.schools.profile_schemas import MOST_DOCUMENTS, DocumentCode
from app.vocabulary import GapState, Level, Role, RosterLine
from app.webhooks import service as webhooks

AHEAD = dt.timedelta(days=28)
# Either gives advice on demand (STUDY T10).
LINES = (RosterLine.CLINICAL_ADVICE, RosterLine.ACADEMIC_ADVICE)
MOST_LISTED = 200

Times = list[tuple[dt.datetime, dt.datetime]]


class Uncovered(OutputModel):
    start: Instant
    end: Instant


class CoverCheck(OutputModel):
    """Clinical or academic advice, or declared external cover, at every minute."""

    code: Literal["advice_cover"]
    ok: bool
    uncovered: Annotated[list[Uncovered], Field(max_length=MOST_LISTED)]


class UnreachablePerson(OutputModel):
    id: uuid.UUID
    alias: Annotated[str, StringConstraints(max_length=80)]


class ContactCheck(OutputModel):
    """Everybody who is on a roster has an endpoint that was seen to work."""

    code: Literal["working_contacts"]
    ok: bool
    people: Annotated[list[UnreachablePerson], Field(max_length=MOST_LISTED)]


class SponsorCheck(OutputModel):
    """Somebody stands behind the programme, and their term goes on (STUDY D15). `sponsors`: how many there are."""

    code: Literal["sponsor"]
    ok: bool
    sponsors: Annotated[int, Field(ge=0, le=20)]


class PolicyDocumentsCheck(OutputModel):
    """No policy document waits for its review. `overdue` has the codes of those that do."""

    code: Literal["policy_documents"]
    ok: bool
    overdue: Annotated[list[DocumentCode], Field(max_length=MOST_DOCUMENTS)]


class DirectoryMinimumCheck(OutputModel):
    """By the school's own words on its directory: an emergency entry, a crisis line, and two more that anyone can call
    at any hour. Where one is missing, readers get what the country says instead. `missing`: the codes of those rules.
    """

    code: Literal["directory_minimum"]
    ok: bool
    missing: Annotated[list[Annotated[str, StringConstraints(max_length=60)]], Field(max_length=10)]


class DirectoryChecked(OutputModel):
    """Every entry that readers get was checked in time. `overdue`: how many were not."""

    code: Literal["directory_checked"]
    ok: bool
    overdue: Annotated[int, Field(ge=0, le=1_000_000)]


class ReadinessOut(OutputModel):
    """`ready` when every check is. The lists hold the first 200 of each."""

    start: Instant = Field(alias="from")
    end: Instant = Field(alias="to")
    ready: bool
    cover: CoverCheck
    contacts: ContactCheck
    sponsor: SponsorCheck
    policy_documents: PolicyDocumentsCheck
    directory: DirectoryMinimumCheck
    directory_checks: DirectoryChecked


def readiness(session: Session, actor: Actor) -> ReadinessOut:
    """The next 28 days, from this minute."""
    actor.require(Role.COORDINATOR, Role.SPONSOR)
    school_id = actor.require_school()
    now = clock.now()
    start = rosters.minute_of(now)
    window = Window(start, start + AHEAD)
    covered: Times = []
    people: set[uuid.UUID] = set()
    for roster in session.exec(select(Roster).where(Roster.school_id == school_id).order_by(col(Roster.id))):
        definition = duty.definition_of(session, duty.of(roster), start=window.start, end=window.end)
        segments = render(definition, window).segments
        on_roster = {uuid.UUID(person) for segment in segments for person in segment.on_call}
        people |= on_roster
        if roster.line in LINES and roster.level is Level.PRIMARY:
            reachable = {str(person) for person in webhooks.reachable(session, on_roster)}
            covered += [(s.start, s.end) for s in segments if not reachable.isdisjoint(s.on_call)]
            covered += _external(session, roster, window)
    uncovered = _without(window, covered)
    silent = sorted(people - webhooks.reachable(session, people))
    aliases = rosters.aliases_of(session, silent)
    directory = _directory(session, school_id)
    directory_checks = _directory_checks(session, school_id)
    listed = [UnreachablePerson(id=person, alias=aliases[person]) for person in silent if person in aliases]
    sponsors = len(profile.sponsors(session, school_id, now=now))
    overdue = policy_documents.overdue(session, school_id, now=now)
    return ReadinessOut.model_validate(
        {
            "from": window.start,
            "to": window.end,
            "ready": not uncovered
            and not silent
            and sponsors > 0
            and not overdue
            and directory.ok
            and directory_checks.ok,
            "cover": CoverCheck(
                code="advice_cover",
                ok=not uncovered,
                uncovered=[Uncovered(start=since, end=until) for since, until in uncovered[:MOST_LISTED]],
            ),
            "contacts": ContactCheck(code="working_contacts", ok=not silent, people=listed[:MOST_LISTED]),
            "sponsor": SponsorCheck(code="sponsor", ok=sponsors > 0, sponsors=sponsors),
            "policy_documents": PolicyDocumentsCheck(code="policy_documents", ok=not overdue, overdue=overdue),
            "directory": directory,
            "directory_checks": directory_checks,
        }
    )


def _directory(session: Session, school_id: uuid.UUID) -> DirectoryMinimumCheck:
    counts = catalogue.catalogue_of(session, session.get_one(School, school_id)).directory.counts
    missing = [rule.code for rule in RULES if counts[rule.code] < rule.fewest]
    return DirectoryMinimumCheck(code="directory_minimum", ok=not missing, missing=missing)


def _directory_checks(session: Session, school_id: uuid.UUID) -> DirectoryChecked:
    found = review.overdue_of(session, session.get_one(School, school_id), today=clock.now().date())
    return DirectoryChecked(code="directory_checked", ok=not found, overdue=len(found))


def _external(session: Session, roster: Roster, window: Window) -> Times:
    rows = session.exec(
        select(CoverageGap).where(
            CoverageGap.roster_id == roster.id,
            CoverageGap.state == GapState.OPEN,
            col(CoverageGap.external_entry_id).is_not(None),
            CoverageGap.starts_at < window.end,
            CoverageGap.ends_at > window.start,
        )
    )
    return [(max(row.starts_at, window.start), min(row.ends_at, window.end)) for row in rows]


def _without(window: Window, covered: Iterable[tuple[dt.datetime, dt.datetime]]) -> Times:
    left, at = [], window.start
    for since, until in sorted(covered):
        if at < since:
            left.append((at, since))
        at = max(at, until)
    return [*left, (at, window.end)] if at < window.end else left
