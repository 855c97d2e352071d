"""/checks by a real app and store: the list, a check's page, its forms, who may do what, and hostile text."""

import re
from typing import Any

import pytest
import requests

from gamepilot_mon import alerts, check_views, checks, db, measures
from gamepilot_mon.clock import HOUR_MS, MINUTE_MS, iso, utcnow
from gamepilot_mon.models import Alert, Check, Observation
from gamepilot_mon.probes import Reading
from gamepilot_mon.rules import Rule
from gamepilot_mon.sources import heartbeats
from gamepilot_mon.sources.heartbeats import Ping
from tests.serving import Server

HOSTILE = [
    "<script>alert(1)</script>",
    "‮gnihton‬ ok",
    "Z̵͕̈a̶l̷g̸o" * 10,
    '"><img src=x onerror=alert(1)>',
]


def add(server: Server, **document: Any) -> Any:
    answer = server.post("/api/v1/checks", "admin", json={"kind": "heartbeat", **document})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def observe(check_id: int, state: str, at: int, error: str | None = None, **data: Any) -> None:
    with db.write():
        reading = Reading(state, 12.5 if state == "up" else None, error, data or None)
        checks.record(Check.get_by_id(check_id), reading, at)


def page(server: Server, path: str, role: str = "viewer") -> requests.Response:
    return server.get(path, role, headers={"Accept": "text/html"})


def send(server: Server, path: str, role: str = "admin", **fields: str) -> requests.Response:
    return server.post(path, role, data=fields, headers={"Accept": "text/html"})


def names(text: str) -> list[str]:
    return re.findall(r'class="check-name" href="[^"]*">([^<]*)<', text)


def test_it_lists_what_needs_a_look_first(served: Server) -> None:
    fine, broken = add(served, name="list fine"), add(served, name="list zz broken")
    observe(fine["id"], "up", utcnow())
    observe(broken["id"], "down", utcnow(), "no answer within 5 s")
    text = page(served, "/checks?q=list+").text
    assert names(text) == ["list zz broken", "list fine"]
    assert "no answer within 5 s" in text and "12 ms" in text


def test_it_filters_by_state_and_counts_the_others(served: Server) -> None:
    for number, state in enumerate(["up", "up", "down"]):
        observe(
            add(served, name=f"chips {number}")["id"], state, utcnow(), "broken" if state == "down" else None
        )
    text = page(served, "/checks?q=chips&state=up").text
    assert names(text) == ["chips 0", "chips 1"]
    assert re.findall(r"<b>(\d+)</b></a>", text) == ["3", "1", "2"]


@pytest.mark.parametrize(
    "query", ["state=nonsense", "page=-1", "page=9999999999999", "group=x", "kind=%00", "q=%25"]
)
def test_it_shows_something_whatever_is_asked_for(served: Server, query: str) -> None:
    assert page(served, f"/checks?{query}").status_code == 200


def test_it_turns_the_pages_and_keeps_the_filter(served: Server) -> None:
    now = utcnow()
    with db.write():
        rows = [
            {"name": f"many {n:03}", "kind": "http", "spec": {}, "interval_ms": 60_000, "origin": "user"}
            for n in range(60)
        ]
        Check.insert_many([{**row, "created_at": now} for row in rows]).execute()
    first = page(served, "/checks?q=many").text
    assert len(names(first)) == 50 and "Page 1 of 2" in first
    [address] = re.findall(r'rel="next" href="([^"]*)"', first)
    second = page(served, address.replace("&amp;", "&")).text
    assert names(second)[0] == "many 050" and len(names(second)) == 10


def test_it_tells_the_uptime_of_a_day_and_how_much_of_it_is_known(served: Server) -> None:
    check, now = add(served, name="half known", intervalMs=MINUTE_MS), utcnow()
    with db.write():
        at = range(now - 12 * HOUR_MS, now, MINUTE_MS)
        Observation.insert_many([{"check_id": check["id"], "at": one, "state": "up"} for one in at]).execute()
    observe(check["id"], "up", now)
    text = page(served, "/checks?q=half+known").text
    assert "<b>100%</b>" in text and re.search(r"(49|50)\.\d\d% known", text)


def test_it_marks_what_stands_behind_a_check_that_is_down(served: Server) -> None:
    now = utcnow()
    router = add(served, name="mark router")
    shop = add(served, name="mark shop", dependsOn="mark router")
    observe(router["id"], "down", now, "gone")
    observe(shop["id"], "down", now, "gone too")
    with db.write():
        labels = {"check": "mark router"}
        raised = alerts.raise_custom(
            type_="system_down", severity="critical", value=1.0, threshold=0.0, metadata={}, labels=labels,
            message="mark router is down", identity=alerts.fingerprint("system_down", labels), now=now, gap_ms=0,
        )  # fmt: skip
    text = page(served, "/checks?q=mark+").text
    assert text.count("Parent down") == 1 and text.index("mark router") < text.index("Parent down")
    detail = page(served, f"/checks/{router['id']}").text
    assert "mark router is down" in detail and "mark shop" in detail
    assert "depends on mark router" in page(served, f"/checks/{shop['id']}").text
    with db.write():
        alerts.close(Alert.get_by_id(raised.id), now)


def test_it_shows_a_check_with_its_evidence(served: Server) -> None:
    check = add(served, name="evidence", kind="http", url="http://192.0.2.7/health", intervalMs=MINUTE_MS)
    observe(check["id"], "up", utcnow() - 5 * MINUTE_MS, None, status=200)
    observe(check["id"], "down", utcnow(), "answered with status 503", status=503)
    for span in ("24h", "7d", "30d", "nonsense"):
        answer = page(served, f"/checks/{check['id']}?span={span}")
        assert answer.status_code == 200
    for said in (
        "http://192.0.2.7/health",
        "answered with status 503",
        "<dd>503</dd>",
        "% unknown",
        "As a table",
    ):
        assert said in answer.text, said


def test_the_evidence_is_in_plain_words_and_its_moments_are_moments(served: Server) -> None:
    check, now = add(served, name="evidence of silence"), utcnow()
    observe(
        check["id"], "down", now, "no ping for 9m", last_ping_at=now - 9 * MINUTE_MS,
        tableCounts={"status": 7}, estimated=["a", "b"], something_else=3,
    )  # fmt: skip
    path = f"/checks/{check['id']}"
    text = page(served, path).text
    assert "last_ping_at" not in text and f"{now - 9 * MINUTE_MS:,}" not in text
    at = iso(now - 9 * MINUTE_MS)
    assert re.search(rf'<dt>Last good ping</dt><dd><time [^>]*datetime="{at}"', text)
    assert re.search(rf'<dt>Last ping</dt><dd><time [^>]*datetime="{at}"', text)
    for name, said in (("Rows · status", "7"), ("Estimated", "a, b"), ("something_else", "3")):
        assert f"<dt>{name}</dt><dd>{said}</dd>" in text
    german = served.get(path, "viewer", headers={"Accept": "text/html", "Accept-Language": "de"}).text
    assert "<dt>Letzter guter Ping</dt>" in german


def test_a_heartbeat_was_last_heard_of_at_its_last_ping(served: Server) -> None:
    check, now = add(served, name="heard of"), utcnow()
    row = Check.get_by_id(check["id"])
    assert check_views.seen_at(row) is None
    with db.write():
        heartbeats.receive(row.ping_key, Ping("success"), now - 60_000)
    assert check_views.seen_at(Check.get_by_id(row.id)) == now - 60_000
    observe(row.id, "down", now, "no ping for 1m", last_ping_at=now - 60_000)
    assert check_views.seen_at(Check.get_by_id(row.id)) == now - 60_000
    with db.write():
        heartbeats.receive(row.ping_key, Ping("fail"), now + 1)
    assert check_views.seen_at(Check.get_by_id(row.id)) == now + 1
    assert "last ping" in page(served, "/").text


def test_a_heartbeat_shows_the_address_to_call(served: Server) -> None:
    check = add(served, name="with address")
    text = page(served, f"/checks/{check['id']}").text
    assert f"{served.url}{check['pingUrl']}" in text and "No ping has come yet" in text


@pytest.mark.parametrize("id", ["999999999", "9" * 30])
@pytest.mark.parametrize("path", ["", "/delete"])
def test_an_unknown_check_is_not_found(served: Server, id: str, path: str) -> None:
    assert page(served, f"/checks/{id}{path}", "admin").status_code == 404


def test_an_admin_adds_a_check_by_form(served: Server) -> None:
    answer = send(
        served, "/checks/new", kind="http", name="by form", url="http://192.0.2.8/", interval="90 s"
    )
    assert answer.status_code == 303
    check = Check.get(Check.name == "by form")
    assert answer.headers["Location"].endswith(f"/checks/{check.id}")
    assert (check.interval_ms, check.spec) == (90_000, {"url": "http://192.0.2.8/"})


WRONG = [
    ({"kind": "heartbeat", "name": ""}, "name", "is needed"),
    ({"kind": "heartbeat", "name": "x", "interval": "soon"}, "interval", "not a duration"),
    ({"kind": "heartbeat", "name": "x", "interval": "1ms"}, "interval", "at least 1s"),
    ({"kind": "heartbeat", "name": "x", "grace": "-1"}, "grace", "not a duration"),
    ({"kind": "http", "name": "x", "url": "file:///etc/passwd"}, "url", "http(s) URL"),
    ({"kind": "http", "name": "x", "url": "http://a/", "interval": "2h"}, "url", "every hour"),
    ({"kind": "heartbeat", "name": "x", "dependsOn": "nobody knows"}, "dependsOn", "no such check"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "field", "said"), WRONG, ids=["name", "word", "short", "negative", "scheme", "rare", "parent"]
)
def test_it_says_at_the_field_what_is_wrong(
    served: Server, fields: dict[str, str], field: str, said: str
) -> None:
    answer = send(served, "/checks/new", **fields)
    assert answer.status_code == 422
    [problem] = re.findall(rf'id="{field}-problem">([^<]*)<', answer.text)
    assert said.casefold() in problem.casefold()
    assert f'value="{fields["name"]}"' in answer.text
    assert not Check.select().where(Check.name == "x").exists()


def test_a_name_that_is_taken_is_said_at_the_name(served: Server) -> None:
    add(served, name="taken here")
    answer = send(served, "/checks/new", kind="heartbeat", name="taken here")
    assert answer.status_code == 422 and 'id="name-problem"' in answer.text


def test_an_admin_sets_and_takes_back_a_parent(served: Server) -> None:
    router, shop = add(served, name="form router"), add(served, name="form shop")
    path = f"/checks/{shop['id']}/parent"
    assert send(served, path, parent="form router").status_code == 303
    assert Check.get_by_id(shop["id"]).depends_on == router["id"]
    refused = send(served, f"/checks/{router['id']}/parent", parent="form shop")
    assert refused.status_code == 422 and "cannot depend on itself" in refused.text
    assert send(served, path, parent="").status_code == 303
    assert Check.get_by_id(shop["id"]).depends_on is None


def test_an_admin_pauses_a_check_and_watches_it_again(served: Server) -> None:
    check = add(served, name="to pause")
    observe(check["id"], "down", utcnow(), "gone")
    assert send(served, f"/checks/{check['id']}/pause").status_code == 303
    paused = Check.get_by_id(check["id"])
    assert paused.paused_at and paused.state == "unknown"
    assert list(measures.downs(Rule("system_down", "Down", "state", None, 0), [paused])) == []
    assert names(page(served, "/checks?state=paused").text) == ["to pause"]
    assert "Watch again" in page(served, f"/checks/{check['id']}", "admin").text
    assert send(served, f"/checks/{check['id']}/resume").status_code == 303
    assert Check.get_by_id(check["id"]).paused_at is None
    assert send(served, "/checks/999999999/pause").status_code == 404


def test_an_admin_deletes_a_check_after_a_question(served: Server) -> None:
    check = add(served, name="to delete")
    assert "Delete to delete?" in page(served, f"/checks/{check['id']}/delete", "admin").text
    assert Check.get_or_none(Check.id == check["id"])
    assert send(served, f"/checks/{check['id']}/delete").status_code == 303
    assert Check.get_or_none(Check.id == check["id"]) is None


def test_a_check_of_the_settings_stays(served: Server) -> None:
    with db.write():
        check = Check.create(
            name="of the settings", kind="host", spec={}, interval_ms=1000, origin="settings", created_at=0
        )
    refused = send(served, f"/checks/{check.id}/delete")
    assert refused.status_code == 422 and "comes from the settings" in refused.text
    with db.write():
        check.delete_instance()


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_who_may_change_nothing_sees_no_button(served: Server, role: str) -> None:
    check = add(served, name=f"seen by {role}")
    text = (
        page(served, f"/checks?q=seen+by+{role}", role).text
        + page(served, f"/checks/{check['id']}", role).text
    )
    for absent in ("Add a check", "/delete", "/pause", "Set the parent"):
        assert absent not in text
    for changed in ("parent", "pause", "resume"):
        assert send(served, f"/checks/{check['id']}/{changed}", role).status_code == 403
    for path in ("/checks/new", f"/checks/{check['id']}/delete"):
        assert page(served, path, role).status_code == 403
        assert send(served, path, role).status_code == 403
    assert send(served, f"/checks/{check['id']}/parent", role).status_code == 403


def test_a_very_long_error_is_whole_on_its_own_page_only(served: Server) -> None:
    check = add(served, name="long winded")
    observe(check["id"], "down", utcnow(), "x" * 10_000)
    assert "x" * 301 not in page(served, "/checks?q=long+winded").text
    text = page(served, f"/checks/{check['id']}").text
    assert text.count("x" * 10_000) == 1 and len(text) < 60_000


@pytest.mark.parametrize("text", HOSTILE, ids=["script", "bidi", "zalgo", "attribute"])
def test_hostile_text_is_inert(served: Server, text: str) -> None:
    check = add(served, name=text[:100])
    observe(check["id"], "down", utcnow(), text * 50, body=text * 100)
    for path in (f"/checks/{check['id']}", f"/checks/{check['id']}/delete", "/checks", "/"):
        shown = page(served, path, "admin").text
        assert "<script>alert" not in shown and "<img src=x" not in shown
    served.request("DELETE", f"/api/v1/checks/{check['id']}", "admin")


def test_the_overview_shows_problems_and_counts_the_rest(served: Server) -> None:
    made = [add(served, name=f"overview {n}") for n in range(12)]
    for check in made:
        observe(check["id"], "up", utcnow())
    observe(made[-1]["id"], "down", utcnow(), "gone")
    text = page(served, "/").text
    tile = text[text.index('id="checks"') :]
    assert re.search(r"and [\d,]+ more", tile)
    assert tile.count('class="check"') == 8
