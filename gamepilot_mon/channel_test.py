"""Trying the channels: a test message through each of them at once, with the provider's real answer."""

import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from gamepilot_mon import audit, channel_health, db
from gamepilot_mon.channels import Channel, DeliveryError, Message
from gamepilot_mon.destinations import Destination


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one test message; `ms` is how long the provider took."""

    ok: bool
    detail: str
    ms: int


def message(author: str, now: int, url: str | None) -> Message:
    return Message(
        notification_id=uuid.uuid4().hex, change="test", alert_id=None, type="test", severity="info",
        status="firing", text=f"Test alert sent by {author}. If you can read this, this channel works.",
        value=None, threshold=None, timestamp=now, started_at=now, ended_at=None,
        fingerprint="test", labels={}, metadata={}, resend=False, late_ms=0, url=url,
    )  # fmt: skip


def try_all(
    destinations: Sequence[Destination], plugins: dict[str, Channel], test: Message
) -> dict[str, Result]:
    """Send `test` to every destination side by side: the slowest one decides how long it takes."""
    if not destinations:
        return {}
    with ThreadPoolExecutor(len(destinations)) as pool:
        sent = {d.name: pool.submit(_try, plugins[d.kind], d, test) for d in destinations}
        return {name: future.result() for name, future in sent.items()}


def remember(results: dict[str, Result], now: int) -> None:
    """A test that went through proves its channel, inside the caller's write()."""
    failed = [name for name, result in results.items() if not result.ok]
    audit.record("channel.tested", ", ".join(results) or "no channel", now, failed=failed)
    for name, result in results.items():
        if result.ok:
            channel_health.works(name, now)
            db.touch("outbox")


def _try(channel: Channel, destination: Destination, test: Message) -> Result:
    started = time.monotonic()
    try:
        ok, detail = True, channel.send(destination.config, test).detail
    except DeliveryError as error:
        ok, detail = False, error.detail
    return Result(ok, detail, round((time.monotonic() - started) * 1000))
