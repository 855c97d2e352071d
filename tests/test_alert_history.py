import csv
import io
import json
import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamepilot_mon import alert_export, alert_history, db, flapping
from gamepilot_mon.alert_analytics import analyse
from gamepilot_mon.alert_history import Span
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gamepilot_mon.models import Alert
from tests.histories import NOW, past, told

UTC = ZoneInfo("UTC")
MONTH = Span(NOW - 30 * DAY_MS, NOW + DAY_MS)


def test_it_says_nothing_of_an_empty_history(store: Path) -> None:
    found = analyse(MONTH, UTC)
    assert (found["total"], found["byType"], found["selfResolved"]["share"]) == (0, {}, None)
    assert found["timeToResolveMs"] == {"count": 0, "mean": None, "p50": None, "p95": None}
    assert found["notifications"] == {"sent": 0, "perAlert": None, "byChannel": {}}


def test_it_counts_by_type_severity_and_the_clock_of_the_zone(store: Path) -> None:
    past(NOW)
    past(NOW + HOUR_MS, type="system_down")
    past(NOW + 11 * HOUR_MS + 59 * MINUTE_MS, severity="warning")
    past(NOW + DAY_MS)  # outside
    past(NOW + 1, fired_at=None)  # pending only
    found = analyse(MONTH, UTC)
    assert found["byType"] == {"error_rate": 2, "system_down": 1}
    assert found["bySeverity"] == {"critical": 2, "warning": 1}
    assert [hour for hour, number in enumerate(found["byHour"]) if number] == [12, 13, 23]
    assert found["byWeekday"]["tuesday"] == 3
    kathmandu = analyse(MONTH, ZoneInfo("Asia/Kathmandu"))  # UTC+5:45
    assert [hour for hour, number in enumerate(kathmandu["byHour"]) if number] == [5, 17, 18]
    assert kathmandu["byWeekday"]["wednesday"] == 1


def test_it_measures_how_soon_people_and_recovery_came(store: Path) -> None:
    for minutes in range(1, 21):
        past(NOW + minutes, minutes * MINUTE_MS)
    past(NOW + 30, HOUR_MS, acknowledged_at=NOW + 30 + 40_000, acknowledged_by="ada")
    past(NOW + 31, None)
    found = analyse(MONTH, UTC)
    assert found["timeToResolveMs"]["p50"] == 11 * MINUTE_MS
    assert found["timeToResolveMs"]["p95"] == 20 * MINUTE_MS
    assert found["timeToResolveMs"]["mean"] == round((210 + 60) * MINUTE_MS / 21)
    assert found["timeToAcknowledgeMs"] == {"count": 1, "mean": 40_000, "p50": 40_000, "p95": 40_000}
    assert found["selfResolved"] == {"count": 20, "of": 21, "share": round(20 / 21, 4)}
    assert found["open"] == 1


def test_it_counts_what_arrived_for_each_alert(store: Path) -> None:
    first, second = past(NOW), past(NOW + 1)
    told(first, NOW)
    told(first, NOW + 5, "email")
    told(second, NOW + 9)
    told(second, NOW + 10, "email", state="dead")
    assert analyse(MONTH, UTC)["notifications"] == {
        "sent": 3, "perAlert": 1.5, "byChannel": {"email": 1, "slack": 2}
    }  # fmt: skip


def test_it_counts_the_times_that_something_flapped(store: Path) -> None:
    for spell in range(2):
        for number in range(5):
            past(NOW + spell * 2 * HOUR_MS + number * 2 * MINUTE_MS, fingerprint="restless")
    for number in range(5):
        past(NOW + number * HOUR_MS, fingerprint="calm")
    assert analyse(MONTH, UTC)["flapping"] == {
        "fingerprints": 1, "spells": 2,
        "worst": [{"fingerprint": "restless", "type": "error_rate", "spells": 2}],
    }  # fmt: skip


@given(st.lists(st.integers(1, 20), max_size=60))
def test_its_spells_are_those_of_the_life_judgement(gaps: list[int]) -> None:
    moments = [sum(gaps[: n + 1]) * MINUTE_MS for n in range(len(gaps))]
    for number, now in enumerate(moments):
        seen = moments[: number + 1]
        ending = [since for since, last in flapping.spells(seen) if last == now]
        judged = flapping.flapping(seen, now)
        assert ending == ([judged.since] if judged else [])


CELLS = [
    ("=1+1", "'=1+1"),
    ("+49 30", "'+49 30"),
    ("-x", "'-x"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("  =1", "'  =1"),
    ("\t=1", "'\t=1"),
    ("\n=1", "'\n=1"),
    ("＝1", "'＝1"),
    ("plain, with = inside", "plain, with = inside"),
    (-3.5, "-3.5"),
    (None, ""),
    ({"a": "=1"}, '{"a":"=1"}'),
]


@pytest.mark.parametrize(("value", "text"), CELLS)
def test_no_cell_runs_in_a_spreadsheet(value: Any, text: str) -> None:
    assert alert_export.cell(value) == text


def test_it_exports_every_alert_once_in_order(store: Path) -> None:
    for number in range(7):
        past(
            NOW + number // 3,
            fingerprint=f"f{number}",
            message=f'=cmd|"{number}",\nx',
            labels={"check": "API"},
        )

    def pages(span: Span, after: tuple[int, int] | None) -> list[alert_export.Row]:
        return alert_history.page(span, after, 2)

    text = "".join(alert_export.pieces("csv", MONTH, pages))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["id"] for row in rows] == [str(number) for number in range(1, 8)]
    assert rows[0]["message"] == '\'=cmd|"0",\nx' and rows[0]["timeToResolveMs"] == "60000"
    found = json.loads("".join(alert_export.pieces("json", MONTH, pages)))
    assert [row["id"] for row in found] == list(range(1, 8))
    assert found[0]["labels"] == {"check": "API"} and tuple(found[0]) == alert_export.COLUMNS


def test_an_empty_export_is_still_a_file(store: Path) -> None:
    assert "".join(alert_export.pieces("csv", MONTH, alert_history.page)).count("\r\n") == 1
    assert json.loads("".join(alert_export.pieces("json", MONTH, alert_history.page))) == []


def plan(query: Any) -> str:
    sql, values = query.sql()
    return " ".join(row[3] for row in db.database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", values))


def test_it_walks_the_index_and_never_the_table(store: Path) -> None:
    span = Span(NOW - DAY_MS, NOW)
    asked = [
        Alert.select().where(alert_history.fired(span)),
        Alert.select().where(Alert.started_at >= NOW).order_by(Alert.started_at, Alert.id).limit(5),
    ]
    for query in asked:
        assert "USING INDEX alert_started_at" in plan(query)
        assert "SCAN" not in plan(query) and "TEMP B-TREE" not in plan(query)


def test_it_is_quick_with_a_hundred_thousand(store: Path) -> None:
    span, step = Span(NOW - 30 * DAY_MS, NOW), 30 * DAY_MS // 100_000
    sql = f"""
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
        INSERT INTO alert (fingerprint, origin, type, severity, status, message, labels, metadata, started_at,
            fired_at, changed_at, ended_at, acknowledged_at)
        SELECT 'f' || (i % 5000), 'rule', 'type' || (i % 6), 'warning', 'resolved', 'm', '{{}}', '{{}}',
            {span.since} + i * {step}, {span.since} + i * {step}, 0, {span.since} + i * {step} + (i % 600) * 1000,
            CASE WHEN i % 3 = 0 THEN {span.since} + i * {step} + (i % 60) * 1000 END FROM n
    """  # fmt: skip
    with db.write():
        db.database.execute_sql(sql)
        db.database.execute_sql(
            "INSERT INTO notification (uid, alert_id, fingerprint, channel, change, severity, body, created_at,"
            " due_at, state, attempts, uncertain)"
            " SELECT id, id, fingerprint, 'slack', 'firing', 'warning', '{}', started_at, 0, 'sent', 1, 0 FROM alert"
        )
    started = time.monotonic()
    found = analyse(span, ZoneInfo("Europe/Berlin"))
    analytics_s = time.monotonic() - started
    assert found["total"] == found["notifications"]["sent"] == 100_000
    started = time.monotonic()
    size = sum(len(piece) for piece in alert_export.pieces("csv", span, alert_history.page))
    export_s = time.monotonic() - started
    print(f"analytics {analytics_s:.2f} s, export {export_s:.2f} s of {size / 1e6:.0f} MB")
    assert analytics_s < 5 and export_s < 30  # several times what two busy cores need
