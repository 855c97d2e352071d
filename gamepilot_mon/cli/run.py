"""`run`: the web process and the daemon in the foreground."""

import errno
import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping

import click
import peewee

from gamepilot_mon import logs
from gamepilot_mon.cli.opening import fail, open_settings, open_store
from gamepilot_mon.cli.sign_in_link import base_url, make_link
from gamepilot_mon.cli.supervision import Program, supervise
from gamepilot_mon.settings import Settings

WEB = Program(
    "web", (sys.executable, "-m", "gunicorn", "-c", "python:gamepilot_mon.web.gunicorn_conf", "wsgi:app")
)
DAEMON = Program("daemon", (sys.executable, "-m", "daemon"))


@click.command("run")
def run() -> None:
    """Run the web process and the daemon in the foreground, and bring back one that dies.

    Prints the address and a one-time sign-in link. SIGINT or SIGTERM stops both.
    """
    settings = open_settings()
    logs.configure(settings)
    sys.exit(run_both(settings, os.environ))


def run_both(settings: Settings, environ: Mapping[str, str], *, note: str = "") -> int:
    open_store(settings)
    require_free(settings)
    greet = _greeter(settings, note)
    return supervise((WEB, DAEMON), environ, _say, greet)


def require_free(settings: Settings) -> None:
    """Fail with one line when the address cannot be bound."""
    host, port = settings.bind_address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            fail(f"cannot listen on {settings.bind}: {_why(error)}")


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "the port is in use (set another with GAMEPILOT_MON_BIND)"
    return error.strerror or str(error)


def _greeter(settings: Settings, note: str) -> Callable[[], None]:
    """Says once, as soon as the page answers and the link can be stored, where it is and how to get in."""
    greeted = False

    def greet() -> None:
        nonlocal greeted
        if greeted or not is_answering(settings):
            return
        try:
            link = make_link(settings)
        except peewee.OperationalError:
            return  # a locked or full store is no reason to stop what runs: again at the next tick
        greeted = True
        _say(f"GamePilot Monitor is at {base_url(settings)}")
        _say(f"sign in once, within 15 minutes, with {link}")
        if note:
            _say(note)

    return greet


def is_answering(settings: Settings) -> bool:
    """Whether a web process answers on the address of the settings."""
    host, port = settings.bind_address
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{address}/healthz", timeout=1):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _say(text: str) -> None:
    click.echo(text)
    sys.stdout.flush()
