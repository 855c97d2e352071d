"""/api/v1/incidents, against the real web process."""

from tests.serving import Server

ALERT = {"type": "outage", "severity": "critical", "message": "payment is down"}


def test_it_lists_shows_and_acknowledges_an_incident(served: Server) -> None:
    alert_id = served.post("/api/realtime/alerts/custom", "operator", json=ALERT).json()["data"]["id"]
    incident_id = served.get(f"/api/v1/alerts/{alert_id}", "viewer").json()["data"]["incidentId"]
    path = f"/api/v1/incidents/{incident_id}"
    page = served.get("/api/v1/incidents?limit=1&open=true", "viewer").json()
    assert page["data"][0]["id"] == incident_id and page["next"] == incident_id
    assert served.get(f"/api/v1/incidents?before={incident_id}", "viewer").status_code == 200
    owned = served.post(f"{path}/acknowledge", "operator", json={"reason": "mine"}).json()["data"]
    assert owned["status"] == "acknowledged" and owned["acknowledged"]["reason"] == "mine"
    assert all(row["status"] == "acknowledged" for row in owned["alerts"] if row["endedAt"] is None)
    note = served.post(f"{path}/notes", "operator", json={"text": " rolled back "})
    assert note.status_code == 201 and note.json()["data"]["text"] == "rolled back"
    timeline = served.get(path, "viewer").json()["data"]["timeline"]
    assert {"fired", "acknowledged", "note"} <= {entry["kind"] for entry in timeline}
    of_it = served.get(f"/api/v1/alerts?incident={incident_id}", "viewer").json()["data"]
    assert alert_id in [row["id"] for row in of_it]


def test_it_answers_404_for_an_unknown_one_and_403_to_a_viewer(served: Server) -> None:
    assert served.get("/api/v1/incidents/987654", "viewer").status_code == 404
    assert served.post("/api/v1/incidents/987654/acknowledge", "operator", json={}).status_code == 404
    assert served.post("/api/v1/incidents/987654/notes", "operator", json={"text": "x"}).status_code == 404
    assert served.post("/api/v1/incidents/1/acknowledge", "viewer", json={}).status_code == 403
