import threading
from collections.abc import Iterator

import pytest

from daemon.runner import Runner
from tests.processes import eventually


class Counted:
    """A job that counts its runs; `inside` is set while it runs, `let_go` ends a run."""

    name = "counted"
    every_ms = 3_600_000
    gap_ms = 0
    limit_ms = 50
    wakes_on: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.runs = 0
        self.again: int | None = None
        self.fails = False
        self.inside = threading.Event()
        self.let_go = threading.Event()
        self.let_go.set()

    def run(self, now: int) -> int | None:
        self.inside.set()
        self.let_go.wait(10)
        self.runs += 1
        if self.fails:
            raise ValueError("broken on purpose")
        again, self.again = self.again, None
        return again and now + again


@pytest.fixture
def job() -> Counted:
    return Counted()


@pytest.fixture
def runner(job: Counted) -> Iterator[Runner]:
    running = Runner(job)
    yield running
    job.let_go.set()
    running.stop()
    assert running.join(10)


def test_it_runs_at_once_and_then_when_it_is_woken(job: Counted, runner: Runner) -> None:
    runner.start()
    eventually(lambda: job.runs == 1)
    runner.wake()
    eventually(lambda: job.runs == 2)


def test_it_runs_once_for_all_the_wakes_that_it_missed(job: Counted, runner: Runner) -> None:
    job.let_go.clear()
    runner.start()
    job.inside.wait(10)
    for _ in range(100):
        runner.wake()
    job.let_go.set()
    eventually(lambda: job.runs == 2)
    job.inside.clear()
    assert not job.inside.wait(0.2) and job.runs == 2


def test_it_runs_again_when_the_job_says(job: Counted, runner: Runner) -> None:
    job.again = 30
    runner.start()
    eventually(lambda: job.runs == 2)


def test_it_survives_a_job_that_fails_and_says_so_once(
    job: Counted, runner: Runner, caplog: pytest.LogCaptureFixture
) -> None:
    job.fails = True
    runner.start()
    eventually(lambda: job.runs == 1)
    runner.wake()
    eventually(lambda: job.runs == 2)
    job.fails = False
    runner.wake()
    eventually(lambda: job.runs == 3)
    assert [record.getMessage() for record in caplog.records] == [
        "job counted: it failed; trying again every second"
    ]
    assert not runner.stalled()


def test_it_is_stalled_while_a_run_takes_too_long(job: Counted, runner: Runner) -> None:
    job.let_go.clear()
    runner.start()
    eventually(runner.stalled)
    job.let_go.set()
    eventually(lambda: not runner.stalled())


def test_it_tells_of_its_last_run(job: Counted, runner: Runner) -> None:
    assert runner.last_run().ended_at is None and runner.last_run().running_ms is None
    job.let_go.clear()
    runner.start()
    assert job.inside.wait(10)
    assert eventually(lambda: runner.last_run().running_ms)
    job.let_go.set()
    told = eventually(lambda: runner.last_run().ended_at and runner.last_run())
    assert told.name == "counted" and told.took_ms is not None and told.late_ms is not None
    assert (told.every_ms, told.limit_ms, told.failing) == (job.every_ms, job.limit_ms, False)
    job.fails = True
    runner.wake()
    eventually(lambda: runner.last_run().failing)
