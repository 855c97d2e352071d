"""The calendar of mutes: runs in a span, on the wall clock of their zone."""

from pathlib import Path

import pytest

from gamepilot_mon import db, maintenance, mute_calendar, silences
from gamepilot_mon.clock import HOUR_MS, iso, parse_iso
from gamepilot_mon.mutes import parse

AT = parse_iso("2026-10-20T00:00:00Z")
MATCHERS = [parse("operation=payment")]


def window(
    cron: str | None, zone: str | None, starts: int = AT, hours: int = 2, ends: int | None = None
) -> None:
    with db.write():
        maintenance.add(MATCHERS, starts, ends, hours * HOUR_MS, "ann", "backup", AT, cron=cron, zone=zone)


def starts(since: str, until: str) -> list[str]:
    return [iso(span.starts_at)[:16] for span in mute_calendar.spans(parse_iso(since), parse_iso(until))]


def test_a_repeated_run_keeps_its_hour_when_the_clocks_change(store: Path) -> None:
    window("0 3 * * *", "Europe/Berlin")  # summer time ends on the 25th
    assert starts("2026-10-24", "2026-10-27") == ["2026-10-24T01:00", "2026-10-25T02:00", "2026-10-26T02:00"]


@pytest.mark.parametrize(
    ("day", "expected"), [("2026-10-25", ["2026-10-25T00:30"]), ("2026-10-26", ["2026-10-26T01:30"])]
)
def test_a_start_that_is_repeated_by_the_clocks_comes_once(
    store: Path, day: str, expected: list[str]
) -> None:
    window("30 2 * * *", "Europe/Berlin", hours=1)
    assert starts(f"{day}T00:00:00Z", f"{day}T12:00:00Z") == expected


def test_a_run_that_began_before_is_in_it(store: Path) -> None:
    window("0 23 * * *", "UTC", hours=4)
    assert starts("2026-10-22", "2026-10-22T12:00:00Z") == ["2026-10-21T23:00"]


def test_nothing_runs_before_it_begins_or_after_it_ends(store: Path) -> None:
    window("0 3 * * *", "UTC", parse_iso("2026-10-22"), ends=parse_iso("2026-10-24T04:00:00Z"))
    spans = mute_calendar.spans(parse_iso("2026-10-20"), parse_iso("2026-10-30"))
    assert [iso(span.starts_at)[8:10] for span in spans] == ["22", "23", "24"]
    assert spans[-1].ends_at == parse_iso("2026-10-24T04:00:00Z")


def test_it_holds_silences_and_single_windows(store: Path) -> None:
    window(None, None, AT + 5 * HOUR_MS)
    with db.write():
        silences.add(MATCHERS, AT, AT + HOUR_MS, "ann", "known", AT)
    spans = mute_calendar.spans(AT, AT + 24 * HOUR_MS)
    assert [(span.kind, span.reason) for span in spans] == [("silence", "known"), ("maintenance", "backup")]


def test_what_runs_every_minute_does_not_fill_the_calendar(store: Path) -> None:
    window("* * * * *", "UTC")
    assert len(mute_calendar.spans(AT, AT + 40 * 24 * HOUR_MS)) == mute_calendar.RUNS_MOST
