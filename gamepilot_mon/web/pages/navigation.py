"""The places of the pages: how they are grouped and named, and the key that jumps to each after `g`."""

from dataclasses import dataclass

from flask import request, url_for

from gamepilot_mon.web.policy import POLICY, may
from gamepilot_mon.web.signed_in import current_principal


@dataclass(frozen=True, slots=True)
class Entry:
    """One page; `endpoint` leads to it, `icon` is a name of the sprite, `key` is pressed after `g`."""

    endpoint: str
    label: str
    icon: str
    key: str


@dataclass(frozen=True, slots=True)
class Group:
    label: str
    entries: tuple[Entry, ...]


GROUPS = (
    Group(
        "Now",
        (
            Entry("overview.page", "Overview", "gauge", "o"),
            Entry("alert_pages.inbox", "Alerts", "bell", "a"),
            Entry("incident_pages.listing", "Incidents", "layers", "i"),
            Entry("check_pages.listing", "Checks", "activity", "c"),
            Entry("error_pages.listing", "Errors", "bug", "e"),
        ),
    ),
    Group(
        "Analytics",
        (
            Entry("performance_page.page", "Performance", "chart-line", "p"),
            Entry("mood_persona_page.page", "Mood & persona", "smile", "m"),
            Entry("alert_pages.history", "Alert history", "history", "h"),
        ),
    ),
    Group(
        "Alerting",
        (
            Entry("rule_pages.listing", "Rules", "sliders-horizontal", "r"),
            Entry("channel_pages.listing", "Channels", "send", "n"),
            Entry("maintenance_page.page", "Silences & maintenance", "bell-off", "w"),
            Entry("broadcast_page.page", "Broadcast", "megaphone", "b"),
        ),
    ),
    Group(
        "Administration",
        (
            Entry("config_pages.versions", "Config versions", "file-clock", "v"),
            Entry("people_pages.listing", "Users & tokens", "users", "u"),
            Entry("audit_page.page", "Audit log", "scroll-text", "d"),
            Entry("clients_page.page", "Live clients", "radio", "l"),
            Entry("system_page.page", "System", "server", "s"),
            Entry("loadtest_pages.listing", "Load tests", "timer", "t"),
        ),
    ),
)


def visible() -> list[tuple[Group, list[tuple[Entry, str, bool]]]]:
    """The groups with what the one who asks may open: (entry, address, whether we are there)."""
    found = ((group, [_placed(entry) for entry in group.entries if _is_open(entry)]) for group in GROUPS)
    return [(group, entries) for group, entries in found if entries]


def _is_open(entry: Entry) -> bool:
    return may(current_principal(), POLICY[entry.endpoint])


def _placed(entry: Entry) -> tuple[Entry, str, bool]:
    return entry, url_for(entry.endpoint), entry.endpoint == _here()


def _here() -> str | None:
    """The entry that the page belongs to: its own, else the one of the same blueprint that stands first."""
    entries = [entry.endpoint for group in GROUPS for entry in group.entries]
    if request.endpoint in entries:
        return request.endpoint
    return next((each for each in entries if each.split(".")[0] == request.blueprint), None)
