import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
import requests

from gamepilot_mon.catchers.slack import SlackCatcher, Status
from gamepilot_mon.outbound import (
    AddressRefused,
    Deadline,
    Dialer,
    Unreachable,
    check_address,
    is_loopback,
    why_refused,
)
from gamepilot_mon.outbound_http import session

LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.1.2.3",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "224.0.0.1",
        "239.1.1.1",
        "255.255.255.255",
        "240.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:a00:1::",
        "2001:0:7f00:1::5601:fffe",
        "2001:db8::1",
    ],
)
def test_it_refuses_everything_that_is_not_the_open_internet(address: str) -> None:
    assert why_refused(ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "52.1.2.3", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_it_lets_public_addresses_through(address: str) -> None:
    assert why_refused(ip_address(address)) is None


def test_it_lets_allowed_networks_through_in_any_disguise() -> None:
    assert why_refused(ip_address("10.1.2.3"), [ip_network("10.0.0.0/8")]) is None
    assert why_refused(ip_address("::ffff:10.1.2.3"), [ip_network("10.0.0.0/8")]) is None
    assert why_refused(ip_address("11.1.2.3"), [ip_network("10.0.0.0/8")]) is None
    assert why_refused(ip_address("192.168.0.1"), [ip_network("10.0.0.0/8"), ip_network("fd00::/8")])
    assert why_refused(ip_address("fd00::5"), [ip_network("fd00::/8")]) is None


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "::1"]
)
def test_it_sees_through_odd_spellings_of_this_machine(host: str) -> None:
    with pytest.raises(AddressRefused, match="the machine itself"):
        check_address(host, 80)


def test_it_permits_only_the_allowed_ones_of_several_addresses() -> None:
    assert check_address("localhost", 80, LOOPBACK) == [ip_address("127.0.0.1")]


def test_it_permits_the_environments_own_host_on_its_own_port_only() -> None:
    own = [("LocalHost", 2525)]
    assert ip_address("127.0.0.1") in check_address("localhost", 2525, own_hosts=own)
    with pytest.raises(AddressRefused):
        check_address("localhost", 6379, own_hosts=own)
    with pytest.raises(AddressRefused):
        check_address("127.0.0.1", 2525, own_hosts=own)


@pytest.mark.parametrize(
    "host", ["nowhere.invalid", "", "a" * 64 + ".example", "under..score", "\ud800.example", "a\0b"]
)
def test_it_says_when_a_name_does_not_resolve(host: str) -> None:
    with pytest.raises((Unreachable, AddressRefused)):
        check_address(host, 80)


def test_it_knows_this_machine() -> None:
    assert is_loopback(ip_address("127.9.9.9"))
    assert is_loopback(ip_address("::ffff:127.0.0.1"))
    assert not is_loopback(ip_address("10.0.0.1"))


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_it_connects_to_the_checked_address(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    with Deadline(2_000) as deadline:
        dialer = Dialer(deadline, allowed=LOOPBACK)
        with dialer.dial("localhost", port) as connection:
            assert connection.getpeername() == ("127.0.0.1", port)


def test_it_ends_a_read_that_waits_beyond_the_deadline(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    started = time.monotonic()
    with Deadline(200) as deadline:
        with Dialer(deadline, allowed=LOOPBACK).dial("127.0.0.1", port) as connection:
            connection.settimeout(30)
            assert connection.recv(1) == b""
        assert deadline.expired
    assert 0.15 < time.monotonic() - started < 10


def test_it_does_not_connect_when_the_time_is_up(listener: socket.socket) -> None:
    with Deadline(0) as deadline, pytest.raises(Unreachable):
        Dialer(deadline, allowed=LOOPBACK).dial("127.0.0.1", listener.getsockname()[1])


def test_it_leaves_no_thread_and_no_descriptor_behind(listener: socket.socket) -> None:
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    with Deadline(60_000) as deadline:
        Dialer(deadline, allowed=LOOPBACK).dial("127.0.0.1", listener.getsockname()[1]).close()
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors
    until = time.monotonic() + 5
    while any(isinstance(thread, threading.Timer) for thread in threading.enumerate()):
        assert time.monotonic() < until


SILENT_RESOLVER = """
import socket, threading
socket.getaddrinfo = lambda *question, **named: threading.Event().wait()
from gamepilot_mon.outbound import Unreachable, resolve
try:
    resolve("slow.example", 80, timeout_ms=100)
except Unreachable as error:
    print(error)
"""


def test_it_gives_up_on_a_resolver_that_never_answers() -> None:
    run = subprocess.run(
        [sys.executable, "-c", SILENT_RESOLVER], capture_output=True, text=True, timeout=30, check=True
    )
    assert run.stdout == "the name slow.example was not resolved within 100 ms\n"


def test_it_checks_every_address_a_redirect_leads_to() -> None:
    with SlackCatcher() as inner, SlackCatcher() as outer:
        outer.fail_next(Status(307, "", (("Location", inner.url),)))
        with Deadline(3_000) as deadline:
            dialer = Dialer(deadline, own_hosts=[("127.0.0.1", outer.port)])
            with session(dialer) as http, pytest.raises(AddressRefused):
                http.post(outer.url, json={})
        assert inner.attempts == []
        assert len(outer.attempts) == 1


def test_it_refuses_before_anything_is_sent() -> None:
    with SlackCatcher() as server, Deadline(3_000) as deadline, session(Dialer(deadline)) as http:
        with pytest.raises(AddressRefused):
            http.post(server.url, json={})
        assert server.attempts == []


def test_it_keeps_the_name_in_the_host_header() -> None:
    with SlackCatcher() as server, Deadline(3_000) as deadline:
        with session(Dialer(deadline, allowed=LOOPBACK)) as http:
            answer = http.post(f"http://localhost:{server.port}/x", json={})
        assert isinstance(answer, requests.Response)
        assert answer.text == "ok"
        assert server.messages[0].headers["host"] == f"localhost:{server.port}"


REBINDING = """
import socket, sys
from ipaddress import ip_address
answers = [ip_address("8.8.8.8"), ip_address("127.0.0.1")]
real = socket.getaddrinfo
asked = []
def rebinding(host, port, *rest, **named):
    if host != "rebind.example":
        return real(host, port, *rest, **named)
    asked.append(host)
    return real(str(answers[min(len(asked), 2) - 1]), port, *rest, **named)
socket.getaddrinfo = rebinding
dialled = []
def connect(address, *rest, **named):
    dialled.append(address[0])
    raise OSError(111, "Connection refused")
socket.create_connection = connect
from gamepilot_mon.outbound import Deadline, Dialer
from gamepilot_mon.outbound_http import session
with Deadline(3000) as deadline, session(Dialer(deadline)) as http:
    try:
        http.get("http://rebind.example/")
    except Exception as error:
        print(type(error).__name__)
print(asked, dialled)
"""


def test_it_resolves_once_so_that_a_name_cannot_change_its_mind() -> None:
    """In a process of its own, the resolver is replaced by one that turns to loopback when asked again."""
    run = subprocess.run(
        [sys.executable, "-c", REBINDING], capture_output=True, text=True, timeout=30, check=True
    )
    assert run.stdout.splitlines() == ["ConnectionError", "['rebind.example'] ['8.8.8.8']"]
