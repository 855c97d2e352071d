import re
from pathlib import Path

from daemon.jobs import Context
from daemon.jobs.probe import Probe
from gamepilot_mon import db, own_checks
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Check, Observation
from gamepilot_mon.settings import Settings
from gamepilot_mon.sources import heartbeats
from gamepilot_mon.sources.heartbeats import Ping
from tests.processes import eventually


def observed(name: str) -> int:
    return (
        Observation.select()
        .join(Check, on=Check.id == Observation.check_id)
        .where(Check.name == name)
        .count()
    )


def test_it_leaves_a_paused_check_alone_until_it_is_watched_again(store: Path, settings: Settings) -> None:
    with db.write():
        for name in ("watched", "paused"):
            Check.create(name=name, kind="host", spec={}, interval_ms=1000, origin="user", created_at=0)
        paused = Check.get(Check.name == "paused")
        own_checks.pause(paused.id, utcnow())
    job = Probe(Context(settings, lambda: False, lambda name: None))
    job.run(utcnow())
    eventually(lambda: observed("watched") == 1, what="the other check was looked at")
    assert observed("paused") == 0
    with db.write():
        own_checks.resume(paused.id, utcnow())
    again = Probe(Context(settings, lambda: False, lambda name: None))
    again.run(utcnow())
    eventually(lambda: observed("paused") == 1, what="it is looked at again")


def test_a_reported_failure_outlasts_the_silence_after_it_and_ends_with_a_good_ping(
    store: Path, settings: Settings
) -> None:
    now = utcnow()
    with db.write():
        Check.create(
            name="nightly", kind="heartbeat", spec={"grace_ms": 1000}, interval_ms=5000, origin="user",
            ping_key="k", created_at=0,
        )  # fmt: skip
        heartbeats.receive("k", Ping("success"), now - 60_000)
        heartbeats.receive("k", Ping("fail", body="no space left"), now - 16_000)
        heartbeats.receive("k", Ping("start"), now - 15_000)
    Probe(Context(settings, lambda: False, lambda name: None)).run(now)
    eventually(lambda: observed("nightly") == 3, what="the silence was noticed")
    after = Check.get()
    assert after.state == "down" and re.match(r"reported a failure (1[6-9]|2\d) ?s ago", after.error)
    assert after.data["body"] == "no space left"
    with db.write():
        heartbeats.receive("k", Ping("success"), utcnow())
    assert (Check.get().state, Check.get().error, Check.get().data) == ("up", None, {"signal": "success"})
