from datetime import datetime, timedelta
from pathlib import Path

from daemon.notify import Notifier
from daemon.scheduler import Scheduler
from gamepilot_mon.models import Process
from gamepilot_mon.settings import Settings


def test_it_goes_on_beating_when_the_clock_was_set_back(store: Path, settings: Settings) -> None:
    scheduler = Scheduler(settings, Notifier(""), jobs=[])
    [job] = scheduler._periodic.jobs
    job.next_run = datetime.now() + timedelta(hours=1)  # what a step back by an hour leaves
    scheduler._run_periodic()
    assert Process.get_by_id("daemon").beat_at > 0
