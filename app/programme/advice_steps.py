"""What follows from a step that somebody records at the end of an advice request (J4)."""

from __future__ import annotations

import uuid

from sqlmodel import Session

from app.advice import service as advice
from app.advice.schemas import AdviceOutcomeCreate, AdviceRequestOut
from app.core.preconditions import Version
from app.identity.actors import Actor
from app.programme import pausing
from app.vocabulary import AdviceOutcome


def record_outcome(
    session: Session, actor: Actor, request_id: uuid.UUID, body: AdviceOutcomeCreate, *, version: Version
) -> AdviceRequestOut:
    """`i_pause` is a pause, as by the pause itself: there is one way to pause. Whoever is paused stays so."""
    found = advice.record_outcome(session, actor, request_id, body, version=version)
    if body.outcome is AdviceOutcome.I_PAUSE:
        pausing.pause_now(session, actor)
    return found
