"""PostgreSQL's own pg_dump and pg_restore, as they are found on the PATH. No password is on a command line."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator

from psycopg import conninfo
from sqlalchemy.engine import make_url

from app.backup.files import READ
from app.backup.refusals import BackupRefused

DUMP, RESTORE = "pg_dump", "pg_restore"


def major(tool: str) -> int:
    """The major version of a tool. Raises BackupRefused when there is none."""
    where = shutil.which(tool)
    if where is None:
        raise BackupRefused(f"{tool} is not on the PATH. It comes with PostgreSQL's client programs.")
    said = subprocess.run(  # noqa: S603  the operator's PATH is the operator's
        [where, "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r"\) (\d+)", said)
    if found is None:
        raise BackupRefused(f"{tool} does not say which version it is.")
    return int(found[1])


def require(tool: str, *, at_least: int) -> int:
    """Give the tool's major version. Raises BackupRefused for one that is older than what it has to read."""
    if (has := major(tool)) < at_least:
        raise BackupRefused(f"{tool} is of version {has}, and {at_least} or newer is needed. Put that on the PATH.")
    return has


def dump(url: str, *, snapshot: str) -> Iterator[bytes]:
    """The database as of an exported snapshot, in pg_dump's own compressed format. Raises BackupRefused at its end."""
    options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
    with _running(DUMP, *options, url=url) as process:
        assert process.stdout is not None
        while part := process.stdout.read(READ):
            yield part
        if process.wait() != 0:
            raise BackupRefused(
                f"pg_dump ended with {process.returncode}: no backup was made. The lines above say why."
            )


def readable(parts: Iterable[bytes]) -> None:
    """Raises BackupRefused unless pg_restore knows its way through what pg_dump has written."""
    with _running(RESTORE, "--list") as process:
        if _feed(process, parts) != 0:
            raise BackupRefused("pg_restore cannot read what is in the backup.")


def restore(url: str, parts: Iterable[bytes]) -> None:
    """Everything in one transaction, into an empty database: it is there whole, or nothing of it.

    What pg_restore says of a failure is not repeated: it may be a row.
    """
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    with _running(RESTORE, *options, url=url) as process:
        if _feed(process, parts) != 0:
            raise BackupRefused(
                f"pg_restore ended with {process.returncode}: nothing was restored. The server's log says why."
            )


@contextlib.contextmanager
def _running(tool: str, *options: str, url: str | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """It is killed when the block fails: pg_restore then commits nothing."""
    env = dict(os.environ)
    where = []
    if url is not None:
        # Taken apart as for the service's own connections: libpq may make something else of the same address, and its
        # word of what it cannot read quotes the password.
        address = make_url(url)
        _, told = address.get_dialect()().create_connect_args(address)
        password = told.pop("password", None)
        if password:
            env["PGPASSWORD"] = str(password)
        where = [f"--dbname={conninfo.make_conninfo('', **told)}"]
    process = subprocess.Popen(  # noqa: S603  as above; options are of this file
        [tool, *options, *where],
        stdin=subprocess.PIPE if tool == RESTORE else subprocess.DEVNULL,
        stdout=subprocess.PIPE if tool == DUMP else subprocess.DEVNULL,
        # pg_dump names a server and a table at the most; pg_restore also the row that it fails at.
        stderr=None if tool == DUMP else subprocess.DEVNULL,
        env=env,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _feed(process: subprocess.Popen[bytes], parts: Iterable[bytes]) -> int:
    """All of `parts` is read, also when the tool has had enough: only then is it known to be whole."""
    assert process.stdin is not None
    listening = True
    for part in parts:
        if listening:
            try:
                process.stdin.write(part)
            except BrokenPipeError:
                listening = False
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()
    return process.wait()
