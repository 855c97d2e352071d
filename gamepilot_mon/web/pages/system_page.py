"""/system: how the monitor itself is doing."""

import os
from typing import Any

import psutil
from flask import Blueprint, current_app

import gamepilot_mon
from gamepilot_mon import db, diagnosis, job_runs, storage, system_state
from gamepilot_mon.clock import MINUTE_MS, SECOND_MS, format_duration, iso, utcnow
from gamepilot_mon.job_runs import JobRun
from gamepilot_mon.models import Process
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import health
from gamepilot_mon.web.metrics import STARTED_AT
from gamepilot_mon.web.pages import drawing, shell

blueprint = Blueprint("system_page", __name__)
WORDS = {"stuck": "Stuck", "failing": "Failing", "fine": "Fine", "never": "Not yet"}  # what a job is

LATE_MS = 100.0  # a loop or job that is later than a person can see
PACE = (600, 60)  # width and height of the line of events a second
PACE_MS, PACE_POINTS = 5 * MINUTE_MS, 60


@blueprint.get("/system")
def page() -> str:
    now = utcnow()
    return shell.render("system/page.html", _context, shell.settings(), now, web=_web(now), pulse=_pulse())


def _web(now: int) -> dict[str, Any]:
    return {
        "name": "web",
        "version": gamepilot_mon.__version__,
        "pid": os.getpid(),
        "uptime": (now - STARTED_AT) / SECOND_MS,
        "rss": psutil.Process().memory_info().rss,
        "beat_at": iso(now),
        "stalled": None,
    }


def _pulse() -> dict[str, Any]:
    pulse = current_app.extensions["pulse"]
    pace = pulse.pace(PACE_MS, PACE_POINTS)
    top = drawing.nice(max([*pace, 1.0]))
    return {
        "lateness": pulse.lateness(),
        "late": (pulse.lateness() or {"p99": 0.0})["p99"] > LATE_MS,
        "events_per_s": pulse.events_per_s(MINUTE_MS),
        "line": drawing.line(pace, *PACE, top) if len(pace) > 1 else "",
        "top": top,
    }


def _context(settings: Settings, now: int) -> dict[str, Any]:
    path = db.path_of(settings.database_url)
    report = job_runs.read()
    found = storage.report(path, now)
    return {
        "reasons": health.missing(health.state(now), now),
        "daemon": _daemon(report, now),
        "jobs": [_job(run) for run in report.runs] if report else [],
        "store": found,
        "heaviest": max((table["bytes"] for table in found["tables"]), default=0),
        "outbox": system_state.outbox(),
        "sources": system_state.sources(),
        "findings": list(diagnosis.quickly(settings, now)),
        "raw_kept": format_duration(settings.raw_history_ms),
        "history_kept": format_duration(settings.history_ms),
    }


def _daemon(report: job_runs.Report | None, now: int) -> dict[str, Any] | None:
    beat = Process.get_or_none(Process.name == "daemon")
    if beat is None:
        return None
    return {
        "name": "daemon",
        "version": report.version if report else None,
        "pid": beat.pid,
        "uptime": max(0, now - beat.started_at) / SECOND_MS,
        "rss": report.rss_bytes if report else None,
        "beat_at": iso(beat.beat_at),
        "stalled": beat.stalled,
    }


def _job(run: JobRun) -> dict[str, Any]:
    stuck = run.running_ms is not None and run.running_ms > run.limit_ms
    return {
        "name": run.name,
        "state": "down" if stuck or run.failing else "up" if run.ended_at else "pending",
        "word": WORDS[
            "stuck" if stuck else "failing" if run.failing else "fine" if run.ended_at else "never"
        ],
        "ended_at": iso(run.ended_at) if run.ended_at else None,
        "took_ms": run.took_ms,
        "late_ms": run.late_ms,
        "late": (run.late_ms or 0) > LATE_MS,
        "running_ms": run.running_ms,
        "every": format_duration(run.every_ms),
        "limit": format_duration(run.limit_ms),
    }
