"""Run the installed wheel from another folder: the page, its styles and the daemon must answer.

usage: smoke.py BIN FOLDER
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

WITHIN_S = 60


def main(bin_folder: Path, folder: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        bind = f"127.0.0.1:{probe.getsockname()[1]}"
    environ = {"PATH": os.environ["PATH"], "GAMEPILOT_MON_BIND": bind}
    command = [bin_folder / "gamepilot-mon", "run"]
    running = subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.PIPE, text=True)
    try:
        until_ready(f"http://{bind}/readyz", running)
        link = next(
            word for line in running.stdout or () for word in line.split() if "/sign-in/link/" in word
        )
        with requests.Session() as browser:
            browser.trust_env = False
            page = browser.get(link, timeout=10)
            assert page.status_code == 200 and "GamePilot Monitor" in page.text, page.status_code
            style = browser.get(f"http://{bind}/static/css/page.css", timeout=10)
            assert style.status_code == 200, "static files are missing from the wheel"
    finally:
        running.send_signal(signal.SIGTERM)
        code = running.wait(30)
    assert code == 0, f"exit code {code} after SIGTERM"
    print("the wheel runs: 1 passed, 0 failed")


def until_ready(url: str, running: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        assert running.poll() is None, f"ended with exit code {running.returncode}"
        try:
            if requests.get(url, timeout=2).status_code == 200:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"{url} was not ready within {WITHIN_S} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
