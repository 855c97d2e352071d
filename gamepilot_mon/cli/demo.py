"""`demo`: everything at once, with a simulated GamePilot and local stand-ins for Slack and a mail host."""

import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from gamepilot_mon import logs
from gamepilot_mon.catchers.slack import SlackCatcher, SlackPost
from gamepilot_mon.catchers.smtp import CaughtMail, SmtpCatcher
from gamepilot_mon.cli.opening import fail, open_settings
from gamepilot_mon.cli.run import run_both
from gamepilot_mon.settings import Settings
from gamepilot_mon.simulator import run
from gamepilot_mon.simulator.scenarios import SCENARIOS

FOLDER = Path("var/demo")
NOTE = "An incident begins in about ten seconds; its Slack message and e-mail are shown here."


@click.command("demo")
@click.option("--scenario", type=click.Choice(sorted(SCENARIOS)), default="error-spike", show_default=True)
@click.option("--seed", default=1, show_default=True)
def demo(scenario: str, seed: int) -> None:
    """Show a monitored app on this machine: live page, an incident, its Slack message and its e-mail.

    Keeps its own store in var/demo, made anew each time; your own is not touched.
    """
    _clear(FOLDER)
    with ExitStack() as opened:
        slack = opened.enter_context(SlackCatcher(on_message=_show_slack))
        mail = opened.enter_context(SmtpCatcher(on_message=_show_mail))
        environ = _environ(slack, mail)
        os.environ.update(environ)
        settings = open_settings()
        logs.configure(settings)
        opened.enter_context(_simulation(scenario, seed, settings))
        code = run_both(settings, {**os.environ, **environ}, note=NOTE)
    sys.exit(code)


def _clear(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            if path.is_file():
                path.unlink()
    except OSError as error:
        fail(f"cannot write {folder}: {error.strerror}; run it in a folder that is yours")


def _environ(slack: SlackCatcher, mail: SmtpCatcher) -> dict[str, str]:
    return {
        "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{FOLDER}/gamepilot-mon.db",
        "GAMEPILOT_DATABASE_URL": f"sqlite:///{FOLDER}/gamepilot.db",
        "GAMEPILOT_URL": f"http://127.0.0.1:{_free_port()}",
        "GAMEPILOT_MON_CHECK_INTERVAL": "5s",
        "SLACK_ENABLED": "true",
        "SLACK_WEBHOOK_URL": slack.url,
        "EMAIL_ENABLED": "true",
        "EMAIL_TO": "admin@gamepilot.dev",
        "SMTP_HOST": mail.host,
        "SMTP_PORT": str(mail.port),
        "SMTP_SECURE": "false",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _simulation(scenario: str, seed: int, settings: Settings) -> Iterator[None]:
    """The simulated GamePilot in a thread: its health page and its database."""
    stop = threading.Event()
    address = (settings.gamepilot_url or "").removeprefix("http://")
    thread = threading.Thread(
        target=run.simulate,
        kwargs={
            "scenario": scenario, "seed": seed, "speed": 1.0, "http_address": address,
            "database": FOLDER / "gamepilot.db", "stop": stop, "echo": click.echo,
        },
        name="simulation",
    )  # fmt: skip
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _show_slack(post: SlackPost) -> None:
    attachment = post.payload["attachments"][0]
    click.echo(f"  Slack   {post.payload['channel']}  {attachment['title']}: {attachment['text']}")


def _show_mail(mail: CaughtMail) -> None:
    click.echo(f"  e-mail  {', '.join(mail.recipients)}  {mail.message['Subject']}")
