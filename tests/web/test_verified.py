from gamepilot_mon.auth import tokens
from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.clock import utcnow
from gamepilot_mon.db import write
from gamepilot_mon.models import Token
from gamepilot_mon.web.verified import MOST, remembered
from tests.processes import eventually
from tests.serving import Server


def test_it_asks_once_for_what_held_a_moment_ago() -> None:
    asked = []

    def verify() -> Principal:
        asked.append(1)
        return Principal("a", "viewer", "token", "1")

    assert remembered("gpm_once", verify) == remembered("gpm_once", verify)
    assert len(asked) == 1


def test_it_asks_again_for_what_did_not_hold() -> None:
    asked = []
    for _ in range(3):
        assert remembered("gpm_wrong", lambda: asked.append(1)) is None
    assert len(asked) == 3


def test_it_does_not_grow_without_end() -> None:
    from gamepilot_mon.web import verified

    for number in range(MOST + 10):
        remembered(f"gpm_{number}", lambda: Principal("a", "viewer", "token", "1"))
    assert len(verified._found) <= MOST


def test_a_revoked_token_opens_nothing_soon_after(served: Server) -> None:
    with write():
        text = tokens.create("viewer", "passing", utcnow())
    headers = {"Authorization": f"Bearer {text}"}
    assert served.get("/api/v1/alerts", headers=headers).status_code == 200
    with write():
        tokens.revoke(Token.get(Token.name == "passing").id, utcnow())
    eventually(lambda: served.get("/api/v1/alerts", headers=headers).status_code == 401)
