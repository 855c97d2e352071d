import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT


def test_it_waits_for_a_silent_name_server_and_holds_up_nobody(tmp_path: Path) -> None:
    own_network = ["unshare", "--map-root-user", "--net", "--mount"]
    if subprocess.run([*own_network, "ip", "link", "show", "lo"], capture_output=True).returncode:
        message = "this machine lacks `ip`, or does not allow a network namespace"
        assert os.environ.get("CI") != "true", message
        pytest.skip(message)
    command = [*own_network, sys.executable, "-m", "tests.reliability.silent_dns", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
