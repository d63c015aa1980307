"""What the group does with processes that do not begin, end at once, or do not end: told by the one that made them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from app.serving import group
from tests.support import processes

# In a process of its own: it forks, and takes the signals. Each case is a group of processes that do one odd thing.
CASES = """
import json, os, signal, sys, threading, time
from app.serving import group
from app.serving.children import Part

group.STEADY_SECONDS, group.SPARE_SECONDS, group.GRACE_SECONDS, group.FINISH_SECONDS = 0.2, 0.2, 0.2, 0.2
group.START_SECONDS = 2.0

def play(run, *, wanted, signals=(), act=None):
    seen = []
    told = [threading.Timer(after, os.kill, (os.getpid(), number)) for after, number in signals]
    for timer in told:
        timer.start()
    began = time.monotonic()
    made = group.Group(wanted, run=lambda part, number: run, sockets=[], drain_seconds=0)
    if act is not None:
        threading.Thread(target=lambda: seen.extend(act(made))).start()
    code = made.run_group()
    for timer in told:
        timer.cancel()
    return {"code": code, "seconds": time.monotonic() - began, "seen": seen}

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

second = threading.Event()
def slow_when_second(ready):
    if second.is_set():
        time.sleep(0.2)
    until_told(ready)

def parts(made):
    return sorted(child.part for child in list(made._children.values()) if child.ready)

def wait_for(what):
    until = time.monotonic() + 15
    while not what() and time.monotonic() < until:
        time.sleep(0.005)

def api_of(made):
    return next(pid for pid, child in list(made._children.items()) if child.part is Part.API)

def both_work(made):
    there = list(made._children.values())
    settled = not made._due and not made._rolling and made._fresh is None
    return settled and parts(made) == ["api", "worker"] and not any(child.told_to_end for child in there)

def kill_while_replaced(made):
    wait_for(lambda: both_work(made))
    second.set()
    old = api_of(made)
    os.kill(os.getpid(), signal.SIGHUP)
    wait_for(lambda: made._fresh is not None)
    os.kill(old, signal.SIGKILL)
    # Between one that is done and the next there is a moment in which nothing seems to be left to do.
    wait_for(lambda: group.log.heard("serving.replaced") and old not in made._children and both_work(made))
    at_work = parts(made)
    os.kill(os.getpid(), signal.SIGTERM)
    return at_work

def kill_when_no_process_is_to_be_had(made):
    wait_for(lambda: both_work(made))
    second.set()
    os.kill(api_of(made), signal.SIGKILL)
    wait_for(lambda: failed and both_work(made))
    at_work = parts(made)
    os.kill(os.getpid(), signal.SIGTERM)
    return at_work

class Heard:
    # The log, and what was said in it.
    def __init__(self, log):
        self.log, self.said = log, []
    def heard(self, event):
        return event in self.said
    def info(self, event, **more):
        self.log.info(event, **more)
        self.said.append(event)
    def error(self, event, **more):
        self.log.error(event, **more)
        self.said.append(event)

fork, failed = group.fork, []
def fork_fails_once(*args, **kwargs):
    if second.is_set() and not failed:
        failed.append(True)
        raise BlockingIOError("no more processes")
    return fork(*args, **kwargs)

found = {}
found["all refuse"] = play(refuse, wanted={Part.API: 2, Part.WORKER: 1})
found["told"] = play(until_told, wanted={Part.API: 1, Part.WORKER: 1}, signals=[(0.5, signal.SIGTERM)])
found["deaf"] = play(deaf, wanted={Part.API: 1}, signals=[(0.3, signal.SIGTERM)])
threading.Timer(0.4, broken.set).start()
found["replaced by what refuses"] = play(
    good_then_refuse, wanted={Part.API: 2}, signals=[(0.6, signal.SIGHUP), (1.5, signal.SIGTERM)]
)
both = {Part.API: 1, Part.WORKER: 1}
group.START_SECONDS = group.GRACE_SECONDS = 20
group.log = Heard(group.log)
found["the old one dies meanwhile"] = play(slow_when_second, wanted=both, act=kill_while_replaced)
second.clear()
group.fork, group.NOT_MADE_WAIT_SECONDS = fork_fails_once, 0.1
found["no process can be made"] = play(slow_when_second, wanted=both, act=kill_when_no_process_is_to_be_had)
print(json.dumps(found), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def played() -> dict[str, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", CASES], cwd=processes.REPOSITORY, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, Any]] = json.loads(done.stderr.splitlines()[-1])
    found["said"] = dict.fromkeys(done.stdout.splitlines(), 1)
    return found


def test_when_all_refuse_to_begin_it_ends_with_their_code(played: dict[str, dict[str, Any]]) -> None:
    """Whoever started it sees why, and does not have to look for processes that come and go."""
    assert played["all refuse"]["code"] == 3


def test_told_to_end_it_ends_cleanly(played: dict[str, dict[str, Any]]) -> None:
    assert played["told"]["code"] == 0
    assert played["told"]["seconds"] < 2


def test_one_that_does_not_end_is_killed_within_the_time_that_is_stated(played: dict[str, dict[str, Any]]) -> None:
    assert played["deaf"]["code"] == 1
    assert 0.6 < played["deaf"]["seconds"] < 3


def test_what_cannot_begin_replaces_nothing(played: dict[str, dict[str, Any]]) -> None:
    """With settings that a new process refuses, those that work go on."""
    assert played["replaced by what refuses"]["code"] == 0
    assert any("serving.not_replaced" in line for line in played["said"])
    assert not any("serving.gave_up" in line and "code=2" in line for line in played["said"])


def test_one_that_dies_while_it_is_replaced_takes_no_other_with_it(played: dict[str, dict[str, Any]]) -> None:
    """Its successor stands in for it, and the worker is still replaced by a worker: somebody goes on paging."""
    found = played["the old one dies meanwhile"]
    assert found["code"] == 0
    assert found["seen"] == ["api", "worker"]
    assert any("serving.replaced" in line for line in played["said"])


def test_when_the_system_makes_no_process_the_others_go_on_and_it_is_tried_again(
    played: dict[str, dict[str, Any]],
) -> None:
    assert played["no process can be made"]["code"] == 0
    assert played["no process can be made"]["seen"] == ["api", "worker"]


def test_one_that_ends_again_and_again_is_tried_for_as_long_as_it_takes() -> None:
    assert group.wait_after(1) < group.wait_after(3) < group.LONGEST_WAIT_SECONDS
    assert group.wait_after(100_000) == group.LONGEST_WAIT_SECONDS
