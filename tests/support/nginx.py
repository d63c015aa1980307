"""A real nginx in front of a server, with the configuration that is shipped (deploy/nginx.conf)."""

from __future__ import annotations

import datetime as dt
import ipaddress
import shutil
import signal
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support import processes

SHIPPED = processes.REPOSITORY / "deploy" / "nginx.conf"
HOST = "127.0.0.1"
# Where it puts what is too long for its memory.
FILES = ("bodies", "answers", "none")
AROUND = """
daemon off;
# One process, which ends when it is killed, and can read what is only for whoever started it.
master_process off;
pid {folder}/nginx.pid;
error_log /dev/null emerg;
events {{ worker_connections 10000; }}
http {{
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/none;
    uwsgi_temp_path {folder}/none;
    scgi_temp_path {folder}/none;
    include {folder}/peerline.conf;
}}
"""


def found() -> str | None:
    """The path of the program, where there is one."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


class Nginx:
    """It listens with TLS on `port`; `trusting` knows its certificate. All that it writes is in `folder`.

    `new_for`: so many seconds an answer counts as new there, whatever Peerline says.
    """

    def __init__(self, folder: Path, *, upstream: int, tls: bool = True, new_for: int | None = None) -> None:
        self.folder = folder
        self.port, plain = processes.free_port(), processes.free_port()
        folder.mkdir(parents=True, exist_ok=True)
        self._certificate()
        text = SHIPPED.read_text()
        for shipped, here in {
            "server 127.0.0.1:8000;": f"server 127.0.0.1:{upstream};",
            "listen 80;": f"listen {HOST}:{plain};",
            "listen 443 ssl;": f"listen {HOST}:{self.port}{' ssl' if tls else ''};",
            "/etc/nginx/peerline.pem": f"{folder}/peerline.pem",
            "/etc/nginx/peerline.key": f"{folder}/peerline.key",
            "/var/lib/nginx/peerline": f"{folder}/help",
        }.items():
            assert shipped in text, f"deploy/nginx.conf has no {shipped!r} any more"
            text = text.replace(shipped, here)
        if new_for is not None:
            said = "proxy_ignore_headers Vary;"
            assert said in text
            text = text.replace(said, f"proxy_ignore_headers Vary Cache-Control; proxy_cache_valid 200 {new_for}s;")
        (folder / "peerline.conf").write_text(text)
        (folder / "nginx.conf").write_text(AROUND.format(folder=folder))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        return f"https://{HOST}:{self.port}"

    @property
    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.folder / "peerline.pem"))

    def __enter__(self) -> Self:
        program = found()
        assert program is not None, "there is no nginx here"
        self._process = subprocess.Popen(
            [program, "-c", str(self.folder / "nginx.conf"), "-p", str(self.folder)],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        processes.keep(self._process)
        processes.wait_until(self._listens, timeout=20, what="nginx listens")
        for name in FILES:
            # Made at its start. What it would write there is an error from now on.
            (self.folder / name).rmdir()
            (self.folder / name).touch()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        processes.end(self._process, signal.SIGTERM, timeout=10)

    def written(self) -> bytes:
        """All that it has put on its disk."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file())

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "nginx has ended: nginx -t says why"
        try:
            socket.create_connection((HOST, self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def _certificate(self) -> None:
        key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "peerline.example.edu")])
        made = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
            .sign(key, hashes.SHA256())
        )
        (self.folder / "peerline.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
        (self.folder / "peerline.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
