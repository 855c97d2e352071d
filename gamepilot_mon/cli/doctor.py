"""`doctor`: what is well with this installation and what is not."""

import sys
from dataclasses import asdict

import click

from gamepilot_mon import db
from gamepilot_mon.cli.opening import EXIT_FAILED, fail, open_settings, open_store
from gamepilot_mon.cli.printing import echo_json
from gamepilot_mon.clock import utcnow
from gamepilot_mon.diagnosis import Finding, diagnose
from gamepilot_mon.settings import Settings

MARKS = {"ok": "ok     ", "warning": "WARNING", "problem": "PROBLEM"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> None:
    """Look the installation over: one finding a line, with advice. Exit 1 when there is a problem."""
    settings = open_settings()
    absent = _absent(settings)
    findings = [absent] if absent else list(diagnose(open_store(settings), utcnow()))
    if as_json:
        echo_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            advice = f": {finding.advice}" if finding.advice else ""
            click.echo(f"{MARKS[finding.level]}  {finding.subject:<13} {finding.detail}{advice}")
    if any(finding.level == "problem" for finding in findings):
        sys.exit(EXIT_FAILED)


def _absent(settings: Settings) -> Finding | None:
    """Looking must not make a store where there is none, perhaps because the settings name the wrong place."""
    try:
        path = db.path_of(settings.database_url)
    except db.StoreError as error:
        fail(str(error))
    if path.exists():
        return None
    return Finding(
        "store", "problem", f"there is none at {path}", f"gamepilot-mon run makes it; {db.ELSEWHERE}"
    )
