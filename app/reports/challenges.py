"""Proof of work for reports while very many come in: asked of a device, never of a person (J13).

Never asked of a report that cannot wait. No account, no puzzle, nobody else's service: a signed challenge of ours, by
the ALTCHA protocol (decision 24). What was solved counts once.
"""

from __future__ import annotations

import binascii
import datetime as dt
import ipaddress
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import altcha
import sqlalchemy as sa
from sqlmodel import Session, col

from app.core import clock, crypto
from app.core.clock import hour_of
from app.core.db import inserter
from app.core.problems import Problem
from app.core.ratelimit import KEY_LIFETIME_SECONDS
from app.models import SpentChallenge
from app.reports import surge
from app.reports.challenge_schemas import Challenge, ChallengeParameters, ReportChallenge
from app.reports.surge import Load
from app.vault import service as vault
from app.work import queue

ALGORITHM = "PBKDF2/SHA-256"
# Long enough for a slow phone and a lost connection. What was asked stays good for so long, however much more is asked
# by then: nobody is asked twice for one report.
GOOD_FOR = dt.timedelta(minutes=10)
FORGET = "challenges.forget"
# Hashes of callers in memory at the most; with more, all are forgotten, and the load of schools still counts.
MOST_CALLERS = 100_000

NOTHING_ASKED = ReportChallenge(needed=False, most_tries=None, expires_at=None, challenge=None)

_spent = SpentChallenge.__table__  # type: ignore[attr-defined]  # SQLModel does not type the table of a table class


class ChallengeRequired(Problem):
    """A request for work, not a refusal: the same report is taken with its solution. Nothing of it is kept before."""

    code, status, title = "challenge_required", 428, "Your device is asked for a little work first"
    default_detail = (
        "Very many are writing just now. Solve `report_challenge` and send the same again, with the solution in "
        "`challenge_solution` and the same Idempotency-Key: it is taken then. Nothing was stored yet. Nothing is asked "
        "of a worry that cannot wait. The help in this answer can be used now."
    )

    def __init__(self, challenge: ReportChallenge | None = None) -> None:
        shown = {} if challenge is None else {"report_challenge": challenge.model_dump(mode="json", by_alias=True)}
        super().__init__(extra=shown)


class Challenges:
    """What came in lately, as this process has seen it, and which level of work that asks for.

    Reports that can wait are counted by caller, by school and all together, whether they were stored or not. A caller
    is a keyed hash, as in core/ratelimit.py: its key lives in memory, for minutes. `free`: how many one address sends
    in about ten minutes before anything is asked.
    """

    def __init__(self, *, free: int) -> None:
        self._free = free
        self._everybody = Load()
        self._schools: dict[str, Load] = {}
        self._callers: dict[bytes, Load] = {}
        self._key = os.urandom(32)
        self._key_until = clock.monotonic() + KEY_LIFETIME_SECONDS
        self.issuer: Issuer | None = None

    def count(self, caller: str, school: str) -> int:
        """Count a report that can wait, and say which level of work it is asked for.

        Of an address that is itself asked, only what shows work counts for others (`worked`): one flood makes it
        harder for its own address, and for nobody else.
        """
        at = clock.monotonic()
        load = self._caller(caller, at=at)
        load.add(at=at)
        if surge.level(load.of(at=at), free=self._free) == 0:
            self.worked(school)
        return self._level(load, school, at=at)

    def worked(self, school: str) -> None:
        """A report counts for its school, and for everybody."""
        at = clock.monotonic()
        self._schools.setdefault(school, Load()).add(at=at)
        self._everybody.add(at=at)

    def level(self, caller: str, school: str) -> int:
        """The level of work that this caller is asked for now, for this school; 0 is none."""
        at = clock.monotonic()
        return self._level(self._caller(caller, at=at), school, at=at)

    def _level(self, of_caller: Load, school: str, *, at: float) -> int:
        of_school = self._schools.get(school)
        return max(
            surge.level(of_caller.of(at=at), free=self._free),
            surge.level(of_school.of(at=at) if of_school else 0.0, free=self._free * surge.SCHOOL_SHARE),
            surge.level(self._everybody.of(at=at), free=self._free * surge.EVERYBODY_SHARE),
        )

    def _caller(self, caller: str, *, at: float) -> Load:
        if at >= self._key_until or len(self._callers) >= MOST_CALLERS:
            self._key, self._key_until, self._callers = os.urandom(32), at + KEY_LIFETIME_SECONDS, {}
        return self._callers.setdefault(crypto.keyed_hash(self._key, _network(caller))[:16], Load())


@dataclass(frozen=True, slots=True)
class Shown:
    """Work that was good when it was looked at. `spend` it in the transaction of its report."""

    nonce: str
    expires_at: dt.datetime
    refusal: Callable[[], ChallengeRequired]

    def spend(self, session: Session) -> None:
        """Use it up. Raises ChallengeRequired, with a new one, when another report has it already.

        A twin that is not committed yet is waited for, as for an idempotency key.
        """
        values = {
            "challenge_hash": vault.lookup_hash(session, self.nonce, use="report challenge"),
            "forget_after": hour_of(self.expires_at) + dt.timedelta(hours=1),
        }
        insert = inserter(session.get_bind().dialect.name)
        statement = insert(_spent).values(values).on_conflict_do_nothing(index_elements=["challenge_hash"])
        if session.connection().execute(statement.returning(_spent.c.challenge_hash)).first() is None:
            raise self.refusal()


@dataclass(frozen=True, slots=True)
class Issuer:
    """Makes challenges and knows them again, under keys of the deployment: every process takes every other's."""

    signing: bytes
    solving: bytes

    def make(self, level: int, *, now: dt.datetime) -> ReportChallenge:
        """A challenge of the level, from 1, for one report. Takes a try of work itself."""
        most = surge.most_tries(level)
        expires_at = (now + GOOD_FOR).replace(microsecond=0)
        made = altcha.create_challenge(
            ALGORITHM,
            surge.ROUNDS,
            # The number to find is drawn here: no device has the bad luck of an endless search.
            counter=secrets.randbelow(most),
            expires_at=expires_at,
            hmac_secret=self.signing,
            hmac_key_secret=self.solving,
        ).to_dict()
        challenge = Challenge(
            parameters=ChallengeParameters.model_validate(made["parameters"]), signature=made["signature"]
        )
        return ReportChallenge(needed=True, most_tries=most, expires_at=expires_at, challenge=challenge)

    def refusal(self, level: int, *, now: dt.datetime) -> ChallengeRequired:
        return ChallengeRequired(self.make(level, now=now))

    def look_at(self, solution: str | None, *, level: int, now: dt.datetime) -> Shown | None:
        """The work, when it is right, ours and not expired. None for anything else, however it is made."""
        if solution is None:
            return None
        try:
            result = altcha.verify_solution(solution, self.signing, hmac_key_secret=self.solving)
            if not result.verified:
                return None
            parameters = altcha.Payload.from_base64(solution).challenge.parameters
        # What anybody can send: no base64, no JSON, numbers beyond all bounds, half a character.
        except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError, binascii.Error):
            return None
        expires_at = dt.datetime.fromtimestamp(parameters.expires_at or 0, dt.UTC)
        if expires_at <= now:
            return None
        return Shown(parameters.nonce, expires_at, lambda: self.refusal(level, now=now))


def issuer_of(session: Session) -> Issuer:
    """Raises CannotOpen and LookupError as the vault does."""
    key = vault.data_key(session, owner=vault.DEPLOYMENT, purpose=vault.CONTENT)
    return Issuer(crypto.derive(key, "report challenge"), crypto.derive(key, "report challenge solved"))


def forget(session: Session, item: queue.Item, now: dt.datetime) -> None:
    """Drop what has expired, and come again in an hour."""
    session.connection().execute(sa.delete(_spent).where(col(SpentChallenge.forget_after) <= now))
    queue.enqueue(session, FORGET, item.subject, due_at=now + dt.timedelta(hours=1), now=now, key=FORGET)


def _network(host: str) -> str:
    """The address; of IPv6 its network, since whoever has one address there has all of them."""
    if ":" not in host:
        return host
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError:
        return host
    return str(address.ipv4_mapped or int(address) >> 64)
