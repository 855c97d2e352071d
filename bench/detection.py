"""How long from the 202 of a critical error until Slack's socket, and until a live client, has it.

100 critical errors, one after the other, each of another operation. The clock starts when the 202 has arrived and
stops when the catcher has read the request (Slack), or the item has arrived (a live client, which is what the page
is). Beside it: what a scrape every 15 s, rules every 15 s and a group wait of 30 s, the defaults of prometheus and
alertmanager, give on average by arithmetic.
"""

import json
import tempfile
import threading
import time
from pathlib import Path

import requests
import websocket

from bench.product import percentile, product
from gamepilot_mon.catchers.slack import SlackCatcher, SlackPost

TIMES = 100


def main() -> None:
    slack_at: dict[str, float] = {}
    page_at: dict[str, float] = {}
    arrived = threading.Condition()

    def on_slack(post: SlackPost) -> None:
        text = post.payload["attachments"][0]["text"]
        with arrived:
            slack_at[operation_in(text)] = time.monotonic()
            arrived.notify_all()

    with tempfile.TemporaryDirectory() as folder, SlackCatcher(on_message=on_slack) as slack:
        settings = {"SLACK_ENABLED": "true", "SLACK_WEBHOOK_URL": slack.url}
        with product(Path(folder), settings) as running:
            socket = websocket.create_connection(
                running.url.replace("http", "ws") + "/ws",
                header=[f"Authorization: Bearer {running.tokens['viewer']}"],
            )
            socket.send(json.dumps({"type": "subscribe", "topics": ["alerts"]}))
            threading.Thread(target=listen, args=(socket, page_at, arrived), daemon=True).start()
            accepted = [report(running.url, running.bearer("ingest"), n, slack_at, page_at, arrived)
                        for n in range(TIMES)]  # fmt: skip
    to_slack = [(slack_at[f"drill_{n}"] - at) * 1000 for n, at in enumerate(accepted)]
    to_page = [(page_at[f"drill_{n}"] - at) * 1000 for n, at in enumerate(accepted)]
    print(f"{'from the 202 of a critical error':<40} {'p50':>9} {'p99':>9} {'max':>9}")
    for name, values in (("to Slack's socket, ms", to_slack), ("to a live client, ms", to_page)):
        print(f"{name:<40} {percentile(values, 0.5):9.1f} {percentile(values, 0.99):9.1f} {max(values):9.1f}")
    print(f"{'prometheus + alertmanager defaults, ms':<40} {45_000:9} {60_000:9} {60_000:9}   (arithmetic)")


def report(
    url: str, bearer: dict[str, str], number: int, slack_at: dict[str, float], page_at: dict[str, float],
    arrived: threading.Condition,
) -> float:  # fmt: skip
    """Report one critical error and wait until both have heard of it; returns when the 202 arrived."""
    name = f"drill_{number}"
    event = {"kind": "error", "operation": name, "error": "drill", "severity": "critical"}
    answer = requests.post(f"{url}/api/v1/events", json={"events": [event]}, headers=bearer, timeout=10)
    at = time.monotonic()
    assert answer.status_code == 202, answer.text
    with arrived:
        if not arrived.wait_for(lambda: name in slack_at and name in page_at, timeout=30):
            raise SystemExit(f"{name} did not arrive within 30 s")
    return at


def listen(socket: websocket.WebSocket, page_at: dict[str, float], arrived: threading.Condition) -> None:
    while True:
        try:
            item = json.loads(socket.recv())
        except (websocket.WebSocketException, OSError, ValueError):
            return
        if item.get("event") == "alert:new":
            with arrived:
                page_at[item["data"]["labels"]["operation"]] = time.monotonic()
                arrived.notify_all()


def operation_in(text: str) -> str:
    return next(word.strip("():,") for word in text.split() if "drill_" in word)


if __name__ == "__main__":
    main()
