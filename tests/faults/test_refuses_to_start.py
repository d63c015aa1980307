"""What a process must not serve with, and what it says then (exit codes: docs of app/cli.py)."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app import startup
from app.settings import Settings, UnsafeSettings
from tests.support.server import run_cli

PRODUCTION = {
    "PEERLINE_ENVIRONMENT": "production",
    "PEERLINE_HOST": "0.0.0.0",
    "PEERLINE_PUBLIC_BASE_URL": "https://peerline.example.edu",
    "PEERLINE_PASSWORD_COST": "recommended",
}


def test_a_database_behind_its_migrations_is_not_served(migrated_sqlite: Path, tmp_path: Path) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "peerline.sqlite3")
    with closing(sqlite3.connect(tmp_path / "peerline.sqlite3")) as database:
        database.execute("DELETE FROM alembic_version")
        database.commit()
    done = run_cli("serve", data_dir=tmp_path)
    assert done.returncode == 3
    assert "peerline migrate" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_production_without_master_keys_is_not_served() -> None:
    done = run_cli("serve", env=PRODUCTION | {"PEERLINE_MASTER_KEYS": ""})
    assert done.returncode == 2
    assert "PEERLINE_MASTER_KEYS" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_a_worker_that_does_not_know_where_the_api_is_does_not_work() -> None:
    """The links in its pages would lead to its own port, where nobody answers."""
    done = run_cli("worker")
    assert done.returncode == 2
    assert "PEERLINE_PUBLIC_BASE_URL" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.parametrize(("first", "why"), [(8003, "PEERLINE_PORT is one of them"), (65533, "beyond the last port")])
def test_a_group_of_which_one_would_have_no_port_for_its_metrics_is_not_begun(first: int, why: str) -> None:
    """It would be made again and again, while the others serve: half of the workers are gone, and nobody sees it."""
    done = run_cli(
        "serve",
        "--processes",
        "2",
        "--workers",
        "2",
        database_url="postgresql://nobody@127.0.0.1:1/none",
        env={"PEERLINE_PORT": "8005", "PEERLINE_METRICS_PORT": str(first)},
        timeout=20,
    )
    assert done.returncode == 2, done.stdout
    assert why in done.stderr
    assert "serving.process_made" not in done.stdout


@pytest.mark.parametrize("told", [{"public_base_url": "https://peerline.example.edu"}, {"port": 8000}])
def test_a_worker_that_knows_where_the_api_is_may_work(told: dict[str, Any]) -> None:
    Settings(**told).require_base_url()


@pytest.mark.parametrize(
    ("unsafe", "named"),
    [
        ({"environment": "production"}, "PEERLINE_MASTER_KEYS"),
        ({"host": "0.0.0.0"}, "PEERLINE_MASTER_KEYS"),
        ({"host": "peerline.example.edu"}, "PEERLINE_MASTER_KEYS"),
        ({"host": "0.0.0.0", "master_keys": "k:x", "password_cost": "fast"}, "PEERLINE_PASSWORD_COST"),
        (
            {"environment": "production", "master_keys": "k:x", "webhook_allowed_origins": "http://127.0.0.1:1"},
            "PEERLINE_WEBHOOK_ALLOWED_ORIGINS",
        ),
        (
            {"environment": "production", "master_keys": "k:x", "public_base_url": "http://peerline.example.edu"},
            "PEERLINE_PUBLIC_BASE_URL",
        ),
    ],
)
def test_unsafe_settings_are_named(unsafe: dict[str, str], named: str, tmp_path: Path) -> None:
    with pytest.raises(UnsafeSettings, match=named):
        startup.key_ring(Settings(data_dir=tmp_path, **unsafe))  # type: ignore[arg-type]  # texts, as in the environment
    assert list(tmp_path.iterdir()) == []
