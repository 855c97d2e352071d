from gamepilot_mon import db, pseudonym
from gamepilot_mon.models import Event
from tests.serving import Server


def test_it_erases_a_player_for_an_admin_alone(served: Server) -> None:
    event = {"kind": "user_action", "user_id": "erase-me", "type": "view"}
    assert served.post("/api/v1/events", "ingest", json={"events": [event]}).status_code == 202
    assert Event.select().where(Event.user == pseudonym.hidden("erase-me")).count() == 1
    db.database.close()
    assert served.request("DELETE", "/api/v1/user-data/erase-me", "operator").status_code == 403
    answer = served.request("DELETE", "/api/v1/user-data/erase-me", "admin")
    assert answer.json()["data"]["erased"]["event"] == 1
    assert Event.select().where(Event.user == pseudonym.hidden("erase-me")).count() == 0
    log = served.get("/api/v1/user-data", "admin")
    assert log.json()["data"][0]["counts"]["event"] == 1 and "erase-me" not in log.text
