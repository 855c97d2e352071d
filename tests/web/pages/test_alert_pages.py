"""The alert pages as a browser without a script gets them: inbox, one alert, history, and their forms."""

import html
import re
from collections.abc import Iterator

import pytest
import requests

from gamepilot_mon import db
from gamepilot_mon.clock import HOUR_MS, iso, utcnow
from gamepilot_mon.inbox import PAGE, Place, ordered
from gamepilot_mon.models import Alert, Event, Explanation, Incident, Maintenance, Note, Silence
from gamepilot_mon.web.pages import alert_forms, alert_plot
from gamepilot_mon.web.pages.alert_filter import Filter
from gamepilot_mon.web.pages.alert_forms import Wrong
from tests.histories import past, told
from tests.serving import Server

PERSON = {"Accept": "text/html"}
HOSTILE = "<script>alert(1)</script>\"'\u202etxt.exe Z̷̡͠a̴lgo" + "x" * 9_000


@pytest.fixture
def site(served: Server) -> Iterator[Server]:
    """The shared server with nothing in it that is open."""
    with db.write():
        for model in (Alert, Incident, Note, Silence, Maintenance, Explanation):
            model.delete().execute()
    return served  # type: ignore[return-value]


def raised(site: Server, **changes: object) -> int:
    body = {"type": "drill", "severity": "warning", "message": "a drill", **changes}
    return int(site.post("/api/realtime/alerts/custom", "operator", json=body).json()["data"]["id"])


def page(site: Server, path: str, role: str = "operator") -> str:
    answer = site.get(path, role, headers=PERSON)
    assert answer.status_code == 200, answer.text
    return answer.text


def send(site: Server, path: str, role: str = "operator", **fields: object) -> requests.Response:
    return site.post(path, role, headers=PERSON, data=fields)


def shown(text: str) -> list[int]:
    return [int(number) for number in re.findall(r'<li class="inbox-row" id="alert-(\d+)"', text)]


def test_it_says_what_to_do_when_nothing_is_open(site: Server) -> None:
    text = page(site, "/alerts")
    assert "Nothing is firing." in text and "gamepilot-mon alerts test" in text


def test_it_shows_the_worst_first_and_what_somebody_owns_last(site: Server) -> None:
    mild, bad, owned = (
        raised(site, severity=severity, labels={"n": severity})
        for severity in ("info", "critical", "warning")
    )
    send(site, f"/alerts/{owned}/acknowledge", reason="looking")
    assert shown(page(site, "/alerts")) == [bad, mild, owned]
    assert shown(page(site, "/alerts?state=acknowledged")) == [owned]
    assert "looking" in page(site, "/alerts")


def test_an_incident_stands_where_its_worst_alert_stands() -> None:
    def place(number: int, incident: int | None, rank: int) -> Place:
        return Place(number, incident, (False, -rank, 0, -number))

    mild, lone, bad = place(1, 7, 0), place(2, None, 1), place(3, 7, 2)
    assert [each.id for each in ordered([mild, lone, bad])] == [3, 1, 2]


def test_it_groups_by_incident(site: Server) -> None:
    for number in range(2):
        raised(site, labels={"n": str(number)})
    assert re.search(r"Incident \d+", page(site, "/alerts"))


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("severity=critical", 1), ("type=other", 1), ("q=NEEDLE", 1), ("q=label-value", 1), ("q=100%25", 0),
        ("span=1h", 3), ("state=resolved", 1), ("state=all", 4),
        ("state=nonsense&severity=x&span=9y&page=-4", 3),
    ],
)  # fmt: skip
def test_it_filters(site: Server, query: str, count: int) -> None:
    past(utcnow() - 3 * HOUR_MS)
    raised(site, severity="critical", labels={"n": "1"})
    raised(site, type="other", labels={"name": "label-value"})
    raised(site, message="with a needle in it", labels={"n": "3"})
    assert len(shown(page(site, f"/alerts?{query}"))) == count


def test_it_comes_in_pages(site: Server) -> None:
    now = utcnow()
    for number in range(PAGE + 3):
        past(now - number, lasted_ms=None)
    first, second = page(site, "/alerts"), page(site, "/alerts?page=2")
    assert (len(shown(first)), len(shown(second))) == (PAGE, 3)
    assert 'rel="next"' in first and 'rel="prev"' in second and f"{PAGE + 3} alerts" in first
    assert len(page(site, "/")) < 400_000


def test_it_says_what_mutes_an_alert_and_how_many_notes_it_has(site: Server) -> None:
    alert = raised(site, labels={"n": "1"})
    send(site, f"/alerts/{alert}/silence", conditions='type="drill"', reason="deploying", **{"for": "1h"})
    send(site, f"/alerts/{alert}/notes", text="restarted it")
    text = page(site, "/alerts")
    assert f"Muted by silence {Silence.get().id}" in text and "deploying" in text and "1 note" in text


def test_it_does_to_many_what_was_ticked_and_undoes_it(site: Server) -> None:
    ids = [raised(site, labels={"n": str(number)}) for number in range(3)]
    answer = send(
        site, "/alerts/acknowledge", alert=ids[:2], reason="mine", in_severity="warning", **{"for": "1h"}
    )
    assert answer.status_code == 303 and answer.headers["Location"].startswith(
        "/alerts?severity=warning&done="
    )
    after = page(site, answer.headers["Location"])
    assert "2 alerts are acknowledged." in after
    assert [Alert.get_by_id(number).status for number in ids] == ["acknowledged", "acknowledged", "firing"]
    assert Alert.get_by_id(ids[0]).acknowledged_until is not None
    [done] = re.findall(r'name="done" value="([^"]+)"', after)
    back = send(site, "/alerts/undo", done=done)
    assert "Undone for 2." in page(site, back.headers["Location"])
    assert {Alert.get_by_id(number).status for number in ids} == {"firing"}


def test_undo_leaves_what_somebody_took_over_since(site: Server) -> None:
    alert = raised(site)
    answer = send(site, "/alerts/acknowledge", alert=alert)
    send(site, f"/alerts/{alert}/acknowledge", "admin", reason="taking over")
    [done] = re.findall(r'name="done" value="([^"]+)"', page(site, answer.headers["Location"]))
    send(site, "/alerts/undo", done=done)
    assert Alert.get_by_id(alert).acknowledged_by == "admin"


def test_it_passes_over_what_somebody_owns_already(site: Server) -> None:
    alert = raised(site)
    send(site, f"/alerts/{alert}/acknowledge", "admin")
    answer = send(site, "/alerts/acknowledge", alert=[alert, 987_654])
    assert "2 were passed over" in page(site, answer.headers["Location"])
    assert Alert.get_by_id(alert).acknowledged_by == "admin"


def test_it_silences_what_was_ticked_and_takes_it_back(site: Server) -> None:
    ids = [raised(site, labels={"n": str(number)}) for number in range(2)]
    answer = send(site, "/alerts/silence", alert=ids, reason="deploying", **{"for": "1h"})
    assert "2 silences were made." in page(site, answer.headers["Location"])
    assert [row.matchers for row in Silence.select().order_by(Silence.id)] == [
        [["type", "=", "drill"], ["n", "=", str(number)]] for number in range(2)
    ]
    [done] = re.findall(r'name="done" value="([^"]+)"', page(site, answer.headers["Location"]))
    send(site, "/alerts/undo", done=done)
    assert Silence.select().where(Silence.ends_at > utcnow()).count() == 0


def test_it_gives_back_what_was_ticked(site: Server) -> None:
    alert = raised(site)
    send(site, f"/alerts/{alert}/acknowledge")
    send(site, "/alerts/give-back", alert=alert)
    assert Alert.get_by_id(alert).status == "firing"


@pytest.mark.parametrize("done", ["", "nonsense", "eyJ9.x.y"])
def test_it_undoes_nothing_that_was_not_done_here(site: Server, done: str) -> None:
    assert send(site, "/alerts/undo", done=done).status_code == 410
    assert 'data-state="healthy" id="deed"' not in page(site, f"/alerts?done={done}")


WRONG = [
    ("acknowledge", {}, "Tick at least one alert."),
    ("acknowledge", {"alert": "x"}, "Tick at least one alert."),
    ("acknowledge", {"alert": list(range(1, 502))}, "At most 500 alerts at once"),
    ("silence", {"alert": 1, "for": "1h"}, "Say why"),
    ("silence", {"alert": 1, "reason": "x"}, "A silence needs an end"),
    ("acknowledge", {"alert": 1, "for": "soon"}, "Write for example 30m"),
    ("acknowledge", {"alert": 1, "reason": "x" * 1_001}, "At most 1,000 characters"),
]


@pytest.mark.parametrize(("action", "fields", "said"), WRONG)
def test_it_says_at_the_field_what_is_wrong(
    site: Server, action: str, fields: dict[str, object], said: str
) -> None:
    answer = send(site, f"/alerts/{action}", **fields)
    assert answer.status_code == 422 and said in answer.text


def test_it_keeps_what_was_ticked_when_something_is_wrong(site: Server) -> None:
    alert = raised(site)
    answer = send(site, "/alerts/silence", alert=alert, reason="why")
    assert re.search(rf'value="{alert}" form="bulk" data-keep checked', answer.text)
    assert 'value="why"' in answer.text


def test_it_shows_no_button_to_a_viewer_that_would_be_refused(site: Server) -> None:
    alert = raised(site)
    for path in ("/alerts", f"/alerts/{alert}"):
        text = page(site, path, "viewer")
        assert 'type="checkbox"' not in text and 'method="post" action="/alerts' not in text
    for path in ("/alerts/acknowledge", f"/alerts/{alert}/notes", f"/alerts/{alert}/resolve", "/alerts/undo"):
        assert send(site, path, "viewer", alert=alert).status_code == 403


def test_it_shows_one_alert_with_its_life(site: Server) -> None:
    now = utcnow()
    alert = past(now - HOUR_MS, lasted_ms=HOUR_MS // 2, acknowledged_at=now - HOUR_MS + 1000, acknowledged_by="ada",
                 acknowledged_reason="mine")  # fmt: skip
    told(alert, alert.started_at, detail="200 ok")
    told(alert, alert.started_at + 60_000, change="escalated", severity="critical")
    with db.write():
        Note.create(alert_id=alert.id, at=now - HOUR_MS + 2000, author="bob", text="the pool was full")
    text = page(site, f"/alerts/{alert.id}")
    places = [
        text.index(said)
        for said in (
            "<b>Fired</b>",
            "<b>Acknowledged by ada",
            "the pool was full",
            "it got worse",
            "<b>Ended</b>",
        )
    ]
    assert places == sorted(places)
    assert "Acknowledged by ada" in text and "mine" in text


def around(other: int, at: str) -> dict[str, object]:
    """An explanation in which everything happened at once."""
    measured = {"value": 0.12, "threshold": 0.05, "windowMs": 300_000, "samples": 12}
    diff = [{"pointer": "/a", "old": 1, "new": 2}]
    occurrence = {
        "id": other, "firedAt": at, "endedAt": at, "durationMs": 60_000, "acknowledgedBy": None, "reason": None,
        "notes": [{"at": at, "author": "bob", "text": "restart it"}],
    }  # fmt: skip
    alert = {"id": other, "type": "t", "severity": "critical", "message": "its own", "labels": {}}
    return {
        "from": at, "to": at,
        "measured": {"at": at, "severity": "warning", "message": "m", **measured},
        "deploys": [{"at": at, "version": "9.8.7", "metadata": None}],
        "configChanges": [{"at": at, "version": 3, "author": "eve", "diff": diff}],
        "otherAlerts": [{**alert, "startedAt": at, "endedAt": None}],
        "errors": [{"operation": "pay", "severity": "error", "error": "refused", "count": 7, "lastAt": at}],
        "operations": [{"operation": "pay", "count": 10, "failures": 4, "meanMs": 5.0, "p95Ms": 9.0}],
        "past": {"count": 1, "last": [occurrence]},
    }  # fmt: skip


def test_it_shows_what_was_around_it(site: Server) -> None:
    now = utcnow()
    alert = past(now - HOUR_MS)
    other = past(now - HOUR_MS - 1)
    data = around(other.id, iso(now))
    with db.write():
        Explanation.create(alert_id=alert.id, at=now, until=now, data=data)
    text = html.unescape(page(site, f"/alerts/{alert.id}"))
    for said in ("9.8.7", "eve", f"/alerts/{other.id}", "refused", "7 ×", "restart it", "Fired as", "12.00%"):
        assert said in text


def test_it_answers_404_for_an_alert_that_is_not_known(site: Server) -> None:
    assert site.get("/alerts/987654", "viewer", headers=PERSON).status_code == 404
    assert site.get(f"/alerts/{2**63}", "viewer", headers=PERSON).status_code in (404, 422)
    assert send(site, "/alerts/987654/notes", text="x").status_code == 404
    silence = {"conditions": "type=a", "reason": "r", "for": "1h"}
    assert send(site, "/alerts/987654/silence", **silence).status_code == 404


def test_it_keeps_a_note_and_ends_what_a_person_raised(site: Server) -> None:
    alert = raised(site)
    assert send(site, f"/alerts/{alert}/notes", text=" seen \r\n twice ").status_code == 303
    assert Note.get().text == "seen \n twice"
    assert send(site, f"/alerts/{alert}/resolve").status_code == 303
    assert Alert.get_by_id(alert).status == "resolved"


def test_it_does_not_end_what_a_rule_raised(site: Server) -> None:
    alert = past(utcnow(), lasted_ms=None)
    answer = send(site, f"/alerts/{alert.id}/resolve")
    assert answer.status_code == 422 and "ends when its rule" in answer.text
    assert Alert.get_by_id(alert.id).ended_at is None


WRONG_OF_ONE = [
    ("notes", {"text": "  "}, "Write something."),
    ("notes", {"text": "x" * 10_001}, "At most 10,000 characters"),
    ("silence", {"reason": "r", "for": "1h"}, "Say at least one condition"),
    ("silence", {"reason": "r", "for": "1h", "conditions": "type=a\nnonsense"}, "Line 2 must look like"),
    ("silence", {"reason": "r", "for": "1h", "conditions": "type=~("}, "Line 1 is not a pattern"),
    ("silence", {"reason": "r", "for": "1h", "conditions": "type=~(?=a)"}, "is not a pattern"),
    ("silence", {"reason": "r", "for": "900d", "conditions": "type=a"}, "From a minute to 90 days."),
    ("acknowledge", {"for": "1s"}, "From a minute to 30 days."),
]


@pytest.mark.parametrize(("form", "fields", "said"), WRONG_OF_ONE)
def test_it_says_at_the_field_of_one_alert_what_is_wrong(
    site: Server, form: str, fields: dict[str, str], said: str
) -> None:
    answer = send(site, f"/alerts/{raised(site)}/{form}", **fields)
    assert answer.status_code == 422
    assert said in answer.text and 'aria-invalid="true"' in answer.text


def test_it_acknowledges_nothing_that_is_over(site: Server) -> None:
    alert = past(utcnow() - HOUR_MS)
    answer = send(site, f"/alerts/{alert.id}/acknowledge")
    assert answer.status_code == 422 and "resolved already" in answer.text


def test_hostile_texts_stay_texts(site: Server) -> None:
    alert = raised(
        site,
        type=HOSTILE[:100],
        message=HOSTILE,
        labels={HOSTILE[:100]: HOSTILE[:500]},
        metadata={"m": HOSTILE},
    )
    send(site, f"/alerts/{alert}/notes", text=HOSTILE)
    send(site, f"/alerts/{alert}/acknowledge", reason=HOSTILE[:900])
    for path in ("/alerts", f"/alerts/{alert}", "/alerts/history", "/alerts?q=" + HOSTILE[:60], "/"):
        assert "<script>alert(1)" not in page(site, path)
    assert "<script>alert(1)" not in send(site, f"/alerts/{alert}/silence", conditions=HOSTILE).text
    assert send(site, "/alerts/silence", alert=alert, reason="r", **{"for": "1h"}).status_code == 303


def test_it_draws_the_figure_with_its_thresholds(site: Server) -> None:
    drawn = alert_plot.drawn(
        [(0, 1.0), (60_000, None), (120_000, 3.0), (180_000, 2.0)], 0, 240_000,
        levels={"warning": 2.0, "critical": None}, marks={"fired": 120_000, "late": 999_000},
    )  # fmt: skip
    assert len(drawn["lines"]) == 2 and drawn["lines"][1].count("L") == 1
    assert drawn["marks"] == {"fired": 300.0}
    assert set(drawn["levels"]) == {"warning"} and drawn["low"] == 0


@pytest.mark.parametrize(
    ("values", "levels", "low", "high"),
    [
        ([0.98, 0.93, 0.99], {"warning": 0.95, "critical": 0.9}, 0.8928, 0.9972),
        ([1.0, 1.0], {}, 0.9, 1.0), ([0.0, 0.02], {"warning": 0.05}, 0.0, 0.054), ([0.0], {}, 0.0, 1.0),
    ],
)  # fmt: skip
def test_the_axis_of_a_ratio_is_around_what_is_there(
    values: list[float], levels: dict[str, float | None], low: float, high: float
) -> None:
    points = [(number * 60_000, value) for number, value in enumerate(values)]
    drawn = alert_plot.drawn(points, 0, 240_000, levels=levels, marks={}, unit="ratio")
    assert (drawn["low"], drawn["high"]) == pytest.approx((low, high))


def test_it_writes_conditions_that_read_back_as_they_were() -> None:
    matchers = list(
        alert_forms.silencing(
            {"reason": "r", "for": "1h", "conditions": 'type="a b"\nn!~"x.*"'}, conditions=True
        ).conditions
    )
    assert alert_forms.written(matchers) == 'type="a b"\nn!~"x.*"'
    with pytest.raises(Wrong, match="At most 20 conditions"):
        alert_forms.silencing({"reason": "r", "for": "1h", "conditions": "a=b\n" * 21}, conditions=True)


def test_it_says_a_view_by_what_differs_from_the_usual() -> None:
    assert Filter().query() == ""
    assert Filter(q="a&b", page=3).query(page=1) == "?q=a%26b"
    assert Filter.of({"page": "9" * 30, "state": "all"}) == Filter(state="all")


def test_the_history_tells_the_alerts_in_figures(site: Server) -> None:
    now = utcnow()
    for number in range(4):
        past(now - HOUR_MS - number * 1000)
    text = page(site, "/alerts/history?span=24h&zone=Europe/Berlin")
    assert "Error rate" in text and "100.00%" in text and "Europe/Berlin" in text
    assert 'href="/api/v1/alerts.csv?from=' in text and 'href="/api/v1/alerts.json?from=' in text


def test_the_files_of_the_history_hold_its_span(site: Server) -> None:
    alert = past(utcnow() - HOUR_MS)
    [link] = re.findall(r'href="(/api/v1/alerts\.json[^"]+)"', page(site, "/alerts/history?span=24h"))
    assert [row["id"] for row in site.get(html.unescape(link), "viewer").json()] == [alert.id]


def test_it_says_why_there_was_no_alert(site: Server) -> None:
    with db.write():
        Event.delete().execute()
    at = iso(utcnow() - 60_000)
    text = page(site, f"/alerts/history?rule=error_rate&at={at}")
    assert "What Error rate saw at" in text or "Nothing is kept of that moment" in text


WRONG_IN_HISTORY = [
    ("rule=error_rate&at=soon", "Write 14:05"),
    ("rule=error_rate", "Write 14:05"),
    ("rule=error_rate&at=2999-01-01", "has not come"),
    ("zone=Mars/Olympus", "not a known time zone"),
    ("rule=error_rate&at=14:05&label=" + "x" * 201, "At most 200 characters"),
]


@pytest.mark.parametrize(("query", "said"), WRONG_IN_HISTORY)
def test_the_history_says_at_the_field_what_is_wrong(site: Server, query: str, said: str) -> None:
    answer = site.get(f"/alerts/history?{query}", "viewer", headers=PERSON)
    assert answer.status_code == 422 and said in answer.text


def test_it_knows_no_rule_of_that_name(site: Server) -> None:
    at = iso(utcnow() - 60_000)
    text = page(site, f"/alerts/history?rule=nothing_like_it&at={at}")
    assert "no such rule" in text or "There is no rule" in text or "Nothing is kept" in text


def test_a_link_of_a_message_lands_on_the_alert_after_signing_in(site: Server) -> None:
    answer = site.get("/alerts/7", headers=PERSON)
    assert answer.headers["Location"] == "/sign-in?next=%2Falerts%2F7"


def test_it_rounds_the_values_of_ones_own_rules(site: Server) -> None:
    number = raised(site, value=105.666908713693, threshold=100)
    raised(site, type="large", value=1234567.89, threshold=0.00123456)
    for path in ("/", "/alerts", f"/alerts/{number}"):
        text = page(site, path)
        assert ">105.7" in text and ">105.66" not in text, path
    inbox = page(site, "/alerts")
    assert "1,234,568" in inbox and "0.001235" in inbox


def test_one_that_is_open_is_said_in_the_singular(site: Server) -> None:
    raised(site)
    text = site.get("/alerts/history", "operator", headers={**PERSON, "Accept-Language": "de"}).text
    assert "1 ist offen" in text and "1 sind offen" not in text
