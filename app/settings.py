"""One frozen set of settings: `PEERLINE_*` environment variables, or files that `PEERLINE_*_FILE` name."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)
from sqlalchemy.engine import make_url


class UnsafeSettings(Exception):
    """The service refuses to start as it is configured; the text says what to change."""


Platform = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,19}$")]


class AppRelease(BaseModel):
    """How old an app of one platform may be, the newest there is, and where to get it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    minimum: str = Field(pattern=r"^[0-9]{1,5}(\.[0-9]{1,5}){0,3}$")
    latest: str = Field(pattern=r"^[0-9]{1,5}(\.[0-9]{1,5}){0,3}$")
    upgrade_url: str = Field(pattern=r"^https://\S+$", max_length=500)


class _Files(EnvSettingsSource):
    """What stands in files: `PEERLINE_MASTER_KEYS_FILE` names the one that holds PEERLINE_MASTER_KEYS, and so each.

    So that secrets are in no environment, which others can read and crash reports copy, and can be replaced while a
    group of processes runs (SIGHUP). Raises UnsafeSettings for a file that cannot be read.
    """

    if not hasattr(EnvSettingsSource, "_load_env_vars"):
        # What nobody calls would read no file, and the service would run without what stands there.
        raise TypeError("this release of pydantic-settings reads its variables otherwise: app/settings.py must follow")

    def _load_env_vars(self) -> Mapping[str, str | None]:
        found: dict[str, str | None] = {}
        for field in self.settings_cls.model_fields:
            name = f"PEERLINE_{field.upper()}"
            if not (path := os.environ.get(f"{name}_FILE")):
                continue
            if os.environ.get(name):
                raise UnsafeSettings(f"{name} and {name}_FILE are both given. Which of them counts? Leave one out.")
            try:
                found[name.lower()] = Path(path).read_text().strip()
            except (OSError, UnicodeDecodeError) as exc:
                why = exc.strerror if isinstance(exc, OSError) else "it is no text"
                raise UnsafeSettings(f"{name}_FILE names a file that cannot be read: {why}.") from None
        return found


class Settings(BaseSettings):
    """How this process runs. Times are in the unit that a name ends on."""

    model_config = SettingsConfigDict(env_prefix="PEERLINE_", frozen=True, extra="ignore", hide_input_in_errors=True)

    environment: Literal["development", "production"] = "development"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    # For how long it goes on accepting after it was told to end, while /readyz says 503: what a load balancer needs.
    drain_seconds: float = Field(default=0, ge=0, le=60)
    data_dir: Path = Path("data")
    database_url: str = ""
    # Of the user that PEERLINE_DATABASE_URL names: so that the address may be seen, and the password lie in a file.
    database_password: str = ""
    # Newest first, comma separated: `kid:base64url of 32 bytes`. See docs/security.md.
    master_keys: str = ""
    # Where clients reach the service: goes into acknowledgement links. Empty: http://{host}:{port}.
    public_base_url: str = ""
    default_country: str = Field(default="AU", pattern="^[A-Z]{2}$")
    # Exact origins that webhooks may reach although they are not public https (demo and tests).
    webhook_allowed_origins: str = ""
    # Addresses whose X-Forwarded-* headers are believed, as uvicorn takes them.
    trusted_proxies: str = "127.0.0.1"
    # Sites whose pages may use the API from a browser, comma separated. Empty: none.
    cors_origins: str = ""
    # By platform, as JSON: {"ios": {"minimum": "1.2", "latest": "1.4", "upgrade_url": "https://…"}}; docs/versions.md.
    app_versions: dict[Platform, AppRelease] = Field(default_factory=dict, max_length=20)
    access_token_minutes: int = Field(default=10, ge=1, le=60)
    refresh_token_days: int = Field(default=30, ge=1, le=90)
    receipt_session_minutes: int = Field(default=15, ge=1, le=60)
    max_body_bytes: int = Field(default=262_144, ge=1024, le=1_048_576)
    # Requests a minute that one caller may make. Reports are never among them.
    rate_limit_per_minute: int = Field(default=600, ge=10)
    # Reports that can wait, in about ten minutes from one address, before a device is asked for work (docs/abuse.md).
    reports_before_challenge: int = Field(default=250, ge=1)
    # For how long an answer may go by what was read of a school: a report's promise is never older.
    outlook_seconds: float = Field(default=1.0, ge=0, le=10)
    sign_in_limit_per_minute: int = Field(default=10, ge=3)
    # Wrong passwords a minute from one address, whoever's: a whole campus may be behind it.
    failed_sign_ins_per_minute: int = Field(default=100, ge=10)
    # Told once a minute that every escalation has its next step; silence is the alarm. An operator's own address.
    dead_man_url: str = Field(default="", pattern=r"^(https?://\S+)?$", max_length=500)
    # Where Prometheus reads (docs/monitoring.md), apart from the API. 0: nowhere.
    metrics_port: int = Field(default=0, ge=0, le=65535)
    metrics_host: str = "127.0.0.1"
    # So old a backup may be restored: what was erased since comes back with it (docs/backup.md).
    backup_days: int = Field(default=35, ge=1, le=400)
    demo_receiver_port: int = Field(default=8899, ge=1, le=65535)
    worker_concurrency: int = Field(default=32, ge=1, le=256)
    # What one process of the API has in hand before anything waits; how much of that may be other than reports and what
    # goes with them; and how many of those wait before one is told to come again (docs/overload.md).
    requests_at_once: int = Field(default=16, ge=2, le=1000)
    other_requests_at_once: int = Field(default=2, ge=1, le=1000)
    reports_waiting: int = Field(default=1000, ge=1, le=100_000)
    # Argon2id cost for passwords; `fast` exists for tests and is refused in production.
    password_cost: Literal["recommended", "fast"] = "recommended"  # noqa: S105  a cost, not a password

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del dotenv_settings, file_secret_settings  # neither is used: one way to give a setting in a file is enough
        # A variable that is there and empty, as an orchestrator may leave it, is not in the way of a file.
        return init_settings, _Files(settings_cls), env_settings

    @field_validator("database_url")
    @classmethod
    def _driver(cls, value: str) -> str:
        for prefix in ("postgresql://", "postgres://"):
            if value.startswith(prefix):
                value = "postgresql+psycopg://" + value.removeprefix(prefix)
        if value and not value.startswith(("postgresql+psycopg://", "sqlite:///")):
            raise ValueError("PEERLINE_DATABASE_URL must begin with postgresql:// or sqlite:///")
        try:
            url = make_url(value) if value else None
        except (sa.exc.ArgumentError, ValueError):
            # Its own text repeats what was given, a password included.
            raise ValueError("PEERLINE_DATABASE_URL is no address of a database") from None
        if url is not None and url.drivername == "sqlite" and (not url.database or url.query):
            raise ValueError("PEERLINE_DATABASE_URL for SQLite is sqlite:///file, without options")
        return value

    @field_validator("metrics_port")
    @classmethod
    def _apart(cls, value: int, info: ValidationInfo) -> int:
        if value and value == info.data.get("port"):
            raise ValueError("PEERLINE_METRICS_PORT is another port than PEERLINE_PORT: metrics are not for everyone")
        return value

    @cached_property
    def url(self) -> str:
        """The SQLAlchemy URL: the embedded file in the data folder unless another was given."""
        if self.database_password and self.database_url.startswith("postgresql"):
            address = make_url(self.database_url).set(password=self.database_password)
            return address.render_as_string(hide_password=False)
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'peerline.sqlite3'}"

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite:")

    @property
    def own_keys(self) -> Path:
        """Where a loopback demo keeps the master key that it made for itself."""
        return self.data_dir / "master.keys"

    @property
    def base_url(self) -> str:
        return self.public_base_url.rstrip("/") or self.local_url

    @property
    def local_url(self) -> str:
        """Where this process serves the API, or would: IPv6 in brackets (RFC 3986, 3.2.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def require_base_url(self) -> None:
        """Raise UnsafeSettings in a process that serves no API itself and was not told where clients reach it."""
        if not self.public_base_url and "port" not in self.model_fields_set:
            raise UnsafeSettings(
                "PEERLINE_PUBLIC_BASE_URL is missing: pages that this process starts carry links to acknowledge them, "
                "and it cannot know where the API is. Give the address that clients reach it at, or the same "
                "PEERLINE_HOST and PEERLINE_PORT as to `peerline serve`."
            )

    @property
    def allowed_origins(self) -> frozenset[str]:
        return frozenset(o.strip().rstrip("/") for o in self.webhook_allowed_origins.split(",") if o.strip())

    @property
    def loopback_demo(self) -> bool:
        """True on a developer's own machine: nobody else can reach the service."""
        return self.environment == "development" and is_loopback(self.host)

    def refuse_unsafe(self) -> None:
        """Raise UnsafeSettings when this process would serve others with a developer's settings."""
        if self.loopback_demo:
            return
        if not self.master_keys:
            raise UnsafeSettings(
                "PEERLINE_MASTER_KEYS is missing. Outside a loopback demo the keys that protect reports must be "
                "given by you; make one with: peerline generate-master-key"
            )
        if self.password_cost == "fast":  # noqa: S105  a cost setting, not a password
            raise UnsafeSettings("PEERLINE_PASSWORD_COST=fast is for tests only.")
        if self.allowed_origins and self.environment == "production":
            raise UnsafeSettings("PEERLINE_WEBHOOK_ALLOWED_ORIGINS opens private addresses; leave it empty.")
        if self.environment == "production" and urlsplit(self.base_url).scheme != "https":
            raise UnsafeSettings("PEERLINE_PUBLIC_BASE_URL must be an https:// address in production.")


def from_environment(**instead: Any) -> Settings:
    """The settings of this process, but for those given. Raises UnsafeSettings, naming each that cannot be used, and no
    value."""
    try:
        return Settings(**instead)
    except SettingsError as exc:
        # Of the one variable that is no plain text. Its own words repeat what was given.
        raise UnsafeSettings("PEERLINE_APP_VERSIONS is not JSON.") from exc
    except ValidationError as exc:
        lines = []
        for fault in exc.errors(include_url=False, include_input=False, include_context=False):
            name = f"PEERLINE_{str(fault['loc'][0]).upper()}" + "".join(f" {part}" for part in fault["loc"][1:])
            words = fault["msg"].removeprefix("Value error, ").removeprefix(f"{name} ")
            lines.append(
                f"{name} {words[:1].lower()}{words[1:]}." if fault["type"] == "value_error" else f"{name}: {words}."
            )
        raise UnsafeSettings("\n".join(lines)) from None


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def settings_of(session: Any) -> Settings:
    """The settings of the process that a database session belongs to."""
    settings: Settings = session.info["settings"]
    return settings
