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
import struct
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
# Of an endless body: nobody reads so far.
MEGABYTES = 64
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
    # The sender's end of the connection: whoever is on this machine can be found by it.
    port: int = 0

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
        `location`, `headers`, `body`, and `close` to break the connection instead of answering (`"reset"`: as a crash
        does). `raw`: exactly this is sent, and the connection closed; `drip`: with so many seconds after each byte;
        `endless`: megabytes of body follow it. The log has a `status` for what is raw only where the step names one.
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

    def away(self, seconds: float, *, hang_up: bool = False) -> None:
        """For a while connections are refused; `hang_up`: taken, and closed before anything is read."""
        self._control("POST", "/_away", {"seconds": seconds, "hang_up": hang_up})

    def next_to(self, name: str, *, timeout: float) -> Received | None:
        """The next request to `/hook/<name>` from now on; None when there is none in time."""
        query = f"/_log?name={name}&next=1&timeout={timeout}"
        answer = self._control("GET", query, None, timeout=timeout + 10.0)
        return next(map(_received, answer["requests"]), None)

    def reset(self) -> None:
        """Forget what arrived and how to behave."""
        self._control("POST", "/_reset", {})

    def _log(self, name: str | None, *, count: int, timeout: float) -> list[Received]:
        which = "" if name is None else f"&name={name}"
        answer = self._control("GET", f"/_log?count={count}&timeout={timeout}{which}", None, timeout=timeout + 10.0)
        return [_received(entry) for entry in sorted(answer["requests"], key=lambda entry: entry["monotonic"])]

    def _control(self, method: str, path: str, body: dict[str, Any] | None, *, timeout: float = 10.0) -> dict[str, Any]:
        request = urllib.request.Request(
            self.origin + path, method=method, data=None if body is None else json.dumps(body).encode()
        )
        with DIRECTLY.open(request, timeout=timeout) as response:
            answer: dict[str, Any] = json.load(response)
        return answer


def _received(entry: dict[str, Any]) -> Received:
    return Received(**(entry | {"body": base64.b64decode(entry["body"])}))


@dataclass
class State:
    """What the receiver knows. `changed` guards it and wakes whoever waits for an arrival."""

    steps: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    log: list[dict[str, Any]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    # Until when it is away, by time.monotonic(), and whether it takes connections meanwhile.
    away_until: float = 0.0
    hangs_up: bool = False

    @property
    def away(self) -> bool:
        return time.monotonic() < self.away_until

    def arrive(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Log a request and give the step that answers it."""
        with self.changed:
            steps = self.steps.get(entry["name"]) or [{}]
            step = steps.pop(0) if len(steps) > 1 else steps[0]
            silent = step.get("close") or ("raw" in step and "status" not in step)
            entry["answered"] = None if silent else int(step.get("status", 200))
            self.log.append(entry)
            self.changed.notify_all()
        return step

    def arrivals(self, name: str | None, count: int, timeout: float) -> list[dict[str, Any]]:
        def found() -> list[dict[str, Any]]:
            return [entry for entry in self.log if name is None or entry["name"] == name]

        with self.changed:
            self.changed.wait_for(lambda: len(found()) >= count, timeout)
            return found()

    def next_to(self, name: str, timeout: float) -> list[dict[str, Any]]:
        with self.changed:
            before = len(self.log)
            self.changed.wait_for(lambda: any(entry["name"] == name for entry in self.log[before:]), timeout)
            return [entry for entry in self.log[before:] if entry["name"] == name][:1]

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
            ("POST", "/_away"): self._away,
            ("POST", "/_reset"): self._reset,
        }.get((self.command, path.path))
        if control is not None:
            self._answer(200, json.dumps(control(body)).encode(), {"Content-Type": "application/json"})
            if control == self._away and not self.state.hangs_up:
                self.close_connection = True
                threading.Thread(target=self.server.shutdown, daemon=True).start()
            return
        if self.state.away:
            # On a connection from before: it is gone in the middle of a request.
            self.close_connection = True
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
                "port": self.client_address[1],
            }
        )
        time.sleep(float(step.get("delay", 0.0)))
        if how := step.get("close"):
            self.close_connection = True
            if how == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
            else:
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        if "raw" in step:
            self.close_connection = True
            self._say(step["raw"].encode("latin-1"), drip=step.get("drip"), endless=step.get("endless", False))
            return
        headers = dict(step.get("headers", {}))
        if "location" in step:
            headers["Location"] = step["location"]
        self._answer(int(step.get("status", 200)), str(step.get("body", "")).encode(), headers)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_any  # noqa: N815  named by http.server

    def _log(self, _body: bytes) -> dict[str, Any]:
        query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
        count, timeout = int(query.get("count", 0)), float(query.get("timeout", 0.0))
        if "next" in query:
            return {"requests": self.state.next_to(query["name"], timeout)}
        return {"requests": self.state.arrivals(query.get("name"), count, timeout)}

    def _behaviour(self, body: bytes) -> dict[str, Any]:
        told = json.loads(body)
        self.state.behave(told["name"], list(told["steps"]))
        return {}

    def _away(self, body: bytes) -> dict[str, Any]:
        told = json.loads(body)
        self.state.hangs_up = bool(told["hang_up"])
        self.state.away_until = time.monotonic() + float(told["seconds"])
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

    def _say(self, raw: bytes, *, drip: float | None, endless: bool) -> None:
        try:
            for part in (raw,) if drip is None else (raw[n : n + 1] for n in range(len(raw))):
                self.wfile.write(part)
                time.sleep(drip or 0.0)
            for _ in range(MEGABYTES if endless else 0):
                self.wfile.write(b"x" * 2**20)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  named by http.server
        """Say nothing: the log is at /_log."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512  # a burst of deliveries must not wait for a connection

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return not Handler.state.away

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that was killed breaks its connections: no fault of the receiver, and nothing to print."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def main() -> None:
    parser = argparse.ArgumentParser(description="A webhook receiver that behaves as told.")
    parser.add_argument("--port", type=int, default=0)
    chosen = parser.parse_args()
    Handler.state = State()
    server = Server(("127.0.0.1", chosen.port), Handler)
    port = server.server_address[1]
    sys.stdout.write(json.dumps({"port": port}) + "\n")
    sys.stdout.flush()
    while True:
        server.serve_forever(poll_interval=0.05)
        # It was told to be away.
        server.server_close()
        time.sleep(max(0.0, Handler.state.away_until - time.monotonic()))
        server = Server(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    main()
