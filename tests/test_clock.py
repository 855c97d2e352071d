import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamepilot_mon import clock

NOON = 1_795_521_600_000  # 2026-11-24T12:00:00Z


def test_it_tells_the_time_in_milliseconds() -> None:
    before = time.time() * 1000
    now = clock.utcnow()
    assert before - 1 <= now <= time.time() * 1000 + 1


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (NOON, "2026-11-24T12:00:00.000Z"),
        (NOON + 7, "2026-11-24T12:00:00.007Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ],
)
def test_it_writes_iso_times(ms: int, text: str) -> None:
    assert clock.iso(ms) == text
    assert clock.parse_iso(text) == ms


def test_it_refuses_to_write_a_year_beyond_9999() -> None:
    with pytest.raises(ValueError, match="1 to 9999"):
        clock.iso(10**18)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2026-11-24T12:00:00Z", NOON),
        ("2026-11-24t12:00:00z", NOON),
        ("2026-11-24 12:00:00", NOON),
        ("2026-11-24 12:00:00 +00:00", NOON),
        ("2026-11-24T12:00", NOON),
        ("2026-11-24T13:30:00+01:30", NOON),
        ("2026-11-24T07:00:00-0500", NOON),
        ("2026-11-24T12:00:00.5Z", NOON + 500),
        ("2026-11-24T12:00:00.1239999Z", NOON + 123),
        ("2026-11-24", NOON - 12 * clock.HOUR_MS),
    ],
)
def test_it_reads_iso_times(text: str, ms: int) -> None:
    assert clock.parse_iso(text) == ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "noon",
        "1795521600000",
        "20261124",
        "2026-W48-2",
        "2026-11-24X12:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-02-29",
        "2026-11-24T24:30:00Z",
        "2026-11-24T12:00:00Z\n",
        "2026-11-24T12:00:00+25:00",
        "9999-12-31T23:59:59-12:00",
        "\u0662\u0660\u0662\u0666-11-24",
    ],
)
def test_it_refuses_what_is_no_iso_time(text: str) -> None:
    with pytest.raises(ValueError, match=r"ISO 8601|exists"):
        clock.parse_iso(text)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("0", 0),
        ("0s", 0),
        ("500ms", 500),
        ("30s", 30_000),
        ("5m", 300_000),
        ("1h30m", 5_400_000),
        ("30d", 2_592_000_000),
        ("2w", 1_209_600_000),
        ("1d12h5m2s1ms", 129_902_001),
    ],
)
def test_it_reads_durations(text: str, ms: int) -> None:
    assert clock.parse_duration(text) == ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "-5m",
        "+5m",
        "5 m",
        " 5m",
        "5m\n",
        "1.5h",
        "5M",
        "m",
        "30m1h",
        "5m5m",
        "5y",
        "\u0665m",
        "1e3s",
        "nan",
    ],
)
def test_it_refuses_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        clock.parse_duration(text)


@pytest.mark.parametrize("text", ["36526d", "999999999999999w"])
def test_it_refuses_durations_beyond_a_century(text: str) -> None:
    with pytest.raises(ValueError, match="at most"):
        clock.parse_duration(text)


@pytest.mark.parametrize("digits", [16, 5_000])
def test_it_refuses_endless_digits(digits: int) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        clock.parse_duration("9" * digits + "s")


@pytest.mark.parametrize(
    ("ms", "text"),
    [(0, "0"), (300_000, "5m"), (5_400_000, "1h30m"), (2_592_000_000, "30d"), (90_001, "1m30s1ms")],
)
def test_it_writes_durations(ms: int, text: str) -> None:
    assert clock.format_duration(ms) == text


def test_it_refuses_to_write_a_negative_duration() -> None:
    with pytest.raises(ValueError, match="negative"):
        clock.format_duration(-1)


@given(st.integers(0, clock.LONGEST_DURATION_MS))
def test_it_reads_back_every_duration_it_writes(ms: int) -> None:
    assert clock.parse_duration(clock.format_duration(ms)) == ms


@given(st.integers(clock.parse_iso("0001-01-01"), clock.parse_iso("9999-12-31")))
def test_it_reads_back_every_time_it_writes(ms: int) -> None:
    assert clock.parse_iso(clock.iso(ms)) == ms
