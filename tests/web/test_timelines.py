"""/api/v1/metrics, /operations, /queries, /events and uptime, against the real web process."""

import csv
import io
from typing import Any

import pytest

from gamepilot_mon import db, rollups
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS, iso, utcnow
from gamepilot_mon.models import Check, Observation
from gamepilot_mon.sources import intake
from tests.serving import Server


def report(kind: str, name: str, at: int, value: float | None = None, **more: Any) -> None:
    fields = {"ok": None, "severity": None, "user": None, "data": None, **more}
    row = intake.Row(key=None, kind=kind, at=at, received_at=at, name=name, value=value, **fields)
    with db.write():
        intake.insert([row])


def fold() -> None:
    while rollups.pending():
        with db.write():
            rollups.fold(1_000, utcnow())


def metric(name: str, at: int, value: float, **labels: str) -> None:
    report("metric", name, at, value, data=db_json(labels))


def db_json(labels: dict[str, str]) -> str:
    import json

    return json.dumps({"labels": labels})


def get(served: Server, path: str) -> Any:
    answer = served.get(path, "viewer")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_it_gives_a_figure_over_time_with_gaps_as_null(served: Server) -> None:
    now = utcnow()
    hour = now - now % HOUR_MS
    for ago, value in ((2, 10.0), (2, 30.0), (4, 5.0)):
        metric("gappy", hour - ago * HOUR_MS, value)
    fold()
    found = get(served, "/api/v1/metrics?name=gappy&hours=6&step=1h")["data"]
    assert found["stepMs"] == HOUR_MS and found["statistic"] == "mean"
    [series] = found["series"]
    values = dict(zip(found["times"], series["values"], strict=True))
    assert values[iso(hour - 2 * HOUR_MS)] == 20.0 and values[iso(hour - 4 * HOUR_MS)] == 5.0
    assert values[iso(hour - 3 * HOUR_MS)] is None


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("count", 4),
        ("sum", 100),
        ("mean", 25),
        ("min", 10),
        ("max", 40),
        ("rate", 4 / 3_600),
        ("p50", 20),
        ("p99", 30),
    ],
)
def test_it_knows_each_statistic(served: Server, statistic: str, expected: float) -> None:
    at = utcnow() - 3 * HOUR_MS
    for value in (10, 20, 30, 40):
        metric(f"statistic_{statistic}", at, value)
    fold()
    found = get(served, f"/api/v1/metrics?name=statistic_{statistic}&statistic={statistic}&hours=4&step=1h")[
        "data"
    ]
    [value] = [value for value in found["series"][0]["values"] if value is not None]
    assert value == pytest.approx(expected, rel=0.011)


def test_it_filters_by_label_and_groups_by_one(served: Server) -> None:
    at = utcnow() - MINUTE_MS
    for queue, host, value in (("mail", "a", 1.0), ("mail", "b", 3.0), ("sms", "a", 7.0)):
        metric("depth_by", at, value, queue=queue, host=host)
    fold()
    found = get(served, "/api/v1/metrics?name=depth_by&statistic=sum&hours=1&step=1h&by=queue")["data"][
        "series"
    ]
    assert {s["labels"]["queue"]: sum(filter(None, s["values"])) for s in found} == {"mail": 4.0, "sms": 7.0}
    filtered = "/api/v1/metrics?name=depth_by&statistic=sum&hours=1&step=1h&label=queue=mail&label=host!=a"
    [series] = get(served, filtered)["data"]["series"]
    assert sum(filter(None, series["values"])) == 3.0
    names = {entry["name"]: entry for entry in get(served, "/api/v1/metrics/names")["data"]}
    assert names["depth_by"] == {"name": "depth_by", "series": 3, "labels": ["host", "queue"]}


def test_it_gives_the_ratios_that_the_rules_judge(served: Server) -> None:
    at = utcnow() - 2 * HOUR_MS
    for number in range(10):
        report("operation", "op-rated", at, 10.0, ok=number > 1)
    report("error", "op-rated", at, severity="error", data='{"error":"boom"}')
    report("operation", "op-unfailing", at, 10.0, ok=True)
    fold()
    path = "/api/v1/metrics?hours=3&step=1h&by=operation&label=operation=~op-(rated|unfailing)"
    for name, expected in (("error_rate", (0.3, 0.0)), ("success_rate", (0.8, 1.0))):
        found = get(served, f"{path}&name={name}")["data"]["series"]
        values = {one["labels"]["operation"]: one["values"] for one in found}
        assert [sum(filter(None, values[of])) for of in ("op-rated", "op-unfailing")] == list(expected)
        assert values["op-rated"].count(None) >= 1


def test_it_lists_what_charts_mark(served: Server) -> None:
    at = utcnow() - MINUTE_MS
    report("deploy", "v-marked", at)
    found = get(served, "/api/v1/annotations?hours=1")["data"]
    assert {"kind": "deploy", "at": iso(at), "text": "v-marked"} in found
    text = served.get("/api/v1/annotations?hours=1&format=csv", "viewer").text
    assert f"deploy,{iso(at)},v-marked,,,\r\n" in text
    assert served.get("/api/v1/annotations?from=2001-01-01", "viewer").status_code == 422


def test_it_compares_with_yesterday_and_last_week(served: Server) -> None:
    at = utcnow() - 2 * HOUR_MS
    for days, value in ((0, 3.0), (1, 2.0), (7, 1.0)):
        metric("rhythm", at - days * DAY_MS, value)
    fold()
    for against, expected in (("yesterday", 2.0), ("last-week", 1.0)):
        found = get(served, f"/api/v1/metrics?name=rhythm&statistic=sum&hours=3&step=1h&compare={against}")[
            "data"
        ]
        [series] = found["series"]
        place = series["values"].index(3.0)
        assert series["compare"][place] == expected


def test_it_answers_as_csv_that_no_spreadsheet_runs(served: Server) -> None:
    metric("table", utcnow() - MINUTE_MS, 5.0, queue="=1+1")
    fold()
    path = "/api/v1/metrics?name=table&hours=1&step=1h&by=queue"
    by_format = served.get(path + "&format=csv", "viewer")
    by_accept = served.get(path, "viewer", headers={"Accept": "text/csv"})
    for answer in (by_format, by_accept):
        assert answer.headers["Content-Type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
        assert {row["queue"] for row in rows} == {"'=1+1"}
        assert [row["value"] for row in rows if row["value"]] == ["5.0"]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("name=gappy&statistic=p42", "/statistic"), ("name=gappy&step=7m", "/step"), ("name=gappy&step=x", "/step"),
        ("name=gappy&hours=48&step=10s", "/step"), ("name=gappy&hours=0", "/hours"), ("name=gappy&tz=Mars/O", "/tz"),
        ("name=gappy&from=2026-13-01", "/from"), ("name=gappy&from=2100-01-01", "/from"), ("", "/name"),
        ("name=gappy&from=2026-01-01&hours=3", "/hours"), ("name=gappy&label=queue", "/label/0"),
        ("name=gappy&hours=480&step=5m", "/step"), ("name=gappy&compare=tomorrow", "/compare"),
        ("name=gappy&unknown=1", "/unknown"), ("name=gappy&from=2001-01-01", "/from"),
    ],
)  # fmt: skip
def test_it_says_which_parameter_is_wrong(served: Server, query: str, pointer: str) -> None:
    metric("gappy", utcnow(), 1.0)
    fold()
    answer = served.get(f"/api/v1/metrics?{query}", "viewer")
    assert answer.status_code == 422, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


def test_it_shows_at_most_five_hundred_series(served: Server) -> None:
    at = utcnow()
    rows = [
        intake.Row(None, "metric", at, at, "wide", 1.0, None, None, None, db_json({"n": str(n)}))
        for n in range(501)
    ]
    with db.write():
        intake.insert(rows)
    fold()
    answer = served.get("/api/v1/metrics?name=wide&by=n&hours=1", "viewer")
    assert answer.status_code == 422 and "at most 500" in answer.json()["errors"][0]["detail"]


def test_it_knows_no_metric_of_that_name(served: Server) -> None:
    assert served.get("/api/v1/metrics?name=never_heard_of", "viewer").status_code == 404
    assert (
        get(served, "/api/v1/metrics?name=critical_errors&statistic=count")["data"]["series"][0]["labels"]
        == {}
    )


def test_it_lists_operations_beside_earlier_times(served: Server) -> None:
    now = utcnow()
    for ago, took, ok in (
        (0, 100.0, True),
        (0, 2_000.0, False),
        (DAY_MS, 50.0, True),
        (7 * DAY_MS, 25.0, True),
    ):
        report("operation", "op-compared", now - ago - 2 * HOUR_MS, took, ok=ok)
    fold()
    answer = get(served, "/api/v1/operations?hours=3")
    assert answer["operations"] == answer["data"]["operations"]
    found = answer["operations"]["op-compared"]
    assert (found["totalOperations"], found["successRate"], found["slowOperations"]) == (2, 0.5, 1)
    assert (found["minDuration"], found["avgDuration"], found["maxDuration"]) == (100.0, 1_050.0, 2_000.0)
    assert found["compare"]["yesterday"]["avgDuration"] == 50.0
    assert found["compare"]["lastWeek"]["avgDuration"] == 25.0
    text = served.get("/api/v1/operations?hours=3&format=csv", "viewer").text
    [row] = [
        row for row in csv.DictReader(io.StringIO(text, newline="")) if row["operation"] == "op-compared"
    ]
    assert row["yesterday.avgDuration"] == "50.0"
    assert served.get("/api/v1/operations?hours=721", "viewer").status_code == 422


def test_it_finds_what_a_deploy_made_slower(served: Server) -> None:
    now = utcnow()
    at = now - HOUR_MS
    report("deploy", "v-slow", at)
    for number in range(60):
        report("operation", "op-slower", at - (number + 3) * 20_000, 50.0 + number, ok=True)
        report("operation", "op-slower", at + (number + 3) * 20_000, 150.0 + number, ok=True)
        report("operation", "op-same", at - (number + 3) * 20_000, 50.0 + number, ok=True)
        report("operation", "op-same", at + (number + 3) * 20_000, 50.0 + number, ok=True)
    fold()
    found = get(served, "/api/v1/operations/regressions?version=v-slow&hours=1")["data"]
    assert found["version"] == "v-slow" and found["compared"] >= 2
    regressed = {one["operation"]: one for one in found["regressions"]}
    assert "op-same" not in regressed
    assert regressed["op-slower"]["slower"] and not regressed["op-slower"]["failing"]
    assert regressed["op-slower"]["medianRatio"] > 1.5
    assert served.get("/api/v1/operations/regressions?version=never", "viewer").status_code == 404
    assert served.get("/api/v1/operations/regressions?since=2020-01-01", "viewer").status_code == 422


def test_it_lists_statements_without_their_literals(served: Server) -> None:
    now = utcnow()
    for number, took in enumerate((10.0, 20.0, 1_500.0)):
        report("query", f"SELECT a FROM secretless WHERE id = {number} AND b = 'x{number}'", now, took)
    fold()
    rows = get(served, "/api/v1/queries?hours=1&order=count&limit=500")["data"]
    [found] = [row for row in rows if "secretless" in row["statement"]]
    assert found["statement"] == "SELECT a FROM secretless WHERE id = ? AND b = ?"
    assert (found["count"], found["totalDuration"], found["avgDuration"], found["maxDuration"], found["slow"]) == (
        3, 1_530.0, 510.0, 1_500.0, 1,
    )  # fmt: skip


def test_it_pages_through_raw_events_newest_first(served: Server) -> None:
    at = utcnow() - 5 * MINUTE_MS
    for number in range(7):
        report(
            "operation", "op-paged", at + number, float(number), ok=True, user="ada" if number % 2 else "bob"
        )
    report("error", "op-paged", at + 3, severity="error", user="bob", data='{"error":"boom"}')
    seen: list[float | None] = []
    path = "/api/v1/events?operation=op-paged&limit=3"
    following, asked = "", 0
    while following is not None and asked < 50:
        answer = get(served, path + (f"&before={following}" if following else ""))
        seen += [(event["kind"], event["value"]) for event in answer["data"]]
        following, asked = answer["next"], asked + 1
    numbers = [value for kind, value in seen if kind == "operation"]
    assert numbers == [6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0] and len(seen) == 8
    ada = get(served, "/api/v1/events?user=ada&kind=operation&operation=op-paged")["data"]
    assert [event["value"] for event in ada] == [5.0, 3.0, 1.0]
    [error] = get(served, "/api/v1/events?kind=error&operation=op-paged")["data"]
    assert error["fields"] == {"error": "boom"} and error["userId"] == "bob"
    window = f"from={iso(at + 2)}&to={iso(at + 4)}"
    assert len(get(served, f"/api/v1/events?operation=op-paged&kind=operation&{window}")["data"]) == 2
    assert served.get("/api/v1/events?before=nonsense", "viewer").status_code == 422
    assert served.get("/api/v1/events?kind=rumour", "viewer").status_code == 422
    assert served.get("/api/v1/events", "ingest").status_code == 403


def test_it_says_how_much_of_an_uptime_is_known(served: Server) -> None:
    now = utcnow()
    with db.write():
        check = Check.create(
            name=f"uptime {now}", kind="http", spec={"url": "http://x"}, interval_ms=MINUTE_MS, origin="user",
            created_at=now,
        )  # fmt: skip
        for minute in range(30):
            state = "down" if minute < 6 else "up"
            Observation.create(check_id=check.id, at=now - (30 - minute) * MINUTE_MS, state=state)
    found = get(served, f"/api/v1/checks/{check.id}/uptime?hours=1")["data"]
    assert found["up"] == pytest.approx(0.4, abs=0.01) and found["down"] == pytest.approx(0.1, abs=0.01)
    assert found["unknown"] == pytest.approx(0.5, abs=0.01) and found["coverage"] == pytest.approx(
        0.5, abs=0.01
    )
    assert found["uptime"] == pytest.approx(0.8, abs=0.01)
    assert served.get("/api/v1/checks/999999/uptime", "viewer").status_code == 404


def test_it_says_what_the_store_takes(served: Server) -> None:
    found = get(served, "/api/v1/storage")["data"]
    assert found["bytes"] > 0 and found["freeBytes"] > 0 and "fullAt" in found
