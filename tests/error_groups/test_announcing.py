from pathlib import Path

import pytest

from daemon.jobs import Context
from daemon.jobs.errors import Errors
from gamepilot_mon import db, feed
from gamepilot_mon.clock import utcnow
from gamepilot_mon.error_groups import states
from gamepilot_mon.models import Alert, ErrorGroup, Event
from gamepilot_mon.settings import Settings


def settings_with(settings: Settings, **extra: str) -> Settings:
    return settings.model_copy(update=extra)


def happen(settings: Settings, *texts: str, age_ms: int = 0, at_ms: int = 0) -> None:
    now = utcnow()
    for text in texts:
        Event.create(
            kind="error", at=now - age_ms + at_ms, received_at=now, name="login", severity="error",
            data={"error": text},
        )  # fmt: skip
    Errors(Context(settings, lambda: False, lambda _: None)).run(now)


def test_it_pages_nobody_for_a_new_error_unless_asked_to(settings: Settings, store: Path) -> None:
    happen(settings, "typo")
    assert ErrorGroup.select().count() == 1
    assert Alert.select().count() == 0


def test_it_tells_of_a_new_group_once(settings: Settings, store: Path) -> None:
    asked = settings_with(settings, new_error_alert="info")
    happen(asked, "no user 1")
    happen(asked, "no user 2")
    [alert] = Alert.select()
    assert (alert.type, alert.severity, alert.message) == (
        "new_error_group",
        "info",
        "New error: login: no user <n>",
    )
    assert alert.labels["operation"] == "login"


def test_it_tells_of_many_new_groups_as_one(settings: Settings, store: Path) -> None:
    happen(settings_with(settings, new_error_alert="info"), *(f"{word} broke" for word in "abcdefgh"))
    [alert] = Alert.select()
    assert alert.value == 8
    assert alert.message.startswith("New error: 8 kinds at once, among them login: a broke")


def test_it_tells_nobody_of_history(settings: Settings, store: Path) -> None:
    happen(settings_with(settings, new_error_alert="info"), "x", age_ms=2 * 3_600_000)
    assert Alert.select().count() == 0


@pytest.mark.parametrize(("severity", "alerts"), [("warning", 1), ("off", 0)])
def test_it_tells_of_a_regression(settings: Settings, store: Path, severity: str, alerts: int) -> None:
    asked = settings_with(settings, regression_alert=severity)
    happen(asked, "x")
    with db.write():
        states.resolve(asked, ErrorGroup.get(), "ann", None, utcnow())
    happen(asked, "x", at_ms=1_000)
    assert [alert.type for alert in Alert.select()] == ["error_regression"] * alerts
    assert ErrorGroup.get().state == "open"


def test_it_ends_the_alert_when_somebody_decides(settings: Settings, store: Path) -> None:
    asked = settings_with(settings, new_error_alert="warning")
    happen(asked, "x")
    with db.write():
        states.ignore(asked, ErrorGroup.get(), "ann", utcnow())
    assert Alert.get().status == "resolved"
    shown = feed.latest("errors:update")
    assert shown and '"groups":{"open":0,"new":1' in shown.data
