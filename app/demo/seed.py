"""Two schools that differ as in the study (B12, J11): Harbour with a formal programme, Ridge without any."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlmodel import Session, select

from app.core import clock
from app.demo import about
from app.demo.people import HARBOUR, OPERATOR, RIDGE, DemoPerson
from app.events import outbox
from app.events.plumbing import Ping
from app.identity.people import create_person
from app.models import EscalationPolicy, LocalEntry, Person, School, Site, WebhookEndpoint
from app.rosters import service as rosters
from app.rosters.schemas import RosterDefinition
from app.schools import service as schools
from app.schools.policies import PagingPolicy, SchoolPolicies, Step
from app.settings import settings_of
from app.supporters import binding, trained
from app.supporters import service as supporters
from app.vocabulary import Expects, Level, NeedKind, Role, RosterLine, SchoolStatus
from app.vocabulary.supporters import SupporterStatus
from app.webhooks import delivery
from app.webhooks.secrets import seal_secret

# Where Ridge sends whoever would ask for advice: a national line, day and night.
OUTSIDE = "au-lifeline"
DAYS = ["MO", "TU", "WE", "TH", "FR"]
OFFICE = [{"days": DAYS, "start": "09:00", "end": "17:00"}]


def seed(session: Session, *, password_hash: str) -> bool:
    """Make the demo schools. False when they are there already."""
    if session.exec(select(School).where(School.slug == "harbour")).first() is not None:
        return False
    create_person(
        session,
        school_id=None,
        login=OPERATOR.login,
        alias=OPERATOR.alias,
        roles=OPERATOR.roles,
        password_hash=password_hash,
    )
    _harbour(session, password_hash)
    _ridge(session, password_hash)
    return True


def _harbour(session: Session, password_hash: str) -> None:
    school = schools.create(
        session,
        slug="harbour",
        name="Harbour Medical School",
        country="AU",
        region="VIC",
        time_zone="Australia/Melbourne",
        program_type="graduate_entry",
        years=4,
        features={"formal_program": True},
        # One supporter is all that a demonstration has.
        policies=SchoolPolicies(independent_partner="ridge", minimum_supporters=1),
        status=SchoolStatus.ACTIVE,
        demo=True,
    )
    hospital = _site(session, school, "Harbour General Hospital", "hospital")
    _site(session, school, "Harbour campus", "campus")
    _entry(session, school, HARBOUR_EMERGENCY | {"site_ids": [str(hospital.id)]})
    _entry(session, school, HARBOUR_COUNSELLING)
    _entry(session, school, _pathway("harbour", "Harbour", "0102", "Australia/Melbourne"))
    who = _people(session, school, HARBOUR, password_hash)
    mira, tomas = who["adviser"], who["backup-adviser"]
    clinical = RosterLine.CLINICAL_ADVICE
    _roster(session, school, "Clinical advice", clinical, Level.PRIMARY, [mira, tomas])
    _roster(session, school, "Clinical advice, backup", clinical, Level.BACKUP, [tomas, mira])
    academic = RosterLine.ACADEMIC_ADVICE
    _roster(
        session,
        school,
        "Academic advice",
        academic,
        Level.PRIMARY,
        [who["academic-adviser"]],
        OFFICE,
        expects=Expects.PLANNED_HOURS,
    )
    _roster(session, school, "Readers", RosterLine.TRIAGE, Level.PRIMARY, [who["triager"]], OFFICE)
    evenings = [{"days": [*DAYS, "SA", "SU"], "start": "18:00", "end": "22:00"}]
    _roster(session, school, "Peer support", RosterLine.PEER_SUPPORT, Level.PRIMARY, [who["supporter"]], evenings)
    about.harbour(session, school, who)


def _ridge(session: Session, password_hash: str) -> None:
    """No supporters, no advisers: reports are read in office hours, advice comes from external lines only."""
    school = schools.create(
        session,
        slug="ridge",
        name="Ridge Medical School",
        country="AU",
        region="NSW",
        time_zone="Australia/Sydney",
        program_type="undergraduate_entry",
        years=5,
        features={"formal_program": False},
        policies=SchoolPolicies(independent_partner="harbour", external_advice_entry_id=OUTSIDE),
        status=SchoolStatus.ACTIVE,
        demo=True,
    )
    _site(session, school, "Ridge Base Hospital", "hospital")
    _entry(session, school, _pathway("ridge", "Ridge", "0103", "Australia/Sydney"))
    who = _people(session, school, RIDGE, password_hash)
    _roster(session, school, "Wellbeing staff", RosterLine.TRIAGE, Level.PRIMARY, [who["triager"]], OFFICE)
    about.ridge(session, school, who)
    readers = Step(level=Level.PRIMARY, target="roster", line=RosterLine.TRIAGE, roster_level=Level.PRIMARY)
    last = Step(level=Level.BACKUP, target="role", role=Role.TRIAGER)
    session.add(
        EscalationPolicy(
            school_id=school.id,
            need=NeedKind.REPORT,
            policy=PagingPolicy(steps=[readers, last]).model_dump(mode="json"),
            created_at=clock.now(),
            updated_at=clock.now(),
        )
    )


def _people(session: Session, school: School, people: tuple[DemoPerson, ...], password_hash: str) -> dict[str, Person]:
    made = {}
    for demo in people:
        person = create_person(
            session,
            school_id=school.id,
            login=demo.login,
            alias=demo.alias,
            roles=demo.roles,
            password_hash=password_hash,
        )
        made[demo.login.partition("@")[0]] = person
        if Role.SUPPORTER in demo.roles:
            _supporter(session, school, person)
            for kind, asked in binding.asked_now(session, school, now=clock.now()).items():
                binding.sign(session, school.id, person.id, kind, asked, now=clock.now())
        if demo.paged:
            _endpoint(session, school, person, demo)
    return made


def _supporter(session: Session, school: School, person: Person) -> None:
    """In the programme already, with training that holds for a year."""
    now = clock.now()
    row = supporters.begin(session, school_id=school.id, person_id=person.id, status=SupporterStatus.ACTIVE, now=now)
    today = now.astimezone(schools.zone_of(school)).date()
    trained.vouch(session, row, held_on=today, valid_until=today + dt.timedelta(days=365))


def _endpoint(session: Session, school: School, person: Person, demo: DemoPerson) -> None:
    """An address at the demo receiver. The ping goes out when the service starts, and shows whether it is there."""
    now = clock.now()
    endpoint = WebhookEndpoint(
        school_id=school.id,
        person_id=person.id,
        url=f"http://127.0.0.1:{settings_of(session).demo_receiver_port}/{demo.name}",
        description="Demo receiver",
        event_types=[],
        secret_sealed=b"",
        created_at=now,
        updated_at=now,
    )
    seal_secret(session, endpoint, demo.secret)
    session.add(endpoint)
    session.flush()
    data = Ping(school=school.slug, endpoint_id=endpoint.id)
    event = outbox.emit(session, "webhook_endpoint.ping", data, school_id=school.id, now=now, told_directly=True)
    delivery.send(session, event, endpoint, now=now)


def _roster(
    session: Session,
    school: School,
    name: str,
    line: RosterLine,
    level: Level,
    people: list[Person],
    restrictions: list[dict[str, Any]] | None = None,
    *,
    expects: Expects | None = None,
) -> None:
    """A weekly rotation, handed over on Mondays at nine."""
    definition = RosterDefinition.model_validate(
        {
            "name": name,
            "line": line,
            "time_zone": school.time_zone,
            "layers": [
                {
                    "id": "week",
                    "rank": 1,
                    "rotation": {
                        "unit": "week",
                        "length": 1,
                        "start_local": "2026-01-05T09:00",
                        "participants": [str(person.id) for person in people],
                    },
                    "restrictions": restrictions or [],
                }
            ],
        }
    )
    rosters.store(session, school_id=school.id, level=level, definition=definition, expects=expects)


def _site(session: Session, school: School, name: str, kind: str) -> Site:
    site = Site(
        id=uuid.uuid5(school.id, name),
        school_id=school.id,
        name=name,
        kind=kind,
        region=school.region,
        is_teaching_site=True,
    )
    session.add(site)
    return site


def _entry(session: Session, school: School, entry: dict[str, Any]) -> None:
    session.add(LocalEntry(school_id=school.id, entry_id=entry["id"], entry=entry))


_FICTION = [{"url_or_text": "Made up for the demo", "date": str(dt.date(2026, 11, 1))}]
HARBOUR_EMERGENCY: dict[str, Any] = {
    "id": "harbour-general-ed",
    "name": "Emergency department, Harbour General Hospital (demo)",
    "tier": "emergency",
    "what_it_is": "The nearest emergency department; fictitious",
    "who_for": "Anyone who needs help that cannot wait",
    "for": ["self", "worried_about_someone"],
    "independent": True,
    "run_by": "health_service",
    "shares_information_with_school": "never",
    "channels": ["in_person"],
    "hours_text": "24 hours, 7 days",
    "hours": "24/7",
    "cost": "free",
    "verification": "verified",
    "sources": _FICTION,
    "notes": "",
}
HARBOUR_COUNSELLING: dict[str, Any] = {
    "id": "harbour-counselling",
    "name": "Harbour student counselling (demo)",
    "tier": "school_support",
    "what_it_is": "Counselling by appointment, in person or by video; fictitious",
    "who_for": "Students of Harbour Medical School",
    "for": ["self", "worried_about_someone"],
    "independent": False,
    "run_by": "university",
    "shares_information_with_school": "serious_threat_only",
    "channels": ["phone", "in_person", "video"],
    "phone_display": "03 5550 0100",
    "phone_dial": "+61355500100",
    "hours_text": "9 am to 5 pm on working days",
    "hours": "Mo-Fr 09:00-17:00; PH off",
    "zone": "Australia/Melbourne",
    "cost": "free",
    "verification": "verified",
    "sources": _FICTION,
    "notes": "",
}


def _pathway(slug: str, name: str, last: str, zone: str) -> dict[str, Any]:
    """A school's own people for harm of a sexual or gender-based kind (J21). `last`: the last digits of a number that
    nobody has."""
    return {
        "id": f"{slug}-safer-community",
        "name": f"{name} safer community team (demo)",
        "tier": "specialist",
        "what_it_is": "The university's own people for sexual or gender-based harm; fictitious",
        "who_for": "Students it has happened to, and students who support them",
        "for": ["self", "worried_about_someone", "supporter"],
        "topics": ["sexual_or_gender_based_harm"],
        "independent": False,
        "run_by": "university",
        "shares_information_with_school": "with_consent",
        "channels": ["phone", "in_person"],
        "phone_display": f"03 5550 {last}",
        "phone_dial": f"+6135550{last}",
        "hours_text": "9 am to 5 pm on working days",
        "hours": "Mo-Fr 09:00-17:00; PH off",
        "zone": zone,
        "cost": "free",
        "verification": "verified",
        "sources": _FICTION,
        "notes": "",
    }
