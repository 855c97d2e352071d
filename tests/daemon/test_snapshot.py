"""The snapshots on the feed follow each thing that they are made of, whichever job is done with it last."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from daemon.jobs import Context, Job
from daemon.jobs.errors import Errors
from daemon.jobs.moods import Moods
from daemon.jobs.snapshot import Snapshot
from daemon.notify import Notifier
from daemon.scheduler import Scheduler
from gamepilot_mon import db
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Event, FeedItem
from gamepilot_mon.settings import Settings
from tests.error_groups.reports import failed
from tests.moods.reports_of import mood
from tests.processes import eventually


@contextmanager
def running(settings: Settings, *kinds: Callable[[Context], Job]) -> Iterator[None]:
    """A scheduler with nothing but these jobs, in a thread of its own."""
    context = Context(settings, lambda: False, lambda name: None)
    scheduler = Scheduler(settings, Notifier(""), jobs=[kind(context) for kind in kinds])
    thread = threading.Thread(target=scheduler.run)
    thread.start()
    try:
        yield
    finally:
        scheduler.stop()
        thread.join(20)
        assert not thread.is_alive()


def newest(event: str) -> dict[str, Any]:
    row = FeedItem.select().where(FeedItem.event == event).order_by(FeedItem.id.desc()).first()
    return msgspec.json.decode(row.data) if row else {}


def arrive(events: list[dict[str, Any]]) -> None:
    with db.write():
        for event in events:
            Event.insert({"received_at": utcnow(), **event}).execute()
        db.touch("events")


NOW = utcnow()
CASES = {
    "errors": (
        Errors,
        [failed("boom", at=NOW)],
        "errors:update",
        lambda shown: shown["groups"]["open"] == 1,
    ),
    "moods": (
        Moods,
        [mood("calm", NOW - 1000), mood("tense", NOW)],
        "mood-persona:update",
        lambda shown: shown["transitions"],
    ),
}


@pytest.mark.parametrize(("job", "events", "document", "seen"), CASES.values(), ids=list(CASES))
def test_it_shows_what_was_folded_after_the_rest(
    store: Path,
    settings: Settings,
    job: Callable[[Context], Job],
    events: list[dict[str, Any]],
    document: str,
    seen: Callable[[dict[str, Any]], object],
) -> None:
    with running(settings, Snapshot, job):
        eventually(lambda: newest(document), what="the first snapshot")
        arrive(events)
        eventually(lambda: seen(newest(document)), what="a snapshot with it")
