"""The scheduler: wakes the jobs' runners when they are due or nudged, and shows that all of them make progress."""

import logging
import os
import threading
import time
from pathlib import Path

import peewee
import psutil
import schedule

import gamepilot_mon
from daemon.clock_watch import ClockWatch
from daemon.jobs import Context, Job, load
from daemon.notify import Notifier
from daemon.runner import Runner
from gamepilot_mon import db, job_runs, nudge
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Process
from gamepilot_mon.settings import Settings

log = logging.getLogger(__name__)

BEAT_EVERY_S = 5
TICK_S = 0.25
STOP_WITHIN_S = 10.0
# A nudge can be lost; these topics are checked whenever another process has committed something.
BACKSTOP = frozenset({"events", "outbox", "config"})


class Scheduler:
    def __init__(self, settings: Settings, notifier: Notifier, jobs: list[Job] | None = None) -> None:
        self._stop = threading.Event()
        self._notifier = notifier
        context = Context(settings, self._stop.is_set, self.wake)
        self._watch = ClockWatch()
        self._runners = {
            job.name: Runner(job, self._watch.now) for job in (load(context) if jobs is None else jobs)
        }
        self._folder = nudge.folder_of(Path(settings.state_dir))
        self._started_at = utcnow()
        self._periodic = schedule.Scheduler()
        self._periodic.every(BEAT_EVERY_S).seconds.do(self._beat)

    def wake(self, name: str) -> None:
        self._runners[name].wake()

    def stop(self) -> None:
        """Ask run() to return; safe in a signal handler."""
        self._stop.set()

    def run(self) -> None:
        """Run until stop(); returns when the jobs have ended their current run."""
        sender = nudge.Sender(self._folder)
        db.after_commit(sender)
        listener = nudge.Listener(self._folder, "daemon")
        for runner in self._runners.values():
            runner.start()
        self._beat()
        self._notifier.ready()
        log.info("daemon started with the jobs %s", ", ".join(self._runners))
        try:
            self._loop(listener)
        finally:
            self._notifier.stopping()
            self._end()
            listener.close()

    def _loop(self, listener: nudge.Listener) -> None:
        version = None
        while not self._stop.is_set():
            topics = listener.wait(TICK_S)
            self._look_at_the_clock()
            self._run_periodic()
            newest = _data_version()
            if newest != version:
                topics, version = topics | BACKSTOP, newest
            self._wake_for(topics)

    def _look_at_the_clock(self) -> None:
        try:
            self._watch.now()
        except peewee.OperationalError as error:
            log.warning("the clock was set, and the store says %s; trying again", error)

    def _run_periodic(self) -> None:
        # `schedule` goes by the wall clock: set back, it would wait until that has caught up.
        if (self._periodic.idle_seconds or 0) > BEAT_EVERY_S:
            for job in self._periodic.jobs:
                job.run()  # type: ignore[no-untyped-call]
        self._periodic.run_pending()

    def _wake_for(self, topics: frozenset[str]) -> None:
        for runner in self._runners.values():
            if runner.job.wakes_on & topics:
                runner.wake()

    def _beat(self) -> None:
        """Write the daemon's heartbeat; feed the watchdog only while every loop makes progress."""
        stalled = sorted(name for name, runner in self._runners.items() if runner.stalled())
        if stalled:
            log.error("no progress in %s", ", ".join(stalled))
        else:
            self._notifier.alive()
        try:
            with db.write():
                _beat(self._started_at, ",".join(stalled) or None)
                job_runs.keep(self._report())
        except peewee.OperationalError as error:
            log.warning("heartbeat not written: %s", error)

    def _report(self) -> job_runs.Report:
        runs = [runner.last_run() for runner in self._runners.values()]
        return job_runs.Report(utcnow(), gamepilot_mon.__version__, psutil.Process().memory_info().rss, runs)

    def _end(self) -> None:
        for runner in self._runners.values():
            runner.stop()
        deadline = time.monotonic() + STOP_WITHIN_S
        late = [
            name for name, r in self._runners.items() if not r.join(max(0.0, deadline - time.monotonic()))
        ]
        if late:
            log.warning("stopped while %s still ran", ", ".join(late))


def _beat(started_at: int, stalled: str | None) -> None:
    Process.insert(
        name="daemon", pid=os.getpid(), started_at=started_at, beat_at=utcnow(), stalled=stalled
    ).on_conflict_replace().execute()


def _data_version() -> int | None:
    try:
        return db.data_version()
    except peewee.OperationalError:
        return None
