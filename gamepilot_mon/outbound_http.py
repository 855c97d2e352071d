"""A requests session whose every connection is made by a Dialer: checked, pinned to the checked address, with
the name still used for Host, SNI and the certificate."""

import functools
import socket
import ssl
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from gamepilot_mon.outbound import Dialer, tls_context


def session(dialer: Dialer, *, tls: ssl.SSLContext | None = None) -> requests.Session:
    """No proxies, no .netrc, no retries; pass allow_redirects=False to stay with the address asked for."""
    opened = requests.Session()
    opened.trust_env = False
    adapter = _PinnedAdapter(dialer, tls or tls_context())
    opened.mount("http://", adapter)
    opened.mount("https://", adapter)
    return opened


class _PinnedAdapter(HTTPAdapter):
    def __init__(self, dialer: Dialer, tls: ssl.SSLContext) -> None:
        self._dialer = dialer
        self._tls = tls
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, ssl_context=self._tls, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": functools.partial(_PinnedHTTPPool, dialer=self._dialer),
            "https": functools.partial(_PinnedHTTPSPool, dialer=self._dialer),
        }

    def cert_verify(self, conn: Any, url: str | bytes | None, verify: Any, cert: Any) -> None:
        """requests would add certifi's authorities here to those that the context was given."""


class _PinnedHTTPConnection(HTTPConnection):
    def __init__(self, *args: Any, dialer: Dialer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._dialer = dialer

    def _new_conn(self) -> socket.socket:
        return _dial(self._dialer, self)

    def request(self, *args: Any, **kwargs: Any) -> None:
        super().request(*args, **kwargs)
        self._dialer.request_sent = True


class _PinnedHTTPSConnection(HTTPSConnection):
    def __init__(self, *args: Any, dialer: Dialer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._dialer = dialer

    def _new_conn(self) -> socket.socket:
        return _dial(self._dialer, self)

    def request(self, *args: Any, **kwargs: Any) -> None:
        super().request(*args, **kwargs)
        self._dialer.request_sent = True


class _PinnedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _PinnedHTTPConnection


class _PinnedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _PinnedHTTPSConnection


def _dial(dialer: Dialer, connection: HTTPConnection) -> socket.socket:
    """The connect timeout is on the socket now; urllib3 sets the read timeout once the connection stands."""
    return dialer.dial(connection._dns_host.strip("[]"), int(connection.port))
