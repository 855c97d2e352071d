import pytest
import requests

from gamepilot_mon.catchers.slack import (
    CutAnswer,
    Drip,
    Hang,
    Reset,
    SlackCatcher,
    SlackPost,
    Status,
    rate_limited,
)


def post(slack: SlackCatcher, words: str = "hello", timeout: float = 0.3) -> requests.Response:
    return requests.post(slack.url, json={"text": words}, timeout=timeout)


def test_it_catches_posts_and_says_ok() -> None:
    seen: list[SlackPost] = []
    with SlackCatcher(on_message=seen.append) as slack:
        answer = post(slack)
        assert (answer.status_code, answer.text) == (200, "ok")
        assert slack.messages[0].payload == {"text": "hello"}
        assert slack.messages[0].path.startswith("/services/")
        assert seen == slack.messages == slack.attempts


def test_it_fails_on_order_and_recovers() -> None:
    with SlackCatcher() as slack:
        slack.fail_next(rate_limited("7"), Status(500), Status(404, "no_service"))
        limited = post(slack)
        assert (limited.status_code, limited.headers["Retry-After"]) == (429, "7")
        assert [post(slack).status_code, post(slack).text, post(slack).text] == [500, "no_service", "ok"]
        assert len(slack.messages) == 1
        assert len(slack.attempts) == 4


@pytest.mark.parametrize("fault", [Hang(), Reset(), CutAnswer()])
def test_it_breaks_off_on_order(fault: Hang | Reset | CutAnswer) -> None:
    with SlackCatcher() as slack:
        slack.fail_next(fault)
        with pytest.raises(requests.RequestException):
            post(slack)
        assert len(slack.messages) == 1


def test_it_drips_for_as_long_as_it_runs() -> None:
    with SlackCatcher() as slack:
        slack.fail_next(Drip(every_ms=5))
        with requests.post(slack.url, json={}, timeout=1, stream=True) as answer:
            assert answer.raw.read(3) == b"ooo"


def test_it_refuses_what_is_not_a_json_object() -> None:
    with SlackCatcher() as slack:
        for body in (b"not json", b"[1]", b"\xff"):
            assert requests.post(slack.url, data=body, timeout=1).status_code == 400
        assert slack.attempts == []


def test_it_waits_for_a_message_and_says_when_none_came() -> None:
    with SlackCatcher() as slack:
        with pytest.raises(TimeoutError, match="0 messages"):
            slack.wait_for(lambda posts: posts, timeout=0.05)
        post(slack)
        assert slack.wait_for(lambda posts: posts[0].payload["text"] if posts else "", timeout=5) == "hello"


def test_it_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with SlackCatcher() as slack:
        slack.fail_next(Reset())
        with pytest.raises(requests.RequestException):
            post(slack)
        post(slack)
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_it_starts_again_after_a_stop_and_says_when_it_is_not_running() -> None:
    slack = SlackCatcher()
    with pytest.raises(RuntimeError, match="not running"):
        _ = slack.url
    for _ in range(2):
        with slack:
            post(slack)
    assert len(slack.messages) == 2
