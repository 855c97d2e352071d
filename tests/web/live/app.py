# ruff: noqa: E402
"""The live feed in a web process of its own: real store, sign-in and policy, and a page to look inside."""

from gevent import monkey

monkey.patch_all()

import json
import os
from pathlib import Path

import psutil
from flask import Flask

from gamepilot_mon import db, feed, nudge
from gamepilot_mon.auth.standing import fallen
from gamepilot_mon.clock import utcnow
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import bodies, policy, problems, signed_in, store
from gamepilot_mon.web.live import Live
from gamepilot_mon.web.live.timing import Timing
from gamepilot_mon.web.metrics import render

for endpoint in ("live.websocket", "live.plain", "live.stream"):
    policy.POLICY.setdefault(endpoint, "viewer")
policy.POLICY.update({"inside": "public", "enter": "public", "rows": "public"})


def rows(hours: int | None) -> dict[str, object]:
    return {"hours": hours, "lastId": feed.last_id()}


def broken(hours: int | None) -> dict[str, object]:
    raise RuntimeError("this snapshot cannot be made")


settings = Settings.from_env()
db.open_database(settings.database_url)
db.after_commit(nudge.Sender(nudge.folder_of(settings.state_dir)))
app = Flask(__name__)
app.extensions["settings"] = settings
for part in (signed_in, policy, bodies, problems):
    part.init(app, settings)
live = Live(
    settings,
    store,
    {"health": rows, "performance": broken},
    lambda principals: fallen(principals, utcnow()),
    lambda principal, kind: (
        policy.may_say(principal, kind) and (principal.role, kind) != ("admin", "request")
    ),
    Timing(**json.loads(os.environ.get("TEST_TIMING", "{}"))),
)
live.register(app)


def open_descriptors() -> list[Path]:
    return [path for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]


@app.get("/inside")
def inside() -> dict[str, object]:
    process = psutil.Process()
    return {
        "clients": live.clients.listing(utcnow()),
        "rss": process.memory_info().rss,
        "cpu": sum(process.cpu_times()[:2]),
        "descriptors": process.num_fds(),
        "sockets": sum(str(path.readlink()).startswith("socket:") for path in open_descriptors()),
        "progressAt": live.progress_at,
        "metrics": "".join(map(render, live.clients.families())),
    }


@app.get("/enter/<key>")
def enter(key: str) -> str:
    """Sign this browser in with a session that the test has stored."""
    signed_in.sign_in(key)
    return "in"
