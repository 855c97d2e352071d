"""Diagnosis: what is well with this installation and what is not, one finding a line."""

import resource
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import peewee

from gamepilot_mon import destinations, ledger, outbox, runtime_config
from gamepilot_mon.clock import MINUTE_MS, format_duration
from gamepilot_mon.counted import counted
from gamepilot_mon.db import database
from gamepilot_mon.models import ChannelState, Notification, Process
from gamepilot_mon.runtime_config import Absent
from gamepilot_mon.settings import Settings
from gamepilot_mon.settings.addresses import sqlite_path
from gamepilot_mon.sources import gamepilot_postgresql, gamepilot_progress

# SQLite before this release can lose a committed page when a WAL is reset under two writers.
SOUND_SQLITE = (3, 51, 3)
BEAT_MS = 15_000
LEAST_FREE_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """`level` is ok, warning or problem; `advice` says what to do, empty for ok."""

    subject: str
    level: str
    detail: str
    advice: str = ""


def diagnose(settings: Settings, now: int) -> Iterator[Finding]:
    """Every check in turn. The store is open."""
    yield from (check(settings, now) for check in (_python, _sqlite, _integrity, *_QUICK))


def quickly(settings: Settings, now: int) -> Iterator[Finding]:
    """As diagnose(), without reading the whole store."""
    yield from (check(settings, now) for check in (_python, _sqlite, *_QUICK))


def _python(_: Settings, __: int) -> Finding:
    return Finding("Python", "ok", sys.version.split()[0])


def _sqlite(_: Settings, __: int) -> Finding:
    version = tuple(database.server_version or (0,))
    text = ".".join(map(str, version))
    if version < SOUND_SQLITE:
        return Finding("SQLite", "warning", text, "install the package pysqlite3, which brings a newer one")
    return Finding("SQLite", "ok", text)


def _integrity(_: Settings, __: int) -> Finding:
    verdict = str(database.execute_sql("PRAGMA quick_check(1)").fetchone()[0])
    if verdict != "ok":
        return Finding("store", "problem", verdict, "stop everything and restore a backup")
    return Finding("store", "ok", "its pages are sound")


def _mode(_: Settings, __: int) -> Finding:
    mode = Path(str(database.database)).stat().st_mode & 0o777
    if mode & 0o077:
        return Finding("file mode", "warning", f"{mode:o}", "others can read it; chmod 600")
    return Finding("file mode", "ok", f"{mode:o}")


def _disk(settings: Settings, _: int) -> Finding:
    free = shutil.disk_usage(settings.state_dir).free
    text = f"{free / 1e9:.1f} GB free in {settings.state_dir}"
    if free < LEAST_FREE_BYTES:
        return Finding("disk", "problem", text, "make room: a full disk stops the store")
    return Finding("disk", "ok", text)


def _daemon(_: Settings, now: int) -> Finding:
    beat = Process.get_or_none(Process.name == "daemon")
    if beat is None:
        return Finding("daemon", "problem", "has never run on this store", "start it: gamepilot-mon run")
    if now - beat.beat_at > BEAT_MS:
        text = f"was last alive {format_duration((now - beat.beat_at) // 1000 * 1000)} ago"
        return Finding("daemon", "problem", text, "start it: gamepilot-mon run")
    if beat.beat_at - now > BEAT_MS:
        text = "has shown no sign of life since the clock was set back"
        return Finding("daemon", "problem", text, "start it: gamepilot-mon run")
    if beat.stalled:
        return Finding("daemon", "problem", f"no progress in {beat.stalled}", "look into its log; restart it")
    return Finding("daemon", "ok", f"alive, process {beat.pid}")


def _outbox(_: Settings, now: int) -> Finding:
    waiting = outbox.oldest_due_ms(now)
    if waiting > 5 * MINUTE_MS:
        text = f"a message has been waiting for {format_duration(waiting // 1000 * 1000)}"
        return Finding("outbox", "problem", text, "try the channels: gamepilot-mon alerts test")
    return Finding("outbox", "ok", "nothing waits for long")


def _dead_letters(_: Settings, __: int) -> Finding:
    dead = Notification.select(peewee.fn.COUNT(Notification.id)).where(Notification.state == "dead").scalar()
    if dead:
        text = f"{counted(dead, 'message')} {'was' if dead == 1 else 'were'} given up"
        return Finding("dead letters", "warning", text, "try: gamepilot-mon alerts test")
    return Finding("dead letters", "ok", "none")


def _channels(settings: Settings, _: int) -> Finding:
    config = runtime_config.current(settings).config
    enabled = destinations.enabled(config)
    gone = [name for name, channel in config.channels.items() if isinstance(channel, Absent)]
    if gone:
        text = f"{', '.join(gone)} cannot be used: the plugin is gone, or wants another configuration"
        return Finding(
            "channels", "problem", text, "install it again, or take the channel out of the configuration"
        )
    if not enabled:
        return Finding("channels", "warning", "none is enabled", "nobody is told: set SLACK_* or EMAIL_*")
    return Finding("channels", "ok", ", ".join(enabled))


def _routes(settings: Settings, _: int) -> Finding:
    config = runtime_config.current(settings).config
    enabled = set(destinations.enabled(config))
    deaf = [
        route.name
        for route in config.routing
        if route.steps and not any(enabled.intersection(step.channels) for step in route.steps)
    ]
    if deaf:
        return Finding(
            "routes", "warning", f"{', '.join(deaf)}: nobody is told", "enable one of the channels"
        )
    return Finding(
        "routes", "ok", str(len(config.routing)) if config.routing else "none: all channels are told"
    )


def _proofs(settings: Settings, now: int) -> Finding:
    config = runtime_config.current(settings).config
    names = (*destinations.enabled(config), *destinations.standbys(config))
    states = [ChannelState.of(name) for name in names]
    text = ", ".join(f"{state.name} {ledger.proven(state, now)}" for state in states) or "nothing to prove"
    if any(state.failing_since or ledger.is_stale(state, now) for state in states):
        return Finding("proof", "warning", text, "try: gamepilot-mon alerts test")
    return Finding("proof", "ok", text)


def _source(settings: Settings, now: int) -> Finding:
    url = settings.gamepilot_database_url
    if not url:
        return Finding("GamePilot's database", "ok", "not used: GAMEPILOT_DATABASE_URL is not set")
    if sqlite_path(url) is None and not gamepilot_postgresql.is_installed():
        return Finding(
            "GamePilot's database", "problem", "psycopg is not installed", gamepilot_postgresql.HOW_TO_INSTALL
        )
    progress = gamepilot_progress.progress(now)
    if progress.problems:
        more = f" (and {len(progress.problems) - 1} more)" if progress.problems[1:] else ""
        text = f"{progress.problems[0].text}{more}"
        return Finding("GamePilot's database", "warning", text, "see: gamepilot-mon source status")
    waiting = f"about {progress.behind} rows wait" if progress.behind else "nothing waits"
    return Finding("GamePilot's database", "ok", waiting)


def _descriptors(settings: Settings, _: int) -> Finding:
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < settings.live_max + 200:
        text = f"{soft} open files, LIVE_MAX is {settings.live_max}"
        return Finding(
            "open files", "warning", text, "raise the limit (LimitNOFILE) or lower GAMEPILOT_MON_LIVE_MAX"
        )
    return Finding("open files", "ok", str(soft))


_QUICK: tuple[Callable[[Settings, int], Finding], ...] = (
    _mode, _disk, _daemon, _outbox, _dead_letters, _channels, _routes, _proofs, _source, _descriptors,
)  # fmt: skip
