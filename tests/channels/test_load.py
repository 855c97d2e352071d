import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from gamepilot_mon import channels, db, destinations, runtime_config
from gamepilot_mon.catchers.slack import SlackCatcher, Status
from gamepilot_mon.channels import BrokenChannel, Channel, DeliveryError, Receipt, load, options_of
from gamepilot_mon.settings import Settings
from tests.channels.messages import message

Install = Callable[[str, str, str], None]

PAGER = """
from gamepilot_mon.channels import Receipt
kind = "pager"
def send(config, message):
    return Receipt(f"paged {config}: {message.text}")
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a distribution with one module and one entry point on the path, as pip would."""

    def add(module: str, source: str, entry: str) -> None:
        (tmp_path / f"{module}.py").write_text(source)
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[gamepilot_mon.channels]\n{entry}\n")
        monkeypatch.delitem(sys.modules, module, raising=False)

    monkeypatch.syspath_prepend(tmp_path)
    return add


def test_it_finds_a_strangers_channel_by_its_entry_point(install: Install) -> None:
    install("pager_plugin", PAGER, "pager = pager_plugin")
    assert load()["pager"].send("ops", message()) == Receipt(
        "paged ops: High error rate: 150 errors in last 24h"
    )


def test_it_loads_and_runs_the_example_of_the_documentation(install: Install) -> None:
    page = (Path(__file__).parents[2] / "docs" / "channels.md").read_text()
    [source] = re.findall(r"```python\n(# gamepilot_pager\.py\n.*?)```", page, re.DOTALL)
    install("gamepilot_pager", source, "pager = gamepilot_pager")
    with SlackCatcher() as server:
        pager = load()["pager"]
        options = options_of(pager)(kind="pager", url=server.url)  # type: ignore[call-arg]
        assert pager.send(options, message()) == Receipt("200")
        assert server.messages[0].payload["id"] == message().notification_id
        server.fail_next(Status(403))
        with pytest.raises(DeliveryError) as refused:
            pager.send(options, message())
    assert refused.value.permanent
    assert options_of(pager).secrets() == {"url"} and "http" not in repr(options)


def test_a_strangers_channel_is_set_up_like_any_other(
    install: Install, settings: Settings, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("pager_plugin", PAGER, "pager = pager_plugin")
    monkeypatch.setattr(channels, "installed", load)
    with db.write():
        stored = runtime_config.change(settings, {"channels": {"p": {"kind": "pager"}}}, "ada", 1)
    [target] = destinations.destinations(settings, stored.config)
    assert (target.name, target.kind, target.config.enabled) == ("p", "pager", True)


@pytest.mark.parametrize(
    ("source", "entry", "words"),
    [
        ("import no_such_module_at_all", "x = broken_plugin", "cannot be imported"),
        ("", "x = broken_plugin:nothing", "cannot be imported"),
        ("kind = 'x'", "x = broken_plugin", "callable `send`"),
        ("def send(config, message): ...", "x = broken_plugin", "text `kind`"),
    ],
)
def test_it_names_the_channel_that_is_broken(install: Install, source: str, entry: str, words: str) -> None:
    install("broken_plugin", source, entry)
    with pytest.raises(BrokenChannel, match=words):
        load()


def test_it_refuses_two_channels_of_one_kind(install: Install) -> None:
    install("pager_one", PAGER, "one = pager_one")
    install("pager_two", PAGER, "two = pager_two")
    with pytest.raises(BrokenChannel, match="two channels are of the kind 'pager'"):
        load()


def test_it_counts_the_built_in_modules_as_channels() -> None:
    from gamepilot_mon.channels import email, slack

    assert [cast(Channel, module).kind for module in (slack, email)] == ["slack", "email"]


def test_it_keeps_a_delivery_errors_decision_and_limits_its_text() -> None:
    error = DeliveryError("x" * 1_000, permanent=True, retry_after_ms=5, uncertain=True)
    assert (error.permanent, error.retry_after_ms, error.uncertain) == (True, 5, True)
    assert len(str(error)) == 300
