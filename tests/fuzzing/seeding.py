"""A school at work on a server of its own, to be called by a program: one of everything that has an id, and tokens."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlmodel import Session, col, select

from app.core import clock
from app.models import Person, RoleGrant, School, SignIn
from app.settings import Settings
from app.vocabulary import Role, Scope
from tests.support.receiver import Receiver
from tests.support.server import MASTER_KEYS
from tests.support.world import Someone, World
from tests.test_access import EVERY_ROLE, at_work, program

# Sign-ins that are ended are followed by the next.
SPARE = 300


@dataclass(frozen=True)
class Seeded:
    """What the hooks know. Tokens are whole `Authorization` headers."""

    ids: dict[str, str]
    school_endpoint: str
    school_delivery: str
    # By role, of those who hold it; the first holds nothing else.
    staff: dict[str, list[str]]
    # One of each role in another school.
    foreign: dict[str, str]
    reporters: list[str]
    # To be signed out with.
    spare: list[str]
    # Of service accounts.
    programs: list[str]
    # By operation, what a body has to have that nobody can guess.
    secrets: dict[str, list[dict[str, str]]]

    def store(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> Seeded:
        return cls(**json.loads(path.read_text()))


async def seed(data_dir: Path) -> Seeded:
    """Fill the migrated database in this folder."""
    receiver = Receiver()
    settings = Settings(
        data_dir=data_dir,
        master_keys=MASTER_KEYS,
        password_cost="fast",
        webhook_allowed_origins=receiver.origin,
        rate_limit_per_minute=1_000_000,
        reports_before_challenge=1_000_000,
    )
    async with World.open(settings, receiver) as world:
        scene = await at_work(world)
        staff = {str(role): [(await _one(world, role)).headers["Authorization"]] for role in Role}
        await world.school("coast", region="NSW")
        foreign = {str(role): (await _one(world, role, "coast")).headers["Authorization"] for role in Role}
        for person_id, roles in await world.db.read(_people_at_work):
            sign_in = await _signed_in(world, person_id)
            for role in roles:
                staff[str(role)].append(world.headers_for(person_id, sign_in, "harbour", roles)["Authorization"])
        for token in staff.values():
            token[:] = token[:4]
        everyone = await world.person(*EVERY_ROLE)
        spare = [
            world.headers_for(everyone.id, await _signed_in(world, everyone.id), "harbour", EVERY_ROLE)["Authorization"]
            for _ in range(SPARE)
        ]
        receipts = [(await world.report("tearful")).json()["receipt"] for _ in range(12)]
        reporters = [scene.reporter["Authorization"]]
        reporters += [(await world.reporter(receipt))["Authorization"] for receipt in receipts[:6]]
        return Seeded(
            ids=scene.ids,
            school_endpoint=scene.school_endpoint,
            school_delivery=scene.school_delivery,
            staff=staff,
            foreign=foreign,
            reporters=reporters,
            spare=spare,
            programs=[(await program(world, *Scope))["Authorization"]],
            secrets={"createReceiptSession": [{"receipt": receipt} for receipt in receipts]},
        )


async def _one(world: World, role: Role, school: str = "harbour") -> Someone:
    return await world.person(role, school=None if role is Role.PLATFORM_OPERATOR else school)


async def _signed_in(world: World, person_id: object) -> object:
    def make(session: Session) -> object:
        row = SignIn(person_id=person_id, created_at=clock.now(), last_used_at=clock.now())
        session.add(row)
        session.flush()
        return row.id

    return await world.write(make)


def _people_at_work(session: Session) -> list[tuple[object, tuple[Role, ...]]]:
    statement = (
        select(Person.id, RoleGrant.role)
        .join(RoleGrant, col(RoleGrant.person_id) == col(Person.id))
        .join(School, col(School.id) == col(Person.school_id))
        .where(School.slug == "harbour")
        .order_by(col(Person.created_at), col(Person.id))
    )
    found: dict[object, list[Role]] = {}
    for person_id, role in session.exec(statement):
        found.setdefault(person_id, []).append(Role(role))
    return [(person_id, tuple(roles)) for person_id, roles in found.items()]
