"""A restart of the web process under a crowd: everybody comes back, and nobody misses or doubles anything.

CLIENTS sets how many they are (60 by default; .ci/run asks for 300).
"""

import os
import subprocess
import time
from collections.abc import Callable

import psutil
import pytest

from tests.loadtest.conftest import finished
from tests.processes import eventually
from tests.serving import Server

pytestmark = pytest.mark.endurance

CLIENTS = int(os.environ.get("CLIENTS", "60"))
BACK_S = 30
HOLD = "20s" if CLIENTS > 200 else "10s"  # the restart falls into it


def stop(server: Server) -> None:
    assert server.stop() == 0


def kill(server: Server) -> None:
    """kill -9 of gunicorn's master and its worker, as a machine without memory does."""
    master = psutil.Process(server.process.pid)
    for process in (*master.children(recursive=True), master):
        process.kill()
    server.process.wait()


def connected(server: Server) -> int:
    answer = server.get("/api/realtime/clients", "viewer").json()
    return int(answer["data"]["connectedClients"])


@pytest.mark.parametrize("end", [stop, kill])
def test_it_brings_everybody_back_after_a_restart(
    serve: Callable[..., Server],
    begin: Callable[..., "subprocess.Popen[str]"],
    end: Callable[[Server], None],
) -> None:
    server = serve(GAMEPILOT_MON_LIVE_MAX_PER_ADDRESS=str(CLIENTS + 10))
    child = begin(
        server, "--stages", str(CLIENTS), "--mix", "websocket=1,sse=1,socket.io=1", "--cuts", "0",
        "--stuck", "0", "--hold", HOLD, "--settle", "30s", "--max-time", "120s",
    )  # fmt: skip
    eventually(lambda: connected(server) >= CLIENTS, within_s=60)
    tokens = server.tokens
    end(server)
    begun = time.monotonic()
    server.start(server.port)
    server.tokens = tokens
    eventually(lambda: connected(server) >= CLIENTS, within_s=BACK_S, what="everybody is back")
    took_s = time.monotonic() - begun
    ran = finished(child)
    assert ran.report, ran.errors
    totals = ran.report["totals"]
    print(f"\n{end.__name__}: {CLIENTS} clients back after {took_s:.1f} s, {totals}")
    assert totals["endedByServer"] >= CLIENTS and totals["returned"] >= CLIENTS
    assert totals["missing"] == totals["duplicates"] == totals["outOfOrder"] == 0
    assert ran.report["intact"] and ran.report["stages"][0]["connected"] == CLIENTS
    assert ran.code in (0, 3)  # 3: the restart made somebody wait longer than the target
