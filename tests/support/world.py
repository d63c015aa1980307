"""The application in this process, with factories in the words of the product."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
from sqlmodel import Session

from app import startup
from app.core import clock
from app.core.crypto import KeyRing
from app.core.db import Database
from app.directory import words
from app.identity.keys import load_token_keys
from app.identity.people import create_person
from app.identity.tokens import STAFF, TokenKeys
from app.main import create_app
from app.models import EscalationPolicy, LocalEntry, Person, School, SignIn, Site, WebhookEndpoint
from app.models.webhooks import EndpointHealth
from app.rosters import service as rosters
from app.rosters.schemas import RosterDefinition
from app.routers.runtime import ISSUER
from app.schools import service as schools
from app.schools.policies import PagingPolicy, SchoolPolicies
from app.settings import Settings
from app.supporters import binding, trained
from app.supporters import service as supporters
from app.vocabulary import Level, NeedKind, Role, RosterLine, SchoolStatus
from app.vocabulary.supporters import SupporterStatus
from app.webhooks.secrets import seal_secret
from app.webhooks.signing import new_secret
from app.worker import Worker
from tests.support.receiver import Receiver

T = TypeVar("T")


@dataclass
class Clock:
    """Moves `app.core.clock` for the whole process; see the `time` fixture of World."""

    offset: dt.timedelta = dt.timedelta()
    passed: float = 0.0
    _real: Callable[[], dt.datetime] = clock.now
    _real_monotonic: Callable[[], float] = clock.monotonic

    def now(self) -> dt.datetime:
        return self._real() + self.offset

    def monotonic(self) -> float:
        return self._real_monotonic() + self.passed

    def advance(self, **units: float) -> None:
        """Time passes: `advance(minutes=11)`."""
        self.offset += dt.timedelta(**units)
        self.passed += dt.timedelta(**units).total_seconds()

    def set(self, instant: dt.datetime) -> None:
        """Set the clock; no time passes. The clock that checks access tokens is the machine's: do not go back."""
        self.offset = instant - self._real()


@dataclass
class Someone:
    """A person of a school, with what a test needs to act as them and to see what they are sent."""

    id: uuid.UUID
    login: str
    alias: str
    school: str | None
    headers: dict[str, str]
    hook: str | None = None
    secret: str | None = None
    endpoint_id: uuid.UUID | None = None


def in_the_programme(session: Session, school_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """As somebody active, who owes nothing."""
    now = clock.now()
    row = supporters.begin(session, school_id=school_id, person_id=person_id, status=SupporterStatus.ACTIVE, now=now)
    # Trained, wherever a test sets the clock; a test of training begins with somebody who is not.
    trained.vouch(session, row, held_on=dt.date(2000, 1, 1), valid_until=dt.date(2999, 12, 31))
    school = session.get_one(School, school_id)
    for kind, asked in binding.asked_now(session, school, now=now).items():
        binding.sign(session, school_id, person_id, kind, asked, now=now)


@dataclass
class World:
    """Everything a scenario touches. Build it through `World.open`."""

    settings: Settings
    db: Database
    receiver: Receiver
    http: httpx.AsyncClient
    worker: Worker
    time: Clock
    app: Any
    _keys: TokenKeys
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, settings: Settings, receiver: Receiver) -> AsyncIterator[World]:
        db = startup.open_database(settings, KeyRing.parse(settings.master_keys))
        app = create_app(settings, db, with_worker=False)
        time = Clock()
        real, clock.now = clock.now, time.now
        real_monotonic, clock.monotonic = clock.monotonic, time.monotonic
        try:
            async with (
                app.router.lifespan_context(app),
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(app, raise_app_exceptions=True), base_url="http://peerline.test"
                ) as http,
            ):
                keys = await db.read(lambda session: load_token_keys(session, issuer=ISSUER))
                worker = Worker(db, settings)
                yield cls(settings, db, receiver, http, worker, time, app, keys)
                await worker.close()
        finally:
            clock.now, clock.monotonic = real, real_monotonic
            db.close()

    async def settle(self) -> int:
        """Do everything that is due now, deliveries included, and say how many pieces of work that was."""
        return await self.worker.drain()

    async def write(self, work: Callable[[Session], T]) -> T:
        """Reach into the database, for what the product offers no route for."""
        return await self.db.write(work)

    async def school(
        self, slug: str = "harbour", *, region: str = "VIC", zone: str = "Australia/Melbourne", **policies: Any
    ) -> str:
        await self.db.write(
            lambda session: schools.create(
                session,
                slug=slug,
                name=f"{slug.title()} Medical School",
                country="AU",
                region=region,
                time_zone=zone,
                program_type="graduate_entry",
                years=4,
                features={},
                policies=SchoolPolicies(**policies),
                status=SchoolStatus.ACTIVE,
            )
        )
        return slug

    async def person(
        self,
        *roles: Role,
        school: str | None = "harbour",
        alias: str | None = None,
        paged: bool = False,
        password_hash: str | None = None,
    ) -> Someone:
        """Someone with roles, signed in. `paged`: with a healthy endpoint at the receiver, named by `hook`."""
        number = next(self._numbers)
        name = alias or f"Person {number}"
        login = f"person-{number}@{school or 'platform'}.example"
        hook = f"hook-{number}" if paged else None
        secret = new_secret()

        def make(session: Session) -> Someone:
            school_id = schools.find(session, school).id if school else None
            made = create_person(
                session, school_id=school_id, login=login, alias=name, roles=roles, password_hash=password_hash
            )
            endpoint = self._endpoint(session, made, hook, secret) if hook else None
            if school_id is not None and Role.SUPPORTER in roles:
                # In the programme already; a test of the way into it makes somebody without the role.
                in_the_programme(session, school_id, made.id)
            sign_in = SignIn(person_id=made.id, created_at=clock.now(), last_used_at=clock.now())
            session.add(sign_in)
            session.flush()
            return Someone(
                id=made.id,
                login=login,
                alias=name,
                school=school,
                headers=self.headers_for(made.id, sign_in.id, school, roles),
                hook=hook,
                secret=secret if hook else None,
                endpoint_id=endpoint.id if endpoint else None,
            )

        return await self.db.write(make)

    async def supporter_id(self, someone: Someone) -> str:
        """Of somebody who is in the programme, or on the way there."""

        def find(session: Session) -> str:
            row = supporters.of_person(session, someone.id)
            assert row is not None
            return str(row.id)

        return await self.db.write(find)

    def headers_for(
        self,
        person_id: uuid.UUID,
        sign_in_id: uuid.UUID,
        school: str | None,
        roles: tuple[Role, ...],
        *,
        epoch: int = 0,
    ) -> dict[str, str]:
        token = self._keys.issue(
            subject=person_id,
            session=sign_in_id,
            school=school,
            roles=frozenset(str(role) for role in roles),
            audience=STAFF,
            now=clock.now(),
            lifetime=dt.timedelta(days=365),
            epoch=epoch,
        )
        return {"Authorization": f"Bearer {token}"}

    async def on_call(
        self,
        *people: Someone,
        line: RosterLine = RosterLine.CLINICAL_ADVICE,
        level: Level = Level.PRIMARY,
        restrictions: list[dict[str, Any]] | None = None,
    ) -> uuid.UUID:
        """A roster that has all of `people` on call, always or within `restrictions`."""
        school = people[0].school or ""
        layers = [
            {
                "id": f"L{rank}",
                "rank": rank,
                "rotation": {
                    "unit": "week",
                    "length": 1,
                    "start_local": "2026-01-05T09:00",
                    "participants": [str(person.id)],
                },
                "restrictions": restrictions or [],
            }
            for rank, person in enumerate(people, start=1)
        ]

        def make(session: Session) -> uuid.UUID:
            found = schools.find(session, school)
            definition = RosterDefinition.model_validate(
                {
                    "name": f"{line} {level}",
                    "line": line,
                    "time_zone": found.time_zone,
                    "combine": "union",
                    "layers": layers,
                }
            )
            return rosters.store(session, school_id=found.id, level=level, definition=definition).id

        return await self.db.write(make)

    async def policy(
        self, policy: PagingPolicy, *, need: NeedKind = NeedKind.REPORT, school: str = "harbour", **narrower: Any
    ) -> None:
        """A policy of the school, past what the product checks. `narrower`: its topic or priority."""
        await self.db.write(
            lambda session: session.add(
                EscalationPolicy(
                    school_id=schools.find(session, school).id,
                    need=need,
                    policy=policy.model_dump(mode="json"),
                    created_at=clock.now(),
                    updated_at=clock.now(),
                    **narrower,
                )
            )
        )

    async def site(self, name: str = "A hospital", *, school: str = "harbour") -> uuid.UUID:
        def make(session: Session) -> uuid.UUID:
            found = schools.find(session, school)
            site = Site(school_id=found.id, name=name, kind="hospital", region=found.region, is_teaching_site=True)
            session.add(site)
            session.flush()
            return site.id

        return await self.db.write(make)

    async def entry(self, entry: dict[str, Any], *, school: str = "harbour", **word: Any) -> None:
        """Past what the product checks. `word`: what else the school says of it."""

        def add(session: Session) -> None:
            found = schools.find(session, school)
            session.add(LocalEntry(school_id=found.id, entry_id=entry["id"], entry=entry, **word))
            words.touch(session, found)

        await self.db.write(add)

    async def report(self, *signs: str, school: str = "harbour", **fields: Any) -> httpx.Response:
        body = {"signs": list(signs) or ["just_a_feeling"], **fields}
        return await self.http.post(f"/v1/schools/{school}/reports", json=body)

    async def reporter(self, receipt: str) -> dict[str, str]:
        """Headers of a receipt session."""
        opened = await self.http.post("/v1/receipts/session", json={"receipt": receipt})
        assert opened.status_code == 200, opened.text
        return {"Authorization": f"Bearer {opened.json()['access_token']}"}

    @staticmethod
    def once() -> dict[str, str]:
        """A fresh Idempotency-Key."""
        return {"Idempotency-Key": str(uuid.uuid4())}

    def _endpoint(self, session: Session, person: Person, hook: str, secret: str) -> WebhookEndpoint:
        if person.school_id is None:
            raise ValueError("only people of a school are paged")
        endpoint = WebhookEndpoint(
            school_id=person.school_id,
            person_id=person.id,
            url=self.receiver.url(hook),
            event_types=[],
            health=EndpointHealth.HEALTHY,
            secret_sealed=b"",
            created_at=clock.now(),
            updated_at=clock.now(),
        )
        seal_secret(session, endpoint, secret)
        session.add(endpoint)
        session.flush()
        return endpoint
