import pytest

from tests.serving import Server

HOSTILE = "<img src=x onerror=alert(1)> \u202e"


def test_it_is_said_to_everybody_and_kept_with_its_author(server: Server) -> None:
    answer = server.post(
        "/broadcast", role="operator", data={"message": HOSTILE, "event": "deploy", "severity": "warning"}
    )
    assert answer.status_code == 303
    page = server.get("/broadcast", role="viewer").text
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "operator" in page
    [said] = server.get("/api/v1/broadcasts?limit=1", role="viewer").json()["data"]
    assert (said["event"], said["severity"], said["data"]) == (
        "deploy",
        "warning",
        {"message": HOSTILE.strip()},
    )


WRONG = [
    ({"message": " "}, "message"), ({"message": "x" * 1001}, "message"),
    ({"message": "x", "event": "x" * 101}, "event"), ({"message": "x", "severity": "dire"}, "severity"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "member"), WRONG, ids=["nothing", "too much", "title", "severity"])
def test_a_mistake_is_named_at_its_field(server: Server, fields: dict[str, str], member: str) -> None:
    answer = server.post("/broadcast", role="operator", data=fields)
    assert answer.status_code == 422
    assert f'id="{member}-error"' in answer.text


def test_a_viewer_sees_no_form(server: Server) -> None:
    assert 'id="say"' not in server.get("/broadcast", role="viewer").text
    assert server.post("/broadcast", role="viewer", data={"message": "x"}).status_code == 403
