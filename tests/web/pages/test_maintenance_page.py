"""The page of silences and maintenance windows: what is muted now, the calendar, the forms, ending."""

import re
from collections.abc import Iterator, Mapping
from html import unescape

import pytest
import requests

from gamepilot_mon import db, maintenance, silences
from gamepilot_mon.clock import HOUR_MS, MINUTE_MS, parse_iso, utcnow
from gamepilot_mon.models import Alert, Maintenance, Silence
from gamepilot_mon.mutes import parse
from tests.histories import past
from tests.serving import Server
from tests.web.pages.test_rule_pages import HOSTILE, error_of, page, submit, value_of

SILENCE = {
    "matchers": "operation=mute-me",
    "for": "2h",
    "until": "",
    "zone": "UTC",
    "reason": "known trouble",
}
WINDOW = {
    "matchers": "operation=mute-me", "starts": "", "for": "2h", "zone": "Europe/Berlin", "cron": "0 3 * * 0",
    "ends": "", "reason": "weekly backup",
}  # fmt: skip


@pytest.fixture
def store(served: Server) -> Iterator[Server]:
    """The shared server, where nothing is muted before and after."""
    _forget()
    yield served
    _forget()


def _forget() -> None:
    with db.write():
        Silence.delete().execute()
        Maintenance.delete().execute()
        Alert.delete().where(Alert.type == "mute-test").execute()


def alert(operation: str = "mute-me") -> None:
    at = utcnow() - HOUR_MS
    past(at, None, type="mute-test", fingerprint=f"mute-{operation}", labels={"operation": operation})


def send(server: Server, path: str, form: Mapping[str, str], role: str = "operator") -> requests.Response:
    return submit(server, f"/maintenance{path}", form, role)


def test_it_says_what_is_muted_and_how_much_of_what_is_open(store: Server) -> None:
    alert()
    now = utcnow()
    with db.write():
        row = silences.add([parse("operation=mute-me")], now, now + HOUR_MS, "ann", "known", now)
    text = page(store, "/maintenance")
    muting = text.split(f'data-muting="silence-{row.id}"')[1].split("</li>")[0]
    assert '<b class="muted-count">1</b>' in muting and "known" in muting and "ann" in muting
    assert f'data-mute="silence-{row.id}"' in text


def test_it_says_that_nothing_is_muted(store: Server) -> None:
    text = page(store, "/maintenance")
    assert "Nothing is muted" in text and "There is none." in text


def test_it_silences_by_form(store: Server) -> None:
    answer = send(store, "/silences", {**SILENCE, "matchers": "operation=mute-me\n\nseverity!=critical"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/maintenance?done=silenced")
    row = Silence.select().get()
    assert row.matchers == [["operation", "=", "mute-me"], ["severity", "!=", "critical"]]
    assert (row.ends_at - row.starts_at, row.author, row.reason) == (2 * HOUR_MS, "operator", "known trouble")


def test_it_silences_until_a_moment_on_the_clock_of_a_zone(store: Server) -> None:
    form = {**SILENCE, "for": "", "until": "2026-12-24T18:00", "zone": "Europe/Berlin"}
    wanted = parse_iso("2026-12-24T17:00:00Z")
    answer = send(store, "/silences", form)
    if wanted <= utcnow():  # the day has come
        assert error_of(answer.text, "until") == "has passed already"
    elif wanted - utcnow() < 90 * 24 * HOUR_MS:
        assert abs(Silence.select().get().ends_at - wanted) < MINUTE_MS


WRONG = [
    ("/silences", {"matchers": ""}, "matchers", "at least one condition"),
    ("/silences", {"matchers": "a=b\nnonsense"}, "matchers", "line 2: must look like"),
    ("/silences", {"matchers": "a=~(("}, "matchers", "line 1"),
    ("/silences", {"reason": " "}, "reason", "is needed"), ("/silences", {"for": ""}, "for", "say for how long"),
    ("/silences", {"for": "a while"}, "for", "not a duration"), ("/silences", {"for": "5s"}, "for", "at least 1m"),
    ("/silences", {"for": "200d"}, "for", "too long"),
    ("/silences", {"until": "2020-01-01T00:00"}, "until", "has passed"),
    ("/silences", {"until": "tomorrow"}, "until", "ISO 8601"),
    ("/silences", {"until": "2099-01-01T00:00", "zone": "Mars/Olympus"}, "zone", "time zone"),
    ("/windows", {"cron": "0 3 * *"}, "cron", "five fields"), ("/windows", {"cron": "99 3 * * 0"}, "cron", "cron"),
    ("/windows", {"cron": "0 0 31 2 *"}, "cron", "not a cron expression"),
    ("/windows", {"for": ""}, "for", "is needed"),
    ("/windows", {"zone": "Mars/Olympus"}, "zone", "time zone"), ("/windows", {"for": "8d"}, "for", "too long"),
    ("/windows", {"cron": "", "ends": "2099-01-01T00:00"}, "ends", "goes with what repeats"),
    ("/windows", {"starts": "31.12.2026"}, "starts", "ISO 8601"),
    ("/windows", {"cron": "", "starts": "2020-01-01T00:00"}, "starts", "would never run"),
    ("/windows", {"ends": "2020-01-01T00:00"}, "ends", "would never run"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "changed", "field", "said"), WRONG)
def test_it_says_at_the_field_what_is_wrong_and_keeps_what_was_written(
    store: Server, path: str, changed: dict[str, str], field: str, said: str
) -> None:
    form = {**(SILENCE if path == "/silences" else WINDOW), **changed}
    kind = "silence" if path == "/silences" else "window"
    for answer in (send(store, path, form), send(store, "/preview", {**form, "form": kind})):
        assert answer.status_code == 422
        assert said in error_of(answer.text, field)
        assert value_of(answer.text, "reason") == form["reason"]
    assert not Silence.select().exists() and not Maintenance.select().exists()


def test_a_preview_counts_the_open_alerts_that_match_and_stores_nothing(store: Server) -> None:
    alert()
    alert("other")
    answer = send(store, "/preview", {**SILENCE, "form": "silence"})
    assert answer.status_code == 200
    assert "<b>1</b> of" in answer.text and "Holds until" in answer.text
    several = send(store, "/preview", {**SILENCE, "form": "silence", "matchers": "type=mute-test"})
    assert "<b>2</b> of" in several.text
    assert not Silence.select().exists()


def test_a_preview_counts_while_another_field_is_still_wrong(store: Server) -> None:
    alert()
    answer = send(store, "/preview", {**SILENCE, "form": "silence", "reason": ""})
    assert answer.status_code == 422 and "<b>1</b> of" in answer.text


def test_a_preview_names_the_next_five_runs_on_the_clock_of_the_zone(store: Server) -> None:
    form = {**WINDOW, "form": "window", "starts": "2027-03-20T00:00"}  # the clocks change on the 28th
    text = send(store, "/preview", form).text
    assert re.findall(r'data-next="([^"]+)">([^<]+)<', text)[:3] == [
        ("2027-03-21T02:00:00.000Z", "Sun 2027-03-21 03:00 +01:00 – Sun 2027-03-21 05:00 +01:00"),
        ("2027-03-28T01:00:00.000Z", "Sun 2027-03-28 03:00 +02:00 – Sun 2027-03-28 05:00 +02:00"),
        ("2027-04-04T01:00:00.000Z", "Sun 2027-04-04 03:00 +02:00 – Sun 2027-04-04 05:00 +02:00"),
    ]
    assert text.count("data-next=") == 5


def test_it_plans_windows_by_form(store: Server) -> None:
    assert send(store, "/windows", WINDOW).headers["Location"] == "/maintenance?done=planned"
    assert (
        send(
            store, "/windows", {**WINDOW, "cron": "", "matchers": "", "starts": "2030-01-05T10:00"}
        ).status_code
        == 303
    )
    weekly, once = Maintenance.select().order_by(Maintenance.id)
    assert (weekly.cron, weekly.zone, weekly.duration_ms, weekly.ends_at) == (
        "0 3 * * 0",
        "Europe/Berlin",
        2 * HOUR_MS,
        None,
    )
    assert (once.starts_at, once.cron) == (parse_iso("2030-01-05T09:00:00Z"), None)
    calendar = page(store, "/maintenance?span=week&day=2030-01-05&tz=Europe/Berlin")
    day = calendar.split('data-date="2030-01-05"')[1].split("</td>")[0]
    assert "10:00–12:00" in day and "weekly backup" in day
    sunday = calendar.split('data-date="2030-01-06"')[1].split("</td>")[0]
    assert "03:00–05:00" in sunday


@pytest.mark.parametrize(
    ("query", "weeks", "title"),
    [
        ("span=month&day=2026-11-15", 6, "November 2026"), ("span=week&day=2026-11-26", 1, "23 Nov – 29 Nov 2026"),
        ("span=month&day=2027-02-01", 4, "February 2027"),
    ],
)  # fmt: skip
def test_the_calendar_shows_whole_weeks_from_monday(
    store: Server, query: str, weeks: int, title: str
) -> None:
    text = page(store, f"/maintenance?{query}")
    assert text.count("data-date=") == weeks * 7 and title in text
    assert '<th scope="col">Mon</th>' in text


def test_an_address_that_makes_no_sense_shows_this_month(store: Server) -> None:
    text = page(store, "/maintenance?span=century&day=never&tz=Mars/Olympus&form=nonsense")
    assert 'aria-current="date"' in text and 'value="UTC"' in text


def test_it_ends_a_silence_and_a_window(store: Server) -> None:
    send(store, "/silences", SILENCE)
    send(store, "/windows", WINDOW)
    for path, row in (("silences", Silence.select().get()), ("windows", Maintenance.select().get())):
        assert send(store, f"/{path}/{row.id}/end", {}).headers["Location"] == "/maintenance?done=ended"
        assert send(store, f"/{path}/{row.id}/end", {}).status_code == 404
    text = page(store, "/maintenance")
    assert "Ended lately" in text and "Nothing is muted" in text


def test_a_silence_can_begin_from_the_labels_of_an_alert(store: Server) -> None:
    alert()
    text = page(store, "/maintenance?form=silence&matchers=operation%3Dmute-me", "operator")
    assert "operation=mute-me</textarea>" in text and "<b>1</b> of" in text


def test_who_may_not_mute_sees_it_and_no_button(store: Server) -> None:
    send(store, "/silences", SILENCE)
    row = Silence.select().get()
    text = page(store, "/maintenance?form=silence", "viewer")
    assert "known trouble" in text and "form=silence" not in text.split("<main")[1]
    assert not re.search(r'<form method="post"[^>]*action="/maintenance', text)
    for path in ("/silences", "/windows", "/preview", f"/silences/{row.id}/end", f"/windows/{row.id}/end"):
        assert send(store, path, SILENCE, "viewer").status_code == 403


def test_it_shows_hostile_texts_as_texts(store: Server) -> None:
    assert (
        send(store, "/silences", {**SILENCE, "reason": HOSTILE, "matchers": f"a={HOSTILE[:60]}"}).status_code
        == 303
    )
    now = utcnow()
    with db.write():
        maintenance.add([], now, None, HOUR_MS, HOSTILE, HOSTILE, now, cron="0 3 * * *", zone="UTC")
    text = page(store, "/maintenance", "operator")
    assert "<script>alert" not in text and unescape(text).count("<script>alert(1)") >= 3
    answer = send(store, "/preview", dict.fromkeys((*WINDOW, "form"), HOSTILE * 90) | {"form": "window"})
    assert answer.status_code == 422 and "<script>alert" not in answer.text
