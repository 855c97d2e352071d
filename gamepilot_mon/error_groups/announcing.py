"""Announcing: the alerts about groups that are new or came back, as far as the settings ask for them."""

from collections.abc import Sequence

from gamepilot_mon import alerts, owing, runtime_config
from gamepilot_mon.clock import HOUR_MS
from gamepilot_mon.error_groups.folding import Folded
from gamepilot_mon.models import Alert, ErrorGroup
from gamepilot_mon.settings import Settings

NEW = "new_error_group"
BACK = "error_regression"

RECENT_MS = HOUR_MS  # what is told late is history; it is in the list, and nobody is paged for it
ONE_BY_ONE = 5  # more at once are one alert


def announce(settings: Settings, folded: Folded, now: int) -> None:
    """Inside the write() of the fold, so that a group and its alert are there together or not at all."""
    _tell(settings, NEW, "New error", settings.new_error_alert, folded.fresh, now)
    _tell(
        settings, BACK, "Error is back after it was resolved", settings.regression_alert, folded.returned, now
    )


def settle(settings: Settings, group: ErrorGroup, now: int) -> None:
    """What was told of a group is over once somebody has resolved or ignored it. Inside the caller's write()."""
    for type_ in (NEW, BACK):
        alert = Alert.open_for(_identity(type_, group))
        if alert is not None:
            alerts.close(alert, now)
            owing.notify(settings, runtime_config.current(settings).config, alert, now)


def _tell(
    settings: Settings, type_: str, title: str, severity: str, groups: Sequence[ErrorGroup], now: int
) -> None:
    recent = [group for group in groups if group.last_seen >= now - RECENT_MS]
    if severity == "off" or not recent:
        return
    if len(recent) > ONE_BY_ONE:
        named = "; ".join(f"{group.operation}: {group.title}" for group in recent[:3])
        text = f"{title}: {len(recent)} kinds at once, among them {named}"
        _raise(settings, type_, severity, text, float(len(recent)), {}, f"{type_}:many", now)
        return
    for group in recent:
        labels = {"operation": group.operation, "group": str(group.id)}
        text = f"{title}: {group.operation}: {group.title}"
        _raise(settings, type_, severity, text, float(group.count), labels, _identity(type_, group), now)


def _raise(
    settings: Settings, type_: str, severity: str, text: str, value: float, labels: dict[str, str],
    identity: str, now: int,
) -> None:  # fmt: skip
    alert = alerts.raise_custom(
        type_=type_, severity=severity, message=text[:1000], value=value, threshold=None, metadata={},
        labels=labels, identity=identity, now=now, gap_ms=settings.incident_gap_ms,
    )  # fmt: skip
    owing.notify(settings, runtime_config.current(settings).config, alert, now)


def _identity(type_: str, group: ErrorGroup) -> str:
    return f"{type_}:{group.fingerprint}"
