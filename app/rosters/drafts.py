"""The way of every change of a roster: lock, write the past down, compare, store, find its gaps, tell."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session

from app.core.preconditions import Version
from app.identity.actors import Actor
from app.models import Roster
from app.rosters import duty, following, gaps, records
from app.rosters import service as rosters
from app.rosters.changes import changed, minutes_gained, newly
from app.rosters.definition import Roster as Definition
from app.rosters.definition import Window
from app.rosters.editing_schemas import BreachOut, ChangedShift, ChangeOut, PlannedGap
from app.rosters.gap_finding import Found
from app.rosters.rendering import render
from app.rosters.rules import Breach
from app.rosters.schemas import LONGEST_WINDOW
from app.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Draft:
    """A roster as it is before a change, and the time in which the change is looked at."""

    roster: Roster
    before: Definition
    window: Window


def begin(session: Session, actor: Actor, roster_id: uuid.UUID, *, version: Version, now: dt.datetime) -> Roster:
    """The roster, for a coordinator to change: locked, as it was read, and its past written down.

    Raises Forbidden, NotFound, PreconditionRequired or PreconditionFailed.
    """
    actor.require(Role.COORDINATOR)
    roster = rosters.find(session, actor, roster_id, lock=True)
    version.check(rosters.out(session, roster))
    records.record(session, roster, until=rosters.minute_of(now))
    return roster


def draft_of(session: Session, roster: Roster, *, now: dt.datetime, until: Iterable[dt.datetime] = ()) -> Draft:
    """What stands now, from this minute until the gaps' horizon, or as far as the change reaches, within 400 days."""
    start = rosters.minute_of(now)
    reach = max([start + gaps.HORIZON, *until])
    definition = duty.definition_of(session, duty.of(roster), start=start, end=reach)
    return Draft(roster, definition, Window(start, min(reach, start + LONGEST_WINDOW)))


def change_of(
    session: Session, draft: Draft, after: Definition, *, breaches: Iterable[tuple[uuid.UUID, Breach]] = ()
) -> ChangeOut:
    """What it changes to have `after` in place of what stands: whose shifts, which gaps."""
    after = _with_absences(session, draft, after)
    before_rendering, after_rendering = render(draft.before, draft.window), render(after, draft.window)
    gaps_before = gaps.find_in(session, draft.roster, draft.before, draft.window)
    gaps_after = gaps.find_in(session, draft.roster, after, draft.window)
    return ChangeOut.model_validate(
        {
            "from": draft.window.start,
            "to": draft.window.end,
            "shifts": [
                ChangedShift(start=each.start, end=each.end, before=list(each.before), after=list(each.after))
                for each in changed(before_rendering, after_rendering)
            ],
            "gaps_opened": _planned(newly(gaps_after, known=gaps_before)),
            "gaps_closed": _planned(newly(gaps_before, known=gaps_after)),
            "minutes_per_person": minutes_gained(before_rendering, after_rendering),
            "breaches": [
                BreachOut(person=person, rule=breach.rule, detail=breach.detail) for person, breach in breaches
            ],
        }
    )


def _with_absences(session: Session, draft: Draft, after: Definition) -> Definition:
    """Those of whoever is named in it alone, too: of the others they are known."""
    new = duty.named_in(after) - duty.named_in(draft.before)
    if not new:
        return after
    people = {uuid.UUID(person) for person in new}
    away = duty.absences_of(session, people, roster=draft.roster, start=draft.window.start, end=draft.window.end)
    return dataclasses.replace(after, absences=(*after.absences, *away))


def finish(session: Session, actor: Actor, roster: Roster, *, change: str, now: dt.datetime) -> None:
    """After a change was written: what follows a shift follows, gaps are found, the trail and listeners are told."""
    roster.version += 1
    roster.updated_at = now
    session.add(roster)
    session.flush()
    following.follow(session, roster, now=now)
    rosters.tell(session, actor, roster, change=change, now=now)
    gaps.reconcile(session, roster, now=now)


def _planned(found: Iterable[Found]) -> list[PlannedGap]:
    return [PlannedGap(start=gap.start, end=gap.end, cause=gap.cause) for gap in found]
