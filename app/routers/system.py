"""Probes for whoever runs the service (contract S6)."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request

from app.core.db import LockTimeout, require_writable
from app.core.migrations import require_current
from app.core.problems import Unavailable
from app.core.schemas import OutputModel
from app.routers.docs import problems
from app.routers.runtime import runtime_of

router = APIRouter(tags=["system"])


class Health(OutputModel):
    status: Literal["ok"]


@router.get("/healthz", summary="The process is alive")
async def get_health() -> Health:
    """Asks nothing of the database."""
    return Health(status="ok")


@router.get("/readyz", summary="The service can do its work", responses=problems(503))
async def get_readiness(request: Request) -> Health:
    """503 when the database cannot be reached, is behind its migrations, takes no writes, or was sealed with other
    master keys, when the worker of this process has ended, and while the process itself is ending."""
    runtime = runtime_of(request)
    if runtime.ending:
        raise Unavailable("This process is ending.")
    behind = await runtime.db.read(require_current)
    if behind is not None:
        raise Unavailable(behind)
    if runtime.watch is not None and not runtime.watch.working:
        raise Unavailable("The worker of this process does not work; it is started again.")
    try:
        await runtime.db.write(require_writable)
    except LockTimeout as exc:
        raise Unavailable("The database is locked.") from exc
    if not await runtime.opens_texts():
        raise Unavailable("PEERLINE_MASTER_KEYS does not have the master keys of this database.")
    return Health(status="ok")
