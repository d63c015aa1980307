"""The webhook receiver behaves as told and records what it got."""

from __future__ import annotations

import base64
import datetime as dt
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
import standardwebhooks

from tests.support import processes
from tests.support.receiver import Received, Receiver, verified

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(scope="module")
def running() -> Iterator[Receiver]:
    with Receiver() as started:
        yield started


@pytest.fixture
def receiver(running: Receiver) -> Receiver:
    running.reset()
    return running


def test_it_records_the_exact_request(receiver: Receiver) -> None:
    before = time.monotonic()
    body = b'{"text": "\xc3\xa9 \\u0000"}'
    assert httpx.post(receiver.url("adviser"), content=body, headers={"X-Name": "Value"}).status_code == 200
    (request,) = receiver.wait_for("adviser")
    assert (request.method, request.path, request.body, request.answered) == ("POST", "/hook/adviser", body, 200)
    assert request.headers["x-name"] == "Value"
    assert before < request.monotonic < time.monotonic()
    assert abs(request.wall - time.time()) < 5
    assert receiver.requests("somebody-else") == []


def test_it_answers_in_turn_and_then_stays_with_the_last_answer(receiver: Receiver) -> None:
    receiver.behave("adviser", 500, {"status": 429, "headers": {"Retry-After": "3"}}, 204)
    answers = [httpx.post(receiver.url("adviser")) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [500, 429, 204, 204]
    assert answers[1].headers["retry-after"] == "3"
    assert [request.answered for request in receiver.requests("adviser")] == [500, 429, 204, 204]


def test_it_redirects(receiver: Receiver) -> None:
    receiver.behave("adviser", {"status": 301, "location": receiver.url("target")})
    assert httpx.post(receiver.url("adviser")).headers["location"] == receiver.url("target")
    assert receiver.requests("target") == []


def test_it_breaks_the_connection_instead_of_answering(receiver: Receiver) -> None:
    receiver.behave("adviser", {"close": True})
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(receiver.url("adviser"))
    assert [request.answered for request in receiver.wait_for("adviser")] == [None]


def test_a_slow_answer_holds_up_nobody_else(receiver: Receiver) -> None:
    receiver.behave("slow", {"delay": 30})
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(receiver.url("slow"), timeout=httpx.Timeout(5, read=0.2))
    assert httpx.post(receiver.url("quick"), timeout=2).status_code == 200
    assert len(receiver.wait_for("slow")) == 1


def test_it_waits_for_as_many_as_asked(receiver: Receiver) -> None:
    httpx.post(receiver.url("adviser"))
    with pytest.raises(AssertionError, match="1 of 2 requests"):
        receiver.wait_for("adviser", 2, timeout=0.1)


def test_it_keeps_its_address_when_killed_and_started_again() -> None:
    with Receiver() as receiver:
        url = receiver.url("adviser")
        receiver.kill()
        with pytest.raises(httpx.ConnectError):
            httpx.post(url)
        receiver.start()
        assert httpx.post(url).status_code == 200
        assert len(receiver.wait_for("adviser")) == 1


def test_it_ends_with_the_test_process_even_when_that_is_killed() -> None:
    script = """
import os, signal
from tests.support.receiver import Receiver
receiver = Receiver()
receiver.start()
print(receiver.url("adviser"), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=processes.REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr

    def refused() -> bool:
        try:
            httpx.post(done.stdout.strip())
        except httpx.ConnectError:
            return True
        return False

    processes.wait_until(refused, timeout=10, what="the receiver has ended")


def test_the_independent_library_judges_signatures(receiver: Receiver) -> None:
    now = dt.datetime.now(dt.UTC)
    body = json.dumps({"type": "page.requested", "data": {}})
    signature = standardwebhooks.Webhook(SECRET).sign("msg_1", now, body)
    headers = {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(int(now.timestamp())),
        "Webhook-Signature": signature,
    }
    httpx.post(receiver.url("adviser"), content=body, headers=headers)
    (request,) = receiver.wait_for("adviser")
    assert verified(request, SECRET) == json.loads(body)
    changed = Received(**(vars(request) | {"body": request.body + b" "}))
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        verified(changed, SECRET)


def test_a_port_is_free_and_not_one_for_outgoing_connections() -> None:
    assert 15_000 <= processes.free_port() < 32_000
