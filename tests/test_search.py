from pathlib import Path

import pytest

from gamepilot_mon import search
from gamepilot_mon.models import Alert, Check, Incident, Series
from gamepilot_mon.search import Found

NOW = 1_000_000


def alert(message: str, **members: object) -> Alert:
    row: Alert = Alert.create(**{
        "fingerprint": message[:40], "origin": "custom", "type": "drill", "severity": "warning", "status": "firing",
        "message": message, "labels": {"shop": "north"}, "metadata": {}, "started_at": NOW, "changed_at": NOW,
        **members,
    })  # fmt: skip
    return row


def titles(text: str) -> list[str]:
    return [found.title for found in search.find(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("  ", []),
        ("a", []),
        ("ab", ["ab"]),
        ("a disk full", ["disk", "full"]),
        ("w1 " * 20, ["w1"] * 8),
    ],
    ids=["nothing", "blank", "one character", "two", "short ones are left out", "at most eight"],
)
def test_it_looks_for_words(text: str, words: list[str]) -> None:
    assert search.words_of(text) == words


def test_it_finds_what_has_every_word_in_any_order(store: Path) -> None:
    alert("the disk of the host is full")
    alert("the disk is fine")
    assert titles("FULL disk") == ["the disk of the host is full"]


def test_it_finds_alerts_by_their_labels(store: Path) -> None:
    alert("slow")
    assert titles("north") == ["slow"]


@pytest.mark.parametrize("text", ["100%", "a_b", "'; --", '"', "\\", "%%", "__"])
def test_it_takes_every_character_as_it_is(store: Path, text: str) -> None:
    alert("nothing of the kind")
    alert(f"with {text} in it")
    assert titles(text) == ([f"with {text} in it"] if len(text) > 1 else [])


def test_it_puts_what_is_open_first(store: Path) -> None:
    alert("full one", ended_at=NOW, status="resolved")
    alert("full two")
    alert("full three", ended_at=NOW, status="resolved")
    assert titles("full") == ["full two", "full three", "full one"]


def test_it_finds_checks_and_operations_by_name(store: Path) -> None:
    Check.create(name="Payment API", kind="http", spec={}, interval_ms=1000, origin="user", created_at=NOW)
    Series.create(metric="operation_duration_ms", labels='{"operation":"payment"}')
    Series.create(metric="operation_duration_ms", labels='{"operation":"refund"}')
    assert search.find("pay") == [
        Found("check", str(Check.get().id), "Payment API", "http", "pending"),
        Found("operation", "payment", "payment", ""),
    ]


def test_it_finds_incidents_by_their_title(store: Path) -> None:
    for title, ended_at in (("payment is down", NOW), ("payment is slow", None)):
        Incident.create(title=title, severity="critical", started_at=NOW, changed_at=NOW, ended_at=ended_at)
    assert [(found.key, found.state) for found in search.find("payment")] == [
        ("2", "critical"),
        ("1", "resolved"),
    ]


def test_it_gives_a_few_of_each_kind(store: Path) -> None:
    for number in range(20):
        alert(f"full {number}")
    assert len(search.find("full", each=8)) == 8
