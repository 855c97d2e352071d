from collections.abc import Iterator

import pytest

from gamepilot_mon.models import Check, Observation
from tests.serving import Server


@pytest.fixture
def check(served: Server) -> Iterator[Check]:
    check = Check.create(
        name="backup", kind="heartbeat", spec={}, interval_ms=60_000, origin="user",
        ping_key="secret-ping-key", created_at=0,
    )  # fmt: skip
    yield check
    check.delete_instance()


def state() -> str:
    return str(Check.get(Check.name == "backup").state)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_it_takes_every_signal_without_any_credential(served: Server, check: Check, method: str) -> None:
    states = []
    for path in ("/start", "", "/fail", "/0", "/255"):
        assert served.request(method, f"/ping/secret-ping-key{path}").status_code == 200
        states.append(state())

    assert states == ["unknown", "up", "down", "up", "down"]


@pytest.mark.parametrize(
    "path", ["other", "other/fail", *(f"secret-ping-key/{code}" for code in ("256", "-1", "x"))]
)
def test_it_finds_nothing_for_a_wrong_key_or_code(served: Server, check: Check, path: str) -> None:
    answer = served.post(f"/ping/{path}", headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert state() == "unknown"


def test_it_keeps_10_kb_of_the_body(served: Server, check: Check) -> None:
    served.post("/ping/secret-ping-key", data=b"x" * 2_000_000)

    kept = (
        Observation.select().where(Observation.check_id == check.id).order_by(Observation.id.desc()).first()
    )
    assert kept.data["body"] == "x" * 10_000


def test_it_takes_a_body_in_chunks(served: Server, check: Check) -> None:
    served.post("/ping/secret-ping-key/fail", data=iter([b"no ", b"space"]))

    kept = (
        Observation.select().where(Observation.check_id == check.id).order_by(Observation.id.desc()).first()
    )
    assert kept.data["body"] == "no space"
