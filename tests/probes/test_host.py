from pathlib import Path

from gamepilot_mon.clock import utcnow
from gamepilot_mon.probes import Task, host


def test_it_reads_the_machine_with_the_unit_in_each_name(tmp_path: Path) -> None:
    data = host.HostProbe().measure(Task({"folder": str(tmp_path)}, now=utcnow(), timeout_ms=1_000)).data
    assert data is not None
    assert all(
        name.rpartition("_")[2] in {"ratio", "bytes", "s", "count", "1m", "5m", "15m"} for name in data
    )
    assert 0 < data["memory_used_ratio"] < 1
    assert 0 < data["disk_free_bytes"] <= data["disk_total_bytes"]
    assert data["host_uptime_s"] >= data["process_uptime_s"] >= 0


def test_it_knows_the_processors_share_from_the_second_reading_on() -> None:
    probe = host.HostProbe()
    task = Task({}, now=utcnow(), timeout_ms=1_000)
    first = probe.measure(task).data or {}
    assert first["cpu_ratio"] is None
    ratio = None
    while ratio is None:  # the kernel counts in hundredths of a second
        ratio = (probe.measure(task).data or {})["cpu_ratio"]
    assert 0 <= ratio <= 1


def test_it_is_unknown_when_the_folder_is_gone(tmp_path: Path) -> None:
    reading = host.probe.measure(Task({"folder": str(tmp_path / "gone")}, now=utcnow(), timeout_ms=1_000))
    assert reading.state == "unknown"
