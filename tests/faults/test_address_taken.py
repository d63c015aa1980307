"""An address that another program has, or nobody answers at: which one, and what moves it."""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import processes
from tests.support import server as server_module
from tests.support.server import Server, run_cli


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


@pytest.fixture
def data_dir(migrated_sqlite: Path, tmp_path: Path) -> Path:
    shutil.copy(migrated_sqlite, tmp_path)
    return tmp_path


def test_serve(data_dir: Path, taken: int) -> None:
    done = run_cli("serve", data_dir=data_dir, env={"PEERLINE_PORT": str(taken)})
    assert (done.returncode, done.stderr.count("\n")) == (5, 1), done.stdout
    for said in (f"Port {taken} of 127.0.0.1", "address already in use", "PEERLINE_PORT"):
        assert said in done.stderr


@pytest.mark.parametrize("command", [["demo", "receiver"], ["serve", "--demo-receiver"]], ids=" ".join)
def test_the_demo_receiver(data_dir: Path, taken: int, command: list[str]) -> None:
    """Pages would go to another program: nothing is started."""
    env = {"PEERLINE_PORT": str(processes.free_port()), "PEERLINE_DEMO_RECEIVER_PORT": str(taken)}
    done = run_cli(*command, data_dir=data_dir, env=env)
    assert (done.returncode, done.stderr.count("\n")) == (5, 1), done.stdout
    assert f"Port {taken} of 127.0.0.1" in done.stderr
    assert "PEERLINE_DEMO_RECEIVER_PORT" in done.stderr


def test_playing_without_a_service(tmp_path: Path) -> None:
    port = processes.free_port()
    played = run_cli("demo", "play", data_dir=tmp_path, env={"PEERLINE_PORT": str(port)})
    assert played.returncode == 1
    assert f"nothing answers at http://127.0.0.1:{port}" in played.stdout
    assert "make run" in played.stdout


def test_playing_with_another_program_at_the_receivers_port(data_dir: Path) -> None:
    with Server(data_dir, worker=False) as server, Server(data_dir, worker=False) as other:
        env = server.env | {"PEERLINE_DEMO_RECEIVER_PORT": str(other.port)}
        played = run_cli("demo", "play", env=env)
    assert played.returncode == 1
    assert "PEERLINE_DEMO_RECEIVER_PORT" in played.stdout


FAILING = """
import contextlib
from starlette.applications import Starlette
from app import cli

@contextlib.asynccontextmanager
async def failing(app):
    raise LookupError("CANARY")
    yield

cli.create_app = lambda *_, **__: Starlette(lifespan=failing)
cli.main()
"""


def test_a_start_that_fails_says_so(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its kind and place: the exception's own text may quote anything."""
    monkeypatch.setattr(server_module, "COMMAND", [sys.executable, "-c", FAILING])
    port = processes.free_port()
    done = run_cli("serve", data_dir=data_dir, env={"PEERLINE_PORT": str(port)})
    assert done.returncode == 1
    assert f"The service did not start at http://127.0.0.1:{port}" in done.stderr
    assert "LookupError in File" in done.stdout
    assert "CANARY" not in done.stdout + done.stderr
