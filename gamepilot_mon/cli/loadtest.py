"""`loadtest`: how many live clients this machine carries."""

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from gamepilot_mon.cli.given import DURATION
from gamepilot_mon.cli.opening import EXIT_SETTINGS, fail, open_settings

if TYPE_CHECKING:
    from gamepilot_mon.loadtest.plan import Plan

EXIT_NOT_INTACT = 3
EXIT_INTERRUPTED = 130
TOKENS = frozenset({"GAMEPILOT_MON_TOKEN", "GAMEPILOT_MON_OPERATOR_TOKEN", "GAMEPILOT_MON_INGEST_TOKEN"})

EPILOG = """\b
Exit codes: 0 nothing lost, doubled or out of order; 1 could not run; 2 wrong options;
3 something was lost, doubled or out of order, or a stage was not reached; 130 interrupted.

\b
  gamepilot-mon loadtest --stages 50,100 --hold 10s --report report.html
  gamepilot-mon loadtest --mix websocket=1 --stages 1000,5000 --json > report.json
"""


@click.command("loadtest", epilog=EPILOG)
@click.option("--url", default="http://127.0.0.1:3001", show_default=True, help="The monitor to load.")
@click.option(
    "--token",
    envvar="GAMEPILOT_MON_TOKEN",
    help="Role viewer, for the clients; an admin's does for all. [env: GAMEPILOT_MON_TOKEN]",
)
@click.option(
    "--operator-token",
    envvar="GAMEPILOT_MON_OPERATOR_TOKEN",
    help="Role operator, publishes the items; else --token. [env: GAMEPILOT_MON_OPERATOR_TOKEN]",
)
@click.option(
    "--ingest-token",
    envvar="GAMEPILOT_MON_INGEST_TOKEN",
    help="Role ingest, for the events that users cause; without it none are sent. [env: GAMEPILOT_MON_INGEST_TOKEN]",
)
@click.option("--stages", default="100,500,1000,1500", show_default=True, help="Rising numbers of clients.")
@click.option(
    "--mix",
    default="socket.io=40,websocket=30,sse=30",
    show_default=True,
    help="Transports and their shares.",
)
@click.option(
    "--hold", type=DURATION, default="20s", show_default=True, help="How long items flow in a stage."
)
@click.option(
    "--rate", type=click.FloatRange(1, 2000), default=300, show_default=True, help="New connections a second."
)
@click.option(
    "--items",
    type=click.FloatRange(0, 50),
    default=2,
    show_default=True,
    help="Items of about 1 KB a second, for every client.",
)
@click.option(
    "--storm",
    type=click.IntRange(0, 1000),
    default=50,
    show_default=True,
    help="Items at once in the middle of a stage.",
)
@click.option(
    "--storm-kind",
    type=click.Choice(["broadcast", "alert"]),
    default="broadcast",
    show_default=True,
    help="alert: real alerts, which the channels that are on are told of.",
)
@click.option(
    "--cuts",
    type=click.FloatRange(0, 10),
    default=0.1,
    show_default=True,
    help="Share of the connections that break in a minute.",
)
@click.option(
    "--stuck",
    type=click.FloatRange(0, 0.5),
    default=0.01,
    show_default=True,
    help="Share that stops reading while a stage is held, at most 50.",
)
@click.option(
    "--settle",
    type=DURATION,
    default="15s",
    show_default=True,
    help="How long to wait, after a stage, for items that somebody lacks.",
)
@click.option(
    "--target",
    type=DURATION,
    default="150ms",
    show_default=True,
    help="What p99 must not exceed, for the estimate.",
)
@click.option(
    "--max-time",
    type=DURATION,
    default="15m",
    show_default=True,
    help="End after this long, whatever the stage.",
)
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same users and cuts.")
@click.option("--allow-remote", is_flag=True, help="Let the load leave this machine.")
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="Write the report as an HTML page.",
)
@click.option("--save", is_flag=True, help="Keep the report beside the store, for the page /load-tests.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def loadtest(**options: Any) -> None:
    """Load a monitor's live feed with many users, and report how it does.

    Clients come in stages over a mix of transports: mood selectors (25 %), dashboard viewers (30 %),
    recommendation users (20 %), monitors (15 %) and idle ones (10 %). Connections break and come back, some stop
    reading, storms of items come. Each client's items are checked by their ids: none lost, none twice, in order.
    """
    # Only here: the commands that start the product must not carry this along.
    from gamepilot_mon.loadtest import page
    from gamepilot_mon.loadtest.plan import PlanRefused
    from gamepilot_mon.loadtest.run import run
    from gamepilot_mon.loadtest.screen import Screen

    plan, kept = _plan(options), _state_dir() if options["save"] else None
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with Screen() as screen:
            found = run(plan, stop.is_set, screen.tell)
    except PlanRefused as error:
        fail(str(error))
    if options["report"]:
        _write(options["report"], page.render(found))
    if kept:
        _save(found, kept)
    if options["as_json"]:
        click.echo(json.dumps(found, indent=2))
    else:
        _summarise(found, options["report"])
    sys.exit(_exit_code(found))


def _plan(options: dict[str, Any]) -> "Plan":
    from gamepilot_mon.loadtest.address import AddressRefused, resolve
    from gamepilot_mon.loadtest.plan import Plan

    token = options["token"]
    if not token:
        _refuse("--token is needed (make one with: gamepilot-mon token create --role viewer)")
    try:
        return Plan(
            address=resolve(options["url"], allow_remote=options["allow_remote"]),
            token=token, operator_token=options["operator_token"] or token, ingest_token=options["ingest_token"],
            stages=_stages(options["stages"]), transports=_mix(options["mix"]),
            hold_s=options["hold"] / 1000, connects_per_s=options["rate"],
            items_per_s=options["items"], storm=options["storm"], storm_kind=options["storm_kind"],
            cuts_per_minute=options["cuts"], stuck=options["stuck"], target_ms=options["target"],
            settle_s=options["settle"] / 1000,
            longest_s=options["max_time"] / 1000, seed=options["seed"],
        )  # fmt: skip
    except (AddressRefused, ValueError) as error:
        _refuse(str(error))


def _stages(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.strip().isdecimal() for part in parts):
        raise ValueError(f"stages are rising numbers of clients, e.g. 100,500,1000, not {text!r}")
    return tuple(int(part) for part in parts)


def _mix(text: str) -> tuple[tuple[str, float], ...]:
    from gamepilot_mon.loadtest.dialogues import transports

    mix = []
    for part in text.split(","):
        name, _, share = part.strip().partition("=")
        if name not in transports():
            raise ValueError(f"transports are {', '.join(transports())}, not {name!r}")
        mix.append((name, float(share or 1)))
    return tuple(mix)


def _refuse(text: str) -> NoReturn:
    click.echo(f"gamepilot-mon: {text}", err=True)
    sys.exit(EXIT_SETTINGS)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(str(error))


def _state_dir() -> Path:
    """Of the settings, beside which stand the tokens of this command."""
    others = {name: text for name, text in os.environ.items() if name not in TOKENS}
    return open_settings(others).state_dir


def _save(found: dict[str, Any], state_dir: Path) -> None:
    from gamepilot_mon import loadtest_reports

    try:
        loadtest_reports.save(state_dir, found)
    except OSError as error:
        fail(str(error))


def _summarise(found: dict[str, Any], written: Path | None) -> None:
    for stage in found["stages"]:
        times = stage["latencyMs"]["all"]
        click.echo(
            f"{stage['connected']:>6} of {stage['clients']} clients: p50 {times['p50']} ms, p99 {times['p99']} ms, "
            f"max {times['max']} ms; {stage['missing']} lost, {stage['duplicates']} twice, "
            f"{stage['outOfOrder']} out of order; {stage['returned']} came back"
        )
    click.echo(found["capacity"]["sentence"])
    if found["ended"] != "done":
        click.echo(f"ended early: {found['ended']}")
    if written:
        click.echo(f"report: {written}")


def _exit_code(found: dict[str, Any]) -> int:
    if found["ended"] == "interrupted":
        return EXIT_INTERRUPTED
    return 0 if found["intact"] and found["ended"] == "done" else EXIT_NOT_INTACT
