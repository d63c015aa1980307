"""What one process of the API holds: settings, database, keys, help, and the limits it counts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from app.core import clock
from app.core.db import Database
from app.core.problems import Unauthenticated
from app.core.ratelimit import RateLimiter, Slowdown
from app.directory import catalogue
from app.directory.help_store import HelpStore
from app.identity.keys import load_token_keys
from app.identity.passwords import Passwords
from app.identity.tokens import Claims, InvalidToken, TokenKeys
from app.settings import Settings

ISSUER = "peerline"
# A token signed by a process that started later is accepted at the latest after this.
RELOAD_KEYS = dt.timedelta(seconds=10)


@dataclass
class Runtime:
    """Made once by `create_app`; routers reach it through `runtime_of`."""

    settings: Settings
    db: Database
    help: HelpStore
    passwords: Passwords
    callers: RateLimiter
    sign_ins: RateLimiter
    receipts: Slowdown = field(default_factory=Slowdown)
    _keys: TokenKeys | None = None
    _keys_at: dt.datetime | None = None

    async def token_keys(self, *, fresh: bool = False) -> TokenKeys:
        """The signing keys, read when first needed: a process may start while the database is away."""
        if self._keys is None or (fresh and self._stale()):
            self._keys = await self.db.read(lambda session: load_token_keys(session, issuer=ISSUER))
            self._keys_at = clock.now()
        return self._keys

    def _stale(self) -> bool:
        return self._keys_at is None or clock.now() - self._keys_at > RELOAD_KEYS

    async def read_token(self, token: str, *, audience: str) -> Claims:
        """Raises Unauthenticated for anything but a current token of ours for this audience."""
        now = clock.now()
        try:
            return (await self.token_keys()).read(token, audience=audience, now=now)
        except InvalidToken:
            pass
        try:
            return (await self.token_keys(fresh=True)).read(token, audience=audience, now=now)
        except InvalidToken as exc:
            raise Unauthenticated(invalid_token=True) from exc

    async def load_help(self) -> None:
        """Take every school's help into memory and onto disk. Raises DatabaseUnavailable."""
        for document in await self.db.read(catalogue.all_help):
            self.help.keep(document)


def runtime_of(connection: HTTPConnection) -> Runtime:
    runtime: Runtime = connection.app.state.runtime
    return runtime
