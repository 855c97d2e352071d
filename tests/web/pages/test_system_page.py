"""/system by a real app and store: readiness with its reasons, processes, jobs, store, outbox, sources, findings."""

import re

import pytest

from gamepilot_mon import db, job_runs, outbox, storage
from gamepilot_mon.clock import utcnow
from gamepilot_mon.job_runs import JobRun
from gamepilot_mon.models import Fact, Notification, Process, SourceExcess, SourceSeries
from gamepilot_mon.web.pulse import Beat, Pulse
from tests.emptied import empty
from tests.serving import Server

HOSTILE = "<script>alert(1)</script>"


def page(server: Server, role: str = "viewer") -> str:
    answer = server.get("/system", role, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return answer.text


def beat(stalled: str | None = None, *, late_ms: float = 3.0, running_ms: float | None = None) -> None:
    now = utcnow()
    with db.write():
        Process.insert(
            name="daemon", pid=4242, started_at=now - 7_200_000, beat_at=now, stalled=stalled
        ).on_conflict_replace().execute()
        runs = [JobRun("evaluate", 1000, 30_000, now, 12.0, late_ms, running_ms, False)]
        job_runs.keep(job_runs.Report(now, "9.9.9", 81_000_000, runs))


def test_it_says_why_it_is_not_ready(served: Server) -> None:
    with db.write():
        Process.delete().execute()
    text = page(served)
    assert "Not ready" in text and "the daemon has not started yet" in text
    beat(stalled="probe")
    assert "the daemon makes no progress in probe" in page(served)
    beat()
    assert "are in order" in page(served)


def test_it_shows_both_processes(served: Server) -> None:
    beat()
    text = page(served)
    assert "4242" in text and "9.9.9" in text and "81.0 MB" in text and "2 h 0 min" in text


def test_it_shows_each_job_with_how_late_and_how_long_it_ran(served: Server) -> None:
    beat(late_ms=2500.0)
    row = re.search(r"<tr><th scope=\"row\">evaluate</th>.*?</tr>", page(served), re.DOTALL)
    assert row and "12 ms" in row[0] and "2.50 s" in row[0] and "data-marked" in row[0] and ">30s<" in row[0]
    beat(running_ms=31_000.0)
    assert "Stuck" in page(served)


def test_a_report_of_another_version_is_no_report(served: Server) -> None:
    with db.write():
        Fact.insert(name=job_runs.FACT, value='{"jobs": 1}').on_conflict_replace().execute()
    assert "tells of its jobs" in page(served)


def test_it_shows_the_store_and_its_tables(served: Server) -> None:
    with db.write():
        storage.keep(storage.measure(utcnow()))
    text = page(served)
    assert re.search(r'<th scope="row">event</th><td class="num">[\d,]+</td>', text)
    assert "Free on the disk" in text


def test_it_shows_what_is_owed_and_what_was_given_up(served: Server) -> None:
    empty(Notification)
    with db.write():
        for number, state in enumerate(("pending", "pending", "dead")):
            Notification.insert(
                uid=f"system-{number}", fingerprint="f", channel=HOSTILE, change="fired", severity="warning", body={},
                created_at=0, due_at=utcnow() + 3_600_000, state=state,
            ).execute()  # fmt: skip
    text = page(served)
    row = re.search(r"&lt;script&gt;.*?</tr>", text, re.DOTALL)
    assert row and re.findall(r">(\d+)</td>", row[0]) == ["2", "0", "1"] and HOSTILE not in text
    assert outbox.oldest_due_ms(utcnow()) == 0  # an hour is left
    empty(Notification)


def test_it_shows_how_near_a_source_is_to_its_limit(served: Server) -> None:
    with db.write():
        SourceSeries.insert_many(
            [{"source": HOSTILE, "series": f"s{n}", "seen_at": utcnow()} for n in range(7)]
        ).execute()
        SourceExcess.insert(source=HOSTILE, name="x", at=utcnow(), count=3).execute()
    text = page(served)
    assert "7 / 1,000" in text and HOSTILE not in text
    with db.write():
        SourceSeries.delete().where(SourceSeries.source == HOSTILE).execute()
        SourceExcess.delete().execute()


def test_it_tells_how_late_the_loop_of_the_web_process_is(served: Server) -> None:
    for _ in range(100):
        if "of this web process fired" in page(served):
            return
    raise AssertionError("the pulse never came")


@pytest.mark.parametrize("role", ["viewer", "admin"])
def test_everybody_signed_in_may_look(served: Server, role: str) -> None:
    assert "Findings" in page(served, role)


def test_a_pulse_tells_percentiles_and_pace() -> None:
    pulse = Pulse()
    assert pulse.lateness() is None and pulse.events_per_s(60_000) is None and pulse.pace(60_000, 6) == []
    for number in range(401):
        pulse.beat(Beat(number * 250, 500.0 if number == 7 else 1.0, number * 5))
    assert pulse.lateness() == {"p50": 1.0, "p99": 1.0, "max": 500.0}
    assert pulse.events_per_s(60_000) == 20.0
    assert pulse.pace(60_000, 6) == [20.0] * 6
