import json
from pathlib import Path

from daemon.jobs import Context
from daemon.jobs.explain import Explain
from gamepilot_mon import alerts, db, nudge
from gamepilot_mon.clock import utcnow
from gamepilot_mon.explanation import AROUND_MS
from gamepilot_mon.models import Explanation, Process
from gamepilot_mon.settings import Settings
from tests.processes import daemon, eventually


def fire(identity: str, now: int) -> None:
    with db.write():
        alerts.raise_custom(
            type_="drill", severity="warning", message="a drill", value=None, threshold=None,
            metadata={}, labels={}, identity=identity, now=now,
        )  # fmt: skip


def test_it_asks_to_run_again_for_the_second_half(settings: Settings, store: Path) -> None:
    job, now = Explain(Context(settings, lambda: False, lambda _: None)), utcnow()
    assert job.run(now) is None
    for number in range(25):
        fire(f"drill {number}", now)
    assert job.run(now) == now + AROUND_MS
    assert Explanation.select().count() == 25


def test_the_daemon_explains_at_once(tmp_path: Path, store: Path) -> None:
    with daemon({"GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{store}"}, tmp_path):
        eventually(lambda: Process.get_or_none(Process.name == "daemon"), within_s=30)
        sender = nudge.Sender(nudge.folder_of(store.parent))
        end = db.after_commit(sender)
        fire("drill", utcnow())
        end()
        sender.close()
        row = eventually(lambda: Explanation.get_or_none())
        assert json.dumps(row.data["past"]) == '{"count": 0, "last": []}'
