"""From the outbox to the browser by the delivery job: a failure is tried again for that browser alone."""

from pathlib import Path

import pytest
from werkzeug import Response

from daemon.jobs import Context
from daemon.jobs.deliver import Deliver
from gamepilot_mon import alerts, db, outbox, push_subscriptions, runtime_config
from gamepilot_mon.auth import users
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Attempt, Notification
from gamepilot_mon.settings import Settings
from tests.channels.push.service import push_service
from tests.processes import eventually


def test_it_delivers_once_to_each_browser(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {
        "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{store}", "GAMEPILOT_MON_SSRF_ALLOW": "127.0.0.0/8,::1/128",
        "GAMEPILOT_MON_PUBLIC_URL": "https://mon.example",
    }  # fmt: skip
    settings, now = Settings.from_env(environ, dotenv=None), utcnow()
    with push_service(tmp_path, monkeypatch) as service:
        there, failing = service.browser(), service.browser(Response(status=503))
        with db.write():
            runtime_config.change(settings, {"channels": {"browsers": {"kind": "push"}}}, "ada", now)
            ada = users.add("ada", "viewer", now)
            for browser in (there, failing):
                keys = browser.subscription()["keys"]
                push_subscriptions.add(ada.id, browser.endpoint, keys["p256dh"], keys["auth"], "info", now)
            alert = alerts.raise_custom(
                type_="drill", severity="critical", message="a drill", value=None, threshold=None,
                metadata={}, labels={}, identity="drill", now=now,
            )  # fmt: skip
            outbox.enqueue(alert, [outbox.Owed("browsers", "firing")], now, settings.public_url)
        job = Deliver(Context(settings, lambda: False, lambda _: None))
        job.run(utcnow())
        row = eventually(
            lambda: Notification.get_or_none(Notification.state == "sent"), within_s=30, what="delivered"
        )
        for worker in job._workers.values():
            worker.stop()
            worker.join(10)
    assert row.detail == "reached 2 browsers"
    assert [attempt.outcome for attempt in Attempt.select().order_by(Attempt.id)] == ["temporary", "ok"]
    assert (len(there.pushes), len(failing.pushes)) == (1, 1)
    [push] = failing.pushes
    assert push.payload["url"] == f"https://mon.example/alerts/{alert.id}"
    assert push.claims["sub"] == "https://mon.example"
