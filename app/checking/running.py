"""What runs: the worker, the auditor, and whether people can be reached. Counts, of no report and no person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.checking.finding import Figures, Finding, Part, found
from app.models import CoverageGap, School, WebhookEndpoint, WorkItem
from app.models.webhooks import EndpointHealth
from app.paging import auditor
from app.vocabulary import GapState, SchoolStatus
from app.work import queue

URGENT = "urgent"
# The auditor is due every minute: twice missed, nobody comes.
SILENT = dt.timedelta(seconds=2 * auditor.AUDIT_SECONDS)
# As long as its alarm lets it fail (deploy/prometheus/alerts.yml).
FAILING = dt.timedelta(minutes=5)
# How late the oldest work of a lane may be. Of pages and their timers a minute is much; the rest may wait in a flood.
LATE = {URGENT: dt.timedelta(minutes=1)}
LATE_OTHERWISE = dt.timedelta(minutes=15)
AHEAD = dt.timedelta(days=14)


def engine(
    session: Session, *, lanes: Mapping[str, Collection[str]], recurring: Sequence[str], now: dt.datetime
) -> Finding:
    """Whether a worker comes for what is due. `lanes`: the kinds of work of each, by its name; `recurring`: those that
    never end."""
    waits = select(WorkItem.kind, sa.func.min(WorkItem.due_at)).where(col(WorkItem.dead).is_(False))
    oldest: dict[str, dt.datetime] = dict(session.exec(waits.group_by(col(WorkItem.kind))).all())
    dead = session.exec(select(sa.func.count()).where(col(WorkItem.dead).is_(True))).one()
    known = {kind for kinds in lanes.values() for kind in kinds}
    late = {
        name: _minutes(now, [due for kind, due in oldest.items() if kind in kinds])
        for name, kinds in {**lanes, "unknown": oldest.keys() - known}.items()
    }
    figures: Figures = {"dead": dead, **{f"{name}_late_minutes": minutes for name, minutes in late.items()}}
    failures, warnings = [], []
    due, last = oldest.get(auditor.AUDIT), auditor.last_pass(session)
    if due is None:
        warnings.append("No worker has run on this database yet. Start one: peerline serve, or peerline worker")
    elif now - due > SILENT:
        failures.append(
            f"No worker has come for {(now - due).total_seconds() // 60:.0f} minutes: nobody is paged. Start one: "
            "peerline serve, or peerline worker"
        )
    elif last is not None and last - now > SILENT:
        failures.append(
            f"The auditor's last look is of {(last - now).total_seconds() // 60:.0f} minutes from now: a clock was "
            "ahead, and no worker whose clock is right has come since. Start one: peerline serve, or peerline worker"
        )
    else:
        for name, minutes in late.items():
            most = LATE.get(name, LATE_OTHERWISE)
            if dt.timedelta(minutes=minutes) > most:
                says = f"The oldest {name} work is {minutes} minutes late: run more workers, or look at their log."
                (failures if name == URGENT else warnings).append(says)
    # Of the auditor its own part tells.
    if fails := queue.failing(session, kinds=[kind for kind in recurring if kind != auditor.AUDIT]):
        warnings.append(
            f"Recurring work fails again and again: {', '.join(fails)}. The log has each failure as work.failed, with "
            "its error."
        )
    if dead:
        warnings.append(
            f"{dead} pieces of work were given up. The log has each as work.dead, and its error before that."
        )
    return found(Part.ENGINE, "A worker comes for what is due, in time.", warnings, failures, figures)


def escalations(session: Session, *, now: dt.datetime) -> Finding:
    """Whether every escalation that waits has its next step, and when the auditor has last looked."""
    seen, last = auditor.look(session, now=now), auditor.last_pass(session)
    figures: Figures = {"lost": seen.lost, "overdue": seen.overdue} | (
        {} if last is None else {"last_pass_seconds": max(0, round((now - last).total_seconds()))}
    )
    tries = session.exec(select(WorkItem.attempts).where(WorkItem.key == auditor.AUDIT)).first()
    failures = []
    says = (
        f"Of the escalations that wait, {seen.lost} have no next step and {seen.overdue} are overdue. A running "
        "worker mends the first within a minute; the second say that none is running, or that it does not keep up."
    )
    if not seen.passes:
        failures.append(says)
    if tries and last is not None and now - last > FAILING:
        failures.append(
            f"The auditor has not looked for {(now - last).total_seconds() // 60:.0f} minutes: each of its looks "
            "fails. The log names the error in work.failed, with kind paging.audit."
        )
    text = "Every escalation that waits has its next step."
    return found(Part.AUDITOR, text, [], failures, figures)


def receivers(session: Session) -> Finding:
    """Whether people's endpoints answer, and whether each open school has anybody who can be reached at all."""
    by = select(WebhookEndpoint.enabled, WebhookEndpoint.health, sa.func.count()).where(
        col(WebhookEndpoint.person_id).is_not(None)
    )
    counts = session.exec(by.group_by(col(WebhookEndpoint.enabled), col(WebhookEndpoint.health))).all()
    healthy = sum(n for enabled, health, n in counts if enabled and health is EndpointHealth.HEALTHY)
    failing = sum(n for enabled, health, n in counts if enabled and health is EndpointHealth.FAILING)
    disabled = sum(n for enabled, _, n in counts if not enabled)
    works = sa.exists().where(
        col(WebhookEndpoint.school_id) == col(School.id),
        col(WebhookEndpoint.person_id).is_not(None),
        col(WebhookEndpoint.enabled).is_(True),
        col(WebhookEndpoint.health) == EndpointHealth.HEALTHY,
    )
    nobody = session.exec(
        select(sa.func.count()).select_from(School).where(col(School.status) == SchoolStatus.ACTIVE, ~works)
    ).one()
    figures: Figures = {
        "healthy": healthy,
        "failing": failing,
        "disabled": disabled,
        "schools_with_nobody": nobody,
    }
    warnings = []
    if nobody:
        warnings.append(f"{nobody} open schools have nobody whose endpoint works: a page reaches no one there.")
    if failing:
        warnings.append(f"{failing} endpoints of people fail: they, or their school's IT, have to mend them.")
    return found(Part.RECEIVERS, f"{healthy} endpoints of people work, and none fails.", warnings, [], figures)


def gaps(session: Session, *, now: dt.datetime) -> Finding:
    """In how many schools nobody who can be reached is on call now, or will not be within two weeks."""
    live, ahead = (
        session.exec(
            select(sa.func.count(sa.distinct(col(CoverageGap.school_id))))
            .join(School, col(School.id) == CoverageGap.school_id)
            .where(
                col(School.status) == SchoolStatus.ACTIVE,
                CoverageGap.state == GapState.OPEN,
                col(CoverageGap.external_entry_id).is_(None),
                CoverageGap.ends_at > now,
                CoverageGap.starts_at <= until,
            )
        ).one()
        for until in (now, now + AHEAD)
    )
    figures: Figures = {"schools_now": live, "schools_within_14_days": ahead}
    says = f"In {live} schools a roster has nobody who can be reached now, in {ahead} now or within 14 days."
    warnings = [f"{says} Their coordinators have been told."] if live or ahead else []
    return found(Part.GAPS, "Every roster has somebody now and for 14 days.", warnings, [], figures)


def _minutes(now: dt.datetime, due: Collection[dt.datetime]) -> int:
    """Whole minutes that the oldest is late: to the second it would tell when something was received."""
    return max(0, int((now - min(due)).total_seconds() // 60)) if due else 0
