"""The pages of the rules: the list, the form of each kind, the preview that stores nothing, versions."""

import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from gamepilot_mon import db, stored_rules
from gamepilot_mon.clock import HOUR_MS, MINUTE_MS, utcnow
from gamepilot_mon.look_back import LookBack
from gamepilot_mon.models import ConfigVersion, RuleVersion, StoredRule
from gamepilot_mon.noise_remedy import Change, Trial
from gamepilot_mon.rule_spec import parse
from gamepilot_mon.rules import Rule
from gamepilot_mon.web.pages import rule_figure
from tests.emptied import CONFIGURED, empty
from tests.histories import past
from tests.recordings import record
from tests.serving import Server

HOSTILE = "<script>alert(1)</script>\u202e" + "z\u0300\u0301\u0302" * 20
DEPTH = {"metric": "page-depth", "statistic": "max", "window": "1m", "warning": "10", "critical": "100"}
SETTLED = {
    "enabled": "on", "operator": ">", "noData": "ignore", "for": "0", "clearFor": "0", "minSamples": "0",
}  # fmt: skip
FORM = {**SETTLED, **DEPTH}


@pytest.fixture
def store(served: Server) -> Iterator[Server]:
    """The shared server, without rules of the test's own before and after."""
    _forget()
    yield served
    _forget()


def _forget() -> None:
    with db.write():
        for row in StoredRule.ordered():
            stored_rules.remove(row.name, "test", utcnow())


def put(name: str, **members: Any) -> StoredRule:
    with db.write():
        return stored_rules.put(
            name, parse({"metric": "page-depth", "statistic": "max", **members}), "ann", utcnow()
        )


def submit(server: Server, path: str, form: Mapping[str, str], role: str = "admin") -> requests.Response:
    return server.post(path, role, data=form, headers={"Accept": "text/html"})


def page(server: Server, path: str, role: str = "viewer") -> str:
    answer = server.get(path, role, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return answer.text


def error_of(text: str, field: str) -> str:
    """What is said below a field; "" when nothing is."""
    found = re.search(rf'id="{field}-error"[^>]*?( hidden)?>.*?<span>(.*?)</span></p>', text, re.DOTALL)
    assert found, f"there is no place for an error of {field}"
    return "" if found[1] else unescape(found[2])


def value_of(text: str, field: str) -> str:
    found = re.search(rf'<input [^>]*name="{field}"[^>]* value="([^"]*)"', text)
    assert found, f"there is no field {field}"
    return unescape(found[1])


def deep(minutes: Sequence[int], value: float = 50.0, metric: str = "page-depth") -> None:
    """Of the last day, a value a minute; that of `minutes` before now is high."""
    now = utcnow()
    now -= now % MINUTE_MS
    record(metric, {now - n * MINUTE_MS: [value if n in minutes else 1.0] for n in range(1, 24 * 60)})


def test_it_lists_the_built_in_rules_with_thresholds_and_windows(store: Server) -> None:
    text = page(store, "/rules")
    for name in (
        "error_rate",
        "response_time",
        "success_rate",
        "slow_queries",
        "critical_error",
        "system_down",
    ):
        assert f'data-rule="{name}"' in text
    assert "&gt; 5 %" in text and "5m, 1d" in text


def test_it_says_what_a_rule_of_ones_own_says_now(store: Server) -> None:
    deep(range(1, 5))
    put("deep", warning=10, description="Too deep")
    row = page(store, "/rules").split('data-rule="deep"')[1].split("</tr>")[0]
    assert "Too deep: 50 in the last 5m, above the warning threshold of 10" in unescape(row)
    assert 'data-state="pending"' in row and "<b" in row and ">50</b>" in row


def test_it_shows_when_it_fired_last_and_how_it_stands(store: Server) -> None:
    put("fired", warning=10)
    past(utcnow() - HOUR_MS, None, type="fired", fingerprint="fired-1")
    row = page(store, "/rules?state=firing").split('data-rule="fired"')[1].split("</tr>")[0]
    assert 'data-state="firing"' in row and "datetime=" in row


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("kind=threshold", {"alpha", "beta"}), ("kind=burn_rate", {"gamma"}), ("q=SPECIAL", {"beta"}),
        ("state=off", {"alpha"}), ("kind=threshold&state=calm", {"beta"}), ("q=nothing-of-that-name", set()),
        ("kind=nonsense&page=minus&q=gamma", {"gamma"}),
    ],
)  # fmt: skip
def test_it_filters(store: Server, query: str, shown: set[str]) -> None:
    put("alpha", warning=1, enabled=False)
    put("beta", warning=1, description="something special")
    with db.write():
        stored_rules.put("gamma", parse({"kind": "burn_rate", "objective": 0.99}), "ann", utcnow())
    assert set(re.findall(r'data-rule="([^"]+)"', page(store, f"/rules?{query}"))) == shown


def test_nothing_is_wrong_with_a_rule_as_it_is_stored(store: Server) -> None:
    put("deep", warning=10)
    text = page(store, "/rules/deep", "admin")
    fields = re.findall(r'data-error-of="([^"]+)"', text)
    assert "clear" in fields and [field for field in fields if error_of(text, field)] == []


def test_it_shows_five_thousand_rules_by_page(store: Server) -> None:
    now = utcnow()
    spec = {"metric": "page-depth", "statistic": "max", "warning": 1}
    rows = [
        {"name": f"many-{n:04}", "spec": spec, "version": 1, "created_at": now, "changed_at": now}
        for n in range(5000)
    ]
    with db.write():
        for start in range(0, len(rows), 500):
            StoredRule.insert_many(rows[start : start + 500]).execute()
    try:
        first, last = page(store, "/rules"), page(store, "/rules?page=999")
    finally:
        with db.write():
            StoredRule.delete().where(StoredRule.name.startswith("many-")).execute()
    assert first.count("data-rule=") == 50 and "Page 1 of 101, 5,006 rules" in first
    assert 'data-rule="many-4999"' in last and 'rel="next"' not in last


def test_it_adds_a_rule_by_form(store: Server) -> None:
    form = {**FORM, "kind": "threshold", "name": "by-form", "for": "90s", "matchers": "queue=mail\n\nhost!=a",
            "by": "queue, host", "labels": "team=games"}  # fmt: skip
    answer = submit(store, "/rules/new", form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/rules/by-form?done=created")
    row = stored_rules.get("by-form")
    assert row and row.spec == {
        "metric": "page-depth", "statistic": "max", "window": "1m", "warning": 10.0, "critical": 100.0, "for": "1m30s",
        "matchers": ["queue=mail", "host!=a"], "by": ["queue", "host"], "labels": {"team": "games"},
    }  # fmt: skip
    assert RuleVersion.of("by-form", 1)[0].author == "admin"
    text = page(store, "/rules/by-form", "admin")
    assert (value_of(text, "for"), value_of(text, "by")) == ("1m30s", "queue, host")


WRONG = [
    ({"name": "Not A Name"}, "name", "must be lower-case"), ({"name": ""}, "name", "must be lower-case"),
    ({"name": "new"}, "name", "is the address"), ({"name": "error_rate"}, "name", "built-in"),
    ({"metric": ""}, "metric", "is needed"), ({"warning": "lots"}, "warning", "number"),
    ({"warning": "nan"}, "warning", "finite"), ({"critical": "5"}, "critical", "must be worse than warning"),
    ({"warning": "", "critical": ""}, "critical", "is needed"), ({"window": "soon"}, "window", "not a duration"),
    ({"window": "200d"}, "window", "from 10s to 90d"), ({"statistic": "ratio"}, "per", "is needed"),
    ({"matchers": "queue=mail\nnonsense"}, "matchers", "line 2: must look like"),
    ({"labels": "team"}, "labels", "line 1 must look like"), ({"labels": "type=x"}, "labels", "alert's own"),
    ({"by": "queue queue"}, "by", "twice"), ({"minSamples": "-1"}, "minSamples", "must be 0 or more"),
    ({"for": "later"}, "for", "not a duration"), ({"noData": "panic"}, "noData", "ignore"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "field", "said"), WRONG)
def test_it_says_at_the_field_what_is_wrong_and_keeps_what_was_written(
    store: Server, changed: dict[str, str], field: str, said: str
) -> None:
    form = {**FORM, "kind": "threshold", "name": "wrong", "description": "kept as it was", **changed}
    for path in ("/rules/new", "/rules/preview"):
        answer = submit(store, path, form)
        assert answer.status_code == 422
        assert said in error_of(answer.text, field)
        assert f'name="{field}" aria-describedby' in answer.text and 'aria-invalid="true"' in answer.text
        assert value_of(answer.text, "description") == "kept as it was"
        if field in ("warning", "critical", "window", "for"):
            assert value_of(answer.text, field) == form[field]
    assert stored_rules.get("wrong") is None


def test_it_does_not_take_a_name_twice(store: Server) -> None:
    put("taken", warning=1)
    answer = submit(store, "/rules/new", {**FORM, "kind": "threshold", "name": "taken"})
    assert (answer.status_code, error_of(answer.text, "name")) == (
        422,
        "is taken: there is a rule of that name",
    )


BURN = {
    "kind": "burn_rate", "objective": "0.999", "total": "operation_duration_ms", "windows-0-long": "1h",
    "windows-0-short": "5m", "windows-0-factor": "14.4", "windows-0-severity": "critical",
    "windows-1-severity": "warning", "windows-2-long": "3d", "windows-2-short": "6h", "windows-2-factor": "1",
    "windows-2-severity": "warning",
}  # fmt: skip


def test_it_adds_an_error_budget_by_form(store: Server) -> None:
    answer = submit(store, "/rules/new", {**SETTLED, **BURN, "name": "budget"})
    assert answer.status_code == 303, answer.text
    row = stored_rules.get("budget")
    assert row and [pace["long"] for pace in row.spec["windows"]] == ["1h", "3d"]
    text = page(store, "/rules/budget", "admin")
    assert (value_of(text, "windows-1-long"), value_of(text, "objective")) == ("3d", "0.999")


def test_it_points_at_the_window_that_is_wrong(store: Server) -> None:
    form = {**SETTLED, **BURN, "name": "budget", "windows-2-short": "4d"}
    answer = submit(store, "/rules/preview", form)
    assert error_of(answer.text, "windows-2-short") == "must be shorter than long"


RHYTHM = {
    "kind": "rhythm", "metric": "mood_selection", "window": "20m", "weeks": "4", "zone": "Europe/Berlin",
    "direction": "low", "minSamples": "2", "warning": "", "critical": "4",
}  # fmt: skip


def test_it_adds_a_rhythm_by_form(store: Server) -> None:
    form = {**SETTLED, **RHYTHM, "name": "beat"}
    assert submit(store, "/rules/new", form).status_code == 303
    row = stored_rules.get("beat")
    assert row and (row.spec["warning"], row.spec["critical"]) == (None, 4)
    answer = submit(store, "/rules/preview", {**form, "name": "other", "zone": "Mars/Olympus"})
    assert "time zone" in error_of(answer.text, "zone")


@pytest.mark.parametrize("kind", ["threshold", "burn_rate", "rhythm"])
def test_a_new_rule_begins_with_the_defaults_of_its_kind(store: Server, kind: str) -> None:
    text = page(store, f"/rules/new?kind={kind}&metric=page-depth", "admin")
    assert 'aria-current="page">' in text and value_of(text, "for") == "0"
    assert "built-in method" not in text and 'aria-invalid="true"' not in text
    if kind == "burn_rate":
        assert value_of(text, "windows-0-factor") == "14.4"
    if kind == "threshold":
        assert value_of(text, "metric") == "page-depth"


def test_a_preview_says_how_often_it_would_have_paged_and_stores_nothing(store: Server) -> None:
    deep(range(600, 640))
    before = RuleVersion.newest_id()
    answer = submit(store, "/rules/preview", {**FORM, "kind": "threshold", "name": "deep"}, "viewer")
    assert answer.status_code == 200
    assert (
        "would have paged once" in answer.text and 'class="page-mark" data-severity="warning"' in answer.text
    )
    assert answer.text.count('class="threshold"') == 4  # two lines, and the same in the legend
    calm = submit(store, "/rules/preview", {**FORM, "kind": "threshold", "name": "deep", "warning": "60"})
    assert "It would not have paged." in calm.text and "The worst value was 50." in calm.text
    assert (RuleVersion.newest_id(), stored_rules.get("deep")) == (before, None)


def test_a_preview_says_in_plain_words_what_would_spare_pages(store: Server) -> None:
    deep([*range(100, 700, 100), *range(800, 830)], metric="spared-depth")
    form = {**FORM, "kind": "threshold", "name": "deep", "metric": "spared-depth", "window": "1m", "for": "0"}
    text = submit(store, "/rules/preview", form).text
    assert "if it waited 1m before it fires, 6 fewer" in text


def test_a_remedy_is_told_where_the_form_has_its_field() -> None:
    rule = Rule("error_rate", "Error ratio", "ratio", 0.1, 0.2)
    waited = Trial(Change(for_ms=MINUTE_MS), 1, 2, 0, 0)
    found = LookBack(0, HOUR_MS, rule, [], [], [], [], waited, 1, 1)
    assert rule_figure.draw(found, ZoneInfo("UTC"), {"warning", "for"})["remedy"]["removed"] == 2
    assert rule_figure.draw(found, ZoneInfo("UTC"), {"warning", "critical"})["remedy"] is None


def test_a_preview_needs_no_name_yet(store: Server) -> None:
    deep(range(600, 640))
    answer = submit(store, "/rules/preview", {**FORM, "kind": "threshold"})
    assert answer.status_code == 422 and "would have paged once" in answer.text


def test_a_preview_says_how_often_the_stored_rule_would_have_paged(store: Server) -> None:
    deep(range(600, 640))
    put("deep", warning=10, window="1m")
    answer = submit(store, "/rules/preview", {**FORM, "kind": "threshold", "rule": "deep", "warning": "60"})
    assert "It would not have paged." in answer.text
    answer = submit(store, "/rules/preview", {**FORM, "kind": "threshold", "rule": "deep", "warning": "20"})
    assert "As it is stored: 1." in answer.text


@pytest.mark.parametrize("period", ["24h", "7d", "30d", "for ever"])
def test_a_preview_looks_back_as_far_as_it_is_asked(store: Server, period: str) -> None:
    form = {**FORM, "kind": "threshold", "name": "deep", "period": period, "night_zone": "Asia/Tokyo"}
    text = submit(store, "/rules/preview", form).text
    shown = period if period in ("24h", "7d", "30d") else "24h"
    assert f'value="{shown}" checked' in text


def test_it_saves_a_change_as_a_version_with_author_and_diff(store: Server) -> None:
    row = put("deep", warning=10)
    form = {
        **FORM,
        "kind": "threshold",
        "rule": "deep",
        "version": str(row.version),
        "window": "5m",
        "warning": "20",
    }
    assert submit(store, "/rules/deep", form).headers["Location"] == "/rules/deep?done=saved"
    text = unescape(page(store, "/rules/deep"))
    assert re.search(r"<dt>warning</dt><dd><del[^>]*>10</del>.*?<ins[^>]*>20</ins>", text, re.DOTALL)
    version = RuleVersion.of("deep", 2)[1].id
    assert submit(store, "/rules/deep/restore", {"version": str(version)}).status_code == 303
    stored = stored_rules.get("deep")
    assert stored and stored.spec["warning"] == 10


def test_it_does_not_overwrite_what_somebody_changed_in_between(store: Server) -> None:
    row = put("deep", warning=10)
    put("deep", warning=11)
    form = {**FORM, "kind": "threshold", "rule": "deep", "version": str(row.version), "warning": "20"}
    answer = submit(store, "/rules/deep", form)
    assert answer.status_code == 422 and "Somebody changed this rule in between" in answer.text
    assert value_of(answer.text, "warning") == "20"


def test_it_switches_a_rule_off_and_on(store: Server) -> None:
    put("deep", warning=10)
    assert (
        submit(store, "/rules/deep/enabled", {"enabled": "", "back": "list"}).headers["Location"] == "/rules"
    )
    row = stored_rules.get("deep")
    assert row and row.spec["enabled"] is False
    submit(store, "/rules/deep/enabled", {"enabled": "on"})
    row = stored_rules.get("deep")
    assert row and "enabled" not in row.spec


def test_a_removed_rule_can_be_put_back_at_once(store: Server) -> None:
    row = put("deep", warning=10)
    answer = submit(store, "/rules/deep/delete", {})
    assert answer.headers["Location"] == f"/rules?removed=deep&version={row.version}"
    assert stored_rules.get("deep") is None
    assert "The rule deep is gone" in page(store, answer.headers["Location"], "admin")
    submit(store, "/rules/deep/restore", {"version": str(row.version)})
    assert stored_rules.get("deep") is not None


@pytest.fixture
def configured(store: Server) -> Iterator[Server]:
    """The shared server, configured by nobody before and after."""
    empty(*CONFIGURED)
    yield store
    empty(*CONFIGURED)


def test_it_changes_the_thresholds_of_a_built_in_rule(configured: Server) -> None:
    form = {"rule": "error_rate", "warning": "0.03", "critical": "0.08", "minSamples": "20"}
    assert submit(configured, "/rules/error_rate", form).status_code == 303
    assert (
        configured.get("/api/realtime/config", "viewer").json()["data"]["thresholds"]["errorRate"]["critical"]
        == 0.08
    )
    text = unescape(page(configured, "/rules/error_rate", "admin"))
    assert value_of(text, "warning") == "0.03" and re.search(
        r"<dt>critical</dt><dd><del[^>]*>0.05</del>", text
    )
    submit(configured, "/rules/error_rate", {**form, "critical": "0.5"})
    first = ConfigVersion.select().order_by(ConfigVersion.id).first().id
    assert submit(configured, "/rules/error_rate/restore", {"version": str(first)}).status_code == 303
    assert value_of(page(configured, "/rules/error_rate", "admin"), "critical") == "0.08"


LADDER = {"warning": "0.03", "critical": "0.05", "minSamples": "10", "responseTimeStatistic": "mean"}
BUILT_IN = {
    "error_rate": {"rule": "error_rate", **LADDER},
    "response_time": {"rule": "response_time", **LADDER},
    "success_rate": {"rule": "success_rate", **LADDER, "warning": "0.95", "critical": "0.9"},
}
WRONG_BUILT_IN = [
    ("error_rate", {"warning": "0.5"}, "critical"), ("error_rate", {"warning": "2"}, "warning"),
    ("error_rate", {"critical": "much"}, "critical"), ("success_rate", {"warning": "0.5"}, "critical"),
    ("response_time", {"responseTimeStatistic": "p12"}, "responseTimeStatistic"),
    ("error_rate", {"minSamples": "0"}, "minSamples"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changed", "field"), WRONG_BUILT_IN)
def test_it_refuses_thresholds_of_a_built_in_rule_at_their_field(
    store: Server, name: str, changed: dict[str, str], field: str
) -> None:
    answer = submit(store, "/rules/preview", {**BUILT_IN[name], **changed})
    assert answer.status_code == 422 and error_of(answer.text, field)


@pytest.mark.parametrize("name", ["critical_error", "system_down"])
def test_what_has_no_thresholds_says_so(store: Server, name: str) -> None:
    assert "has no thresholds" in page(store, f"/rules/{name}", "admin")


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_who_may_not_change_a_rule_sees_it_and_no_button(store: Server, role: str) -> None:
    put("deep", warning=10)
    text = page(store, "/rules/deep?period=7d", role)
    assert '<fieldset class="plain" disabled>' in text and 'value="7d" checked' in text
    assert not re.search(r'<form method="post" action="/rules', text)
    listing = page(store, "/rules", role)
    assert "/rules/new" not in listing and not re.search(r'<form method="post" action="/rules', listing)
    for path in (
        "/rules/new",
        "/rules/deep",
        "/rules/deep/delete",
        "/rules/deep/restore",
        "/rules/deep/enabled",
    ):
        assert submit(store, path, FORM, role).status_code == 403
    assert store.get("/rules/new", role).status_code == 403


def test_it_shows_hostile_texts_as_texts(store: Server) -> None:
    put("hostile", warning=1, description=HOSTILE[:200], metric=HOSTILE[:190], labels={"a": HOSTILE[:100]})
    for path in ("/rules", "/rules/hostile"):
        assert "<script>alert" not in page(store, path)
    answer = submit(
        store, "/rules/preview", {**FORM, "kind": "threshold", "name": HOSTILE, "warning": HOSTILE * 50}
    )
    assert answer.status_code == 422 and "<script>alert" not in answer.text


@pytest.mark.parametrize("path", ["/rules/nothing", "/rules/nothing/delete", "/rules/nothing/restore"])
def test_it_knows_no_such_rule(store: Server, path: str) -> None:
    assert submit(store, path, {**FORM, "version": "99999999"}).status_code == 404
    assert submit(store, "/rules/deep/restore", {"version": "x"}).status_code == 404
    assert submit(store, "/rules/preview", {**FORM, "rule": "nothing"}).status_code == 404
