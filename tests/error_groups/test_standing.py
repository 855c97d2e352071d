"""Standing: what a group says of itself is what the list finds it by."""

from pathlib import Path
from typing import Any

import pytest

from gamepilot_mon.error_groups.standing import standing, stands
from gamepilot_mon.models import ErrorGroup
from tests.error_groups.reports import DAY, HOUR, NOW

NAMES = ("new", "ongoing", "regressed", "resolved", "ignored")
CASES: list[tuple[str, dict[str, Any]]] = [
    ("new", {"first_seen": NOW - HOUR}),
    ("new", {"first_seen": NOW - DAY}),
    ("ongoing", {"first_seen": NOW - DAY - 1}),
    ("regressed", {"first_seen": NOW - HOUR, "regressed_at": NOW}),
    ("regressed", {"first_seen": NOW - 9 * DAY, "regressed_at": NOW - 8 * DAY}),
    ("ongoing", {"first_seen": NOW - 9 * DAY, "regressed_at": NOW, "changed_by": "ada"}),
    ("resolved", {"state": "resolved", "regressed_at": NOW}),
    ("ignored", {"state": "ignored", "first_seen": NOW}),
]


@pytest.mark.parametrize(("name", "columns"), CASES)
def test_it_is_found_by_what_it_is(store: Path, name: str, columns: dict[str, Any]) -> None:
    group = ErrorGroup.create(
        **{
            "fingerprint": "f", "operation": "o", "title": "t", "frames": [], "severity": "error",
            "state": "open", "first_seen": NOW, "last_seen": NOW, "count": 1, "users": 0, "regressions": 0,
            "changed_at": NOW, **columns,
        }
    )  # fmt: skip
    assert standing(group, NOW) == name
    assert [other for other in NAMES if ErrorGroup.select().where(stands(other, NOW)).exists()] == [name]
