import os
from pathlib import Path

import pytest

from gamepilot_mon import db
from gamepilot_mon.diagnosis import diagnose
from gamepilot_mon.models import ConfigVersion, Notification, Process
from gamepilot_mon.settings import Settings

NOW = 1_790_000_000_000


def levels(settings: Settings) -> dict[str, str]:
    return {finding.subject: finding.level for finding in diagnose(settings, NOW)}


def beat(at: int, stalled: str | None = None) -> None:
    with db.write():
        Process.create(name="daemon", pid=os.getpid(), started_at=at, beat_at=at, stalled=stalled)


def test_it_finds_a_fresh_store_sound_but_without_a_daemon_or_channel(
    store: Path, settings: Settings
) -> None:
    found = levels(settings)
    assert found["store"] == found["file mode"] == found["outbox"] == found["SQLite"] == "ok"
    assert found["daemon"] == "problem" and found["channels"] == "warning"


@pytest.mark.parametrize(
    ("at", "stalled", "level"),
    [(NOW, None, "ok"), (NOW - 60_000, None, "problem"), (NOW, "deliver", "problem")],
)
def test_it_knows_a_live_daemon_from_a_dead_or_stalled_one(
    store: Path, settings: Settings, at: int, stalled: str | None, level: str
) -> None:
    beat(at, stalled)
    assert levels(settings)["daemon"] == level


def test_it_warns_of_a_store_that_others_can_read(store: Path, settings: Settings) -> None:
    store.chmod(0o644)
    assert levels(settings)["file mode"] == "warning"


def test_it_tells_of_messages_that_were_given_up(store: Path, settings: Settings) -> None:
    with db.write():
        Notification.create(
            uid="x", fingerprint="f", channel="slack", change="firing", severity="critical", body={},
            created_at=NOW, due_at=NOW, state="dead",
        )  # fmt: skip
    assert levels(settings)["dead letters"] == "warning"


@pytest.mark.parametrize(
    ("override", "subject", "level"),
    [
        ({"channels": {"bird": {"kind": "pigeon"}}}, "channels", "problem"),
        ({"routes": [{"channels": ["email"]}]}, "routes", "warning"),
        ({"routes": [{"channels": []}]}, "routes", "ok"),
    ],
)
def test_it_tells_of_channels_that_are_gone_and_routes_that_reach_nobody(
    store: Path, settings: Settings, override: dict[str, object], subject: str, level: str
) -> None:
    with db.write():
        ConfigVersion.create(created_at=NOW, author="ada", override=override, diff=[])
    assert levels(settings)[subject] == level


def test_it_gives_advice_with_everything_that_is_not_well(store: Path, settings: Settings) -> None:
    assert all(finding.advice for finding in diagnose(settings, NOW) if finding.level != "ok")
