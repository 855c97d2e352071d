"""What is wrong with a form, on German pages: no problem is said as the English page says it."""

import re
from collections.abc import Callable, Iterator, Mapping
from html import unescape

import pytest

from gamepilot_mon import db
from gamepilot_mon.models import Alert
from tests.serving import Server
from tests.web.pages import (
    test_alert_pages,
    test_broadcast_page,
    test_channel_pages,
    test_check_pages,
    test_maintenance_page,
    test_people,
    test_rule_pages,
)

Asked = tuple[str, Mapping[str, object] | None]  # an address, and what is sent there

PROBLEM = re.compile(
    r'<p class="(?:[\w-]+ )*(?:problem|field-problem|input-error|entry-error)\b[^>]*(?<! hidden)>(.*?)</p>', re.DOTALL
)  # fmt: skip
ENGLISH = re.compile(r"\b(?:must|should|is|has|the|not|than|with|needed|input|write|choose)\b", re.IGNORECASE)
BURN = {**test_rule_pages.SETTLED, **test_rule_pages.BURN, "name": "wrong"}
RHYTHM = {**test_rule_pages.SETTLED, **test_rule_pages.RHYTHM, "name": "wrong"}


def rules() -> Iterator[Asked]:
    form = {**test_rule_pages.FORM, "kind": "threshold", "name": "wrong"}
    for changed, _, _ in test_rule_pages.WRONG:
        yield "/rules/new", {**form, **changed}
        yield "/rules/preview", {**form, **changed}
    for changed in (
        {"operator": "~"}, {"minSamples": "1.5"}, {"minSamples": "9999999"}, {"minSamples": "x"}, {"clear": "500"},
        {"statistic": "last", "window": "2h"}, {"metric": "m" * 201}, {"matchers": "a=b\n" * 21}, {"by": "a b c d e f"},
        {"labels": "\n".join(f"l{n}=x" for n in range(21))}, {"by": "queue", "labels": "queue=a"}, {"by": "1"},
        {"description": "d" * 201}, {"matchers": "a=~(?=b)"}, {"matchers": "a=~" + "b" * 101}, {"for": "99999d"},
        {"matchers": "a=~[b"}, {"matchers": "a=~*"}, {"matchers": "a=~b)"}, {"matchers": "a=~b\\"},
    ):  # fmt: skip
        yield "/rules/preview", {**form, **changed}


def other_rules() -> Iterator[Asked]:
    for name, changed, _ in test_rule_pages.WRONG_BUILT_IN:
        yield "/rules/preview", {**test_rule_pages.BUILT_IN[name], **changed}
    for changed in (
        {"windows-2-short": "4d"}, {"windows-0-factor": "0"}, {"windows-0-factor": "x"}, {"windows-0-long": ""},
        {"windows-0-severity": "awful"}, {"objective": "2"}, {"objective": ""}, {"good": "a", "bad": "b"},
        {"total": "other"},
    ):  # fmt: skip
        yield "/rules/preview", {**BURN, **changed}
    for changed in (
        {"window": "7m"}, {"weeks": "1"}, {"weeks": "9"}, {"minSamples": "5"}, {"zone": "Mars/Olympus"},
        {"critical": ""}, {"warning": "9"}, {"warning": "0"}, {"warning": "2000"},
        {"metric": "other"}, {"direction": "up"},
    ):  # fmt: skip
        yield "/rules/preview", {**RHYTHM, **changed}


def maintenance() -> Iterator[Asked]:
    silence, window = test_maintenance_page.SILENCE, test_maintenance_page.WINDOW
    for path, changed, _, _ in test_maintenance_page.WRONG:
        form = {**(silence if path == "/silences" else window), **changed}
        yield f"/maintenance{path}", form
        yield "/maintenance/preview", {**form, "form": "silence" if path == "/silences" else "window"}
    for changed in ({"reason": "r" * 1001}, {"matchers": "a=b\n" * 21}, {"matchers": "a=" + "b" * 501}):
        yield "/maintenance/silences", {**silence, **changed}
    for field in ("x 3 * * 0", "0 x * * 0", "0 3 x * 0", "0 3 * x 0", "0 3 * * x"):
        yield "/maintenance/windows", {**window, "cron": field}


def checks() -> Iterator[Asked]:
    for fields, _, _ in test_check_pages.WRONG:
        yield "/checks/new", fields
    for changed in (
        {"name": "n" * 101}, {"interval": "40d"}, {"grace": "8d"}, {"kind": "http", "url": "http://" + "a" * 2000},
        {"kind": "http"}, {"dependsOn": "d" * 101}, {"interval": "9999999d"},
    ):  # fmt: skip
        yield "/checks/new", {"kind": "heartbeat", "name": "x", **changed}


def channels() -> Iterator[Asked]:
    for fields, _, _ in test_channel_pages.WRONG:
        yield "/channels/new?kind=slack", {"enabled": "on", **fields}
    yield "/channels/new?kind=slack", {"name": "ops", "enabled": "on"}
    yield "/channels/new?kind=webhook", {"name": "ops", "enabled": "on"}
    yield "/channels/new?kind=webhook", {"name": "ops", "url": "http://a.example", "secret": "short"}
    yield "/channels/new?kind=webhook", {"name": "ops", "url": "http://a.example", "format": "other"}
    yield "/channels/new?kind=pagerduty", {"name": "ops", "enabled": "on"}
    yield "/channels/new?kind=email", {"name": "ops", "enabled": "on"}
    yield "/channels/new?kind=email", {"name": "ops", "to": "nobody", "smtpPort": "99999"}
    yield "/channels/email", {"smtpPort": "many"}
    yield "/channels/slack", {"version": "99999", "channel": "#x"}
    yield "/channels/slack", {"failover": "slack"}
    yield "/channels/slack", {"failover": "pagerduty"}


def alerts() -> Iterator[Asked]:
    for action, fields, _ in test_alert_pages.WRONG:
        yield f"/alerts/{action}", fields
    for query, _ in test_alert_pages.WRONG_IN_HISTORY:
        yield f"/alerts/history?{query}", None


def people() -> Iterator[Asked]:
    for fields, _, _ in test_people.WRONG[:2]:
        yield "/people", fields
    for fields, _ in test_people.WRONG_TOKENS:
        yield "/people/tokens", fields
    for fields, _ in test_broadcast_page.WRONG:
        yield "/broadcast", fields
    yield "/errors", {"action": "resolve"}
    for query in ("span=x", "compare=x", "from=x", "to=2026-02-30", "from=2020-01-01"):
        yield f"/performance?{query}", None


REFUSED = (
    "/alerts/99999999", "/incidents/99999999", "/channels/new?kind=none", "/errors?state=odd", "/errors?after=x",
    "/mood-persona?span=x", "/performance/operation?name=nobody", "/sign-in/none", "/nowhere",
)  # fmt: skip
REFUSED_FORMS = (
    "/language", "/alerts/undo", "/channels/slack/delete", "/rules/error_rate/delete", "/errors/1",
    "/channels/none/test",
)  # fmt: skip
PAGES = (rules, other_rules, maintenance, checks, channels, alerts, people)


def problems(server: Server, asked: Asked, language: str) -> list[str]:
    """What the page says is wrong."""
    path, form = asked
    headers = {"Accept": "text/html", "Accept-Language": language}
    answer = server.request("POST" if form is not None else "GET", path, "admin", data=form, headers=headers)
    assert answer.status_code in (200, 409, 422), (path, form)
    found = PROBLEM.findall(answer.text)
    return [" ".join(unescape(re.sub(r"<[^>]*>", "", each)).split()) for each in found]


def untranslated(server: Server, asked: Asked) -> list[str]:
    english, german = problems(server, asked, "en"), problems(server, asked, "de")
    assert english and len(english) == len(german), (str(asked)[-900:], english, german)
    return [
        other
        for one, other in zip(english, german, strict=True)
        if other in ("", one) or ENGLISH.search(other)
    ]


@pytest.mark.parametrize("mistakes", PAGES, ids=[each.__name__ for each in PAGES])
def test_what_is_wrong_is_said_in_german(served: Server, mistakes: Callable[[], Iterator[Asked]]) -> None:
    assert [(asked, found) for asked in mistakes() if (found := untranslated(served, asked))] == []


def test_what_is_wrong_with_one_alert_is_said_in_german(served: Server) -> None:
    with db.write():
        Alert.delete().execute()
    number = test_alert_pages.raised(served)
    mistakes = [(f"/alerts/{number}/{form}", fields) for form, fields, _ in test_alert_pages.WRONG_OF_ONE]
    assert [(asked, found) for asked in mistakes if (found := untranslated(served, asked))] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [*(("GET", path) for path in REFUSED), *(("POST", path) for path in REFUSED_FORMS)],
    ids=[*REFUSED, *REFUSED_FORMS],
)
def test_why_something_is_refused_is_said_in_german(served: Server, method: str, path: str) -> None:
    english, german = (refusal(served, method, path, language) for language in ("en", "de"))
    assert english and german and english != german and not ENGLISH.search(german)


def refusal(server: Server, method: str, path: str, language: str) -> str:
    headers = {"Accept": "text/html", "Accept-Language": language}
    page = server.request(method, path, "admin", headers=headers)
    [said] = re.findall(r'aria-labelledby="error-title".*?<p>(.*?)</p>', page.text, re.DOTALL)
    return unescape(said)
