"""Page requests with the deployment's cursor key, so that every process reads every other's cursors."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from app.core import crypto
from app.core.pagination import PageRequest
from app.vault import service as vault


@dataclass(frozen=True, slots=True)
class Listing:
    """Which page a client asked for. `scope` binds its cursors to the list, its filters and the caller."""

    limit: int
    cursor: str | None
    scope: str

    def request(self, session: Session) -> PageRequest:
        key = vault.data_key(session, owner=vault.DEPLOYMENT, purpose=vault.CONTENT)
        return PageRequest(limit=self.limit, cursor=self.cursor, key=crypto.derive(key, "cursor"), scope=self.scope)
