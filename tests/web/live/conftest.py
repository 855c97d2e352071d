from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.live.server import Server, wait_until


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("live"))
    yield server
    server.close()


@pytest.fixture
def web(shared_server: Server) -> Iterator[Server]:
    """A server that other tests use too: its log holds their items."""
    shared_server.open_store()
    yield shared_server
    shared_server.hang_up()
    # The next test counts clients: those of this one must be gone by then.
    wait_until(lambda: not shared_server.clients())


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts a server of the test's own, with its settings and its clock."""
    servers: list[Server] = []

    def begin(timing: dict[str, int] | None = None, **environ: Any) -> Server:
        servers.append(Server(tmp_path, timing, **environ))
        return servers[-1]

    yield begin
    for server in servers:
        server.close()
