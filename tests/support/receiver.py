"""A real webhook receiver in a process of its own, told over HTTP how to behave.

    with Receiver() as receiver:
        receiver.behave("adviser", 500, {"close": True}, 200)
        ...                                             # the product delivers to receiver.url("adviser")
        [first, second, third] = receiver.wait_for("adviser", 3, timeout=10)
        event = verified(third, secret)

By hand: `python -m tests.support.receiver --port 8899`. `POST /_behaviour`, `GET /_log?name=…&count=…&timeout=…` and
`POST /_reset` control it; every other request is logged, those to `/hook/<name>` under that name.
"""

from __future__ import annotations

import argparse
import base64
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import standardwebhooks

from tests.support import processes

HOOK = "/hook/"
# A proxy in the environment is not for the loopback.
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Received:
    """A request as it arrived. `monotonic` compares with this machine's `time.monotonic()` in any process."""

    name: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    monotonic: float
    wall: float
    answered: int | None

    def json(self) -> Any:
        return json.loads(self.body)


def verified(request: Received, secret: str) -> dict[str, Any]:
    """The payload, once the independent library has found the signature, the id and the time right.

    Raises standardwebhooks.WebhookVerificationError otherwise.
    """
    payload: dict[str, Any] = standardwebhooks.Webhook(secret).verify(request.body, request.headers)
    return payload


class Receiver:
    """Starts the receiver, tells it what to do, and reads what arrived. It keeps its port from start to start."""

    def __init__(self) -> None:
        self.port = processes.free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Receiver:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def origin(self) -> str:
        """What PEERLINE_WEBHOOK_ALLOWED_ORIGINS must list."""
        return f"http://127.0.0.1:{self.port}"

    def url(self, name: str) -> str:
        return f"{self.origin}{HOOK}{name}"

    def start(self) -> None:
        """Start with an empty log; return when it takes requests."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.receiver", "--port", str(self.port)],
            cwd=processes.REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        processes.keep(self._process)
        assert self._process.stdout is not None
        ready = self._process.stdout.readline()
        if not ready:
            raise RuntimeError(f"the receiver ended with {processes.end(self._process, signal.SIGKILL)}")

    def stop(self) -> None:
        """End it; what it logged is gone. Calling it twice is fine."""
        self.kill()

    def kill(self) -> None:
        """End it with -9: connections break, later ones are refused until `start`."""
        if self._process is not None:
            processes.end(self._process, signal.SIGKILL)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def behave(self, name: str, *steps: int | dict[str, Any]) -> None:
        """What `/hook/<name>` does from now on: one step for each request, the last one for all that follow.

        A step is a status or a dictionary with, all optional, `status` (200), `delay` in seconds before the answer,
        `location`, `headers`, `body`, and `close` to break the connection instead of answering.
        """
        told = [{"status": step} if isinstance(step, int) else step for step in steps]
        self._control("POST", "/_behaviour", {"name": name, "steps": told})

    def requests(self, name: str | None = None) -> list[Received]:
        """What arrived so far, for one name or in all, in the order of arrival."""
        return self._log(name, count=0, timeout=0.0)

    def wait_for(self, name: str | None, count: int = 1, timeout: float = 10.0) -> list[Received]:
        """All that arrived, under `name` when given, as soon as `count` have. Raises AssertionError when too few."""
        arrived = self._log(name, count=count, timeout=timeout)
        where = name or "the receiver"
        assert len(arrived) >= count, f"{len(arrived)} of {count} requests reached {where} within {timeout} s"
        return arrived

    def reset(self) -> None:
        """Forget what arrived and how to behave."""
        self._control("POST", "/_reset", {})

    def _log(self, name: str | None, *, count: int, timeout: float) -> list[Received]:
        which = "" if name is None else f"&name={name}"
        answer = self._control("GET", f"/_log?count={count}&timeout={timeout}{which}", None, timeout=timeout + 10.0)
        return [
            Received(**(entry | {"body": base64.b64decode(entry["body"])}))
            for entry in sorted(answer["requests"], key=lambda entry: entry["monotonic"])
        ]

    def _control(self, method: str, path: str, body: dict[str, Any] | None, *, timeout: float = 10.0) -> dict[str, Any]:
        request = urllib.request.Request(
            self.origin + path, method=method, data=None if body is None else json.dumps(body).encode()
        )
        with DIRECTLY.open(request, timeout=timeout) as response:
            answer: dict[str, Any] = json.load(response)
        return answer


@dataclass
class State:
    """What the receiver knows. `changed` guards it and wakes whoever waits for an arrival."""

    steps: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    log: list[dict[str, Any]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def arrive(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Log a request and give the step that answers it."""
        with self.changed:
            steps = self.steps.get(entry["name"]) or [{}]
            step = steps.pop(0) if len(steps) > 1 else steps[0]
            entry["answered"] = None if step.get("close") else int(step.get("status", 200))
            self.log.append(entry)
            self.changed.notify_all()
        return step

    def arrivals(self, name: str | None, count: int, timeout: float) -> list[dict[str, Any]]:
        def found() -> list[dict[str, Any]]:
            return [entry for entry in self.log if name is None or entry["name"] == name]

        with self.changed:
            self.changed.wait_for(lambda: len(found()) >= count, timeout)
            return found()

    def behave(self, name: str, steps: list[dict[str, Any]]) -> None:
        with self.changed:
            self.steps[name] = steps

    def reset(self) -> None:
        with self.changed:
            self.steps.clear()
            self.log.clear()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Status line and body go out in two writes; with Nagle's algorithm the second waits 40 ms for an acknowledgement.
    disable_nagle_algorithm = True
    state: State

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:
            # Its sender was killed on the way: half a request is none.
            self.close_connection = True
            return
        monotonic, wall = time.monotonic(), time.time()
        path = urlsplit(self.path)
        control: Callable[[Any], dict[str, Any]] | None = {
            ("GET", "/_log"): self._log,
            ("POST", "/_behaviour"): self._behaviour,
            ("POST", "/_reset"): self._reset,
        }.get((self.command, path.path))
        if control is not None:
            self._answer(200, json.dumps(control(body)).encode(), {"Content-Type": "application/json"})
            return
        name = path.path.removeprefix(HOOK) if path.path.startswith(HOOK) else ""
        step = self.state.arrive(
            {
                "name": name,
                "method": self.command,
                "path": self.path,
                "headers": {key.lower(): value for key, value in self.headers.items()},
                "body": base64.b64encode(body).decode(),
                "monotonic": monotonic,
                "wall": wall,
            }
        )
        time.sleep(float(step.get("delay", 0.0)))
        if step.get("close"):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        headers = dict(step.get("headers", {}))
        if "location" in step:
            headers["Location"] = step["location"]
        self._answer(int(step.get("status", 200)), str(step.get("body", "")).encode(), headers)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_any  # noqa: N815  named by http.server

    def _log(self, _body: bytes) -> dict[str, Any]:
        query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
        count, timeout = int(query.get("count", 0)), float(query.get("timeout", 0.0))
        return {"requests": self.state.arrivals(query.get("name"), count, timeout)}

    def _behaviour(self, body: bytes) -> dict[str, Any]:
        told = json.loads(body)
        self.state.behave(told["name"], list(told["steps"]))
        return {}

    def _reset(self, _body: bytes) -> dict[str, Any]:
        self.state.reset()
        return {}

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        try:
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
        except OSError:
            # The sender gave up waiting, as it should on a slow receiver.
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  named by http.server
        """Say nothing: the log is at /_log."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512  # a burst of deliveries must not wait for a connection

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that was killed breaks its connections: no fault of the receiver, and nothing to print."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def main() -> None:
    parser = argparse.ArgumentParser(description="A webhook receiver that behaves as told.")
    parser.add_argument("--port", type=int, default=0)
    chosen = parser.parse_args()
    Handler.state = State()
    with Server(("127.0.0.1", chosen.port), Handler) as server:
        sys.stdout.write(json.dumps({"port": server.server_address[1]}) + "\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main()
