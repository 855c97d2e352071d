from pathlib import Path

import pytest

from daemon.jobs import Context
from daemon.jobs.evaluate import LEAST_GAP_MS, LONGEST_GAP_MS, Evaluate, gap_ms
from gamepilot_mon.settings import Settings


@pytest.mark.parametrize(
    ("cpu_s", "rests_ms"), [(0.0, LEAST_GAP_MS), (0.1, 300), (0.5, 1_500), (60.0, LONGEST_GAP_MS)]
)
def test_it_rests_three_times_as_long_as_it_worked(cpu_s: float, rests_ms: int) -> None:
    assert gap_ms(cpu_s) == rests_ms


def test_it_rests_after_each_run(store: Path) -> None:
    settings = Settings.from_env({"GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{store}"}, dotenv=None)
    job = Evaluate(Context(settings, lambda: False, lambda _: None))
    job.gap_ms = 0
    job.run(1_790_000_000_000)
    assert LEAST_GAP_MS <= job.gap_ms <= LONGEST_GAP_MS
