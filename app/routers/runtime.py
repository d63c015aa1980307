"""What one process of the API holds: settings, database, keys, help, and the limits it counts."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from starlette.requests import HTTPConnection

from app.core import clock
from app.core.admission import Gate
from app.core.db import Database, DatabaseUnavailable
from app.core.prepared import Prepared
from app.core.problems import Unauthenticated
from app.core.ratelimit import RateLimiter, Slowdown
from app.core.together import Together
from app.core.unchanged import Unchanged
from app.directory import catalogue
from app.directory.help_store import HelpStore, Kept
from app.directory.listing import Minute
from app.directory.reading import Reading, Readings, reading_of
from app.directory.snapshot import Snapshots
from app.guidance.shelf import Shelf
from app.identity.keys import load_token_keys
from app.identity.passwords import Passwords
from app.identity.tokens import Claims, InvalidToken, TokenKeys
from app.reports.challenges import Challenges
from app.reports.intake import CanWait, Made
from app.reports.outlook import Outlooks
from app.routers.told import Told
from app.schools import service as schools
from app.settings import Settings
from app.sso.discovery import Discovery
from app.sso.key_store import KeyStore
from app.vault import service as vault

log = structlog.get_logger("peerline.runtime")

ISSUER = "peerline"
# Seconds after which it is looked whether a school's help is another.
LOOK_AT_HELP = 10.0
# A key that another process has added or retired counts here at the latest after so many seconds, …
RELOAD_KEYS = 10.0
# … and after so many when a token comes that we cannot read.
RELOAD_KEYS_FOR_UNKNOWN = 1.0


class Watch(Protocol):
    """Whoever sees to it that due work is done in this process."""

    @property
    def working(self) -> bool: ...


@dataclass
class Runtime:
    """Made once by `create_app`; routers reach it through `runtime_of`."""

    settings: Settings
    db: Database
    help: HelpStore
    passwords: Passwords
    callers: RateLimiter
    sign_ins: RateLimiter
    guesses: RateLimiter
    outlooks: Outlooks
    challenges: Challenges
    shelf: Shelf
    # The schools' own sign-in: how their providers are asked, and the keys that are known of them.
    discovery: Discovery
    # Who is let in first, and how many were not (docs/overload.md).
    gate: Gate
    # Reports that can wait: those that come at the same time are stored together.
    reports: Together[CanWait, Made | None]
    # What was told of who is on call, while nothing has changed since (routers/polled.py).
    told: Unchanged[Told] = field(init=False)
    readings: Readings = field(default_factory=Readings)
    snapshots: Snapshots = field(init=False)
    provider_keys: KeyStore = field(init=False)
    # Help and directories as they are sent, by path (routers/ready.py).
    bundles: dict[str, Prepared] = field(default_factory=dict)
    # The directory of each school in this minute.
    minutes: dict[str, Minute] = field(default_factory=dict)
    receipts: Slowdown = field(default_factory=Slowdown)
    # Of their own: whoever guesses at one kind of secret makes nobody wait who has the other.
    story_codes: Slowdown = field(default_factory=Slowdown)
    interest_codes: Slowdown = field(default_factory=Slowdown)
    link_secrets: Slowdown = field(default_factory=Slowdown)
    response_codes: Slowdown = field(default_factory=Slowdown)
    contact_codes: Slowdown = field(default_factory=Slowdown)
    # Invitations for a login that is taken: each answer says that somebody has it.
    taken_logins: RateLimiter = field(default_factory=lambda: RateLimiter("taken-logins", quota=10, window=300))
    # The worker of this process; None when another one works.
    watch: Watch | None = None
    # Told to end: no new requests should come to this process.
    ending: bool = False
    _keys: TokenKeys | None = None
    _keys_at: float = 0.0
    _opened: bool = False
    _help_asked: dict[str, float] = field(default_factory=dict)
    _loop: asyncio.AbstractEventLoop | None = None
    _beside: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.told = Unchanged(self.db.state)
        self.snapshots = Snapshots(self.readings)
        self.provider_keys = KeyStore(self.discovery)

    async def reading(self, slug: str) -> Reading:
        """A school's directory as of a second ago at the most; while the database is away, as it was last known.

        Raises SchoolNotFound, DatabaseUnavailable.
        """
        found = self.readings.fresh(slug)
        if found is not None:
            return found
        try:
            return self.readings.keep(await self.db.read(lambda s: reading_of(s, schools.find(s, slug))))
        except DatabaseUnavailable:
            known = self.readings.last(slug)
            if known is None:
                raise
            return known

    async def minute(self, slug: str) -> Minute:
        """The same in this minute. Raises as `reading`."""
        reading, now = await self.reading(slug), clock.now().replace(second=0, microsecond=0)
        minute = self.minutes.get(slug)
        if minute is None or minute.at != now or minute.reading is not reading:
            minute = self.minutes[slug] = Minute(reading, now)
        return minute

    def ready_page(self, slug: str, query: bytes) -> Prepared | None:
        """A page of a directory that was asked for in this minute, while what it was made from is fresh."""
        minute = self.minutes.get(slug)
        prepared = minute.ready.get(query) if minute is not None else None
        if minute is None or prepared is None or self.readings.fresh(slug) is not minute.reading:
            return None
        return prepared if minute.at <= clock.now() < minute.until else None

    async def token_keys(self, *, no_older_than: float = RELOAD_KEYS) -> TokenKeys:
        """The signing keys, read when first needed: a process may start while the database is away.

        While it is away later, the keys that were read last go on. Raises DatabaseUnavailable when there are none.
        """
        # Not the wall clock: while one that was set back caught up, a retired key would go on.
        now = clock.monotonic()
        if self._keys is None or now - self._keys_at > no_older_than:
            # Before they are read: one request reads them, the others do not wait for it.
            self._keys_at = now
            try:
                self._keys = await self.db.read(lambda session: load_token_keys(session, issuer=ISSUER))
            except DatabaseUnavailable:
                if self._keys is None:
                    raise
        return self._keys

    async def read_token(self, token: str, *, audience: str) -> Claims:
        """Raises Unauthenticated for anything but a current token of ours for this audience."""
        now = clock.now()
        for age in (RELOAD_KEYS, RELOAD_KEYS_FOR_UNKNOWN):
            keys = await self.token_keys(no_older_than=age)
            with contextlib.suppress(InvalidToken):
                return keys.read(token, audience=audience, now=now)
        raise Unauthenticated(invalid_token=True)

    async def opens_texts(self) -> bool:
        """Whether our master keys are those of the database; asked until they are, because a process may start without
        it. Raises DatabaseUnavailable."""
        self._opened = self._opened or await self.db.read(vault.unopened) == 0
        return self._opened

    def help_at_hand(self, slug: str) -> Kept | None:
        """A school's help from memory; None where it is time to look whether it is another, which `look_at_help` does.

        Of what another process has changed nothing tells us, and a number that was wrong must not stay.
        """
        asked = self._help_asked.get(slug)
        return self.help.school(slug) if asked is not None and clock.monotonic() - asked < LOOK_AT_HELP else None

    def help_members(self, slug: str | None) -> list[dict[str, str | None]]:
        """The `help` of what is answered to whoever has no account; in any thread."""
        self._look_whether_another(slug)
        return self.help.members_for(slug)

    def help_json(self, slug: str | None) -> bytes:
        """The same as it is sent in a problem."""
        self._look_whether_another(slug)
        return self.help.members_json_for(slug)

    def _look_whether_another(self, slug: str | None) -> None:
        """Here, too: whoever is answered so may never ask for help-now."""
        if slug is not None and self._loop is not None and self.help.school(slug) and self.help_at_hand(slug) is None:
            self._loop.call_soon_threadsafe(self.look_at_help, slug)

    def look_at_help(self, slug: str) -> None:
        """Beside the answer, which waits for no database."""
        if self.help_at_hand(slug) is None:
            self._help_asked[slug] = clock.monotonic()
            task = asyncio.get_running_loop().create_task(self._renew_beside(slug))
            self._beside.add(task)
            task.add_done_callback(self._beside.discard)

    async def _renew_beside(self, slug: str) -> None:
        try:
            await self.renew_help(slug)
        except Exception as exc:
            log.error("directory.help_not_renewed", reason=type(exc).__name__)

    async def close(self) -> None:
        """Wait for what is done beside answers."""
        await asyncio.gather(*self._beside)
        self.help.close()
        await self.discovery.close()

    async def load_help(self) -> None:
        """Take every school's help into memory and onto disk. Raises DatabaseUnavailable."""
        self._loop = asyncio.get_running_loop()
        for facts in await self.db.read(catalogue.all_help):
            try:
                await self.help.keep(facts)
            except Exception as exc:
                # One school's fault is not that of all.
                log.error("directory.school_without_help", reason=type(exc).__name__)

    async def renew_help(self, school: str) -> None:
        """Take one school's help anew, and its directory when that is next asked for: after a change that is stored."""
        self.readings.forget(school)
        try:
            await self.help.keep(await self.db.read(lambda s: catalogue.help_now_of(s, schools.find(s, school))))
        except DatabaseUnavailable:
            pass
        except Exception as exc:
            # The change is stored: its answer must not say otherwise.
            log.error("directory.help_not_renewed", reason=type(exc).__name__)


def runtime_of(connection: HTTPConnection) -> Runtime:
    runtime: Runtime = connection.app.state.runtime
    return runtime
