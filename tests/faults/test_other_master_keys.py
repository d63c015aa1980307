"""A database that was used with other master keys: nothing in it could be read, and no report could be stored."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from sqlmodel import select
from typer.testing import CliRunner

from app import startup
from app.cli import cli
from app.core.crypto import KeyRing
from app.core.db import Session
from app.main import create_app
from app.models import DataKey
from app.settings import Settings, UnsafeSettings
from app.vault.service import DEPLOYMENT
from tests.support.server import MASTER_KEYS, call_cli, environment, master_keys, run_cli
from tests.support.world import World

OTHERS = master_keys("other")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("used")
    startup.migrate(Settings(data_dir=folder, master_keys=MASTER_KEYS), KeyRing.parse(MASTER_KEYS))
    return folder


@pytest.mark.parametrize(
    "command",
    [
        ["check"],
        ["serve"],
        ["worker"],
        ["migrate"],
        ["create-school", "seaside", "Seaside", "--region", "VIC", "--time-zone", "Australia/Melbourne"],
    ],
    ids=lambda command: command[0],
)
def test_no_command_works_on_it(data_dir: Path, command: list[str]) -> None:
    run = run_cli if command[0] in ("serve", "worker") else call_cli
    done = run(*command, data_dir=data_dir, env={"PEERLINE_MASTER_KEYS": OTHERS, "PEERLINE_PORT": "8000"})
    assert done.returncode == 2, done.stdout
    assert "PEERLINE_MASTER_KEYS does not have the master keys of this database" in done.stderr
    assert "Traceback" not in done.stderr


def test_older_keys_beside_the_newest_are_enough(data_dir: Path) -> None:
    done = run_cli("check", data_dir=data_dir, env={"PEERLINE_MASTER_KEYS": f"{OTHERS},{MASTER_KEYS}"})
    assert (done.returncode, done.stdout.endswith("Ready to serve.\n")) == (0, True), done.stderr
    assert "1 need an older master key" in done.stdout


async def test_a_service_that_found_its_database_later_is_not_ready(world: World) -> None:
    settings = world.settings.model_copy(update={"master_keys": OTHERS})
    db = startup.open_database(settings, KeyRing.parse(OTHERS))
    transport = httpx.ASGITransport(create_app(settings, db, with_worker=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://peerline.test") as http:
        answer = await http.get("/readyz")
    db.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "PEERLINE_MASTER_KEYS" in answer.json()["detail"]


async def test_one_school_whose_key_is_lost_is_enough(world: World) -> None:
    """Not a sample: each of them is somebody's school."""
    await world.school()
    startup.require_ready(world.settings, world.db)

    def spoil(session: Session) -> None:
        other = KeyRing.parse(OTHERS)
        row = session.exec(select(DataKey).where(DataKey.owner != DEPLOYMENT)).first()
        assert row is not None
        row.master_kid, row.wrapped = other.newest, b"wrapped by another"
        session.add(row)

    await world.write(spoil)
    with pytest.raises(UnsafeSettings, match="1 of its data keys"):
        startup.require_ready(world.settings, world.db)


async def test_a_demo_whose_data_folder_was_removed_makes_no_new_key(world: World, tmp_path: Path) -> None:
    """Its schools are in a database elsewhere: a new key would open nothing of them."""
    folder = tmp_path / "removed"
    settings = environment(data_dir=folder, database_url=world.settings.url, env={"PEERLINE_MASTER_KEYS": ""})
    for command in ("migrate", "check"):
        done = call_cli(command, data_dir=folder, database_url=world.settings.url, env=settings)
        assert (done.returncode, "master.keys is missing" in done.stderr) == (2, True), done.stderr
    assert not folder.exists()


def test_a_new_demo_makes_its_key(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["migrate"], env=environment(data_dir=tmp_path, env={"PEERLINE_MASTER_KEYS": ""}))
    assert done.exit_code == 0, done.output
    assert startup.key_ring(Settings(data_dir=tmp_path, master_keys="")).kids
