from datetime import datetime
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim

from gamepilot_mon import recurrence
from gamepilot_mon.clock import DAY_MS, iso, parse_iso

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"

# zone, expression, now, the start that ran last, the start that comes next
CASES = [
    ("an ordinary night", BERLIN, "0 2 * * *", "2026-06-10T01:00Z", "2026-06-10T00:00", "2026-06-11T00:00"),
    ("the very minute", BERLIN, "0 2 * * *", "2026-06-10T00:00Z", "2026-06-10T00:00", "2026-06-11T00:00"),
    ("just before it", BERLIN, "0 2 * * *", "2026-06-09T23:59Z", "2026-06-09T00:00", "2026-06-10T00:00"),
    ("spring: 02:30 does not exist, so 03:00", BERLIN, "30 2 * * *", "2026-03-29T01:10Z", "2026-03-29T01:00",
     "2026-03-30T00:30"),
    ("spring: 03:00 comes an hour sooner", BERLIN, "0 3 * * *", "2026-03-29T01:10Z", "2026-03-29T01:00",
     "2026-03-30T01:00"),
    ("autumn: the first 02:30", BERLIN, "30 2 * * *", "2026-10-25T00:40Z", "2026-10-25T00:30", "2026-10-26T01:30"),
    ("autumn: the second 02:30 is no start", BERLIN, "30 2 * * *", "2026-10-25T01:40Z", "2026-10-25T00:30",
     "2026-10-26T01:30"),
    ("autumn: 03:00 comes an hour later", BERLIN, "0 3 * * *", "2026-10-25T02:10Z", "2026-10-25T02:00",
     "2026-10-26T02:00"),
    ("autumn: every quarter goes on", BERLIN, "*/15 * * * *", "2026-10-25T01:20Z", "2026-10-25T01:15",
     "2026-10-25T01:30"),
    ("spring in New York: 02:30 becomes 03:00", NEW_YORK, "30 2 * * *", "2026-03-08T07:10Z", "2026-03-08T07:00",
     "2026-03-09T06:30"),
    ("spring in New York: Sunday at 4", NEW_YORK, "0 4 * * SUN", "2026-03-08T08:30Z", "2026-03-08T08:00",
     "2026-03-15T08:00"),
    ("autumn in New York: the first 01:30", NEW_YORK, "30 1 * * *", "2026-11-01T05:40Z", "2026-11-01T05:30",
     "2026-11-02T06:30"),
    ("autumn in New York: the second is no start", NEW_YORK, "30 1 * * *", "2026-11-01T06:40Z",
     "2026-11-01T05:30", "2026-11-02T06:30"),
]  # fmt: skip


def ms(text: str) -> int:
    return parse_iso(text.replace("Z", "") + ":00Z")


@pytest.mark.parametrize(
    ("zone", "cron", "now", "last", "following"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_it_knows_the_start_before_and_the_start_after(
    zone: str, cron: str, now: str, last: str, following: str
) -> None:
    assert iso(recurrence.last_start(cron, zone, ms(now)) or 0) == iso(ms(last))
    assert iso(recurrence.next_start(cron, zone, ms(now)) or 0) == iso(ms(following))


CHANGES = [(BERLIN, "2026-03-29"), (BERLIN, "2026-10-25"), (NEW_YORK, "2026-03-08"), (NEW_YORK, "2026-11-01")]


@pytest.mark.parametrize(("zone", "day"), CHANGES)
@pytest.mark.parametrize(
    "cron", ["30 2 * * *", "0 3 * * *", "*/15 * * * *", "30 1 * * *", "0 2 * * 0", "0 */2 * * *", "0 0 1 * *"]
)
def test_it_finds_every_start_in_the_days_around_a_change(zone: str, day: str, cron: str) -> None:
    begin = parse_iso(f"{day}T00:00:00Z") - DAY_MS
    end = begin + 3 * DAY_MS
    ahead = CronSim(cron, datetime.fromtimestamp((begin - 40 * DAY_MS) // 1000, ZoneInfo(zone)))
    starts = [int(m.timestamp()) * 1000 for m in takewhile(lambda m: m.timestamp() * 1000 <= end, ahead)]
    for now in range(begin, end, 11 * 60_000 + 1_234):
        assert recurrence.last_start(cron, zone, now) == max(start for start in starts if start <= now)


@pytest.mark.parametrize(
    ("cron", "zone"),
    [
        ("", BERLIN), ("* * * *", BERLIN), ("0 2 * * * *", BERLIN), ("61 2 * * *", BERLIN), ("0 0 30 2 *", BERLIN),
        ("0 2 * * *", "Europe/Atlantis"), ("0 2 * * *", "../etc/passwd"), ("0 2 * * *", ""), ("@daily", BERLIN),
    ],
)  # fmt: skip
def test_it_refuses_what_is_no_recurrence(cron: str, zone: str) -> None:
    with pytest.raises(ValueError, match=r"cron|zone|comes"):
        recurrence.checked(cron, zone, ms("2026-06-10T00:00"))
