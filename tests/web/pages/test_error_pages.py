"""The pages of errors: groups to triage, one group whole, deciding and taking it back."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from gamepilot_mon import alerts, db
from gamepilot_mon.clock import DAY_MS, HOUR_MS, utcnow
from gamepilot_mon.error_groups import folding
from gamepilot_mon.models import ErrorAction, ErrorGroup, Event
from tests.serving import Server
from tests.web.signing_in import Browser, add_user, signed_in

HOSTILE = "<script>alert(1)</script>\u202e" + "Z\u0351\u036b" * 40 + "y" * 10_000


def report(*errors: dict[str, Any]) -> None:
    now = utcnow()
    with db.write():
        for each in errors:
            at = now - each.pop("ago", 0)
            data = {name: each.pop(name) for name in ("error", "stack_trace", "metadata") if name in each}
            Event.create(
                **{"kind": "error", "at": at, "received_at": now, "severity": "error", "data": data, **each}
            )
    while folding.STREAM.pending():
        with db.write():
            folding.fold(now)


def grouped(operation: str) -> ErrorGroup:
    [group] = ErrorGroup.select().where(ErrorGroup.operation == operation)
    return group


@pytest.fixture
def operation() -> str:
    return f"op-{uuid.uuid4().hex}"


@pytest.fixture
def operator(served: Server) -> Iterator[Browser]:
    """A signed-in browser that may decide."""
    name = f"oda-{uuid.uuid4().hex[:8]}"
    add_user(name, "operator")
    with signed_in(served, name) as browser:
        yield browser


def follow(browser: Browser, answer: requests.Response) -> str:
    assert answer.status_code == 303, answer.text
    return browser.get(answer.headers["Location"]).text


def states(operation: str) -> list[str]:
    return [group.state for group in ErrorGroup.select().where(ErrorGroup.operation == operation)]


def test_it_lists_a_group_with_its_trend_and_standing(served: Server, operation: str) -> None:
    report(
        {"name": operation, "error": "no user 1", "user": "ann"},
        {"name": operation, "error": "no user 2", "user": "bob", "ago": 2 * HOUR_MS},
    )
    page = served.get(f"/errors?operation={operation}", "viewer").text
    assert "no user &lt;n&gt;" in page
    assert 'data-standing="new"' in page
    assert "2 events in 24 hours" in page
    assert page.count("<h1") == 1


def test_it_tells_new_ongoing_and_regressed_apart(served: Server, operation: str) -> None:
    report({"name": operation, "error": "old", "ago": 3 * DAY_MS})
    ErrorGroup.update(state="resolved", resolved_at=utcnow() - DAY_MS).where(
        ErrorGroup.operation == operation
    ).execute()
    report({"name": operation, "error": "old"}, {"name": operation, "error": "new"})
    report({"name": operation, "error": "ongoing", "ago": 2 * DAY_MS})
    for standing, title in (("regressed", "old"), ("new", "new"), ("ongoing", "ongoing")):
        page = served.get(f"/errors?operation={operation}&state={standing}", "viewer").text
        assert re.findall(r'class="error-title"[^>]*><bdi>(\w+)<', page) == [title]


def test_it_pages_by_a_cursor_that_keeps_the_filter(served: Server, operation: str) -> None:
    report(
        *({"name": operation, "error": f"kind {letter * 3}"} for letter in map(chr, range(0x3B1, 0x3B1 + 55)))
    )
    first = served.get(f"/errors?operation={operation}&sort=count", "viewer").text
    [following] = re.findall(r'href="(/errors\?[^"]+)"[^>]*>\s*<span>Next page', first)
    second = served.get(following.replace("&amp;", "&"), "viewer").text
    shown = [re.findall(r'id="group-(\d+)"', page) for page in (first, second)]
    assert [len(ids) for ids in shown] == [50, 5]
    assert not set(shown[0]) & set(shown[1])


@pytest.mark.parametrize(
    "query", ["state=gone", "sort=size", "severity=loud", "after=x", "text=" + "x" * 201]
)
def test_it_says_when_an_address_filters_by_something_unknown(server: Server, query: str) -> None:
    answer = server.get(f"/errors?{query}", "viewer", headers={"Accept": "text/html"})
    assert answer.status_code == 422
    assert "This address" in answer.text


def test_it_shows_a_viewer_no_button_that_would_be_refused(served: Server, operation: str) -> None:
    report({"name": operation, "error": "boom"})
    group = grouped(operation)
    for path in (f"/errors?operation={operation}", f"/errors/{group.id}"):
        assert 'name="action"' not in served.get(path, "viewer").text
        assert 'name="action"' in served.get(path, "operator").text
    for path in ("/errors", f"/errors/{group.id}", "/errors/undo"):
        assert served.post(path, "viewer", data={"action": "resolve"}).status_code == 403


def test_it_resolves_many_at_once_and_takes_it_back(operator: Browser, operation: str) -> None:
    report({"name": operation, "error": "one"}, {"name": operation, "error": "two"})
    ids = [str(group.id) for group in ErrorGroup.select().where(ErrorGroup.operation == operation)]
    here = f"/errors?operation={operation}"
    after = follow(operator, operator.submit(here, action="resolve", group=ids))
    assert states(operation) == ["resolved", "resolved"]
    assert "2 groups are resolved." in after
    [decided] = re.findall(r'name="decided" value="(\d+)"', after)
    follow(operator, operator.submit(here, "/errors/undo", decided=decided))
    assert states(operation) == ["open", "open"]


def test_it_undoes_nothing_that_somebody_decided_since(
    operator: Browser, served: Server, operation: str
) -> None:
    report({"name": operation, "error": "one"})
    group = grouped(operation)
    operator.submit(f"/errors/{group.id}", action="resolve")
    [decided] = [row.at for row in ErrorAction.select().where(ErrorAction.group_id == group.id)]
    assert served.post(f"/api/v1/errors/{group.id}/ignore", "operator").status_code == 200
    operator.submit(f"/errors/{group.id}", "/errors/undo", decided=str(decided))
    assert states(operation) == ["ignored"]


def test_it_undoes_into_what_was_decided_before(operator: Browser, operation: str) -> None:
    report({"name": operation, "error": "one"})
    here = f"/errors/{grouped(operation).id}"
    operator.submit(here, action="resolve", version="1.2")
    operator.submit(here, action="ignore")
    newest = ErrorAction.select().order_by(ErrorAction.id.desc()).first()
    operator.submit(here, "/errors/undo", decided=str(newest.at))
    group = grouped(operation)
    assert (group.state, group.resolved_version) == ("resolved", "1.2")


def test_it_says_so_when_nothing_is_chosen(operator: Browser) -> None:
    answer = operator.submit("/errors", action="resolve")
    assert answer.status_code == 422
    assert "Choose at least one group first." in answer.text


def test_it_keeps_who_decided_and_why(operator: Browser, operation: str) -> None:
    report({"name": operation, "error": "boom"})
    here = f"/errors/{grouped(operation).id}"
    page = follow(operator, operator.submit(here, action="resolve", version="2.4", note="<b>fixed</b>"))
    assert "&lt;b&gt;fixed&lt;/b&gt;" in page
    assert "resolved it in" in " ".join(page.split())
    assert 'data-standing="resolved"' in page


def test_it_says_at_the_field_what_is_too_long(operator: Browser, operation: str) -> None:
    report({"name": operation, "error": "boom"})
    here = f"/errors/{grouped(operation).id}"
    answer = operator.submit(here, action="resolve", note="n" * 1001, version="v" * 201)
    assert answer.status_code == 422
    assert answer.text.count('class="field-problem"') == 2
    assert "n" * 1001 in answer.text
    assert states(operation) == ["open"]


def test_it_shows_all_that_is_known_of_a_group(served: Server, operation: str) -> None:
    now = utcnow()
    other = f"{operation}-other"
    with db.write():
        Event.create(kind="deploy", at=now - 1, received_at=now, name=f"v-{operation[-6:]}")
    report(
        {
            "name": operation, "error": f"no {operation}", "user": "ann", "severity": "critical",
            "stack_trace": "Error: x\n    at load (/srv/app/load.js:1:2)", "metadata": {"region": "eu"},
        },
        {"name": other, "error": f"no {operation}"},
    )  # fmt: skip
    page = served.get(f"/errors/{grouped(operation).id}", "viewer").text
    for said in (
        "app/load.js load",
        "region",
        "Critical",
        f"v-{operation[-6:]}",
        other,
        "No alert was raised",
    ):
        assert said in page


def test_it_names_the_alerts_that_concern_a_group(served: Server, operation: str) -> None:
    report({"name": operation, "error": "boom"})
    group = grouped(operation)
    with db.write():
        alerts.raise_custom(
            type_="error_regression", severity="warning", message="back", value=1.0, threshold=None, metadata={},
            labels={}, identity=f"error_regression:{group.fingerprint}", now=utcnow(), gap_ms=1,
        )  # fmt: skip
    assert "error regression" in served.get(f"/errors/{group.id}", "viewer").text


@pytest.mark.parametrize("span", ["24h", "48h", "7d", "30d", "nonsense"])
def test_it_draws_every_span(served: Server, operation: str, span: str) -> None:
    report({"name": operation, "error": "boom", "ago": HOUR_MS})
    page = served.get(f"/errors/{grouped(operation).id}?span={span}", "viewer")
    assert page.status_code == 200
    assert "1 event since" in page.text


def test_it_holds_hostile_text(served: Server, operation: str) -> None:
    report(
        {"name": operation, "error": HOSTILE, "stack_trace": HOSTILE, "user": HOSTILE[:200],
         "metadata": {HOSTILE[:150]: HOSTILE, "version": HOSTILE[:100]}},
    )  # fmt: skip
    for path in (f"/errors?operation={operation}", f"/errors/{grouped(operation).id}"):
        page = served.get(path, "operator").text
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


def test_it_knows_no_group_that_is_not_there(server: Server) -> None:
    assert server.get("/errors/999999999", "viewer", headers={"Accept": "text/html"}).status_code == 404
    assert server.post("/errors/999999999", "operator", data={"action": "ignore"}).status_code == 404


def test_it_offers_what_it_lists_as_a_file(served: Server, operation: str) -> None:
    report({"name": operation, "error": "boom"})
    page = served.get(f"/errors?operation={operation}&state=new", "viewer").text
    [path] = re.findall(r'href="(/api/v1/errors\?[^"]+)"', page)
    assert "boom" in served.get(path.replace("&amp;", "&"), "viewer").text
