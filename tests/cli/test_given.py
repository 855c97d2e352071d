"""A mistake in what is given to a command is told with the name of the option, before anything is opened."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from gamepilot_mon.cli import main

WRONG = [
    ("silence add foo --reason x", "MATCHER", "must look like name=value"),
    ("silence add a=~( --reason x", "MATCHER", "is not a pattern"),
    ("silence add a=b --reason x --for 1s", "--for", "from a minute to 90 days"),
    ("alerts ack 1 --for 100d", "--for", "from a minute to 30 days"),
    ("silence add a=b --reason x --for abc", "--for", "not a duration"),
    ("alerts ack 1 --for abc", "--for", "not a duration"),
    ("alerts export --since abc", "--since", "not a duration"),
    ("alerts analytics --zone Nope", "--zone", "is not a known time zone"),
    ("incidents ack 1 --for abc", "--for", "not a duration"),
    ("maintenance add --reason x --for 8d", "--for", "a window lasts from a minute to a week"),
    ("maintenance add --reason x --for 1h --starts foo", "--starts", "not an ISO 8601 time"),
    ("maintenance add --reason x --for 1h --cron foo", "--cron", "has five fields"),
    ("maintenance add --reason x --for 1h --zone Nope", "--zone", "is not a known time zone"),
    ("rules backtest error_rate --since abc", "--since", "not a duration"),
    ("rules backtest error_rate --for abc", "--for", "not a duration"),
    ("rules noise --zone Nope", "--zone", "is not a known time zone"),
    ("rules why error_rate --at foo", "--at", "14:05 for the last one"),
    ("rules why error_rate --at 00:00 --zone Nope", "--zone", "is not a known time zone"),
    ("rollups rebuild --since abc", "--since", "not a duration"),
    ("rollups rebuild --since 2026-99-99", "--since", "not a date and time that exists"),
    ("token create --role viewer --expires 0", "--expires", "must be longer than nothing"),
    ("simulate --duration abc", "--duration", "not a duration"),
    ("loadtest --hold abc", "--hold", "not a duration"),
]


@pytest.mark.parametrize(("line", "option", "words"), WRONG, ids=[line for line, _, _ in WRONG])
def test_it_names_the_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, option: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GAMEPILOT_MON_DATABASE_URL", f"sqlite:///{tmp_path}/mon.db")
    result = CliRunner().invoke(main, line.split())
    assert result.exit_code == 2
    last = result.stderr.strip().splitlines()[-1]
    assert option in last
    assert words in last
    assert not (tmp_path / "mon.db").exists()
