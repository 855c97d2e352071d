import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from gamepilot_mon import backup, db, feed
from gamepilot_mon.backup import BackupError
from gamepilot_mon.models import Fact
from gamepilot_mon.settings import Settings
from gamepilot_mon.web.live.store import page_after
from tests.processes import BIN, ROOT, daemon, eventually

NOW = 1_800_000_000_000


def show(text: str) -> None:
    with db.write():
        feed.append("system:error", {"message": text}, 1)


def test_it_takes_a_whole_copy_while_the_store_is_in_use(store: Path, tmp_path: Path) -> None:
    show("before")
    assert backup.take(tmp_path / "copy.db") > 0
    show("after")
    backup.check(tmp_path / "copy.db")
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0


def test_it_puts_a_copy_back_and_keeps_what_was_there(
    settings: Settings, store: Path, tmp_path: Path
) -> None:
    with db.write():
        Fact.insert(name="kept", value="before").execute()
    backup.take(tmp_path / "copy.db")
    with db.write():
        Fact.update(value="after").where(Fact.name == "kept").execute()
    kept = backup.put_back(tmp_path / "copy.db", settings.database_url, NOW)
    assert Fact.get_by_id("kept").value == "before"
    assert kept is not None and kept.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(kept)) as old:
        assert old.execute("SELECT value FROM fact WHERE name = 'kept'").fetchone() == ("after",)
    assert store.stat().st_mode & 0o077 == 0


def test_its_log_goes_on_behind_what_was_shown_and_every_resume_has_a_gap(
    settings: Settings, store: Path, tmp_path: Path
) -> None:
    show("before")
    epoch = feed.epoch()
    backup.take(tmp_path / "copy.db")
    show("after")
    backup.put_back(tmp_path / "copy.db", settings.database_url, NOW)
    [restored] = feed.since(0)
    assert "put back from a copy" in restored.data
    assert feed.epoch() != epoch, "clients must not resume by ids of the other log"
    assert [page_after(seen, list(feed.TOPICS))[1] for seen in (0, 1, 2)] == [False] * 3
    show("now")
    assert page_after(restored.id, list(feed.TOPICS))[1]


def test_what_it_kept_can_be_put_back_as_well(settings: Settings, store: Path, tmp_path: Path) -> None:
    backup.take(tmp_path / "copy.db")
    with db.write():
        Fact.insert(name="kept", value="the newest").execute()
    kept = backup.put_back(tmp_path / "copy.db", settings.database_url, NOW)
    assert kept is not None and Fact.get_or_none(Fact.name == "kept") is None
    backup.put_back(kept, settings.database_url, NOW)
    assert Fact.get_by_id("kept").value == "the newest"


@pytest.mark.parametrize("content", [b"", b"a diary" * 1000, None], ids=["empty", "not a database", "absent"])
def test_it_refuses_what_is_not_a_backup_and_touches_nothing(
    settings: Settings, store: Path, tmp_path: Path, content: bytes | None
) -> None:
    show("mine")
    if content is not None:
        (tmp_path / "copy.db").write_bytes(content)
    with pytest.raises(BackupError):
        backup.put_back(tmp_path / "copy.db", settings.database_url, NOW)
    assert feed.last_id() == 1


def test_it_keeps_the_original_however_often_a_copy_is_put_back(
    settings: Settings, store: Path, tmp_path: Path
) -> None:
    show("original")
    backup.take(tmp_path / "copy.db")
    kept = [backup.put_back(tmp_path / "copy.db", settings.database_url, NOW) for _ in range(3)]
    assert len(set(kept)) == 3 and all(path and path.is_file() for path in kept)
    assert kept[0] and kept[0].name.endswith(".before-restore-2027-01-15T080000Z")


@pytest.mark.parametrize("damage", ["scrambled", "gone"])
def test_the_command_puts_a_copy_in_the_place_of_a_damaged_store(tmp_path: Path, damage: str) -> None:
    assert command(tmp_path, "alerts", "custom", "--severity", "info", "--message", "kept").returncode == 0
    assert command(tmp_path, "backup", "copy.db").returncode == 0
    raise_alert = (
        f"db.open_database('sqlite:///{tmp_path}/mon.db'); show('newer'); print(feed.last_id(), flush=True)"
    )
    shown = killed(raise_alert)
    journal = (tmp_path / "mon.db-wal").read_bytes()
    assert journal
    if damage == "scrambled":
        (tmp_path / "mon.db").write_bytes(b"\x07" * 10_000)
    else:
        (tmp_path / "mon.db").unlink()

    done = command(tmp_path, "restore", "copy.db")

    assert done.returncode == 0, done.stderr
    assert "kept" in command(tmp_path, "alerts", "list").stdout
    [aside] = tmp_path.glob("*.before-restore-*-wal")
    assert aside.read_bytes() == journal
    with closing(sqlite3.connect(tmp_path / "mon.db")) as new:
        [(first, text)] = new.execute("SELECT MIN(id), data FROM feed_item").fetchall()
    assert first > shown and "put back from a copy" in text


def test_the_command_keeps_what_was_written_last_with_the_store_that_goes(tmp_path: Path) -> None:
    """After a kill -9 the newest rows are in the journal only; the ids go on behind them."""
    assert command(tmp_path, "backup", "copy.db").returncode == 0
    write = (
        f"db.open_database('sqlite:///{tmp_path}/mon.db'); show('last'); print(feed.last_id(), flush=True)"
    )
    shown = killed(write)

    assert command(tmp_path, "restore", "copy.db").returncode == 0

    [kept] = tmp_path.glob("*.before-restore-*Z")
    with closing(sqlite3.connect(kept)) as old:
        assert old.execute("SELECT MAX(id) FROM feed_item").fetchone() == (shown,)
    with closing(sqlite3.connect(tmp_path / "mon.db")) as new:
        assert new.execute("SELECT MAX(id) FROM feed_item").fetchone() == (shown + 2,)


def test_it_says_that_a_place_cannot_be_written(store: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"there is no folder .*/no/folder; make it first"):
        backup.take(tmp_path / "no" / "folder" / "copy.db")


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT),
        "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{folder}/mon.db", "GAMEPILOT_MON_BIND": "127.0.0.1:9",
    }  # fmt: skip
    return subprocess.run(
        (BIN / "gamepilot-mon", *words), cwd=folder, env=environ, capture_output=True, text=True, timeout=60
    )


def killed(statements: str) -> int:
    """What a process prints that then dies with the store open, so that its journal stays."""
    script = (
        f"import os; from gamepilot_mon import db, feed; from tests.test_backup import show; {statements};"
    )
    words = (sys.executable, "-c", script + " os.kill(os.getpid(), 9)")
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60)
    return int(ran.stdout)


def test_the_commands_copy_and_put_back(tmp_path: Path) -> None:
    assert command(tmp_path, "backup", "copy.db").returncode == 0
    again = command(tmp_path, "backup", "copy.db")
    assert again.returncode == 1 and "--force" in again.stderr
    done = command(tmp_path, "restore", "copy.db")
    assert done.returncode == 0 and "before-restore" in done.stdout


def test_the_command_refuses_while_the_daemon_runs(tmp_path: Path) -> None:
    assert command(tmp_path, "backup", "copy.db").returncode == 0
    with daemon({"GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/mon.db"}, tmp_path) as running:
        eventually(lambda: "daemon started" in running.output(), within_s=20)
        refused = command(tmp_path, "restore", "copy.db")
    assert refused.returncode == 1 and "another daemon is running" in refused.stderr
    assert "Traceback" not in refused.stderr
