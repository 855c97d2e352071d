import pytest

from gamepilot_mon.channels.retry_after import LONGEST_MS, parse_retry_after

NOW = 1_795_521_600_000  # Tue, 24 Nov 2026 12:00:00 GMT


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("30", 30_000),
        (" 1 ", 1_000),
        ("1.5", 1_500),
        ("0", 0),
        ("999999999", LONGEST_MS),
        ("9" * 5_000, None),
        ("Tue, 24 Nov 2026 12:00:30 GMT", 30_000),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0),
        ("-5", None),
        ("soon", None),
        ("٣", None),
        ("", None),
        (None, None),
    ],
)
def test_it_reads_seconds_and_dates(text: str | None, ms: int | None) -> None:
    assert parse_retry_after(text, NOW) == ms
