"""One booted machine for all tests here that need one: `make test-systemd`, or `pytest -m systemd`."""

import socket
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tests.systemd import checkout, registry, requirements, tree
from tests.systemd.installation import CHECKOUT, Installation, make_install
from tests.systemd.machine import Machine, booted


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # A minute of booting as root is for those who ask: the plain suite leaves these tests out.
    if "systemd" in config.option.markexpr:
        return
    left_out = [item for item in items if item.get_closest_marker("systemd")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    installations = [value for value in item.funcargs.values() if isinstance(value, Installation)]
    if report.failed and installations:
        report.sections.append(("journal of the services", installations[0].journal()))
    return report


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    if reason := requirements.missing():
        pytest.skip(reason)
    settings = registry.environment()
    readable = [path for path in [Path("/etc/hosts"), *registry.paths(settings)] if path.exists()]
    downloads = tree.cache() / "pip"
    downloads.mkdir(parents=True, exist_ok=True)
    log = tmp_path_factory.mktemp("machine") / "console.log"
    with tree.copied() as copy:
        checkout.copy_to(copy / CHECKOUT.lstrip("/"))
        with booted(copy, readable=readable, folders={"/root/.cache/pip": downloads}, log=log) as machine:
            machine.environment = settings
            yield machine


@pytest.fixture(scope="session")
def slack() -> Iterator[HTTPServer]:
    """Slack's end of the webhook; the container shares our loopback."""
    with HTTPServer(host="127.0.0.1") as server:
        server.expect_request("/services/T/B/X").respond_with_data("ok")
        yield server


@pytest.fixture(scope="session")
def installation(machine: Machine, slack: HTTPServer) -> Installation:
    """The checkout installed by `make install`, with settings for this test; nothing is started yet."""
    make_install(machine)
    installation = Installation(machine, f"http://127.0.0.1:{free_port()}")
    installation.set(
        GAMEPILOT_MON_BIND=installation.url.removeprefix("http://"),
        SLACK_ENABLED="true",
        SLACK_WEBHOOK_URL=slack.url_for("/services/T/B/X"),
    )
    return installation


@pytest.fixture
def running(installation: Installation) -> Installation:
    installation.start()
    return installation


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
