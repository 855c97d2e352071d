"""Where the load goes. Another machine's network and owner may not expect it, so it must be asked for."""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit


class AddressRefused(Exception):
    """The text says why, for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Address:
    host: str  # as asked for, for the Host header
    ip: str  # resolved once, so that all connections go where the check looked
    port: int

    @property
    def family(self) -> socket.AddressFamily:
        return socket.AF_INET6 if ":" in self.ip else socket.AF_INET

    @property
    def authority(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"{name}:{self.port}"

    @property
    def loopback(self) -> bool:
        return ipaddress.ip_address(self.ip).is_loopback


def resolve(url: str, *, allow_remote: bool) -> Address:
    """Raises AddressRefused for what is not http, cannot be resolved, or is not loopback without leave."""
    parts = urlsplit(url)
    try:
        port = parts.port or 80
    except ValueError:
        raise AddressRefused(f"{url}: the port is not a number up to 65535") from None
    if parts.scheme != "http" or not parts.hostname:
        raise AddressRefused(f"{url}: the address must look like http://127.0.0.1:3001")
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressRefused(f"{parts.hostname} cannot be resolved: {error}") from None
    ips = [str(entry[4][0]) for entry in found]
    strange = [ip for ip in ips if not ipaddress.ip_address(ip).is_loopback]
    if strange and not allow_remote:
        raise AddressRefused(
            f"{strange[0]} is not this machine; --allow-remote if its owner agreed to the load"
        )
    return Address(parts.hostname, ips[0], port)
