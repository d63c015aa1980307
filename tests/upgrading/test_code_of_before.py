"""A database that a newer version has migrated says whether code as old as this may work on it (docs/upgrading.md)."""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from app import startup
from app.core import migrations
from app.core.crypto import KeyRing
from app.settings import Settings
from tests.support import postgres
from tests.support.server import MASTER_KEYS, call_cli
from tests.support.world import World

LATER = """
revision = "9999"
down_revision = "{head}"
branch_labels = None
depends_on = None
{says}

def upgrade():
    pass


def downgrade():
    pass
"""


async def migrated_by_a_newer_version(world: World, *, runs_code_from: str) -> None:
    told = sa.text("UPDATE alembic_version SET version_num = '9999', runs_code_from = :code")
    await world.write(lambda session: session.connection().execute(told, {"code": runs_code_from}))


async def test_a_newer_schema_that_runs_this_code_is_served_worked_on_and_left_alone(world: World) -> None:
    """The old version serves on, starts again, and a start script that migrates first does no harm."""
    [head] = migrations.heads()
    await migrated_by_a_newer_version(world, runs_code_from=head)
    assert (await world.http.get("/readyz")).status_code == 200
    startup.require_ready(world.settings, world.db)
    env = {"PEERLINE_MASTER_KEYS": world.settings.master_keys}
    done = call_cli("migrate", database_url=world.settings.database_url, env=env)
    assert done.returncode == 0, done.stderr
    assert "this one runs on it" in done.stdout
    assert await world.db.read(lambda session: migrations.revisions_here(session.connection())) == ["9999"]


async def test_a_newer_schema_that_wants_newer_code_is_refused(world: World) -> None:
    await migrated_by_a_newer_version(world, runs_code_from="9998")
    refused = await world.http.get("/readyz")
    assert (refused.status_code, "newer version" in refused.json()["detail"]) == (503, True)
    with pytest.raises(startup.SchemaDiffers, match="newer version"):
        startup.require_ready(world.settings, world.db)
    with pytest.raises(startup.SchemaDiffers, match="cannot migrate back"):
        startup.migrate(world.settings, KeyRing.parse(world.settings.master_keys))


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """A copy of the migrations, to add to."""
    copied = tmp_path / "migrations"
    shutil.copytree(Path("migrations"), copied, ignore=shutil.ignore_patterns("__pycache__"))
    return copied


@pytest.mark.parametrize("says", ["", 'runs_code_from = "{head}"'], ids=["expands", "contracts"])
def test_each_migration_says_anew_how_old_the_code_may_be(
    migrated_sqlite: Path, tmp_path: Path, chain: Path, says: str
) -> None:
    """And it is taken back with the migration."""
    [head] = migrations.heads()
    told = says.format(head=head)
    (chain / "versions" / "29990101_9999_later.py").write_text(LATER.format(head=head, says=told))
    url = f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'later.sqlite3')}"
    alembic = migrations.config(url)
    alembic.set_main_option("script_location", str(chain))
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        before = migrations.oldest_code(connection)
        assert before is not None
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "head")
        connection.commit()
        assert migrations.revisions_here(connection) == ["9999"]
        assert migrations.oldest_code(connection) == (head if told else before)
        command.downgrade(alembic, "-1")
        connection.commit()
        assert migrations.oldest_code(connection) == before
    engine.dispose()


def test_who_says_how_old_code_may_be_names_a_migration_before_it() -> None:
    scripts = ScriptDirectory.from_config(migrations.config("sqlite://"))
    chain = [script.revision for script in scripts.walk_revisions()]
    said = {
        script.revision: each
        for script in scripts.walk_revisions()
        if (each := getattr(script.module, "runs_code_from", None)) is not None
    }
    assert said["0037"] == "0037"
    assert all(chain.index(of) <= chain.index(code) for of, code in said.items())


def test_a_migration_that_others_hold_up_keeps_nobody_waiting_and_says_what_to_do(
    migrated_postgres: postgres.PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(startup, "HELD_UP", "100ms")
    monkeypatch.setattr(startup, "HELD_UP_SECONDS", (0.1,))
    url = migrated_postgres.create_database("held_up", template="template_peerline")
    settings, ring = Settings(database_url=url, master_keys=MASTER_KEYS), KeyRing.parse(MASTER_KEYS)
    alembic = migrations.config(settings.url)
    command.downgrade(alembic, "0037-1")
    with psycopg.connect(url) as long:
        long.execute("SELECT version_num FROM alembic_version")
        with pytest.raises(startup.HeldUp, match="run again: peerline migrate"):
            startup.migrate(settings, ring)
    assert startup.migrate(settings, ring)
    migrated_postgres.drop_database("held_up")
