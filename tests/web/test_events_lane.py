"""The lane for events in masses: the same answers as the usual way, and nothing for whom the usual way refuses."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask, request_started
from werkzeug.test import TestResponse

from gamepilot_mon import db
from gamepilot_mon.auth import tokens
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Event, Token
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import verified
from gamepilot_mon.web.app import assemble

PATH = "/api/v1/events"
GOOD = {"kind": "operation", "operation": "recommend", "duration_ms": 12.5, "success": True}
ONE = json.dumps({"events": [GOOD]})


@dataclass
class Door:
    """The app, and how many requests went the usual way."""

    app: Flask
    tokens: dict[str, str]
    usual: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        request_started.connect(self._started, self.app)

    def _started(self, _app: Flask, **_: object) -> None:
        self.usual.append(1)

    def post(
        self, data: str | bytes, role: str = "ingest", *, path: str = PATH, **headers: str
    ) -> TestResponse:
        bearer = {"Authorization": f"Bearer {self.tokens[role]}", "Content-Type": "application/json"}
        return self.app.test_client().post(path, data=data, headers={**bearer, **headers})

    def both(self, data: str | bytes) -> tuple[TestResponse, TestResponse]:
        """By the lane, and the usual way, which whatever has a query goes; what the lane refuses is told there too."""
        before = len(self.usual)
        by_lane = self.post(data)
        assert (len(self.usual) > before) is (by_lane.status_code >= 400)
        usual = self.post(data, path=f"{PATH}?usual")
        assert len(self.usual) > before
        return by_lane, usual


def opened(environ: dict[str, str], settings: Settings) -> Door:
    changed = Settings.from_env({"GAMEPILOT_MON_DATABASE_URL": settings.database_url, **environ}, dotenv=None)
    with db.write():
        made = {role: tokens.create(role, role, utcnow()) for role in ("ingest", "viewer")}
    door = Door(assemble(changed), made)
    for role in made:
        door.post(ONE, role)  # after which the token is known for a while
    return door


@pytest.fixture
def door(store: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Door:
    monkeypatch.setattr(verified, "KEPT_S", 600.0)  # a slow machine must not change which way is taken
    return opened({}, settings)


def headers(answer: TestResponse) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in answer.headers if name != "Content-Length")


def without_time(answer: TestResponse) -> Any:
    return {name: value for name, value in answer.get_json().items() if name != "timestamp"}


def test_it_stores_events_without_going_the_usual_way(door: Door) -> None:
    before, stored = len(door.usual), Event.select().count()

    answer = door.post(json.dumps({"events": [GOOD] * 3}))

    assert (answer.status_code, without_time(answer)) == (
        202,
        {"success": True, "accepted": 3, "rejected": []},
    )
    assert (len(door.usual), Event.select().count()) == (before, stored + 3)


@pytest.mark.parametrize(
    "body",
    [
        ONE,
        '{"events": []}',
        json.dumps({"events": [GOOD, {**GOOD, "duration_ms": -1}, {"kind": "unheard"}]}),
        json.dumps({"events": [{**GOOD, "timestamp": "never"}]}),
        json.dumps({"events": [GOOD] * 1_200}),
        json.dumps({"events": [GOOD] * 5_001}),
        "{",
        "[]",
        b"\xff\xfe",
    ],
    ids=["one", "none", "some bad", "bad time", "many", "too many", "cut", "array", "bytes"],
)
def test_it_answers_as_the_usual_way_does(door: Door, body: str | bytes) -> None:
    by_lane, usual = door.both(body)

    assert by_lane.status_code == usual.status_code
    assert headers(by_lane) == headers(usual)
    assert without_time(by_lane) == without_time(usual)


def test_it_answers_with_tls_as_the_usual_way_does(
    store: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verified, "KEPT_S", 600.0)
    door = opened({"GAMEPILOT_MON_PUBLIC_URL": "https://monitor.example"}, settings)

    by_lane, usual = door.both(ONE)

    assert "Strict-Transport-Security" in by_lane.headers
    assert headers(by_lane) == headers(usual)


@pytest.mark.parametrize(
    ("post", "status"),
    [
        (lambda door: door.post(ONE, "viewer"), 403),
        (lambda door: door.post(ONE, Authorization="Bearer gpm_unknown"), 401),
        (lambda door: door.post(ONE, Authorization="Basic Zm9v"), 401),
        (lambda door: door.post(b" " * (1024 * 1024 + 1)), 413),
        (lambda door: door.post(ONE, **{"Content-Encoding": "br"}), 415),
        (lambda door: door.post(ONE, path="/api/v1/event"), 404),
    ],
    ids=["viewer", "unknown token", "other scheme", "too long", "encoding", "other path"],
)
def test_it_leaves_what_is_refused_to_the_usual_way(
    door: Door, post: Callable[[Door], TestResponse], status: int
) -> None:
    before, stored = len(door.usual), Event.select().count()

    assert post(door).status_code == status

    assert (len(door.usual), Event.select().count()) == (before + 1, stored)


def test_it_lets_a_page_of_another_origin_go_the_usual_way(door: Door) -> None:
    before = len(door.usual)

    assert door.post(ONE, Origin="https://elsewhere.example").status_code == 202

    assert len(door.usual) == before + 1


def test_it_forgets_a_token_as_soon_as_the_usual_way_does(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.write():
        assert tokens.revoke(Token.get(Token.name == "ingest").id, utcnow())
    monkeypatch.setattr(verified, "KEPT_S", 0.0)

    assert door.post(ONE).status_code == 401
