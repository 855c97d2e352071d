"""`simulate`: a stand-in GamePilot."""

import signal
import sqlite3
import threading

import click

from gamepilot_mon.cli.given import DURATION
from gamepilot_mon.cli.opening import fail
from gamepilot_mon.simulator import run
from gamepilot_mon.simulator.push import PushRefused
from gamepilot_mon.simulator.scenarios import SCENARIOS


@click.command("simulate")
@click.option("--scenario", type=click.Choice(sorted(SCENARIOS)), default="calm", show_default=True)
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same traffic.")
@click.option("--speed", default=1.0, show_default=True, help="How many times faster than life.")
@click.option(
    "--push", "push_url", metavar="URL", help="Send events to this monitor, e.g. http://127.0.0.1:3001."
)
@click.option(
    "--token", envvar="GAMEPILOT_MON_TOKEN", help="An ingest token for --push [env: GAMEPILOT_MON_TOKEN]."
)
@click.option(
    "--database", metavar="FILE|URL",
    help="Write GamePilot's tables into this SQLite file or postgresql:// database.",
)  # fmt: skip
@click.option("--http", "http_address", metavar="HOST:PORT", help="Serve GamePilot's /health here.")
@click.option("--duration", type=DURATION, help="Stop after this long, e.g. 90s; else on Ctrl-C.")
def simulate(
    scenario: str, seed: int, speed: float, push_url: str | None, token: str | None,
    database: str | None, http_address: str | None, duration: int | None,
) -> None:  # fmt: skip
    """Play GamePilot: users, moods, recommendations, errors, by scenario."""
    if not (push_url or database or http_address):
        fail("give at least one of --push, --database, --http")
    if push_url and not token:
        fail("--push needs --token (make one with: gamepilot-mon token create --role ingest)")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        run.simulate(
            scenario, seed=seed, speed=speed, push_url=push_url, token=token, database=database,
            http_address=http_address, duration_ms=duration or None,
            stop=stop, echo=click.echo,
        )  # fmt: skip
    except (ValueError, OSError, sqlite3.Error, PushRefused) as error:
        fail(str(error))
