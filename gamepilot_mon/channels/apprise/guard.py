"""The address guard for a library that makes its own connections.

Python announces every connection of a socket before it is made; while a thread is guarded, one that must not be
reached is refused there. It is the very address, so neither a name that changes nor a redirect gets around it.
Threads that the library starts by itself are not guarded.
"""

import errno
import sys
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from gamepilot_mon.outbound import Network, why_refused

_CONNECTING = frozenset({"socket.connect", "socket.sendto"})
_FORBIDDEN = {
    **dict.fromkeys(("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"), "it starts a program"),
    **dict.fromkeys(("syslog.openlog", "syslog.syslog"), "it talks to this machine"),
}
_WATCHED = _CONNECTING | _FORBIDDEN.keys()


@dataclass(slots=True)
class Guard:
    allowed: Sequence[Network]
    refused: str | None = None
    """why; kept, since a library that catches everything would make "try again" of it"""


# By thread. A thread's own storage would not do: gevent's looks things up in a way that is announced as well.
_guards: dict[int, Guard] = {}
_installing = threading.Lock()
_installed = False


@contextmanager
def guarded(allowed: Sequence[Network]) -> Iterator[Guard]:
    """While in it, this thread reaches public addresses and `allowed` ones only, and starts no programs."""
    _install()
    guard = _guards[threading.get_ident()] = Guard(allowed)
    try:
        yield guard
    finally:
        del _guards[threading.get_ident()]


def _install() -> None:
    # Such a hook stays for the life of the process, so it is there from the first message on only.
    global _installed
    with _installing:
        if not _installed:
            sys.addaudithook(_look)
            _installed = True


def _look(event: str, arguments: tuple[Any, ...], watched: Collection[str] = _WATCHED) -> None:
    """`watched` is at hand also at the end of the process, when this module is empty already."""
    if event not in watched:
        return
    guard = _guards.get(threading.get_ident())
    if guard is None:
        return
    reason = _FORBIDDEN.get(event) or _reason(arguments[1], guard.allowed)
    if reason:
        guard.refused = reason
        # As the system would refuse it, so that whoever connects cleans up.
        raise PermissionError(errno.EACCES, reason)


def _reason(address: Any, allowed: Sequence[Network]) -> str | None:
    if not isinstance(address, tuple):
        return "it talks to this machine"
    try:
        words = why_refused(ip_address(str(address[0]).partition("%")[0]), allowed)
    except ValueError:
        # A name: the socket looks it up by itself, so what it leads to is not known here.
        return f"it connects to {address[0]} by name, which cannot be checked"
    return words and f"it leads to {address[0]}, {words}; add it to GAMEPILOT_MON_SSRF_ALLOW to permit it"
