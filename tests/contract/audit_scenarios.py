"""The audit log as a file, held against the OpenAPI document."""

from __future__ import annotations

import datetime as dt

from held import Held

from tests.support.world import Someone, World


async def audit_export(held: Held, world: World, officer: Someone) -> None:
    start = world.time.now().replace(second=0, microsecond=0) - dt.timedelta(days=1)
    params = {"from": start.isoformat(), "to": (start + dt.timedelta(days=2)).isoformat()}
    for kind in ("application/x-ndjson", "text/csv"):
        taken = await held("exportAuditLog", officer, params=params, headers={"Accept": kind})
        assert (taken.status_code, taken.headers["Content-Type"].partition(";")[0]) == (200, kind)
    params["to"] = (start + dt.timedelta(days=32)).isoformat()
    refused = await held("exportAuditLog", officer, params=params)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "window_refused")
