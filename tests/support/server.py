"""The product as its users run it: processes of `python -m app.cli`, which tests may kill.

    with Server(tmp_path, env={"PEERLINE_WEBHOOK_ALLOWED_ORIGINS": receiver.origin}) as server:
        httpx.get(f"{server.base_url}/v1/meta")
        server.kill9()
        server.start()

Nothing of the caller's own PEERLINE_* settings reaches them.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from app import startup
from app.settings import Settings
from tests.support import processes, starts

PEERLINE = [sys.executable, "-m", "app.cli"]
_UMASK = os.umask(0o022)
os.umask(_UMASK)
# A test that starts it in another way puts that here.
COMMAND = PEERLINE
LOOPBACK = "127.0.0.1"


def master_keys(*kids: str) -> str:
    """A value for PEERLINE_MASTER_KEYS with fresh keys, newest first."""
    return ",".join(f"{kid}:{secrets.token_urlsafe(32)}" for kid in kids or ("test",))


# One ring for a whole test process, so that every command and server of a test reads what the others stored.
MASTER_KEYS = master_keys()


def environment(*, data_dir: Path, database_url: str = "", env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Everything a product process is told; `env` has the last word."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PEERLINE_")}
    settings = {
        "PEERLINE_DATA_DIR": str(data_dir),
        "PEERLINE_DATABASE_URL": database_url,
        "PEERLINE_MASTER_KEYS": MASTER_KEYS,
        "PEERLINE_PASSWORD_COST": "fast",
        # A test floods from one address with what it needs; tests/reports/test_challenges.py is about being asked.
        "PEERLINE_REPORTS_BEFORE_CHALLENGE": "100000",
        "PYTHONUNBUFFERED": "1",
    }
    return inherited | settings | dict(env or {})


def run_cli(
    *args: str,
    data_dir: Path | None = None,
    database_url: str = "",
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    timeout: float = 60.0,
) -> subprocess.CompletedProcess[str]:
    """Run one `peerline` command to its end. Look at `returncode`: a failure raises nothing.

    Without `data_dir` it works on an empty folder, which is then removed.
    """
    with contextlib.ExitStack() as stack:
        folder = data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        given, out, err = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        given.write(stdin.encode())
        given.seek(0)
        told = environment(data_dir=folder, database_url=database_url, env=env)
        process = begin(*args, env=told, files=(given.fileno(), out.fileno(), err.fileno()))
        try:
            status = process.wait(timeout)
        finally:
            process.kill()
            process.wait()
        said = []
        for file in (out, err):
            file.seek(0)
            said.append(file.read().decode())
        return subprocess.CompletedProcess(args, status, *said)


def begin(
    *args: str, env: Mapping[str, str], files: tuple[int, int, int], fresh: bool = False
) -> starts.Forked | subprocess.Popen[bytes]:
    """Start a `peerline` command with just this environment; `files` are its standard input, output and error.

    `fresh`: as a user does; else it is forked from a process that has read the code, which spares two seconds.
    """
    if COMMAND is PEERLINE and not fresh and starts.can_fork(env):
        return starts.nursery().start(args, env=env, files=files)
    given, out, err = files
    return subprocess.Popen(
        [*COMMAND, *args],
        cwd=processes.REPOSITORY,
        env=env,
        stdin=given,
        stdout=out,
        stderr=err,
        start_new_session=True,
    )


def call_cli(
    *args: str,
    data_dir: Path | None = None,
    database_url: str = "",
    env: Mapping[str, str] | None = None,
    stdin: str = "",
) -> subprocess.CompletedProcess[str]:
    """As `run_cli`, within this process, which spares two seconds of imports: for commands that end by themselves.

    `serve` and `worker` are none of them: they take the process's signals and its log.
    """
    from app import cli  # with the demo and the terminal, which few tests need

    assert args[0] not in ("serve", "worker")
    with contextlib.ExitStack() as stack:
        folder = data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        told = environment(data_dir=folder, database_url=database_url, env=env)
        for name in os.environ.keys() - told.keys():
            patch.delenv(name)
        for name, value in told.items():
            patch.setenv(name, value)
        patch.chdir(processes.REPOSITORY)
        # A command makes it stricter for the process that it thinks its own. Put back to what it was at first, because
        # another command may run on another thread.
        stack.callback(os.umask, _UMASK)
        os.umask(0o022)
        patch.setattr(sys, "argv", ["peerline", *args])
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        out = stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        err = stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        status: int | str | None = 0
        try:
            cli.main()
        except SystemExit as ended:
            status = ended.code
        except Exception:
            traceback.print_exc()
            status = 1
        assert isinstance(status, int)
        return subprocess.CompletedProcess(args, status, out.getvalue(), err.getvalue())


class Product:
    """A running `peerline` command. What it prints goes to a file, over all its starts."""

    def __init__(
        self,
        data_dir: Path,
        *arguments: str,
        database_url: str = "",
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.data_dir = data_dir
        self.arguments = arguments
        self.env = environment(data_dir=data_dir, database_url=database_url, env=env)
        data_dir.mkdir(parents=True, exist_ok=True)
        # Beside the data, not in them: some tests look for what must not be stored there.
        self.output = data_dir.with_name(f"{data_dir.name}.{arguments[0]}.{secrets.token_hex(3)}.log")
        self.process: starts.Forked | subprocess.Popen[bytes] | None = None
        # Set it where the start itself is what is tested.
        self.fresh = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        if kind is not None:
            self.kill9()
            return
        status = self.stop()
        assert status in (None, 0), f"peerline {self.arguments[0]} ended with {status}\n{self.stdout_text()}"

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self, *, timeout: float = 30.0) -> None:
        """Start and return when it is ready. Raises AssertionError, with what it printed, when it is not."""
        with open(os.devnull, "rb") as nothing, open(self.output, "ab") as output:
            files = (nothing.fileno(), output.fileno(), output.fileno())
            self.process = begin(*self.arguments, env=self.env, files=files, fresh=self.fresh)
        processes.keep(self.process)
        try:
            processes.wait_until(self._ready, timeout=timeout, what=f"peerline {self.arguments[0]} is ready")
        except AssertionError as failure:
            self.kill9()
            raise AssertionError(f"{failure}\n{self.stdout_text()}") from None

    def stop(self, *, timeout: float = 15.0) -> int | None:
        """Ask it to end (SIGTERM) and give the exit status; None when it was not running."""
        return self._end(signal.SIGTERM, timeout)

    def kill9(self) -> None:
        """End it as a crash does."""
        self._end(signal.SIGKILL, 10.0)

    def restart(self) -> None:
        """Stop, and start on the same data and address."""
        self.stop()
        self.start()

    def cli(self, *args: str, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run a `peerline` command on the same data, with the same settings."""
        return run_cli(*args, env=self.env, timeout=timeout)

    def stdout_text(self) -> str:
        """What it printed, standard error included, since its first start."""
        return self.output.read_text(errors="replace")

    def wait_for_output(self, text: str, *, timeout: float = 10.0) -> None:
        processes.wait_until(lambda: text in self.stdout_text(), timeout=timeout, what=f"{text!r} is printed")

    def _ready(self) -> bool:
        """Whether it has got as far as to catch SIGTERM: before that, `stop` would end it as a crash does."""
        assert self.process is not None
        assert self.process.poll() is None, f"peerline {self.arguments[0]} ended with {self.process.returncode}"
        status = Path(f"/proc/{self.process.pid}/status")
        caught = re.search(r"^SigCgt:\s*(\w+)$", status.read_text(), re.MULTILINE) if status.exists() else None
        return caught is None or bool(int(caught[1], 16) >> (signal.SIGTERM - 1) & 1)

    def _end(self, how: signal.Signals, timeout: float) -> int | None:
        if self.process is None:
            return None
        process, self.process = self.process, None
        return processes.end(process, how, timeout=timeout)


class Server(Product):
    """`peerline serve` on a port of its own, the database migrated. `worker=False`: the API alone."""

    def __init__(
        self,
        data_dir: Path,
        *,
        worker: bool = True,
        database_url: str = "",
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.port = processes.free_port()
        address = {"PEERLINE_HOST": LOOPBACK, "PEERLINE_PORT": str(self.port)}
        arguments = ["serve"] if worker else ["serve", "--no-worker"]
        super().__init__(data_dir, *arguments, database_url=database_url, env=address | dict(env or {}))

    @property
    def base_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def migrate(self) -> None:
        """Create or upgrade the database, in this process, which spares a start of another. `start` does it, too."""
        prefix = "PEERLINE_"
        told = {name.removeprefix(prefix): value for name, value in self.env.items() if name.startswith(prefix)}
        settings = Settings(**{name.lower(): value for name, value in told.items()})
        startup.migrate(settings, startup.key_ring(settings))

    def start(self, *, timeout: float = 30.0) -> None:
        if not self.output.exists():
            self.migrate()
        super().start(timeout=timeout)

    def _ready(self) -> bool:
        if not super()._ready():
            return False
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=5.0)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


class Worker(Product):
    """`peerline worker`, with the data, keys and settings of a `Server` that has migrated the database."""

    def __init__(self, beside: Server) -> None:
        super().__init__(beside.data_dir, "worker", env=beside.env)
