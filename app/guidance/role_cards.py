"""The card of a role, for where it stands beside something else."""

from __future__ import annotations

import datetime as dt

from sqlmodel import Session, select

from app.guidance.content import Audience, RoleCard
from app.guidance.content_schemas import RoleCardOut
from app.guidance.library import Library, load_library, resolve
from app.guidance.shelf import local_of, school_language
from app.guidance.showing import show
from app.guidance.sorts import Sort
from app.models import LocalPiece, School
from app.schools import service as schools
from app.vocabulary import Role

# Whoever has the role gets the card: one that is written for others is not theirs (STUDY D02).
READ_BY = {role: frozenset(Audience) for role in Role} | {
    Role.STUDENT: frozenset({Audience.ALL_STUDENTS}),
    Role.SUPPORTER: frozenset({Audience.ALL_STUDENTS, Audience.FORMAL_SUPPORTERS}),
}


def role_card(
    session: Session, school: School, role: Role, *, now: dt.datetime, library: Library | None = None
) -> RoleCardOut | None:
    """The school's own card of a role, else the product's; None where there is none, or the school hides it."""
    library = library or load_library()
    statement = select(LocalPiece).where(LocalPiece.school_id == school.id, LocalPiece.sort == Sort.ROLE_CARD)
    language = school_language(school, library)
    said = [local_of(row) for row in session.exec(statement)]
    cards = [
        placed
        for placed in resolve(library, said, language=language).placed
        if isinstance(placed.piece, RoleCard) and placed.piece.role == role and placed.piece.audience in READ_BY[role]
    ]
    shown = show(
        # Those of the school's own stand last.
        cards[-1:],
        library.notices(language),
        audiences=READ_BY[role],
        jurisdictions=(),
        today=now.astimezone(schools.zone_of(school)).date(),
    )
    return next((each for each in shown[Sort.ROLE_CARD] if isinstance(each, RoleCardOut)), None)
