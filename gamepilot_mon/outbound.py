"""Where the program may connect to. Probes and channels dial through here, so that a configured address
cannot be used to reach the machine itself, its private network or a cloud's metadata service.

The address is checked after the name is resolved and the connection is made to that very address: a name that
resolves differently a moment later gains nothing.
"""

import functools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from types import TracebackType
from typing import Self

import certifi

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
HostPort = tuple[str, int]

RESOLVE_MS = 5_000
_METADATA = frozenset(
    ip_address(text) for text in ("169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254")
)
_NAT64 = ip_network("64:ff9b::/96")


class Unreachable(OSError):
    """No connection; the text is one sentence without secrets."""


class AddressRefused(Exception):
    """The name leads only to addresses that must not be reached."""


def check_address(
    host: str,
    port: int,
    allowed: Sequence[Network] = (),
    own_hosts: Collection[HostPort] = (),
    *,
    timeout_ms: int = RESOLVE_MS,
) -> list[Address]:
    """The addresses of `host` that may be dialled. `own_hosts` are (host, port) given in the environment.

    Raises AddressRefused when there is none, Unreachable when the name does not resolve.
    """
    addresses = resolve(host, port, timeout_ms=timeout_ms)
    if (host.lower(), port) in {(name.lower(), own_port) for name, own_port in own_hosts}:
        return addresses
    reasons = {address: why_refused(address, allowed) for address in addresses}
    permitted = [address for address, reason in reasons.items() if reason is None]
    if not permitted:
        address, reason = next(iter(reasons.items()))
        raise AddressRefused(
            f"{host} leads to {address}, {reason}; add it to GAMEPILOT_MON_SSRF_ALLOW to permit it"
        )
    return permitted


def why_refused(address: Address, allowed: Sequence[Network] = ()) -> str | None:
    """The reason in words, or None when the address may be reached."""
    inner = embedded_ipv4(address) or address
    if any(_within(network, address) or _within(network, inner) for network in allowed):
        return None
    if inner in _METADATA:
        return "a cloud metadata service"
    for holds, words in (
        (inner.is_unspecified, "the unspecified address"),
        (inner.is_loopback, "the machine itself"),
        (inner.is_link_local, "a link-local address"),
        (inner.is_multicast, "a multicast address"),
        (not inner.is_global, "a private or reserved address"),
    ):
        if holds:
            return words
    return None


def is_loopback(address: Address) -> bool:
    return (embedded_ipv4(address) or address).is_loopback


def embedded_ipv4(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 form carries (mapped, compatible, 6to4, Teredo, NAT64)."""
    if isinstance(address, IPv4Address):
        return None
    if address.teredo:
        return address.teredo[1]
    if address in _NAT64 or (int(address) >> 32 == 0 and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def resolve(host: str, port: int, *, timeout_ms: int = RESOLVE_MS) -> list[Address]:
    """Each address once, in the resolver's order. The system's resolver knows no time limit of its own, so it
    runs in a thread that is abandoned when the time is up."""
    answer: list[Address] = []
    failure: list[str] = []
    done = threading.Event()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.extend(dict.fromkeys(ip_address(str(entry[4][0])) for entry in found))
        except OSError as error:
            failure.append(error.strerror or "no answer")
        except ValueError:  # UnicodeError is one: a label that is empty or too long
            failure.append("not a host name")
        finally:
            done.set()

    threading.Thread(target=look_up, name="resolve", daemon=True).start()
    if not done.wait(timeout_ms / 1000):
        raise Unreachable(f"the name {host} was not resolved within {timeout_ms} ms")
    if failure or not answer:
        raise Unreachable(f"the name {host} does not resolve: {(failure or ['no address'])[0]}")
    return answer


class Deadline:
    """A limit on a whole exchange. Socket timeouts limit one read each, which a slow drip never reaches; when
    the time is up, the watched connections are shut down and whoever waits on them wakes."""

    def __init__(self, total_ms: int) -> None:
        self.total_ms = total_ms
        self.expired = False
        self._at = time.monotonic() + total_ms / 1000
        self._watched: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(total_ms / 1000, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for connection in self._watched:
                connection.close()
            self._watched.clear()

    def left_ms(self) -> int:
        return max(int((self._at - time.monotonic()) * 1000), 0)

    def watch(self, connection: socket.socket) -> None:
        """Keeps a duplicate: TLS takes the original's descriptor away from it."""
        with self._lock:
            self._watched.append(connection.dup())
            if self.expired:
                _shut_down(connection)

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            for connection in self._watched:
                _shut_down(connection)


class Dialer:
    """Makes checked connections for one exchange and remembers how far it came."""

    def __init__(
        self,
        deadline: Deadline,
        *,
        allowed: Sequence[Network] = (),
        own_hosts: Collection[HostPort] = (),
        connect_ms: int = 3_000,
        refuse: Callable[[Address], str | None] = lambda address: None,
    ) -> None:
        self.deadline = deadline
        self.request_sent = False
        self._allowed = allowed
        self._own_hosts = own_hosts
        self._connect_ms = connect_ms
        self._refuse = refuse

    def dial(self, host: str, port: int) -> socket.socket:
        """A connected TCP socket; raises AddressRefused or Unreachable."""
        limit = min(self.deadline.left_ms(), RESOLVE_MS)
        addresses = check_address(host, port, self._allowed, self._own_hosts, timeout_ms=limit)
        usable = [address for address in addresses if self._refuse(address) is None]
        if not usable:
            raise AddressRefused(f"{host} leads to {addresses[0]}, {self._refuse(addresses[0])}")
        trouble = ""
        for address in usable:
            try:
                return self._connect(address, port)
            except OSError as error:
                trouble = f"{host} port {port}: {_connect_trouble(error)}"
        raise Unreachable(trouble)

    def _connect(self, address: Address, port: int) -> socket.socket:
        limit_ms = min(self._connect_ms, self.deadline.left_ms())
        if limit_ms == 0:
            raise TimeoutError
        connection = socket.create_connection((str(address), port), timeout=limit_ms / 1000)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.deadline.watch(connection)
        return connection


def tls_context(cafile: str | None = None) -> ssl.SSLContext:
    """Verifies certificates against `cafile` (in addition to the system's, which SSL_CERT_FILE replaces). A
    system without certificates of its own falls back on certifi's. Kept, since reading the authorities takes
    20 ms: new ones count after a restart."""
    return _tls_context(cafile, ssl.get_default_verify_paths())


@functools.lru_cache(maxsize=8)
def _tls_context(cafile: str | None, paths: ssl.DefaultVerifyPaths) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if paths.cafile is None and paths.capath is None:
        context.load_verify_locations(certifi.where())
    if cafile:
        context.load_verify_locations(cafile)
    return context


def tls_trouble(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {error.verify_message}"
    return f"TLS failed: {(error.reason or 'handshake broken off').replace('_', ' ').lower()}"


def _within(network: Network, address: Address) -> bool:
    return network.version == address.version and address in network


def _connect_trouble(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (error.strerror or "no connection").lower()


def _shut_down(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was closed by the other side first
