"""What a school must have before people may rely on it, and has to keep: advice at any hour, people who can be reached,
somebody who stands behind it and somebody after them, what it goes by, and a directory that holds."""

from __future__ import annotations

import datetime as dt

from pydantic import Field
from sqlmodel import Session

from app.core import clock
from app.core.schemas import Instant, OutputModel
from app.identity.actors import Actor
from app.models import School
from app.readiness import cover as covering
from app.readiness import entries, papers, people, reaching
from app.readiness.checks import Check
from app.rosters import service as rosters
from app.rosters.definition import Window
from app.vocabulary import Role

AHEAD = dt.timedelta(days=28)


class ReadinessOut(OutputModel):
    """`ready` when every check is. The lists hold the first 200 of each."""

    start: Instant = Field(alias="from")
    end: Instant = Field(alias="to")
    ready: bool
    cover: covering.CoverCheck
    external_advice: covering.ExternalAdviceCheck
    contacts: covering.ContactCheck
    report_readers: reaching.ReportReadersCheck
    independent_pool: reaching.IndependentPoolCheck
    fallback_policy: reaching.FallbackCheck
    sponsor: people.SponsorCheck
    privacy_officer: people.PrivacyOfficerCheck
    succession: people.SuccessionCheck
    identity: people.IdentityCheck
    policy_documents: papers.PolicyDocumentsCheck
    privacy_statement: papers.PrivacyStatementCheck
    retention_policy: papers.RetentionCheck
    obligations_card: papers.ObligationsCheck
    directory: entries.DirectoryMinimumCheck
    directory_checks: entries.DirectoryChecked


def readiness(session: Session, actor: Actor) -> ReadinessOut:
    """The next 28 days, from this minute."""
    actor.require(Role.COORDINATOR, Role.SPONSOR)
    school, now = session.get_one(School, actor.require_school()), clock.now()
    window, checks = _checks(session, school, now=now)
    ready = all(check.ok for check in checks.values())
    return ReadinessOut.model_validate({"from": window.start, "to": window.end, "ready": ready, **checks})


def missing(session: Session, school: School, *, now: dt.datetime) -> list[tuple[str, str]]:
    """What keeps a school from being relied upon: the code of each check that it does not pass, and what to do. It
    names nobody, and has no figure."""
    _, checks = _checks(session, school, now=now)
    return [(check.code, check.detail) for check in checks.values() if not check.ok]


def _checks(session: Session, school: School, *, now: dt.datetime) -> tuple[Window, dict[str, Check]]:
    start = rosters.minute_of(now)
    window = Window(start, start + AHEAD)
    seen = covering.look(session, school, window)
    return window, {
        "cover": covering.cover(school, seen),
        "external_advice": covering.external_advice(session, school, seen),
        "contacts": covering.contacts(session, seen),
        "report_readers": reaching.report_readers(session, school),
        "independent_pool": reaching.independent_pool(session, school),
        "fallback_policy": reaching.fallback_policy(session, school),
        "sponsor": people.sponsor(session, school, now=now),
        "privacy_officer": people.privacy_officer(session, school),
        "succession": people.succession(session, school, now=now),
        "identity": people.identity(session, school),
        "policy_documents": papers.documents(session, school, now=now),
        "privacy_statement": papers.statement(session, school),
        "retention_policy": papers.retention_policy(session, school),
        "obligations_card": papers.obligations(session, school, now=now),
        "directory": entries.minimum(session, school),
        "directory_checks": entries.checked(session, school, now=now),
    }
