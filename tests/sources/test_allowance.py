import json

from gamepilot_mon.sources.allowance import FORGOTTEN_MS, OTHER, RENEWED_MS, Allowance, series_of
from gamepilot_mon.sources.intake import Row

NOW = 1_800_000_000_000


def row(kind: str, name: str, data: str | None = None) -> Row:
    return Row(None, kind, NOW, NOW, name, 1.0, None, None, None, data)


def metric(host: str) -> Row:
    return row("metric", "load", json.dumps({"labels": {"host": host}}))


def test_it_admits_as_many_series_as_the_limit_and_refuses_further_metrics() -> None:
    allowance = Allowance({}, limit=2)

    judged = allowance.judge([metric("a"), metric("b"), metric("c"), metric("a")], NOW)

    assert judged.rows == [metric("a"), metric("b"), metric("a")]
    assert (judged.refused, judged.excess) == ([2], 1)
    assert judged.seen == ['load {"host":"a"}', 'load {"host":"b"}']


def test_it_counts_further_operations_as_other_and_keeps_their_names() -> None:
    allowance = Allowance({"login": NOW}, limit=1)

    judged = allowance.judge([row("error", "logout", '{"error":"e"}'), row("error", "login")], NOW)

    assert [one.name for one in judged.rows] == [OTHER, "login"]
    assert json.loads(judged.rows[0].data or "") == {"name": "logout", "error": "e"}
    assert (judged.refused, judged.excess, judged.seen) == ([], 1, [])


def test_it_forgets_what_was_not_seen_for_long_when_it_needs_the_room() -> None:
    allowance = Allowance({"old": NOW - FORGOTTEN_MS, "young": NOW - FORGOTTEN_MS + 1}, limit=2)

    judged = allowance.judge([row("operation", "new"), row("operation", "newer")], NOW)

    assert [one.name for one in judged.rows] == ["new", OTHER]


def test_it_says_again_from_time_to_time_that_a_series_is_in_use() -> None:
    allowance = Allowance({"login": NOW - RENEWED_MS}, limit=1)

    assert allowance.judge([row("operation", "login")], NOW).seen == ["login"]
    assert allowance.judge([row("operation", "login")], NOW).seen == []


def test_it_knows_one_series_by_its_labels_in_any_order() -> None:
    first = row("metric", "load", '{"labels":{"a":"1","b":"2"}}')
    second = row("metric", "load", '{"labels":{"b":"2","a":"1"},"clamped":true}')

    assert series_of(first) == series_of(second) == 'load {"a":"1","b":"2"}'
    assert series_of(row("metric", "load")) == "load {}"
    assert series_of(row("deploy", "1")) is None
