from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gamepilot_mon import db
from gamepilot_mon.settings import Settings
from tests.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests import postgresql as postgresql_server


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env(
        {"GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/state/mon.db"}, dotenv=None
    )


@pytest.fixture
def store(settings: Settings) -> Iterator[Path]:
    """A new store in a temporary folder, opened in this process."""
    yield db.open_database(settings.database_url)
    db.database.close_all() if hasattr(db.database, "close_all") else db.database.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator["postgresql_server.Server"]:
    """A real PostgreSQL server, shared by the tests of one process."""
    from tests import postgresql as server

    with server.running() as running:
        yield running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real web process, shared by the whole run; its store keeps what earlier tests did."""
    running = Server(tmp_path_factory.mktemp("server")).start()
    yield running
    running.stop()


@pytest.fixture
def served(server: Server) -> Iterator[Server]:
    """The shared server, with this process's models on its store."""
    server.open_store()
    yield server
    db.database.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts a web process of the test's own: serve(NAME="value", …)."""
    running: list[Server] = []

    def start(*arguments: str, **extra: str) -> Server:
        own = Server(tmp_path / f"server{len(running)}", extra)
        if arguments:
            own.arguments = arguments
        running.append(own.start())
        return own

    yield start
    for own in running:
        own.stop()


@pytest.fixture(scope="module")
def environ_of_module() -> dict[str, str]:
    """The settings of `server_of_module`; a module that wants others has a fixture of this name."""
    return {}


@pytest.fixture(scope="module")
def server_of_module(
    tmp_path_factory: pytest.TempPathFactory, environ_of_module: dict[str, str]
) -> Iterator[Server]:
    """A web process for the tests of one module; whatever they asked, it logged no traceback."""
    running = Server(tmp_path_factory.mktemp("server"), environ_of_module).start()
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


@pytest.fixture
def shared(server_of_module: Server) -> Iterator[Server]:
    """That process, with this process's models on its store."""
    server_of_module.open_store()
    yield server_of_module
    db.database.close()


@pytest.fixture(scope="module")
def opened_browser() -> Iterator["Browser"]:
    """A Chromium of the module's own."""
    from tests.chromium import chromium

    with chromium() as opened:
        yield opened


@pytest.fixture
def browser(opened_browser: "Browser") -> Iterator["Browser"]:
    """That Chromium without anything left in it by the test before."""
    yield opened_browser
    for context in opened_browser.contexts:
        context.close()
