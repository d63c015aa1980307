"""A peer without an account: the guard of what they choose, and of what they come back to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from app.identity.tokens import CHOICE, CHOOSING
from app.routers.callers import Nameless, NamelessGuard, bearer
from app.routers.runtime import runtime_of


@dataclass(frozen=True, slots=True)
class Peer(Nameless):
    """Whoever chooses a supporter, or comes back to what they chose. Of no report."""

    @property
    def help(self) -> list[dict[str, str | None]]:
        """The school's emergency and 24/7 services, from memory."""
        return self.runtime.help_members(self.school)


class PeerGuard(NamelessGuard):
    """A dependency that lets in a peer: with a code that is not used yet, or with the one of their choice."""

    scheme = "contactCode"
    roles = frozenset({"peer"})

    def __init__(self, audience: str) -> None:
        self._audience = audience

    async def __call__(self, request: Request) -> Peer:
        runtime = runtime_of(request)
        claims = await runtime.read_token(bearer(request), audience=self._audience)
        request.state.subject = claims.subject
        request.state.headers = runtime.callers.take(str(claims.subject)).headers()
        return Peer(subject=claims.subject, school=claims.school, runtime=runtime, request=request)


Chooser = Annotated[Peer, Depends(PeerGuard(CHOOSING))]
HasChosen = Annotated[Peer, Depends(PeerGuard(CHOICE))]
