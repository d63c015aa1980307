"""`make run` and `make demo`, as somebody who tries the product does it."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.core import clock
from app.demo.people import HARBOUR, RIDGE
from app.demo.seed import DAYS
from tests.support import processes
from tests.support.receiver import Receiver
from tests.support.server import Server, environment
from tests.support.thorough import LONG

# What each scene of the journey must have said, in this order.
SCENES = [
    rf"{sum(person.paged for person in (*HARBOUR, *RIDGE))} people on call tested their webhook endpoints",
    r"-- A worried student at Harbour",
    r"receipt [0-9A-Z]{5}(-[0-9A-Z]{5}){3}; read by \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d",
    r"the triager read it and replied",
    r"the reporter comes back: someone_has_replied",
    r"-- A friend said he has thoughts of suicide",
    r"was paged \d+ ms after the report was sent",
    r"opening the link in the page changes nothing",
    r"reads the brief: My friend told me on the train home\.",
    r"the reporter comes back: someone_has_replied; Stay with him if you can",
    r"-- The pager of whoever is on call is broken",
    r"answers 500; harbour-[a-z-]+ was paged as backup \d+ ms after the report",
    r"-- A supporter asks for case advice",
    r"on duty: (Mira|Tomas); due ",
    r"the request is answered",
    r"-- A worry that the reader at Harbour must not know of",
    r"Noor finds nothing; Asha, who is independent, was asked and reads: It is about somebody she lives with\.",
    r"-- A friend would like somebody to offer support",
    r"the triager wrote a summary; could it show who told: True",
    r"the reporter put it in other words, and agreed to those",
    r"the supporter accepted, and reads this alone: She may like some company at lunch\. At the clinic",
    r"the reporter reads: passed_on; ",
    r"-- Somebody must be told more than was agreed",
    r"a second person agreed, and the sealed name opened: Robin, third year",
    r"the reporter reads: Somebody was told more than was agreed",
    r"-- A reporter takes a worry back",
    r"told first: Nobody has read it",
    r"it is taken back, which can be undone until \d{4}-\d\d-\d\dT\d\d:00:00Z",
    r"undone with the receipt alone: received",
    r"-- Ridge has no advisers, and its reader cannot be reached",
    r"the gap was announced to the coordinator: {cause}",
    r"the reporter reads: ",
    r"The journey went as it must\.",
]


def other_days() -> list[dict[str, Any]]:
    """Hours on working days that are not now, in any zone."""
    near = {(clock.now() + dt.timedelta(days=days)).strftime("%a")[:2].upper() for days in (-1, 0, 1)}
    return [{"days": [day for day in DAYS if day not in near], "start": "09:00", "end": "17:00"}]


@pytest.mark.parametrize(
    ("hours", "cause"),
    [
        *([pytest.param([], "no_working_contact", id="in office hours")] if LONG else []),
        pytest.param(other_days(), "unfilled", id="outside office hours"),
    ],
)
def test_the_demo_plays_to_its_end_at_any_hour(
    hours: list[dict[str, Any]], cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two clocks, the receiver's and the service's, would have to be moved together: the office's hours are instead."""
    monkeypatch.setattr("app.demo.seed.OFFICE", hours)
    receiver = processes.free_port()
    settings = {
        "PEERLINE_DEMO_RECEIVER_PORT": str(receiver),
        "PEERLINE_WEBHOOK_ALLOWED_ORIGINS": f"http://127.0.0.1:{receiver}",
        # As for whoever tries it: the keys are made at the first start, on this machine.
        "PEERLINE_MASTER_KEYS": "",
    }
    server = Server(tmp_path / "data", env=settings)
    server.arguments = ("serve", "--demo-receiver")
    for command in (["migrate"], ["demo", "seed"]):
        done = CliRunner().invoke(cli, command, env=server.env)
        assert done.exit_code == 0, done.output
    assert f"http://127.0.0.1:{server.port}" in done.output
    server.output.touch()  # the database is migrated: serving is all that is left to do
    with server:
        played = server.cli("demo", "play", timeout=60)
        assert played.returncode == 0, played.stdout + played.stderr
        lines = played.stdout.splitlines()
        assert all(re.match(r" +\d+\.\d\d s  ", line) for line in lines), played.stdout
        place = 0
        for scene in SCENES:
            found = re.compile(scene.replace("{cause}", cause)).search(played.stdout, place)
            assert found, f"{scene!r} is missing, or too early, in\n{played.stdout}"
            place = found.end()
        assert "signature good" in server.stdout_text()
    # The receiver ends with the service it was started beside.
    processes.wait_until(lambda: not answers(receiver), timeout=5, what="the demo receiver has ended")


def answers(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/_log", trust_env=False)
    except httpx.HTTPError:
        return False
    return True


def test_playing_without_a_service_says_so(tmp_path: Path, receiver: Receiver) -> None:
    nowhere = {"PEERLINE_PORT": str(processes.free_port()), "PEERLINE_DEMO_RECEIVER_PORT": str(receiver.port)}
    played = CliRunner().invoke(cli, ["demo", "play"], env=environment(data_dir=tmp_path, env=nowhere))
    assert (played.exit_code, "FAILED" in played.output) == (1, True), played.output
