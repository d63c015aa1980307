"""Unsafe settings stop the start, and say what to change."""

from __future__ import annotations

import inspect
import runpy
from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource
from sqlalchemy.engine import make_url

from app.demo.play import what_to_try
from app.serving.service import settings_of_process
from app.settings import Settings, UnsafeSettings, from_environment, is_loopback
from app.startup import key_ring
from tests.conftest import KEYS

PRODUCTION = {"environment": "production", "master_keys": KEYS, "public_base_url": "https://peerline.example.edu"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"master_keys": ""}, "PEERLINE_MASTER_KEYS"),
        ({"password_cost": "fast"}, "PEERLINE_PASSWORD_COST"),
        ({"webhook_allowed_origins": "http://127.0.0.1:8899"}, "PEERLINE_WEBHOOK_ALLOWED_ORIGINS"),
        ({"public_base_url": ""}, "PEERLINE_PUBLIC_BASE_URL"),
        ({"public_base_url": "http://peerline.example.edu"}, "PEERLINE_PUBLIC_BASE_URL"),
    ],
)
def test_production_refuses_what_is_unsafe(changes: dict[str, str], says: str) -> None:
    with pytest.raises(UnsafeSettings, match=says):
        Settings.model_validate(PRODUCTION | changes).refuse_unsafe()


def test_production_accepts_what_is_safe() -> None:
    Settings.model_validate(PRODUCTION).refuse_unsafe()


def test_development_on_an_address_that_others_reach_needs_keys_too() -> None:
    with pytest.raises(UnsafeSettings, match="PEERLINE_MASTER_KEYS"):
        Settings(host="0.0.0.0", master_keys="").refuse_unsafe()


def test_a_loopback_demo_makes_its_own_key_once_for_its_user_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, master_keys="")
    first = key_ring(settings)
    assert key_ring(settings).kids == first.kids
    assert (tmp_path / "master.keys").stat().st_mode & 0o777 == 0o600


def test_settings_do_not_change_once_made() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("sqlite:////x/y.sqlite3", "sqlite:////x/y.sqlite3"),
    ],
)
def test_a_database_url_gets_its_driver(given: str, used: str) -> None:
    assert Settings(database_url=given).url == used


def test_an_unknown_database_is_refused() -> None:
    with pytest.raises(ValidationError, match="PEERLINE_DATABASE_URL"):
        Settings(database_url="mysql://u@h/d")


def test_any_setting_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an orchestrator gives secrets: with an end of line, or without."""
    release = '{"minimum": "1", "latest": "2", "upgrade_url": "https://example.edu"}'
    for name, text in (("MASTER_KEYS", f"{KEYS}\n"), ("PORT", "8123"), ("APP_VERSIONS", f'{{"ios": {release}}}')):
        (tmp_path / name).write_text(text)
        monkeypatch.setenv(f"PEERLINE_{name}_FILE", str(tmp_path / name))
    settings = from_environment()
    assert (settings.master_keys, settings.port, settings.app_versions["ios"].latest) == (KEYS, 8123, "2")


def test_a_file_that_cannot_be_read_and_a_setting_given_twice_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEERLINE_MASTER_KEYS_FILE", str(tmp_path / "none"))
    with pytest.raises(UnsafeSettings, match="cannot be read: No such file"):
        from_environment()
    monkeypatch.setenv("PEERLINE_MASTER_KEYS", KEYS)
    with pytest.raises(UnsafeSettings, match="both"):
        from_environment()


def test_where_settings_are_read_otherwise_nothing_starts_without_its_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a release of the library that has another name for what is replaced."""
    monkeypatch.delattr(EnvSettingsSource, "_load_env_vars")
    with pytest.raises(TypeError, match="pydantic-settings"):
        runpy.run_path(inspect.getfile(Settings))


def test_each_process_of_a_group_has_a_port_for_metrics_however_the_first_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And none has that of the API, or one that there is not."""
    (tmp_path / "port").write_text("9464\n")
    for name, first in (("PEERLINE_METRICS_PORT", "9464"), ("PEERLINE_METRICS_PORT_FILE", str(tmp_path / "port"))):
        with monkeypatch.context() as set_:
            set_.setenv(name, first)
            assert [settings_of_process(number).metrics_port for number in range(3)] == [9464, 9465, 9466]
            set_.setenv("PEERLINE_PORT", "9465")
            assert settings_of_process(0).metrics_port == 9464
            with pytest.raises(UnsafeSettings, match="PEERLINE_METRICS_PORT is another port than PEERLINE_PORT"):
                settings_of_process(1)
    monkeypatch.setenv("PEERLINE_METRICS_PORT", "65535")
    with pytest.raises(UnsafeSettings, match="PEERLINE_METRICS_PORT"):
        settings_of_process(1)
    monkeypatch.setenv("PEERLINE_METRICS_PORT", "0")
    assert settings_of_process(1).metrics_port == 0


def test_the_password_of_the_database_may_be_given_apart_from_its_address() -> None:
    settings = Settings(database_url="postgresql://u@h/d", database_password="a:b/c@d%")
    assert make_url(settings.url).password == "a:b/c@d%"
    assert Settings(database_password="p").is_sqlite


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.0.0.53", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.0.2.1", False),
        ("example.edu", False),
    ],
)
def test_which_hosts_are_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8123"),
        ("localhost", "http://localhost:8123"),
        ("::1", "http://[::1]:8123"),
    ],
)
def test_the_address_it_says_can_be_pasted(host: str, url: str) -> None:
    settings = Settings(host=host, port=8123)
    assert settings.base_url == settings.local_url == url
    assert f"curl -s {url}/v1/schools/harbour/help-now" in what_to_try(settings)
