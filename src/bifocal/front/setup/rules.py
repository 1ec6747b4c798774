"""What an address and a way to HTTPS must look like. Pure."""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from urllib.parse import urlsplit

from bifocal.lib.errors import Invalid

HERE = frozenset({"localhost", "127.0.0.1", "::1"})
NEAR = [ipaddress.ip_network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10")]


class Https(StrEnum):
    """Who speaks HTTPS: nobody, a reverse proxy before Bifocal, or Bifocal with a certificate of the company's own."""

    OFF = "off"
    PROXY = "proxy"
    CERTIFICATE = "certificate"


class MailSecurity(StrEnum):
    """How the mail server is spoken to: STARTTLS (587), TLS from the first byte (465), or in the clear (25)."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


def host_of(authority: str) -> str:
    """The name or bare address of 'shop.example:8000', '[::1]:8000' or a whole address, in lower case."""
    return (urlsplit(authority if "//" in authority else f"//{authority}").hostname or "").rstrip(".").lower()


def is_bare_address(host: str) -> bool:
    """True for 192.168.1.5 and fe80::1: no page of a stranger can make a browser send that as a name (DNS rebinding)."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_near(address: str) -> bool:
    """True for loopback and private networks: where a reverse proxy stands."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return found.is_loopback or any(found in net for net in NEAR if net.version == found.version)


def is_loopback(address: str) -> bool:
    """True for this machine itself."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def checked_address(address: str, https: Https) -> str:
    """The address without its last slash. Raises Invalid unless it is http(s)://host[:port] and fits the way to HTTPS."""
    parts = urlsplit(address.strip().rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.username:
        raise Invalid(f"'{address}' is not an address of a server. Write it like https://shop.example.", field="address")
    try:
        _ = parts.port
    except ValueError as bad:
        raise Invalid(f"'{address}' has a port that is no number up to 65535.", field="address") from bad
    if https != Https.OFF and parts.scheme != "https":
        raise Invalid("With HTTPS on, the address begins with https://.", field="address")
    if https == Https.OFF and parts.scheme == "https":
        raise Invalid("The address begins with https://: say whether a proxy or a certificate of your own makes it.", field="https")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def client_of(peer: str, forwarded: str) -> str:
    """Who asks: the last address that the proxy added, believed only from a proxy that is near, and never as this machine."""
    claimed = forwarded.rsplit(",", 1)[-1].strip()
    if not is_near(peer) or not is_bare_address(claimed) or is_loopback(claimed):
        return peer
    return claimed
