"""Changing one's own password."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlmodel import Session

from app.audit import trail
from app.core.problems import Forbidden, Problem
from app.identity import one_time_links, sign_in
from app.identity.actors import Actor
from app.identity.password_rules import About, Fault
from app.models import Person, School
from app.vocabulary import LinkPurpose


class PasswordRefused(Problem):
    """By the rules for passwords; it names them, and nothing of the password."""

    code, status, title = "password_refused", 422, "This password cannot be used"
    default_detail = "Each rule that it breaks is listed in `errors`. Nothing was changed."

    def __init__(self, faults: tuple[Fault, ...], *, pointer: str) -> None:
        super().__init__(errors=[{"pointer": pointer, "code": each.code, "detail": each.detail} for each in faults])


class WrongPassword(Forbidden):
    """Not a 401: the token is good, and a client would throw it away."""

    code, status, title = "wrong_password", 403, "The current password is another one"
    default_detail = "Whoever has none signs in through their school, and has none to change."


@dataclass(frozen=True, slots=True)
class Own:
    """The hash of somebody's password, if they have one, and what theirs may not be made of."""

    stored: str | None
    about: About


def of(session: Session, actor: Actor) -> Own:
    person = session.get_one(Person, actor.person_id)
    school = session.get(School, person.school_id) if person.school_id else None
    about = About(
        login=person.login,
        alias=person.alias,
        school_name=school.name if school else None,
        school_slug=school.slug if school else None,
    )
    return Own(person.password_hash, about)


def change(session: Session, actor: Actor, *, was: str | None, becomes: str, now: dt.datetime) -> None:
    """Every other sign-in of theirs ends, and so do links with which another could be chosen.

    Raises WrongPassword when it has been changed since it was read as `was`.
    """
    person = session.get_one(Person, actor.person_id, with_for_update={"key_share": True})
    if person.password_hash is None or person.password_hash != was:
        raise WrongPassword
    person.password_hash = becomes
    session.add(person)
    sign_in.end_all(session, person.id, because="password_changed", now=now, but=actor.sign_in_id)
    one_time_links.end(session, person, LinkPurpose.NEW_PASSWORD, now=now)
    trail.record(
        session,
        action="password.changed",
        school_id=person.school_id,
        person_id=person.id,
        subject=person.id,
        now=now,
    )
