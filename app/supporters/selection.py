"""The public page of selection: by which criteria, how it is decided, and what a school adds (STUDY T07, P01)."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.audit import trail
from app.core import clock
from app.core.preconditions import Version
from app.core.problems import InvalidRequest, PreconditionFailed
from app.guidance import wording
from app.guidance.override_checks import MOST_SUGGESTIONS, NamesAMethod, suggestions_in
from app.identity.actors import Actor
from app.models import School, SelectionPage
from app.schools import service as schools
from app.supporters import binding
from app.supporters.selection_schemas import AgreementOut, CriterionOut, SelectionOut, SelectionPut, SelectionWritten
from app.supporters.selection_texts import load_texts
from app.vocabulary import Role


def show(session: Session, slug: str) -> SelectionOut:
    """Raises SchoolNotFound."""
    return _out(session, schools.find(session, slug))


def put(session: Session, actor: Actor, body: SelectionPut, *, version: Version) -> SelectionWritten:
    """All of it anew. Raises PreconditionRequired, PreconditionFailed, NamesAMethod, and InvalidRequest for a text that
    names a condition."""
    actor.require(Role.COORDINATOR)
    school = session.get_one(School, actor.require_school(), with_for_update={"key_share": True})
    row, now = session.get(SelectionPage, school.id, with_for_update=True, populate_existing=True), clock.now()
    version.check(_out(session, school))
    _check(body)
    if row is None:
        row = SelectionPage(school_id=school.id, version=0, updated_at=now)
    row.supporter_title, row.note, row.agreement_points = body.supporter_title, body.note, body.agreement_points
    row.version, row.updated_at = row.version + 1, now
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as exc:
        # Somebody else has written the first one in this moment.
        raise PreconditionFailed from exc
    binding.notice(session, school, now=now)
    trail.record(
        session,
        action="selection.changed",
        school_id=school.id,
        person_id=actor.person_id,
        subject=school.id,
        now=now,
    )
    written = {name: value for name, value in body.model_dump(mode="json").items() if value}
    found = [each for name, value in written.items() for each in suggestions_in(value, f"#/{name}")]
    return SelectionWritten(selection=_out(session, school), suggestions=found[:MOST_SUGGESTIONS])


def _check(body: SelectionPut) -> None:
    given = [("#/supporter_title", body.supporter_title), ("#/note", body.note)]
    given += [(f"#/agreement_points/{number}", point) for number, point in enumerate(body.agreement_points)]
    texts = [(pointer, text) for pointer, text in given if text is not None]
    methods = [pointer for pointer, text in texts if wording.names_a_method(text) is not None]
    if methods:
        detail = "This names a method of suicide or self-harm."
        raise NamesAMethod(errors=[{"pointer": each, "code": "names_a_method", "detail": detail} for each in methods])
    conditions = [pointer for pointer, text in texts if wording.DIAGNOSES.search(text)]
    if conditions:
        detail = "Nobody's health is asked for, and none is named here."
        named = [{"pointer": each, "code": "names_a_condition", "detail": detail} for each in conditions]
        raise InvalidRequest(errors=named)


def _out(session: Session, school: School) -> SelectionOut:
    row, texts = session.get(SelectionPage, school.id), load_texts()
    asked = binding.agreement(row)
    return SelectionOut(
        programme=schools.has_programme(school),
        supporter_title=None if row is None else row.supporter_title,
        note=None if row is None else row.note,
        criteria=[CriterionOut.model_validate(each.model_dump()) for each in texts.criteria],
        never_asked=list(texts.never_asked),
        how_decided=list(texts.how_decided),
        appeal=list(texts.appeal),
        saying_no=texts.saying_no,
        kept=list(texts.kept),
        agreement=AgreementOut(version=asked.version, title=asked.text["title"], points=list(asked.text["points"])),
        updated_at=None if row is None else row.updated_at,
    )
