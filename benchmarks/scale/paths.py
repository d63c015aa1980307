"""What people of a school do all day: each a request, of the school's own rows. Lists come with fifty rows a page."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from app.core import clock
from app.identity.keys import load_token_keys
from app.identity.tokens import STAFF
from app.models import Page, Person, Report, RoleGrant, Roster, School, SignIn, WebhookEndpoint
from app.routers.runtime import ISSUER
from app.vocabulary import Level, PageState, ReportState, Role, RosterLine
from benchmarks import seed

# As many as a page of a list can have.
ROWS = 50


@dataclass(frozen=True, slots=True)
class Ask:
    """`once`: it needs an Idempotency-Key of its own each time. `matched`: it needs the ETag of a GET of `of`."""

    name: str
    method: str
    path: str
    who: str | None = None
    body: dict[str, Any] | None = None
    once: bool = False
    of: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def content(self) -> bytes | None:
        return None if self.body is None else json.dumps(self.body).encode()


@dataclass(frozen=True, slots=True)
class Place:
    """A school: tokens by role, and rows of it to ask for. `unclaimed`: as many reports as could be found."""

    slug: str
    tokens: dict[str, str]
    people: dict[str, uuid.UUID]
    talk: uuid.UUID
    closed: uuid.UUID
    unclaimed: list[uuid.UUID]
    roster: uuid.UUID
    endpoint: uuid.UUID
    page: uuid.UUID | None

    def headers(self, ask: Ask) -> dict[str, str]:
        found = dict(ask.headers)
        if ask.who is not None:
            found["Authorization"] = f"Bearer {self.tokens[ask.who]}"
        if ask.once:
            found["Idempotency-Key"] = str(uuid.uuid4())
        if ask.body is not None:
            found["Content-Type"] = "application/json"
        return found


def place(session: Session, slug: str) -> Place:
    """Tokens for a day for one person of each role, and rows that anybody could have found."""
    school = session.exec(select(School).where(School.slug == slug)).one()
    keys, now = load_token_keys(session, issuer=ISSUER), clock.now()
    tokens, people = {}, {}
    statement = (
        select(RoleGrant.role, Person.id, SignIn.id)
        .join(Person, col(Person.id) == col(RoleGrant.person_id))
        .join(SignIn, col(SignIn.person_id) == col(Person.id))
        .where(Person.school_id == school.id)
        .order_by(col(Person.login))
    )
    for role, person_id, sign_in in session.exec(statement).all():
        if role not in tokens:
            people[str(role)] = person_id
            tokens[str(role)] = keys.issue(
                subject=person_id,
                session=sign_in,
                school=slug,
                roles=frozenset({str(role)}),
                audience=STAFF,
                now=now,
                lifetime=dt.timedelta(days=1),
            )
    reports = select(Report.id).where(Report.school_id == school.id, col(Report.independent).is_(False))
    of_line = Roster.line == RosterLine.PEER_SUPPORT, Roster.level == Level.PRIMARY
    page = select(Page.id).where(
        Page.school_id == school.id, Page.state == PageState.ACKNOWLEDGED, Page.person_id == people[Role.ADVISER]
    )
    return Place(
        slug=slug,
        tokens=tokens,
        people=people,
        talk=session.exec(
            reports.where(Report.claimed_by == people[Role.TRIAGER], col(Report.closed_hour).is_(None)).limit(1)
        ).one(),
        closed=session.exec(
            reports.where(Report.state == ReportState.CLOSED, col(Report.erased_hour).is_(None)).limit(1)
        ).one(),
        unclaimed=list(session.exec(reports.where(Report.state == ReportState.NEW).order_by(col(Report.id))).all()),
        roster=session.exec(select(Roster.id).where(Roster.school_id == school.id, *of_line)).one(),
        endpoint=session.exec(
            select(WebhookEndpoint.id).where(WebhookEndpoint.person_id == people[Role.TRIAGER])
        ).one(),
        page=session.exec(page.limit(1)).first(),
    )


def lists(place: Place, *, cursor: str | None) -> Iterator[Ask]:
    """`cursor`: to the second page of reports."""
    school, now = f"/v1/schools/{place.slug}", clock.now().replace(second=0, microsecond=0)
    since, until = (f"{now + dt.timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}" for days in (-14, 42))
    window = f"from={since}&to={until}"
    reports, rows = f"{school}/reports", f"limit={ROWS}"
    triager, coordinator, privacy = Role.TRIAGER, Role.COORDINATOR, Role.PRIVACY_OFFICER
    yield Ask("reports", "GET", f"{reports}?{rows}", triager)
    if cursor is not None:
        yield Ask("reports, second page", "GET", f"{reports}?{rows}&cursor={cursor}", triager)
    yield Ask("reports that are open", "GET", f"{reports}?{rows}&open_only=true", triager)
    yield Ask("reports for today", "GET", f"{reports}?{rows}&priority=today", triager)
    yield Ask("reports that wait for a second person", "GET", f"{reports}?{rows}&awaiting_second_person=true", triager)
    yield Ask("messages of a report", "GET", f"{reports}/{place.talk}/messages?{rows}", triager)
    yield Ask("outcomes of a report", "GET", f"{reports}/{place.talk}/outcomes", triager)
    yield Ask("proposals of a report", "GET", f"{reports}/{place.talk}/proposals", triager)
    yield Ask("supporters for a report", "GET", f"{reports}/{place.talk}/supporters", triager)
    yield Ask("records of reports", "GET", f"{school}/report-records?{rows}", privacy)
    yield Ask("audit log", "GET", f"{school}/audit-log?{rows}", privacy)
    yield Ask("retention runs", "GET", f"{school}/retention-runs?{rows}", privacy)
    yield Ask("people", "GET", f"{school}/people?{rows}", coordinator)
    yield Ask("supporters", "GET", f"/v1/supporters?{rows}", coordinator)
    yield Ask("rosters", "GET", f"{school}/rosters?{rows}", coordinator)
    yield Ask("changes of a roster", "GET", f"{school}/rosters/{place.roster}/overrides?{rows}&{window}", coordinator)
    yield Ask("versions of a roster", "GET", f"{school}/rosters/{place.roster}/versions?{rows}", coordinator)
    yield Ask("gaps of a roster", "GET", f"{school}/rosters/{place.roster}/gaps?{window}", coordinator)
    yield Ask("shifts of a roster", "GET", f"{school}/rosters/{place.roster}/shifts?{window}", coordinator)
    yield Ask("what people carry", "GET", f"{school}/rosters/load?{window}", coordinator)
    yield Ask("cover", "GET", f"{school}/coverage?{window}", coordinator)
    yield Ask("what nobody answered", "GET", f"{school}/unanswered?{rows}", coordinator)
    yield Ask("digests", "GET", f"{school}/digests?{rows}", coordinator)
    yield Ask("absences", "GET", f"{school}/absences?{rows}", coordinator)
    yield Ask("my shifts", "GET", f"/v1/me/shifts?{window}", Role.SUPPORTER)
    yield Ask("my pages", "GET", f"/v1/me/pages?{rows}", Role.ADVISER)
    deliveries = f"/v1/me/webhook-endpoints/{place.endpoint}/deliveries?{rows}"
    yield Ask("deliveries to an endpoint", "GET", deliveries, triager)
    yield Ask("directory", "GET", f"{school}/directory?{rows}")


def reads(place: Place) -> Iterator[Ask]:
    school, triager, coordinator = f"/v1/schools/{place.slug}", Role.TRIAGER, Role.COORDINATOR
    yield Ask("a report", "GET", f"{school}/reports/{place.talk}", triager)
    yield Ask("a closed report", "GET", f"{school}/reports/{place.closed}", triager)
    yield Ask("a report's access log", "GET", f"{school}/reports/{place.closed}/access-log", Role.PRIVACY_OFFICER)
    yield Ask("who is on call", "GET", f"{school}/rosters/{place.roster}/on-call", coordinator)
    yield Ask("who covers what now", "GET", f"{school}/coverage/now", coordinator)
    yield Ask("readiness of a school", "GET", f"{school}/readiness", coordinator)
    yield Ask("forecast", "GET", f"{school}/succession/forecast", coordinator)
    yield Ask("who I am", "GET", "/v1/auth/me", triager)
    yield Ask("a person", "GET", f"{school}/people/{place.people[triager]}", coordinator)
    yield Ask("help-now", "GET", f"{school}/help-now")
    yield Ask("readyz", "GET", "/readyz")


def writes(place: Place) -> Iterator[Ask]:
    """Those that may be done again and again."""
    school = f"/v1/schools/{place.slug}"
    calm, *_ = seed.reports()
    urgent, *_ = seed.reports(urgent=True)
    yield Ask("send a report", "POST", f"{school}/reports", body=calm)
    yield Ask("send a report with a key", "POST", f"{school}/reports", body=calm, once=True)
    yield Ask("send an urgent report", "POST", f"{school}/reports", body=urgent)
    yield answer(place, place.talk)


def answer(place: Place, report_id: uuid.UUID) -> Ask:
    """Ends the paging for it, if there is any."""
    path = f"/v1/schools/{place.slug}/reports/{report_id}/messages"
    return Ask("answer a reporter", "POST", path, Role.TRIAGER, {"text": "How is she today?"}, once=True)


def claims(place: Place, *, most: int) -> Iterator[Ask]:
    """Each once: a report that nobody has taken on."""
    for report_id in place.unclaimed[:most]:
        path = f"/v1/schools/{place.slug}/reports/{report_id}"
        yield Ask("claim a report", "POST", f"{path}/claim", Role.TRIAGER, of=path)


def of_a_reporter(receipt_token: str) -> Iterator[Ask]:
    mine = {"Authorization": f"Bearer {receipt_token}"}
    yield Ask("my report", "GET", "/v1/me/report", headers=mine)
    yield Ask("messages of my report", "GET", "/v1/me/report/messages", headers=mine)
    text = {"text": "A bit better."}
    yield Ask("write to my school", "POST", "/v1/me/report/messages", body=text, once=True, headers=mine)
