"""The client for addresses that somebody else has given us: no redirects, no proxies, no cookies."""

from __future__ import annotations

import functools
import ssl
from http.cookiejar import DefaultCookiePolicy

import httpx


@functools.cache
def _authorities() -> ssl.SSLContext:
    """Who may vouch for a host: certifi's list, which takes long enough to read that a process reads it once."""
    return httpx.create_ssl_context(trust_env=False)


def client(*, timeout_seconds: float, most_connections: int) -> httpx.AsyncClient:
    """Close it when done."""
    made = httpx.AsyncClient(
        timeout=httpx.Timeout(timeout_seconds),
        follow_redirects=False,
        trust_env=False,
        verify=_authorities(),
        limits=httpx.Limits(max_connections=most_connections, max_keepalive_connections=20),
    )
    # Addresses of different schools may share a host: no cookie is carried from one request to another.
    made.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return made
