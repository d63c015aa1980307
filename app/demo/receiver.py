"""A small receiver of webhooks for the demo: checks signatures, shows what arrives, and can be told to fail.

python -m app.demo.receiver PORT
"""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import sys
import threading
import time
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from app.core.listening import CannotListen, require_free
from app.demo.people import BY_NAME

TOLERANCE_SECONDS = 300


def require_port(port: int) -> None:
    """Raise CannotListen when the receiver could not start there."""
    require_free("127.0.0.1", port, settings="PEERLINE_DEMO_RECEIVER_PORT")


def serve(port: int) -> None:
    """Receive on loopback until interrupted. Raises CannotListen."""
    require_port(port)
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.serve_forever()


def start(port: int) -> subprocess.Popen[bytes]:
    """The same as a process of its own, which reads nothing of the product but this."""
    command = [sys.executable, "-m", __name__, str(port)]
    return subprocess.Popen(command)  # noqa: S603  this module, and a number


class Inbox:
    """What has arrived, and what to answer to whom."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.received: list[dict[str, Any]] = []
        self.statuses: dict[str, int] = {}


INBOX = Inbox()


class Handler(BaseHTTPRequestHandler):
    """`POST /{name}` receives; `GET /_log?name=` shows; `POST /_behaviour` sets the status a name answers with."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        name = urlsplit(self.path).path.strip("/")
        if name == "_behaviour":
            wanted = json.loads(body)
            with INBOX.lock:
                INBOX.statuses[wanted["name"]] = wanted["status"]
            self._answer(204)
            return
        person = BY_NAME.get(name)
        verified = person is not None and fits(person.secret, dict(self.headers.items()), body)
        with INBOX.lock:
            status = INBOX.statuses.get(name, 204) if verified else 401
            entry = {"name": name, "at": time.time(), "verified": verified, "answered": status, "body": None}
            if verified:
                entry["body"] = json.loads(body)
            INBOX.received.append(entry)
        if verified:
            print(f"[receiver] {json.loads(body)['type']} for {name}, signature good, answered {status}", flush=True)
        self._answer(status)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path != "/_log":
            self._answer(404)
            return
        wanted = parse_qs(parts.query).get("name")
        with INBOX.lock:
            shown = [entry for entry in INBOX.received if wanted is None or entry["name"] in wanted]
        self._answer(200, json.dumps(shown).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Silent: what arrives is printed above."""

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def fits(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Standard Webhooks 1.0.0, the receiving side: any `v1` signature of the list, over a recent timestamp."""
    lower = {name.lower(): value for name, value in headers.items()}
    try:
        sent = int(lower["webhook-timestamp"])
        content = f"{lower['webhook-id']}.{sent}.".encode() + body
        key = b64decode(secret.removeprefix("whsec_"))
        expected = hmac.digest(key, content, hashlib.sha256)
        given = [b64decode(part.partition(",")[2]) for part in lower["webhook-signature"].split(" ")]
    except (KeyError, ValueError):
        return False
    recent = abs(time.time() - sent) <= TOLERANCE_SECONDS
    return recent and any(hmac.compare_digest(expected, signature) for signature in given)


if __name__ == "__main__":
    try:
        serve(int(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit(0)
    except CannotListen as exc:
        sys.exit(str(exc))
