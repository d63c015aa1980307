"""How old an app may be (contract V4): `App-Version: ios/1.4.0`, and what an app that is too old is told.

Whoever is in need is never turned away for an old app: no public operation looks at the header, nor does any with a
receipt, nor any that a paged person needs at night. It is asked for where people of the programme sign in and work.
"""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header, Request
from pydantic import WithJsonSchema

from app.core.asgi import LARGEST_HEADER
from app.core.problems import Problem
from app.settings import AppRelease, Settings

HEADER = "App-Version"
LONGEST = LARGEST_HEADER
DESCRIPTION = (
    "Which app asks, as `platform/1.2.3`. One below this deployment's minimum (see `/v1/meta`) gets "
    "`client_upgrade_required`. What cannot be read as this is ignored."
)
SCHEMA = {"type": "string", "maxLength": LONGEST}
AppVersion = Annotated[Annotated[str, WithJsonSchema(SCHEMA)] | None, Header(alias=HEADER, description=DESCRIPTION)]
_WRITTEN = re.compile(r"(?P<platform>[a-z][a-z0-9_-]{0,19})/(?P<version>[0-9]{1,5}(?:\.[0-9]{1,5}){0,3})")


class ClientUpgradeRequired(Problem):
    """403, and not 426: that one is about another protocol, and needs an `Upgrade` header (RFC 9110, 15.5.22)."""

    code, status, title = "client_upgrade_required", 403, "This app is too old"

    def __init__(self, release: AppRelease) -> None:
        super().__init__(
            f"Version {release.minimum} or newer is needed; `upgrade_url` has it. Help, reports and pages work on.",
            extra={"upgrade_url": release.upgrade_url},
        )


def require_current(request: Request, settings: Settings) -> None:
    """Raise ClientUpgradeRequired for an app that says that it is too old. One that says nothing is let through."""
    if not settings.app_versions:
        return
    written = _WRITTEN.fullmatch(request.headers.get(HEADER, ""))
    release = settings.app_versions.get(written["platform"]) if written else None
    if written and release and _number(written["version"]) < _number(release.minimum):
        raise ClientUpgradeRequired(release)


def _number(version: str) -> tuple[int, ...]:
    """Its parts, with trailing zeros left out: 1.2 and 1.2.0 are the same."""
    parts = [int(part) for part in version.split(".")]
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)
