import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from gamepilot_mon.web.committer import Committer, QueueFull


class Disk:
    """Where rows go: writes wait for the gate, so that a test decides what has gathered."""

    def __init__(self) -> None:
        self.commits: list[list[int]] = []
        self.gate = threading.Event()
        self.writing = threading.Event()
        self.error: Exception | None = None

    def write(self, rows: Sequence[int]) -> None:
        self.writing.set()
        assert self.gate.wait(10)
        if self.error:
            raise self.error
        self.commits.append(list(rows))


def wait_for_rows(committer: Committer[int], count: int) -> None:
    """Until `count` rows have gathered behind the running commit."""
    done = threading.Event()
    for _ in range(1_000):
        if committer.waiting() >= count:
            return
        done.wait(0.005)
    raise AssertionError(f"{committer.waiting()} rows wait, not {count}")


def test_it_joins_what_arrives_during_a_commit() -> None:
    disk = Disk()
    committer = Committer(disk.write, limit=100)
    with ThreadPoolExecutor(11) as pool:
        first = pool.submit(committer.commit, [0])
        assert disk.writing.wait(10)
        rest = [pool.submit(committer.commit, [n]) for n in range(1, 11)]
        wait_for_rows(committer, 10)
        disk.gate.set()
        for future in (first, *rest):
            future.result(10)

    assert [len(commit) for commit in disk.commits] == [1, 10]
    assert sorted(disk.commits[1]) == list(range(1, 11))


def test_it_refuses_what_is_too_much_before_writing_any_of_it() -> None:
    disk = Disk()
    committer = Committer(disk.write, limit=3)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(committer.commit, [0])
        assert disk.writing.wait(10)
        second = pool.submit(committer.commit, [1, 2, 3])
        wait_for_rows(committer, 3)
        with pytest.raises(QueueFull):
            committer.commit([4])
        disk.gate.set()
        first.result(10)
        second.result(10)

    assert disk.commits == [[0], [1, 2, 3]]


def test_it_bounds_the_bytes_that_wait_as_well() -> None:
    disk = Disk()
    committer = Committer(disk.write, limit=100, limit_bytes=10)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(committer.commit, [0], 50)  # alone, anything may go
        assert disk.writing.wait(10)
        second = pool.submit(committer.commit, [1], 10)
        wait_for_rows(committer, 1)
        assert committer.is_full()
        with pytest.raises(QueueFull):
            committer.commit([2], 1)
        disk.gate.set()
        first.result(10)
        second.result(10)

    assert disk.commits == [[0], [1]]
    assert not committer.is_full()


def test_it_opens_another_group_when_one_has_grown_enough() -> None:
    disk = Disk()
    committer = Committer(disk.write, limit=100, most=3)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(committer.commit, [0])
        assert disk.writing.wait(10)
        rest = [pool.submit(committer.commit, [n, n]) for n in (1, 2, 3)]
        wait_for_rows(committer, 6)
        disk.gate.set()
        for future in (first, *rest):
            future.result(10)

    assert [len(commit) for commit in disk.commits] == [1, 2, 2, 2]
    assert committer.waiting() == 0


def test_it_tells_everyone_of_a_failed_commit_and_goes_on() -> None:
    disk = Disk()
    disk.gate.set()
    disk.error = OSError("disk full")
    committer = Committer(disk.write, limit=100)

    with pytest.raises(OSError, match="disk full"):
        committer.commit([1])
    disk.error = None
    committer.commit([2])

    assert disk.commits == [[2]]
