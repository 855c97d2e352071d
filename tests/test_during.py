import pytest

from gamepilot_mon.clock import HOUR_MS, MINUTE_MS, iso, parse_iso
from gamepilot_mon.during import During, minutes

BERLIN = "Europe/Berlin"
NIGHT = During(BERLIN, starts=minutes("22:00"), ends=minutes("06:00"))
WORK = During(BERLIN, frozenset({"mon", "tue", "wed", "thu", "fri"}), minutes("09:00"), minutes("17:00"))
FRIDAY_NIGHT = During(BERLIN, frozenset({"fri"}), minutes("22:00"), minutes("06:00"))
SUNDAYS = During(BERLIN, frozenset({"sun"}))

# In Berlin the clocks went from 02:00 to 03:00 on 2026-03-29 and from 03:00 back to 02:00 on 2026-10-25, at 01:00 UTC.
CASES = [
    (WORK, "2026-11-24T07:59:59Z", False), (WORK, "2026-11-24T08:00:00Z", True),
    (WORK, "2026-11-24T15:59:59Z", True), (WORK, "2026-11-24T16:00:00Z", False),
    (WORK, "2026-07-21T07:00:00Z", True), (WORK, "2026-07-21T15:00:00Z", False),
    (WORK, "2026-11-28T10:00:00Z", False),
    (NIGHT, "2026-11-24T20:59:59Z", False), (NIGHT, "2026-11-24T21:00:00Z", True),
    (NIGHT, "2026-11-25T04:59:59Z", True), (NIGHT, "2026-11-25T05:00:00Z", False),
    # A span belongs to the day on which it begins.
    (FRIDAY_NIGHT, "2026-11-28T03:00:00Z", True), (FRIDAY_NIGHT, "2026-11-27T03:00:00Z", False),
    (FRIDAY_NIGHT, "2026-11-28T21:30:00Z", False),
    # The night of the spring change is 7 hours long, that of the autumn change 9.
    (NIGHT, "2026-03-28T21:00:00Z", True), (NIGHT, "2026-03-29T03:59:59Z", True),
    (NIGHT, "2026-03-29T04:00:00Z", False),
    (NIGHT, "2026-10-24T20:00:00Z", True), (NIGHT, "2026-10-25T04:59:59Z", True),
    (NIGHT, "2026-10-25T05:00:00Z", False),
    # Whole Sundays: 23 and 25 hours.
    (SUNDAYS, "2026-03-28T23:00:00Z", True), (SUNDAYS, "2026-03-29T21:59:59Z", True),
    (SUNDAYS, "2026-03-29T22:00:00Z", False),
    (SUNDAYS, "2026-10-24T22:00:00Z", True), (SUNDAYS, "2026-10-25T22:59:59Z", True),
    (SUNDAYS, "2026-10-25T23:00:00Z", False),
]  # fmt: skip


@pytest.mark.parametrize(("hours", "at", "inside"), CASES)
def test_it_knows_what_the_clock_on_the_wall_says(hours: During, at: str, inside: bool) -> None:
    assert hours.contains(parse_iso(at)) is inside


EDGES = [
    # 02:30 is skipped in spring: the span begins where the gap ends, and one inside the gap is none.
    ("02:30", "04:00", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"),
    ("01:00", "02:30", "2026-03-28T23:30:00Z", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"),
    ("02:10", "02:50", "2026-03-29T00:00:00Z", "2026-03-30T00:10:00Z", "2026-03-30T00:50:00Z"),
    # 02:30 is repeated in autumn: the first one counts, for a start and for an end.
    ("02:30", "04:00", "2026-10-24T22:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T03:00:00Z"),
    ("01:00", "02:30", "2026-10-24T22:00:00Z", "2026-10-24T23:00:00Z", "2026-10-25T00:30:00Z"),
    ("00:00", "24:00", "2026-11-24T12:00:00Z", "2026-11-24T12:00:00Z", "2026-11-24T23:00:00Z"),
]


@pytest.mark.parametrize(("from_", "to", "at", "begins", "ends"), EDGES)
def test_it_finds_the_edges_across_a_change_of_the_clock(
    from_: str, to: str, at: str, begins: str, ends: str
) -> None:
    hours = During(BERLIN, starts=minutes(from_), ends=minutes(to))
    start = hours.next_in(parse_iso(at))
    assert iso(start) == iso(parse_iso(begins))
    assert hours.contains(start) and iso(hours.next_edge(start)) == iso(parse_iso(ends))


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]
)
def test_spans_that_follow_one_another_leave_no_hole_all_year(zone: str) -> None:
    shifts = [
        During(zone, starts=minutes(a), ends=minutes(b))
        for a, b in (("22:00", "02:30"), ("02:30", "09:00"), ("09:00", "22:00"))
    ]
    now = parse_iso("2026-01-01")
    while now < parse_iso("2027-01-01"):
        assert sum(shift.contains(now) for shift in shifts) == 1, iso(now)
        now += 10 * MINUTE_MS


def test_it_comes_to_the_same_day_a_week_later() -> None:
    ended = parse_iso("2026-11-28T06:00:00Z")
    assert FRIDAY_NIGHT.next_in(ended) == parse_iso("2026-12-04T21:00:00Z")
    assert WORK.next_in(parse_iso("2026-11-27T16:00:00Z")) == parse_iso("2026-11-30T08:00:00Z")
    assert (
        WORK.next_edge(parse_iso("2026-11-24T12:00:00Z")) == parse_iso("2026-11-24T12:00:00Z") + 4 * HOUR_MS
    )


@pytest.mark.parametrize(
    "text", ["9:00", "09:60", "24:01", "25:00", "0900", "-1:00", "", "ab:cd", "09:00:00"]
)
def test_it_refuses_what_is_no_time_of_day(text: str) -> None:
    with pytest.raises(ValueError, match="time of day"):
        minutes(text)


def test_it_goes_on_to_the_week_after_one_that_is_skipped() -> None:
    hours = During(BERLIN, frozenset({"sun"}), minutes("02:10"), minutes("02:50"))
    for at in ("2026-03-22T12:00:00Z", "2026-03-23", "2026-03-28", "2026-03-29"):
        assert iso(hours.next_in(parse_iso(at))) == "2026-04-05T00:10:00.000Z"
