"""`doctor`: what is well with this installation and what is not."""

import sys
from dataclasses import asdict

import click
import msgspec

from gamepilot_mon.cli.opening import EXIT_FAILED, open_store
from gamepilot_mon.clock import utcnow
from gamepilot_mon.diagnosis import diagnose

MARKS = {"ok": "ok     ", "warning": "WARNING", "problem": "PROBLEM"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> None:
    """Look the installation over: one finding a line, with advice. Exit 1 when there is a problem."""
    findings = list(diagnose(open_store(), utcnow()))
    if as_json:
        click.echo(msgspec.json.encode([asdict(finding) for finding in findings]).decode())
    else:
        for finding in findings:
            advice = f": {finding.advice}" if finding.advice else ""
            click.echo(f"{MARKS[finding.level]}  {finding.subject:<13} {finding.detail}{advice}")
    if any(finding.level == "problem" for finding in findings):
        sys.exit(EXIT_FAILED)
