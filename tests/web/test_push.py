"""/api/v1/push against the real web process, as a signed-in browser."""

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from gamepilot_mon import db, vapid
from gamepilot_mon.auth import passwords, users
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import PushSubscription, User
from tests.channels.push.service import Browser
from tests.serving import Server

PASSWORD = "four unrelated plain words"


class Person(requests.Session):
    """Signed in by name and password, with the token that a page carries."""

    def __init__(self, server: Server, name: str) -> None:
        super().__init__()
        self.address = f"{server.url}/api/v1/push"
        token = self._token(f"{server.url}/sign-in")
        form = {"username": name, "password": PASSWORD, "csrf_token": token}
        assert self.post(f"{server.url}/sign-in", data=form, timeout=30).ok
        self.headers["X-CSRFToken"] = self._token(f"{server.url}/")

    def _token(self, url: str) -> str:
        [token, *_] = re.findall(
            r'(?:name="csrf_token" value|data-csrf)="([^"]+)"', self.get(url, timeout=30).text
        )
        return str(token)

    def own(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.get(self.address, timeout=15).json()["data"]
        return answer

    def subscribe(self, document: Any) -> requests.Response:
        return self.post(self.address, json=document, timeout=15)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    state = tmp_path_factory.mktemp("push")
    running = Server(state, {"GAMEPILOT_MON_SSRF_ALLOW": "127.0.0.0/8,::1/128"}).start()
    running.open_store()
    yield running
    running.stop()
    db.database.close()


@pytest.fixture
def person(own: Server) -> Callable[[str], Person]:
    def add(role: str) -> Person:
        name = f"{role}-{os.urandom(4).hex()}"
        with db.write():
            users.add(name, role, utcnow(), password_hash=passwords.hash_of(PASSWORD))
        person = Person(own, name)
        person.name = name  # type: ignore[attr-defined]
        return person

    return add


def document(**changes: Any) -> dict[str, Any]:
    return {**Browser(f"https://localhost/send/{os.urandom(8).hex()}").subscription(), **changes}


def test_a_viewer_subscribes_a_browser_and_ends_that(person: Callable[[str], Person]) -> None:
    viewer = person("viewer")
    before = viewer.own()
    assert before["subscriptions"] == [] and before["enabled"] is False
    assert before["publicKey"] == vapid.public_key(vapid.private_key() or "")
    given = document(severity="critical", expirationTime=None)
    answer = viewer.subscribe(given)
    assert answer.status_code == 201
    row = answer.json()["data"]
    assert (row["service"], row["severity"]) == ("localhost", "critical")
    seen = viewer.get(viewer.address, timeout=15).text
    secrets = [given["endpoint"].rpartition("/")[2], *given["keys"].values(), vapid.private_key() or "-"]
    assert all(secret not in seen + answer.text for secret in secrets)
    again = viewer.subscribe({**given, "severity": "warning"}).json()["data"]
    assert (again["id"], again["severity"]) == (row["id"], "warning")
    assert viewer.delete(f"{viewer.address}/{row['id']}", timeout=15).status_code == 200
    assert viewer.delete(f"{viewer.address}/{row['id']}", timeout=15).status_code == 404
    assert viewer.own()["subscriptions"] == []


def test_nobody_ends_the_subscription_of_another(person: Callable[[str], Person]) -> None:
    one, other = person("viewer"), person("admin")
    row = one.subscribe(document()).json()["data"]
    assert other.delete(f"{other.address}/{row['id']}", timeout=15).status_code == 404
    assert other.own()["subscriptions"] == [] and len(one.own()["subscriptions"]) == 1


def test_it_keeps_at_most_ten_a_user(person: Callable[[str], Person]) -> None:
    viewer = person("viewer")
    assert [viewer.subscribe(document()).status_code for _ in range(11)] == [201] * 10 + [409]


POINT = "BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"endpoint": "http://localhost/x"}, "/endpoint"),
        ({"endpoint": "https://user:pass@localhost/x"}, "/endpoint"),
        ({"endpoint": "https://localhost/x#y"}, "/endpoint"),
        ({"endpoint": "https://localhost/a b"}, "/endpoint"),
        ({"endpoint": "https:///x"}, "/endpoint"),
        ({"endpoint": "https://10.1.2.3/x"}, "/endpoint"),
        ({"endpoint": "https://169.254.169.254/latest"}, "/endpoint"),
        ({"endpoint": "https://[fd00:ec2::254]/"}, "/endpoint"),
        ({"endpoint": "https://no-such-host.invalid/x"}, "/endpoint"),
        ({"endpoint": "https://localhost/" + "x" * 1_000}, "/endpoint"),
        ({"endpoint": 7}, "/endpoint"),
        ({"keys": {"p256dh": "???", "auth": "A" * 22}}, "/keys/p256dh"),
        ({"keys": {"p256dh": "AAAA", "auth": "A" * 22}}, "/keys/p256dh"),
        ({"keys": {"p256dh": POINT, "auth": "A" * 22}}, "/keys/p256dh"),
        ({"keys": {**document()["keys"], "auth": "A" * 21}}, "/keys/auth"),
        ({"keys": {**document()["keys"], "more": "x"}}, "/keys/more"),
        ({"severity": "loud"}, "/severity"),
        ({"unknown": 1}, "/unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_refuses_what_cannot_be_sent_to(
    person: Callable[[str], Person], changes: dict[str, Any], pointer: str
) -> None:
    answer = person("viewer").subscribe(document(**changes))
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


def test_it_takes_people_only(own: Server, person: Callable[[str], Person]) -> None:
    assert own.get("/api/v1/push").status_code == 401
    assert own.get("/api/v1/push", "admin").status_code == 403
    assert own.post("/api/v1/push", "viewer", json=document()).status_code == 403
    viewer = person("viewer")
    viewer.headers.pop("X-CSRFToken")
    assert viewer.subscribe(document()).status_code in (400, 403)


def test_a_test_message_reaches_it_from_the_web_process_too(
    own: Server, person: Callable[[str], Person]
) -> None:
    change = {"channels": {"browsers": {"kind": "push"}}}
    assert own.request("PUT", "/api/realtime/config", "admin", json=change).ok
    viewer = person("viewer")
    assert viewer.own()["enabled"] is True
    viewer.subscribe({**document(), "endpoint": "https://localhost:1/nobody-listens"})
    result = own.post("/api/realtime/alerts/test", "operator").json()["data"]["results"]["browsers"]
    assert (
        result["ok"] is False
        and "not reached" in result["detail"]
        and "nobody-listens" not in result["detail"]
    )
    user = User.get(User.name == viewer.name)  # type: ignore[attr-defined]
    assert (
        PushSubscription.get(PushSubscription.user_id == user.id).failures == 0
    )  # nothing is kept of a test


def test_it_serves_the_worker_for_the_whole_site(own: Server) -> None:
    worker = own.get("/sw.js")
    assert worker.status_code == 200 and "javascript" in worker.headers["Content-Type"]
    assert worker.headers["Cache-Control"] == "no-cache"
    page = own.get("/offline")
    assert page.status_code == 200 and "cannot be reached" in page.text
    kept = re.findall(r'"(/static/[^"]+|/offline)"', worker.text.partition("];")[0])
    assert len(kept) == 4 and all(own.get(path).status_code == 200 for path in kept)
    assert set(re.findall(r'(?:href|src)="([^"]+)"', page.text)) <= set(kept)
