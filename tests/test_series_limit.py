from pathlib import Path

from gamepilot_mon import db, retention, series_limit
from gamepilot_mon.models import Alert, SourceExcess, SourceSeries
from gamepilot_mon.settings import Settings
from gamepilot_mon.sources.allowance import FORGOTTEN_MS

NOW = 1_800_000_000_000


def report(settings: Settings, now: int) -> int:
    return series_limit.report(settings, now)


def exceed(now: int, count: int = 5) -> None:
    with db.write():
        SourceExcess.add("token:1", "game-server", count, now)


def test_it_raises_one_alert_a_source_that_ends_by_itself(settings: Settings, store: Path) -> None:
    exceed(NOW)
    assert report(settings, NOW) == 1
    exceed(NOW + 1_000)
    assert report(settings, NOW + 2_000) == 0

    alert = Alert.get(Alert.type == series_limit.TYPE)
    assert (alert.severity, alert.status, alert.value) == ("warning", "firing", 5.0)
    assert alert.labels == {"source": "token:1"} and "game-server" in alert.message
    assert SourceExcess.get().count == 10

    assert report(settings, NOW + 1_000 + series_limit.KEPT_TO_MS) == 1
    assert Alert.get_by_id(alert.id).ended_at is not None
    assert not SourceExcess.select().exists()


def test_it_forgets_series_that_nobody_sends(settings: Settings, store: Path) -> None:
    with db.write():
        SourceSeries.remember("token:1", ["old"], NOW - FORGOTTEN_MS - 1)
        SourceSeries.remember("token:1", ["young"], NOW)
        retention.prune(settings, NOW)

    assert SourceSeries.of("token:1") == {"young": NOW}
