"""Sentry's protocol, with its own SDK as the client."""

import gzip
import json
import sqlite3
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import sentry_sdk

from gamepilot_mon import pseudonym
from gamepilot_mon.models import Event, SeenVersion
from tests.serving import Server
from tests.web.signing_in import Browser, console_link

ID = "9ec79c33ec9942ab8353589fcb2e04dc"


@pytest.fixture
def sdk(served: Server) -> Iterator[Any]:
    """The SDK with a token as its key."""
    sentry_sdk.init(
        f"http://{served.tokens['ingest']}@127.0.0.1:{served.port}/1",
        release="shop@1.2", environment="trial", traces_sample_rate=1.0, default_integrations=False,
    )  # fmt: skip
    sentry_sdk.set_user({"id": "player-7"})
    sentry_sdk.set_tag("shelf", "top")
    yield sentry_sdk
    sentry_sdk.get_client().close()
    sentry_sdk.init()


def buy() -> None:
    raise LookupError("no such game")


def test_it_takes_the_exceptions_of_the_sdk(sdk: Any) -> None:
    try:
        buy()
    except LookupError:
        event_id = sdk.capture_exception()
    sdk.flush(10)

    event = Event.get(Event.key == f"sentry:{event_id}")
    assert (event.kind, event.name, event.severity, event.user) == (
        "error",
        "buy",
        "error",
        pseudonym.of("player-7"),
    )
    assert event.data["error"] == "LookupError: no such game"
    assert event.data["stack_trace"].startswith(
        "LookupError: no such game\n  at buy (tests/web/test_sentry.py:"
    )
    assert event.data["metadata"]["tags"] == {"shelf": "top"}
    assert event.data["metadata"]["environment"] == "trial"


def test_it_takes_the_transactions_of_the_sdk(sdk: Any) -> None:
    with sdk.start_transaction(name="recommend by hand", op="task") as transaction:
        with sdk.start_span(op="db", name="SELECT * FROM shelf WHERE id = 7"):
            pass
        transaction.set_status("internal_error")
    sdk.flush(10)

    event = Event.get(Event.name == "recommend by hand")
    assert (event.kind, event.ok, event.user) == ("operation", False, pseudonym.of("player-7"))
    query = Event.get(Event.name == "SELECT * FROM shelf WHERE id = ?")
    assert query.data["metadata"]["operation"] == "recommend by hand"


def test_it_takes_a_fatal_message_as_critical(sdk: Any) -> None:
    event_id = sdk.capture_message("the disk is full", level="fatal")
    sdk.flush(10)
    assert Event.get(Event.key == f"sentry:{event_id}").severity == "critical"


def test_it_notices_a_release_once(sdk: Any) -> None:
    for _ in range(2):
        sdk.capture_message("hello", level="error")
    sdk.flush(10)

    assert Event.select().where((Event.kind == "deploy") & (Event.name == "shop@1.2")).count() == 1
    assert SeenVersion.select().where(SeenVersion.name == "\nshop@1.2\ntrial").count() == 1


def auth(server: Server, role: str = "ingest") -> dict[str, str]:
    return {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={server.tokens[role]}, sentry_client=x/1"}


def envelope(event: dict[str, Any], kind: str = "event") -> bytes:
    return b"\n".join([b"{}", json.dumps({"type": kind}).encode(), json.dumps(event).encode(), b""])


def post(
    server: Server, body: bytes, path: str = "/api/1/envelope/", role: str = "ingest", **headers: str
) -> requests.Response:
    return server.post(path, data=body, headers={**auth(server, role), **headers})


def test_it_answers_the_id_and_counts_a_repeated_one_once(served: Server) -> None:
    for _ in range(2):
        header = json.dumps({"event_id": ID}).encode()
        answer = post(served, header + envelope({"event_id": ID, "message": "x"})[2:])
        assert (answer.status_code, answer.json()) == (200, {"id": ID})

    assert Event.select().where(Event.key == f"sentry:{ID}").count() == 1


def test_it_takes_one_event_as_older_sdks_send_it(served: Server) -> None:
    number = "a" * 32
    body = json.dumps({"event_id": number, "message": "old"}).encode()

    answer = post(served, zlib.compress(body), "/api/42/store/", **{"Content-Encoding": "deflate"})

    assert answer.json() == {"id": number}
    assert Event.get(Event.key == f"sentry:{number}").data["error"] == "old"


@pytest.mark.parametrize("scheme", ["X-Sentry-Auth", "Sentry", "Bearer"])
def test_it_takes_the_key_from_a_header(server: Server, scheme: str) -> None:
    key = server.tokens["ingest"]
    headers = {
        "X-Sentry-Auth": {"X-Sentry-Auth": f"Sentry sentry_key={key}"},
        "Sentry": {"Authorization": f"Sentry sentry_key={key},sentry_version=7"},
        "Bearer": {"Authorization": f"Bearer {key}"},
    }[scheme]

    assert server.post("/api/1/envelope/", data=b"{}", headers=headers).status_code == 200


def test_it_refuses_a_token_in_the_address_and_says_why(server: Server) -> None:
    path = f"/api/1/envelope/?sentry_key={server.tokens['ingest']}&sentry_version=7"

    answer = server.post(path, data=b"{}")

    assert answer.status_code == 401
    assert "X-Sentry-Auth" in answer.json()["detail"]
    assert "X-Sentry-Auth" in answer.headers["X-Sentry-Error"]
    assert post(server, b"{}", path).status_code == 401
    assert server.tokens["ingest"] not in server.log.read_text()


def test_it_takes_no_notice_of_another_key_in_the_address(server: Server) -> None:
    assert post(server, b"{}", "/api/1/envelope/?sentry_key=public").status_code == 200
    assert server.post("/api/1/envelope/?sentry_key=public", data=b"{}").status_code == 401


def test_it_wants_a_token_of_the_role(server: Server) -> None:
    assert post(server, b"{}", role="viewer").status_code == 403
    assert server.post("/api/1/envelope/", data=b"{}").status_code == 401
    assert (
        server.post("/api/1/envelope/", data=b"{}", headers={"X-Sentry-Auth": "nonsense"}).status_code == 401
    )


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"nonsense", {}, 400),
        (b'{}\n{"type":"event","length":900}\n{}', {}, 400),
        (envelope({})[:-2], {}, 400),
        (b"{}\n" + b"[" * 200_000, {}, 400),
        (b"x" * (1024 * 1024 + 1), {}, 413),
        (gzip.compress(b"\0" * 100_000_000), {"Content-Encoding": "gzip"}, 413),
        (gzip.compress(b"{}")[:-3], {"Content-Encoding": "gzip"}, 400),
        (b"{}", {"Content-Encoding": "br"}, 415),
    ],
    ids=["nonsense", "lying-length", "cut", "deep", "large", "bomb", "cut-gzip", "unknown"],
)
def test_it_refuses_what_it_cannot_read(
    server: Server, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = post(server, body, **headers)

    assert answer.status_code == status
    assert answer.json()["detail"]


def test_it_looks_at_no_cookie(served: Server) -> None:
    """Otherwise a page of another site could write with an administrator's browser."""
    with Browser(served) as browser:
        browser.get(console_link())
        assert browser.get("/metrics").status_code == 200

        assert browser.session.post(f"{served.url}/api/1/envelope/", b"{}", timeout=15).status_code == 401
        assert browser.session.post(f"{served.url}/v1/traces", b"", timeout=15).status_code == 400


def test_it_answers_503_while_the_store_is_locked(served: Server) -> None:
    blocker = sqlite3.connect(served.state / "mon.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    try:
        answer = post(served, envelope({"message": "x"}))
    finally:
        blocker.execute("ROLLBACK")
        blocker.close()

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_it_drops_the_rest_of_an_envelope(served: Server) -> None:
    before = Event.select().count()
    assert post(served, envelope({"sid": "x"}, "session")).status_code == 200
    assert Event.select().count() == before
