"""The span of a page, by its address; and where the picker leads from it."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS, iso
from gamepilot_mon.web.pages.picker import Picker, picker
from gamepilot_mon.web.pages.span import RELATIVE, USUAL, picked
from tests.histories import NOW


def made(**args: str) -> Picker:
    return picker(picked({"from": args.pop("since", ""), **args}, NOW), "/performance", args.items(), NOW)


def asked(address: str | None) -> dict[str, str]:
    assert address is not None
    return {name: value for name, [value] in parse_qs(urlsplit(address).query).items()}


@pytest.mark.parametrize("name", RELATIVE)
def test_it_reaches_back_from_now(name: str) -> None:
    found = picked({"span": name}, NOW)
    assert (found.since, found.until, found.live) == (NOW - RELATIVE[name], NOW, True)


def test_it_shows_the_usual_time_beside_yesterday_when_nothing_is_asked_for() -> None:
    found = picked({}, NOW)
    assert (found.name, found.back_ms, found.problems) == (USUAL, DAY_MS, {})
    assert found.query == {"span": USUAL}


@pytest.mark.parametrize(
    ("since", "until", "length_ms"),
    [
        ("2026-11-24T10:00", "2026-11-24T11:00", HOUR_MS),
        ("2026-11-24T11:00:00+01:00", "2026-11-24T11:00:00.000Z", HOUR_MS),
        ("2026-11-24T10:00:00", "", 2 * HOUR_MS),
        ("2026-11-24T10:00:00", "2030-01-01T00:00", 2 * HOUR_MS),
    ],
    ids=["UTC without saying so", "with zones", "until now", "not beyond now"],
)
def test_it_takes_a_time_of_its_own(since: str, until: str, length_ms: int) -> None:
    found = picked({"from": since, "to": until, "span": "7d"}, NOW)
    assert (found.length_ms, found.live, found.problems) == (length_ms, False, {})


@pytest.mark.parametrize(
    ("args", "field"),
    [
        ({"span": "2h"}, "span"), ({"compare": "tomorrow"}, "compare"), ({"from": "yesterday"}, "from"),
        ({"from": "2026-11-24T10:00", "to": "2026-11-24T25:00"}, "to"), ({"to": "2026-11-24T10:00"}, "from"),
        ({"from": "2026-11-24T10:00", "to": "2026-11-24T10:00:05"}, "from"), ({"from": "2020-01-01"}, "from"),
        ({"from": "2026-11-25"}, "from"), ({"from": "<script>"}, "from"), ({"from": "0001-01-01"}, "from"),
    ],
)  # fmt: skip
def test_it_says_what_is_wrong_and_shows_the_usual_time(args: dict[str, str], field: str) -> None:
    found = picked(args, NOW)
    assert list(found.problems) == [field]
    assert (found.name, found.until) == (USUAL, NOW)


def test_it_carries_what_else_the_address_says() -> None:
    found = made(span="1h", compare="last-week", q="mood", page="3")
    day = next(choice for choice in found.spans if choice.value == "24h")
    assert asked(day.address) == {"span": "24h", "compare": "last-week", "q": "mood"}
    assert [choice.value for choice in found.spans if choice.current] == ["1h"]
    assert [choice.value for choice in found.comparisons if choice.current] == ["last-week"]
    assert dict(found.kept) == {"q": "mood", "compare": "last-week"}


def test_it_steps_back_and_forward_by_its_own_length() -> None:
    found = made(since="2026-11-24T08:00", to="2026-11-24T09:00")
    assert asked(found.back) == {"from": "2026-11-24T07:00:00.000Z", "to": "2026-11-24T08:00:00.000Z"}
    assert asked(found.forward) == {"from": "2026-11-24T09:00:00.000Z", "to": "2026-11-24T10:00:00.000Z"}
    assert asked(found.out) == {"from": "2026-11-24T07:30:00.000Z", "to": "2026-11-24T09:30:00.000Z"}


def test_it_never_steps_past_now_or_what_is_kept() -> None:
    assert made(span="1h").forward is None
    assert made(span="1y").out is None and made(span="1y").back is None
    last = made(since=iso(NOW - 30 * MINUTE_MS), to=iso(NOW - 10 * MINUTE_MS))
    assert asked(last.forward)["to"] == iso(NOW)


def test_it_shows_a_longer_relative_time_next() -> None:
    assert asked(made(span="6h").out) == {"span": "24h"}


@pytest.mark.parametrize(
    ("written", "shown"), [("no time", ""), ("2026-11-25T10:00:00+01:00", "2026-11-25T09:00:00")]
)
def test_it_keeps_what_was_written_when_it_is_a_time(written: str, shown: str) -> None:
    found: Any = made(since=written)
    assert found.fields["from"] == shown and "from" in found.picked.problems
