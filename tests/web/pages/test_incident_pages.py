"""The incident pages as a browser without a script gets them: the list, one incident, and its forms."""

import re
from collections.abc import Callable, Iterator

import pytest
import requests

from gamepilot_mon import db, incident_view
from gamepilot_mon.clock import MINUTE_MS, utcnow
from gamepilot_mon.models import (
    Alert,
    ConfigVersion,
    Explanation,
    Incident,
    IncidentNote,
    Note,
    Notification,
    Release,
)
from tests.histories import past, told
from tests.serving import Server

PERSON = {"Accept": "text/html"}
HOSTILE = "<script>alert(1)</script>\"'\u202etxt.exe" + "x" * 3_000


@pytest.fixture
def site(served: Server) -> Iterator[Server]:
    """The shared server with no alert and no incident; what still waits to be sent is nobody else's."""
    with db.write():
        for model in (Alert, Incident, IncidentNote, Note, Explanation):
            model.delete().execute()
    yield served
    with db.write():
        Notification.delete().execute()


def raised(site: Server, **changes: object) -> Alert:
    body = {"type": "drill", "severity": "warning", "message": "a drill", **changes}
    answer = site.post("/api/realtime/alerts/custom", "operator", json=body)
    return Alert.get_by_id(answer.json()["data"]["id"])


def over(title: str, began_at: int, lasted_ms: int = MINUTE_MS) -> Incident:
    """One that is over, with its alert."""
    with db.write():
        row: Incident = Incident.create(
            title=title, severity="info", started_at=began_at, changed_at=began_at + lasted_ms,
            ended_at=began_at + lasted_ms,
        )  # fmt: skip
    past(began_at, lasted_ms, incident_id=row.id, message=title)
    return row


def page(site: Server, path: str, role: str = "operator", **headers: str) -> str:
    answer = site.get(path, role, headers={**PERSON, **headers})
    assert answer.status_code == 200, answer.text
    return answer.text


def send(site: Server, path: str, role: str = "operator", **fields: object) -> requests.Response:
    return site.post(path, role, headers=PERSON, data=fields)


def listed(text: str) -> list[int]:
    return [int(number) for number in re.findall(r'incident-row" id="incident-(\d+)"', text)]


def steps(text: str) -> list[str]:
    return re.findall(r'<li class="life" data-kind="(\w+)"', text)


def test_it_teaches_what_an_incident_is_when_there_is_none(site: Server) -> None:
    text = page(site, "/incidents")
    assert "There was no incident yet." in text and "within 10 minutes of its last change joins it" in text
    assert "gamepilot-mon alerts custom" in text
    assert "No incident is open." in page(site, "/incidents?state=open")


def test_it_lists_what_is_open_first_then_the_newest(site: Server) -> None:
    now = utcnow()
    old_but_open = raised(site).incident_id
    older, newer = over("older", now - 90 * MINUTE_MS).id, over("newer", now - 60 * MINUTE_MS).id
    assert listed(page(site, "/incidents")) == [old_but_open, newer, older]
    assert listed(page(site, "/incidents?state=open")) == [old_but_open]
    assert listed(page(site, "/incidents?state=ended")) == [newer, older]
    assert listed(page(site, "/incidents?state=nonsense&page=-1")) == [old_but_open, newer, older]


def test_it_comes_in_pages(site: Server) -> None:
    now = utcnow()
    for number in range(incident_view.PAGE + 2):
        over(f"number {number}", now - (number + 1) * 60 * MINUTE_MS)
    first = page(site, "/incidents?state=ended")
    assert len(listed(first)) == incident_view.PAGE
    [following] = re.findall(r'rel="next" href="([^"]+)"', first)
    second = page(site, following.replace("&amp;", "&"))
    assert len(listed(second)) == 2 and 'rel="prev"' in second and 'rel="next"' not in second


def test_it_gathers_what_happened_and_what_was_changed_before(serve: Callable[..., Server]) -> None:
    site = serve()
    site.open_store()
    first, second = raised(site, message="slow"), raised(site, message="down", severity="critical")
    at = first.fired_at
    with db.write():
        Release.create(event_id=1, at=at - 5 * MINUTE_MS, version="2.4.1")
        diff = [{"pointer": "/errorRate/warning", "old": 0.02, "new": 0.03}]
        ConfigVersion.create(created_at=at - 2 * MINUTE_MS, author="ada", override={}, diff=diff)
        Note.create(alert_id=second.id, at=second.fired_at, author="bob", text="it was the index")
    path = f"/incidents/{first.incident_id}"
    send(site, f"{path}/notes", text="rolled back")
    text = page(site, path, "viewer")
    of_it = [step for step in steps(text) if step not in ("deploy", "config")]  # others may deploy meanwhile
    assert of_it == ["fired", "fired", "note", "note"] and {"deploy", "config"} <= set(steps(text))
    for said in ("2.4.1", "errorRate/warning", "it was the index", "rolled back", "2 alerts"):
        assert said in text
    links = set(re.findall(r'href="(/(?:alerts/\d+|config-versions\?[^"]+))"', text))
    assert {f"/alerts/{first.id}", f"/alerts/{second.id}"} < links and len(links) == 3
    for link in links:
        assert site.get(link.replace("&amp;", "&"), "viewer").status_code == 200
    db.database.close()


def test_it_tells_an_alert_that_is_over_by_what_it_said_when_it_fired(site: Server) -> None:
    incident = over("Error rate is fine again", utcnow() - 30 * MINUTE_MS)
    alert = Alert.get(Alert.incident_id == incident.id)
    with db.write():
        data = {"measured": {"message": "High error rate: 12 %"}}
        Explanation.insert(alert_id=alert.id, at=alert.ended_at, until=alert.ended_at, data=data).execute()
    text = page(site, f"/incidents/{incident.id}")
    assert re.search(r"<b>Fired</b>: <a [^>]+>High error rate: 12 %</a>", text)
    assert re.search(r"<b>Ended</b>: <a [^>]+>Error rate is fine again</a>", text)


def test_it_says_who_was_told(site: Server) -> None:
    alert = raised(site)
    at = alert.fired_at
    told(alert, at, "slack")
    told(alert, at + 5_000, "slack", "repeat")
    told(alert, at, "email", state="dead")
    told(alert, at, "webhook", state="pending", settled_at=None)
    text = page(site, f"/incidents/{alert.incident_id}")
    assert "2 messages arrived, the first after 100 ms" in text
    assert "1 message was given up." in text and "1 message waits." in text


def test_it_says_that_nobody_was_told(site: Server) -> None:
    assert "Nobody was told of its alerts." in page(site, f"/incidents/{raised(site).incident_id}")


def test_it_acknowledges_all_that_is_open(site: Server) -> None:
    first, second = raised(site, labels={"n": "1"}), raised(site, labels={"n": "2"})
    path = f"/incidents/{first.incident_id}"
    assert "Acknowledge 2 alerts" in page(site, path)
    answer = send(site, f"{path}/acknowledge", reason="mine", **{"for": "1h"})
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    rows = [Alert.get_by_id(row.id) for row in (first, second)]
    assert {(row.status, row.acknowledged_by, row.acknowledged_reason) for row in rows} == {
        ("acknowledged", "operator", "mine")
    }
    assert all(row.acknowledged_until for row in rows)
    text = page(site, path)
    assert text.count("Acknowledged by operator") == 2 and "mine" in text  # its head, and what happened


def test_it_counts_what_nobody_owns(site: Server) -> None:
    first, _ = raised(site, labels={"n": "1"}), raised(site, labels={"n": "2"})
    path = f"/incidents/{first.incident_id}"
    assert "become yours too" not in page(site, path)
    site.post(f"/api/v1/alerts/{first.id}/acknowledge", "operator", json={})
    text = page(site, path)
    assert "Acknowledge 1 alert<" in text and "become yours too" in text
    send(site, f"{path}/acknowledge", **{"for": ""})
    assert "Take over 2 alerts" in page(site, path)


def test_it_shows_that_an_alert_got_worse(site: Server) -> None:
    alert = raised(site)
    told(alert, alert.fired_at + 1, "slack", "escalated", severity="critical", body={"text": "much slower"})
    text = page(site, f"/incidents/{alert.incident_id}")
    assert [step for step in steps(text) if step in ("fired", "worse")] == ["fired", "worse"]
    assert re.search(r"<b>Got worse</b>: <a [^>]+>much slower</a>", text)


def test_it_says_what_is_wrong_at_the_field_and_keeps_what_was_written(site: Server) -> None:
    alert = raised(site)
    path = f"/incidents/{alert.incident_id}"
    answer = send(site, f"{path}/acknowledge", reason="because", **{"for": "soon"})
    assert answer.status_code == 422 and 'value="because"' in answer.text
    assert 'id="ack-for-problem"' in answer.text
    empty = send(site, f"{path}/notes", text="  ")
    assert (
        empty.status_code == 422
        and "Write something." in empty.text
        and 'id="note-text-problem"' in empty.text
    )


def test_it_says_that_there_is_nothing_left_to_own(site: Server) -> None:
    incident = over("gone", utcnow() - 30 * MINUTE_MS)
    text = page(site, f"/incidents/{incident.id}")
    assert 'id="act-acknowledge"' not in text and 'id="act-note"' in text
    answer = send(site, f"/incidents/{incident.id}/acknowledge")
    assert answer.status_code == 422 and "None of its alerts is open any more." in answer.text


def test_it_says_until_when_it_may_open_again(site: Server) -> None:
    recent, closed = over("recent", utcnow() - 3 * MINUTE_MS), over("closed", utcnow() - 60 * MINUTE_MS)
    assert "It opens again when an alert fires before" in page(site, f"/incidents/{recent.id}")
    assert "It opens again" not in page(site, f"/incidents/{closed.id}")


def test_a_viewer_sees_everything_and_changes_nothing(site: Server) -> None:
    path = f"/incidents/{raised(site).incident_id}"
    text = page(site, path, "viewer")
    assert 'id="timeline"' in text and f'action="{path}' not in text
    for action in ("acknowledge", "notes"):
        assert send(site, f"{path}/{action}", "viewer", text="x").status_code == 403


@pytest.mark.parametrize("action", ["", "/acknowledge", "/notes"])
def test_one_that_is_not_known_says_so(site: Server, action: str) -> None:
    path = f"/incidents/987654{action}"
    answer = send(site, path, text="x") if action else site.get(path, "viewer", headers=PERSON)
    assert answer.status_code == 404 and "This incident is not known" in answer.text


def test_what_people_and_alerts_say_stays_text(site: Server) -> None:
    alert = raised(site, message=HOSTILE[:2000])
    path = f"/incidents/{alert.incident_id}"
    send(site, f"{path}/notes", text=HOSTILE)
    send(site, f"{path}/acknowledge", reason=HOSTILE[:900])
    for text in (page(site, path), page(site, "/incidents")):
        assert "<script>alert(1)" not in text and "&lt;script&gt;" in text


def test_alert_inbox_and_search_lead_to_it(site: Server) -> None:
    first, _ = raised(site, message="needle one"), raised(site, message="needle two")
    link = f'href="/incidents/{first.incident_id}"'
    for path in (f"/alerts/{first.id}", "/alerts", "/search?q=needle"):
        assert link in page(site, path), path
    assert 'href="/incidents"' in page(site, "/alerts/history")


def test_it_speaks_german(site: Server) -> None:
    path = f"/incidents/{raised(site).incident_id}"
    german = {"Accept-Language": "de"}
    text = page(site, path, **german)
    assert "Was geschah" in text and "1 Alarm bestätigen" in text
    assert "None of its alerts" not in text
    wrong = site.post(f"{path}/notes", "operator", headers={**PERSON, **german}, data={"text": ""})
    assert "Bitte etwas schreiben." in wrong.text
