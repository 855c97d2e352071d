import subprocess
import sys
from pathlib import Path


def test_it_answers_every_request_when_many_readers_open_the_store_at_once(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "tests.web.reopening", f"sqlite:///{tmp_path / 'store.db'}"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["100"]
