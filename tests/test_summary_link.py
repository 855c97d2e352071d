"""Where the message that stands for several leads."""

import pytest

from gamepilot_mon import digest, storm
from gamepilot_mon.storm import Due


def due(number: int, url: str | None) -> Due:
    return Due(number, f"f{number}", "error_rate", "critical", "firing", number, 1_000, "High", url)


@pytest.mark.parametrize(
    ("urls", "lands"),
    [
        (["https://mon.example/alerts/7", "https://mon.example/alerts/8"], "https://mon.example/alerts"),
        ([None, "https://mon.example/ops/alerts/8"], "https://mon.example/ops/alerts"),
        ([None, None], None),
    ],
    ids=["two alerts", "under a path", "without an address"],
)
def test_it_leads_to_all_alerts(urls: list[str | None], lands: str | None) -> None:
    rows = [due(number, url) for number, url in enumerate(urls)]
    assert storm.body(rows)["url"] == lands
    assert digest.body("silence 3 ended", rows)["url"] == lands
