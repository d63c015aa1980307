"""What deploy/compose.yaml starts, started here without an engine: a report, its page, and an acknowledgement."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from reading import ours

from tests.faults.deployment import URGENT, Deployed, school_with_an_adviser
from tests.support.receiver import verified
from tests.support.server import Product
from tests.support.world import World

# What only a machine with an https address can have, and what the suite's own settings are instead.
OTHER = ("ENVIRONMENT", "PUBLIC_BASE_URL", "DATABASE_URL", "TRUSTED_PROXIES", "DRAIN_SECONDS", "DEAD_MAN_URL")


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_a_report_is_paged_and_acknowledged(world: World, tmp_path: Path) -> None:
    adviser = await school_with_an_adviser(world, tmp_path / "data")
    services = ours()
    server = Deployed(world, tmp_path / "data", PEERLINE_MASTER_KEYS="", **_secrets(world, tmp_path, services["api"]))
    server.env["PEERLINE_PUBLIC_BASE_URL"] = server.base_url
    migrated = server.cli(*services["migrate"]["command"])
    assert migrated.returncode == 0, migrated.stderr
    server.arguments = tuple(services["api"]["command"])
    worker = Product(server.data_dir, *services["worker"]["command"], env=server.env)
    with server, worker:
        made = httpx.post(f"{server.base_url}/v1/schools/harbour/reports", json=URGENT, timeout=20)
        assert made.status_code == 201
        [page] = world.receiver.wait_for(adviser.hook, timeout=20)
        taken = httpx.post(verified(page, adviser.secret or "")["data"]["ack_url"], timeout=20)
        assert taken.status_code == 200
        assert server.get("/readyz").status_code == 200


def _secrets(world: World, folder: Path, service: dict[str, dict[str, str]]) -> dict[str, str]:
    """The settings of the service that stand in files, each in one of its own."""
    texts = {"MASTER_KEYS": world.settings.master_keys, "DATABASE_PASSWORD": "any, on a socket that asks for none"}
    settings = {}
    for name in service["environment"]:
        setting = name.removeprefix("PEERLINE_").removesuffix("_FILE")
        if setting in OTHER:
            continue
        settings[name] = str(folder / setting)
        (folder / setting).write_text(texts.pop(setting) + "\n")
    assert texts == {}
    return settings
