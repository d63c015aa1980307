"""What the group does with processes that do not begin, end at once, or do not end: told by the one that made them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.support import processes

# In a process of its own: it forks, and takes the signals. Each case is a group of processes that do one odd thing.
CASES = """
import json, os, signal, sys, threading, time
from app.serving import group
from app.serving.children import Part

group.STEADY_SECONDS, group.SPARE_SECONDS, group.GRACE_SECONDS, group.FINISH_SECONDS = 0.2, 0.2, 0.2, 0.2
group.START_SECONDS = 0.5

def play(run, *, wanted, signals=()):
    told = [threading.Timer(after, os.kill, (os.getpid(), number)) for after, number in signals]
    for timer in told:
        timer.start()
    began = time.monotonic()
    made = group.Group(wanted, run=lambda part, number: run, sockets=[], drain_seconds=0)
    code = made.run_group()
    for timer in told:
        timer.cancel()
    return {"code": code, "seconds": time.monotonic() - began}

def refuse(ready):
    raise SystemExit(3)

def until_told(ready):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ready()
    time.sleep(60)

def deaf(ready):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ready()
    time.sleep(60)

broken = threading.Event()
def good_then_refuse(ready):
    if broken.is_set():
        raise SystemExit(2)
    until_told(ready)

found = {}
found["all refuse"] = play(refuse, wanted={Part.API: 2, Part.WORKER: 1})
found["told"] = play(until_told, wanted={Part.API: 1, Part.WORKER: 1}, signals=[(0.5, signal.SIGTERM)])
found["deaf"] = play(deaf, wanted={Part.API: 1}, signals=[(0.3, signal.SIGTERM)])
threading.Timer(0.4, broken.set).start()
found["replaced by what refuses"] = play(
    good_then_refuse, wanted={Part.API: 2}, signals=[(0.6, signal.SIGHUP), (1.5, signal.SIGTERM)]
)
print(json.dumps(found), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def played() -> dict[str, dict[str, float]]:
    done = subprocess.run(
        [sys.executable, "-c", CASES], cwd=processes.REPOSITORY, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, float]] = json.loads(done.stderr.splitlines()[-1])
    found["said"] = dict.fromkeys(done.stdout.splitlines(), 1)
    return found


def test_when_all_refuse_to_begin_it_ends_with_their_code(played: dict[str, dict[str, float]]) -> None:
    """Whoever started it sees why, and does not have to look for processes that come and go."""
    assert played["all refuse"]["code"] == 3


def test_told_to_end_it_ends_cleanly(played: dict[str, dict[str, float]]) -> None:
    assert played["told"]["code"] == 0
    assert played["told"]["seconds"] < 2


def test_one_that_does_not_end_is_killed_within_the_time_that_is_stated(played: dict[str, dict[str, float]]) -> None:
    assert played["deaf"]["code"] == 1
    assert 0.6 < played["deaf"]["seconds"] < 3


def test_what_cannot_begin_replaces_nothing(played: dict[str, dict[str, float]]) -> None:
    """With settings that a new process refuses, those that work go on."""
    assert played["replaced by what refuses"]["code"] == 0
    assert any("serving.not_replaced" in line for line in played["said"])
    assert not any("serving.gave_up" in line and "code=2" in line for line in played["said"])
