"""Being away where that is a pause: it does what every pause does, also to somebody who is no supporter."""

from __future__ import annotations

from sqlmodel import Session

from app.core import clock
from app.core.problems import Conflict
from app.identity.actors import Actor
from app.models import Absence
from app.programme import pausing
from app.rosters import absences
from app.rosters import service as rosters
from app.rosters.shift_schemas import AbsenceCreate, AbsenceCreated
from app.supporters import service as supporters
from app.vocabulary import AbsenceKind, Role
from app.vocabulary.supporters import OF_THE_PROGRAMME


class PauseNeedsConversation(Conflict):
    code, status, title = "pause_needs_conversation", 409, "A supporter is asked to pause in a conversation"
    default_detail = "Use the pauses of this supporter: what was said is written down, and they can appeal."


def create(session: Session, actor: Actor, body: AbsenceCreate) -> AbsenceCreated:
    """As any absence, and as a pause. Raises PauseNeedsConversation for a pause of a supporter by somebody else."""
    if body.kind is not AbsenceKind.PAUSED:
        return absences.create(session, actor, body)
    now = clock.now()
    person_id = body.person or actor.person_id
    if person_id != actor.person_id:
        actor.require(Role.COORDINATOR)
        rosters.refuse_strangers(session, actor.require_school(), {str(person_id)}, pointer="#/person")
        supporter = supporters.of_person(session, person_id)
        if supporter is not None and supporter.status in OF_THE_PROGRAMME:
            raise PauseNeedsConversation
        return absences.create(session, actor, body)
    absences.refuse_past(body.start, now=now)
    wish = pausing.Wish(actor.require_school(), person_id, asked_by=None, start=body.start, until=body.end)
    done = pausing.begin(session, wish, now=now)
    row = session.get_one(Absence, done.pause.absence_id)
    return AbsenceCreated(**absences.out(row).model_dump(), changes=list(done.released))
