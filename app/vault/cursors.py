"""Page requests with the deployment's cursor key, so that every process reads every other's cursors."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from app.core import crypto
from app.core.pagination import PageRequest
from app.vault import service as vault

CURSOR = "cursor"


@dataclass(frozen=True, slots=True)
class Listing:
    """Which page a client asked for. `scope` binds its cursors to the list, its filters and the caller."""

    limit: int
    cursor: str | None
    scope: str

    def request(self, session: Session) -> PageRequest:
        key = vault.data_key(session, owner=vault.DEPLOYMENT, purpose=vault.CONTENT)
        return self.sealed_with(crypto.derive(key, CURSOR))

    def sealed_with(self, key: bytes) -> PageRequest:
        """For whoever keeps the key that follows from the deployment's for cursors."""
        return PageRequest(limit=self.limit, cursor=self.cursor, key=key, scope=self.scope)
