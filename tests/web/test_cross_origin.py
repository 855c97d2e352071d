from collections.abc import Iterator

import pytest

from tests.serving import Server

APP = "https://gamepilot.example"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
EVENTS = {"events": []}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("cross"), {"ALLOWED_ORIGINS": APP}).start()
    yield running
    running.stop()


@pytest.mark.parametrize(
    ("origin", "path", "status", "allowed"),
    [
        pytest.param(APP, "/api/v1/events", 204, APP, id="an allowed page, to report"),
        pytest.param("https://other.example", "/api/v1/events", 401, None, id="another page"),
        pytest.param(APP + ".other.example", "/api/v1/events", 401, None, id="a page that looks like it"),
        pytest.param("null", "/api/v1/events", 401, None, id="a sandboxed page"),
        pytest.param(APP, "/api/v1/alerts", 204, APP, id="an allowed page, to read"),
        pytest.param(APP, "/api/realtime/config", 204, APP, id="an allowed page, to configure"),
        pytest.param(APP, "/api/realtime/stream", 204, APP, id="an allowed page, to listen"),
        pytest.param(APP, "/v1/traces", 204, APP, id="an allowed page, to report by OTLP"),
        pytest.param(APP, "/alerts", 401, None, id="an allowed page, for a page of ours"),
        pytest.param(
            "https://other.example", "/api/realtime/config", 401, None, id="another page, to configure"
        ),
    ],
)
def test_a_browser_that_asks_first_is_answered(
    origin: str, path: str, status: int, allowed: str | None, server: Server
) -> None:
    answer = server.request("OPTIONS", path, headers={"Origin": origin, **PREFLIGHT})

    assert answer.status_code == status
    assert answer.headers.get("Access-Control-Allow-Origin") == allowed
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_an_allowed_page_may_read_the_answer_to_its_report(server: Server) -> None:
    answer = server.post("/api/v1/events", "ingest", json=EVENTS, headers={"Origin": APP})

    assert answer.status_code == 202
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    assert "Origin" in answer.headers["Vary"]


def test_an_allowed_page_may_read_with_a_token(server: Server) -> None:
    read = server.get("/api/realtime/config", "viewer", headers={"Origin": APP})
    foreign = server.get("/api/realtime/config", "viewer", headers={"Origin": "https://other.example"})

    assert read.status_code == 200
    assert read.headers["Access-Control-Allow-Origin"] == APP
    assert "ETag" in read.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in read.headers
    assert "Access-Control-Allow-Origin" not in foreign.headers


@pytest.mark.parametrize("origin", ["http://[", "null", "", "https://"])
def test_what_is_no_origin_is_none(server: Server, origin: str) -> None:
    answer = server.get("/api/realtime/config", "viewer", headers={"Origin": origin})

    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_an_allowed_page_may_read_why_it_was_refused(server: Server) -> None:
    answer = server.post("/api/v1/events", json=EVENTS, headers={"Origin": APP})

    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == APP


def test_a_program_without_an_origin_is_served_as_before(server: Server) -> None:
    answer = server.post("/api/v1/events", "ingest", json=EVENTS)

    assert answer.status_code == 202
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_pages_of_any_origin_may_load_the_client_and_no_other_script(server: Server) -> None:
    client = server.get("/static/client/gamepilot-mon.js")
    other = server.get("/static/js/feed.js")

    assert client.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "javascript" in client.headers["Content-Type"]
    assert other.headers["Cross-Origin-Resource-Policy"] == "same-origin"
