"""The product runs as a process that tests can start, stop, kill and start again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support import server, starts
from tests.support.server import Product, Server, Worker, run_cli


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("data"), worker=False) as started:
        yield started


@pytest.fixture
def product(tmp_path: Path) -> Server:
    return Server(tmp_path / "data")


def test_it_keeps_its_address_and_its_data_when_killed_and_started_again(product: Server, tmp_path: Path) -> None:
    with product:
        first = product.base_url
        product.kill9()
        assert not product.running
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{first}/healthz")
        product.restart()
        assert httpx.get(f"{first}/healthz").status_code == 200
        assert product.stop() == 0
    assert product.output.parent == tmp_path
    assert list((tmp_path / "data").iterdir()) != []


def test_the_settings_of_whoever_runs_the_tests_do_not_leak_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PEERLINE_DATABASE_URL", "postgresql://nowhere/else")
    told = server.environment(data_dir=tmp_path, env={"PEERLINE_PORT": "1"})
    assert told["PEERLINE_DATABASE_URL"] == ""
    assert (told["PEERLINE_PORT"], told["PEERLINE_MASTER_KEYS"]) == ("1", server.MASTER_KEYS)


def test_master_keys_are_listed_newest_first() -> None:
    keys = server.master_keys("new", "old").split(",")
    assert [key.split(":")[0] for key in keys] == ["new", "old"]
    assert {len(key.split(":")[1]) for key in keys} == {43}


def test_a_product_that_does_not_start_says_why(tmp_path: Path) -> None:
    product = Product(tmp_path / "data", "no-such-command")
    product.output.write_text("")
    with pytest.raises(AssertionError, match="no-such-command"):
        product.start()


def test_a_worker_runs_beside_the_api(running: Server) -> None:
    with Worker(running) as worker:
        assert worker.running
        assert worker.env["PEERLINE_DATA_DIR"] == running.env["PEERLINE_DATA_DIR"]


def test_a_command_that_fails_says_so_by_its_status() -> None:
    assert run_cli("no-such-command").returncode != 0


@pytest.mark.parametrize("env", [{}, {"PYTHONHASHSEED": "1"}], ids=["forked", "started by Python"])
def test_a_command_is_given_its_input_and_what_it_says_is_read(env: dict[str, str], tmp_path: Path) -> None:
    """A process that differs in what Python reads at its start cannot be forked from another."""
    assert starts.can_fork(server.environment(data_dir=tmp_path, env=env)) == (env == {})
    done = run_cli("roster", "preview", "-", stdin="{", env=env)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr


def test_what_is_forked_is_a_session_of_its_own_with_its_own_files(running: Server) -> None:
    assert running.process is not None
    pid = running.process.pid
    assert os.getsid(pid) == pid
    files = Path(f"/proc/{pid}/fd")
    if files.exists():
        assert [os.readlink(files / number) for number in "012"] == [os.devnull, *[str(running.output)] * 2]
