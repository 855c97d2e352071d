"""A push service and the browsers that are subscribed to it: takes what is pushed over TLS, decrypts it as the
browser would, and checks who signed it."""

import base64
import json
import os
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import http_ece
import jwt
import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response


def text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@dataclass(frozen=True)
class Push:
    headers: Mapping[str, str]
    payload: dict[str, Any]
    claims: dict[str, Any]
    key: str
    bytes: int


@dataclass
class Browser:
    endpoint: str
    answers: list[Response] = field(default_factory=list)
    """what the push service says, one after the other; 201 when there is nothing more"""
    pushes: list[Push] = field(default_factory=list)
    hangs: bool = False
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def p256dh(self) -> str:
        return text(self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    def subscription(self) -> dict[str, Any]:
        return {"endpoint": self.endpoint, "keys": {"p256dh": self.p256dh, "auth": text(self.auth)}}


class PushService:
    def __init__(self, server: HTTPServer) -> None:
        self._server = server
        self.origin = f"https://localhost:{server.port}"
        self.asked = 0
        self.released = threading.Event()

    def browser(self, *answers: Response, hangs: bool = False) -> Browser:
        path = f"/send/{os.urandom(12).hex()}"
        browser = Browser(self.origin + path, list(answers), hangs=hangs)
        self._server.expect_request(path, method="POST").respond_with_handler(
            lambda request: self._answer(browser, request)
        )
        return browser

    def _answer(self, browser: Browser, request: Request) -> Response:
        self.asked += 1
        if browser.hangs:
            self.released.wait(30)
        if browser.answers:
            return browser.answers.pop(0)
        browser.pushes.append(self._opened(browser, request))
        return Response(status=201)

    def _opened(self, browser: Browser, request: Request) -> Push:
        body = request.get_data()
        content = http_ece.decrypt(
            body, private_key=browser.private, auth_secret=browser.auth, version="aes128gcm"
        )
        scheme, _, parameters = request.headers["Authorization"].partition(" ")
        given = dict(each.strip().split("=", 1) for each in parameters.split(","))
        assert scheme == "vapid"
        point = base64.urlsafe_b64decode(given["k"] + "=" * (-len(given["k"]) % 4))
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        claims = jwt.decode(given["t"], key, algorithms=["ES256"], audience=self.origin)
        return Push(dict(request.headers), json.loads(content), claims, given["k"], len(body))


@contextmanager
def push_service(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
    with HTTPServer(host="127.0.0.1", ssl_context=context, threaded=True) as server:
        service = PushService(server)
        try:
            yield service
        finally:
            service.released.set()
