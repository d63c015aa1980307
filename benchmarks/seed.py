"""The school that is measured: people, rosters and endpoints, made through the product's own functions."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.core import clock
from app.core.db import Database
from app.demo.seed import HARBOUR_COUNSELLING, HARBOUR_EMERGENCY
from app.identity.keys import load_token_keys
from app.identity.people import create_person
from app.identity.tokens import STAFF
from app.models import EscalationPolicy, LocalEntry, Person, School, SignIn, WebhookEndpoint
from app.models.webhooks import EndpointHealth
from app.rosters import service as rosters
from app.rosters.schemas import RosterDefinition
from app.routers.runtime import ISSUER
from app.schools import service as schools
from app.schools.policies import SchoolPolicies, standard_policy
from app.vocabulary import Level, NeedKind, Role, RosterLine, SchoolStatus
from app.webhooks.secrets import seal_secret
from app.webhooks.signing import new_secret

SLUG = "bench"
ZONE = "Australia/Melbourne"
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR"]
OFFICE_HOURS = [{"days": WEEKDAYS, "start": "09:00", "end": "17:00"}]
# Of the roster in the target: ten people, a week each, twenty changes.
PARTICIPANTS = 10
OVERRIDES = 20
# What ten years leave behind: about two changes a week.
PAST_OVERRIDES = 1040

NARRATIVE = (
    "She has stopped coming to lunch and looks worn out. Twice last week she left the ward round early, and when I "
    "asked she said that nothing matters much any more. I have known her since first year and this is not like her. I "
    "would like to know how I can bring it up without making it worse, and whom she could talk to on placement."
)
CALM_SIGNS = ("withdrawn_or_keeping_to_self", "tearful", "not_replying", "falling_behind", "sleeping_less", "isolated")
CONCERNS = ("placement_isolation", "study_pressure_or_exams", "grief_or_loss", "money_or_housing")
RELATIONSHIPS = ("friend", "same_group_or_class", "housemate")


@dataclass(frozen=True, slots=True)
class Seeded:
    """What requests need to know of the seeded school."""

    token: str
    new_roster: uuid.UUID
    old_roster: uuid.UUID


def seed(db: Database, *, hook: str | None) -> Seeded:
    """Make the school. `hook`: where the adviser on call is paged; None: nobody has an address."""
    return db.write_now(lambda session: _seed(session, hook))


def reports(*, urgent: bool = False) -> list[dict[str, Any]]:
    """Reports that differ in what was ticked and written, as those of different people do: 60, or 15 urgent ones."""
    made = []
    for number, (one, other) in enumerate(itertools.combinations(CALM_SIGNS, 2)):
        report = {
            "signs": ["said_thoughts_of_suicide", one, other] if urgent else [one, other],
            "about_whom": "someone_else",
            "relationship": RELATIONSHIPS[number % len(RELATIONSHIPS)],
            "priority": "now" if urgent else "soon",
            "wants": "advice_only",
        }
        for concern in CONCERNS[:1] if urgent else CONCERNS:
            text = f"{NARRATIVE} {'It has been like this for weeks. ' * (number % 5)}".strip()
            made.append(report | {"narrative": text, "concern_types": [concern]})
    return made


def definition(
    people: list[str], *, line: RosterLine, began: dt.datetime, now: dt.datetime, past: int = 0
) -> RosterDefinition:
    """Ten people weekly with twenty overrides around now: as near as who-is-on-call looks, so that all of them count.

    `past`: so many more overrides, spread over the ten years before.
    """
    names = [people[index % len(people)] for index in range(PARTICIPANTS)]
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [midnight + dt.timedelta(days=3 * index - 30, hours=6) for index in range(OVERRIDES)]
    starts += [midnight - dt.timedelta(days=40 + 3.47 * index) for index in range(past)]
    starts = [start.replace(second=0, microsecond=0) for start in starts]
    return RosterDefinition.model_validate(
        {
            "name": f"{line}, weekly",
            "line": line,
            "time_zone": ZONE,
            "layers": [
                {
                    "id": "week",
                    "rank": 1,
                    "rotation": {
                        "unit": "week",
                        "length": 1,
                        "start_local": began.strftime("%Y-%m-%dT09:00"),
                        "participants": names,
                    },
                }
            ],
            "overrides": [
                {
                    "id": f"change-{index}",
                    "person": names[(index + 3) % len(names)],
                    "start": start,
                    "end": start + dt.timedelta(hours=12),
                    "created_seq": index,
                }
                for index, start in enumerate(starts)
            ],
        }
    )


def weeks_ago(now: dt.datetime, weeks: int) -> dt.datetime:
    """A Monday, so many weeks back."""
    return now - dt.timedelta(days=now.weekday(), weeks=weeks)


def _seed(session: Session, hook: str | None) -> Seeded:
    school = new_school(session)
    adviser = new_person(session, school, "Adviser", Role.ADVISER)
    backup = new_person(session, school, "Backup", Role.ADVISER)
    triager = new_person(session, school, "Reader", Role.TRIAGER)
    coordinator = new_person(session, school, "Coordinator", Role.COORDINATOR)
    supporters = [new_person(session, school, f"Supporter {n}", Role.SUPPORTER) for n in range(PARTICIPANTS)]
    if hook is not None:
        new_endpoint(session, adviser, hook)
    always_on_call(session, school, RosterLine.CLINICAL_ADVICE, Level.PRIMARY, adviser)
    always_on_call(session, school, RosterLine.CLINICAL_ADVICE, Level.BACKUP, backup)
    always_on_call(session, school, RosterLine.TRIAGE, Level.PRIMARY, triager, OFFICE_HOURS)
    now = clock.now()
    names = [str(person.id) for person in supporters]
    line = RosterLine.PEER_SUPPORT
    recent = definition(names, line=line, began=weeks_ago(now, 6), now=now)
    ten_years = definition(names, line=line, began=weeks_ago(now, 520), now=now, past=PAST_OVERRIDES)
    return Seeded(
        token=token_for(session, school, coordinator, Role.COORDINATOR),
        new_roster=rosters.store(session, school_id=school.id, level=Level.PRIMARY, definition=recent).id,
        old_roster=rosters.store(session, school_id=school.id, level=Level.BACKUP, definition=ten_years).id,
    )


def new_school(session: Session) -> School:
    school = schools.create(
        session,
        slug=SLUG,
        name="Bench Medical School",
        country="AU",
        region="VIC",
        time_zone=ZONE,
        program_type="graduate_entry",
        years=4,
        features={},
        policies=SchoolPolicies(),
        status=SchoolStatus.ACTIVE,
    )
    for entry in (HARBOUR_EMERGENCY, HARBOUR_COUNSELLING):
        session.add(LocalEntry(school_id=school.id, entry_id=entry["id"], entry=entry))
    for need in (NeedKind.REPORT, NeedKind.ADVICE):
        session.add(_each_alone(school, need))
    return school


def _each_alone(school: School, need: NeedKind) -> EscalationPolicy:
    """The standard policy, but that every page is told by itself: what is measured is one page, not a flood."""
    policy = standard_policy(RosterLine.CLINICAL_ADVICE).model_copy(update={"told_alone_a_minute": 1000})
    now = clock.now()
    return EscalationPolicy(
        school_id=school.id, need=need, policy=policy.model_dump(mode="json"), created_at=now, updated_at=now
    )


def new_person(session: Session, school: School, alias: str, role: Role) -> Person:
    login = f"{alias.lower().replace(' ', '-')}@{SLUG}.example"
    return create_person(session, school_id=school.id, login=login, alias=alias, roles=[role], password_hash=None)


def new_endpoint(session: Session, person: Person, url: str) -> None:
    """A healthy address of a person of a school."""
    if person.school_id is None:
        raise ValueError("only people of a school are paged")
    now = clock.now()
    endpoint = WebhookEndpoint(
        school_id=person.school_id,
        person_id=person.id,
        url=url,
        event_types=[],
        health=EndpointHealth.HEALTHY,
        secret_sealed=b"",
        created_at=now,
        updated_at=now,
    )
    seal_secret(session, endpoint, new_secret())
    session.add(endpoint)
    session.flush()


def always_on_call(
    session: Session,
    school: School,
    line: RosterLine,
    level: Level,
    person: Person,
    restrictions: list[dict[str, Any]] | None = None,
) -> None:
    rotation = {"unit": "week", "length": 1, "start_local": "2026-01-05T09:00", "participants": [str(person.id)]}
    made = RosterDefinition.model_validate(
        {
            "name": f"{line} {level}",
            "line": line,
            "time_zone": ZONE,
            "layers": [{"id": "week", "rank": 1, "rotation": rotation, "restrictions": restrictions or []}],
        }
    )
    rosters.store(session, school_id=school.id, level=level, definition=made)


def token_for(session: Session, school: School, person: Person, role: Role) -> str:
    """An access token for a day."""
    now = clock.now()
    sign_in = SignIn(person_id=person.id, created_at=now, last_used_at=now)
    session.add(sign_in)
    session.flush()
    return load_token_keys(session, issuer=ISSUER).issue(
        subject=person.id,
        session=sign_in.id,
        school=school.slug,
        roles=frozenset({str(role)}),
        audience=STAFF,
        now=now,
        lifetime=dt.timedelta(days=1),
    )
