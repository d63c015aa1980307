"""Where a webhook may go: public https addresses, and the exact origins an operator has allowed (contract W9).

An address is checked when it is saved and again at each attempt, because DNS changes; the connection then goes to the
address that was checked, not to the name.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from app.core.problems import InvalidRequest
from app.webhooks.names import Names

# NAT64 (RFC 6052) and 6to4 (RFC 3056) carry an IPv4 address inside: judge that one.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Of IANA, and routed inside some networks; to Python before 3.11.10 and 3.12.4 most of it is global.
_PROTOCOLS = ipaddress.ip_network("192.0.0.0/24")


class Refused(Exception):
    """This address may not be called."""


class UnsafeWebhookUrl(InvalidRequest):
    """Same code and status as any other field fault; the pointer says which field."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect: `url` has the checked address in place of the name, `host` is the name to ask for."""

    url: str
    host: str
    sni: str | None


def check_url(url: str, *, allowed_origins: frozenset[str]) -> SplitResult:
    """Refuse what can be seen to be wrong without asking DNS. Raises Refused."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise Refused("this is not a web address") from exc
    if parts.username is not None or parts.password is not None:
        raise Refused("a user name in the address is not allowed")
    if not parts.hostname:
        raise Refused("the address names no host")
    if origin(parts) in allowed_origins:
        return parts
    if parts.scheme != "https":
        raise Refused("only https is allowed")
    if port not in (None, 443, 8443):
        raise Refused("only ports 443 and 8443 are allowed")
    host = parts.hostname
    if is_address(host):
        _refuse_private(host)
    elif "." not in host or host.replace(".", "").isdigit() or host.lower().startswith("0x"):
        raise Refused("the host must be a full public name")
    return parts


async def resolve(url: str, *, allowed_origins: frozenset[str], names: Names, owner: str) -> Target:
    """The checked address to connect to now. Raises Refused, or OSError when the name does not resolve.

    `owner` is whose endpoint it is: what hangs keeps only their own deliveries waiting.
    """
    parts = check_url(url, allowed_origins=allowed_origins)
    host = parts.hostname or ""
    netloc = parts.netloc
    if origin(parts) in allowed_origins:
        return Target(url=url, host=netloc, sni=None)
    addresses = await names.addresses(host, owner=owner)
    for address in addresses:
        _refuse_private(address)
    address = addresses[0]
    shown = f"[{address}]" if ":" in address else address
    port = f":{parts.port}" if parts.port else ""
    return Target(url=parts._replace(netloc=shown + port).geturl(), host=netloc, sni=host)


def origin(parts: SplitResult) -> str:
    port = f":{parts.port}" if parts.port else ""
    host = parts.hostname or ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _refuse_private(text: str) -> None:
    address = ipaddress.ip_address(text.split("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            address = inner
    # Reserved and site-local (fec0::/10) ones are routed inside some networks, and called global by ipaddress.
    inside = address.is_reserved or getattr(address, "is_site_local", False) or address in _PROTOCOLS
    if not address.is_global or address.is_multicast or inside:
        raise Refused("the address is not public")
