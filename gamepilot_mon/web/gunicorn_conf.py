"""How gunicorn serves the web process: `gunicorn -c python:gamepilot_mon.web.gunicorn_conf wsgi:app`.

Read in gunicorn's master, before any worker exists, so that what is wrong is said once and ends it at once.
The master imports as little as it can: what a worker gets from it is not patched by gevent.
"""

import errno
import os
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

from gamepilot_mon.settings import Settings, SettingsError


def _give_up(lines: list[str], status: int) -> NoReturn:
    print("\n".join(lines), file=sys.stderr, flush=True)
    sys.exit(status)


def _logging(settings: Settings) -> dict[str, Any]:
    """The same lines as the daemon's, for gunicorn's own records too."""
    text = {"format": "%(asctime)s %(levelname)-7s %(name)s: %(message)s"}
    json = {"()": "gamepilot_mon.logs.JsonFormatter"}
    handler = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "line"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": json if settings.log_format == "json" else text},
        "handlers": {"stderr": handler},
        "root": {"level": settings.log_level.upper(), "handlers": ["stderr"]},
        "loggers": {"gunicorn.error": {"level": settings.log_level.upper(), "propagate": True}},
    }


try:
    _settings = Settings.from_env()
except SettingsError as _error:
    _give_up(_error.problems, 2)

bind = [_settings.bind]
worker_class = "gamepilot_mon.web.worker.Worker"
workers = 1  # the live hub and the writer thread are one each
worker_connections = 30_000
graceful_timeout = 5
timeout = 30
keepalive = 65
backlog = 2048
limit_request_line = 4094
limit_request_fields = 100
limit_request_field_size = 8190
accesslog = None  # paths may hold ping keys and sign-in links
control_socket_disable = True
loglevel = _settings.log_level
logconfig_dict = _logging(_settings)
if Path("/dev/shm").is_dir():
    worker_tmp_dir = "/dev/shm"  # the worker's heartbeat file must not wait for a slow disk


def post_worker_init(worker: Any) -> None:
    from gamepilot_mon.web.live import hooks

    hooks.post_worker_init(worker)


def worker_exit(server: Any, worker: Any) -> None:
    from gamepilot_mon.web.live import hooks

    hooks.worker_exit(server, worker)


def on_starting(server: Any) -> None:
    """Before the sockets are made: gunicorn tries a busy port five times, with a traceback each."""
    _require_store()
    if "LISTEN_FDS" in os.environ or "GUNICORN_FD" in os.environ:
        return  # the sockets are handed over
    for address in server.cfg.address:
        if isinstance(address, tuple):
            _require_free(address)


def _require_store() -> None:
    """Open the store in a child, so that the workers inherit neither its module nor a connection."""
    child = os.fork()
    if child:
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status:
            sys.exit(1)
        return
    status = 1
    try:
        _open_store()
        status = 0
    finally:
        os._exit(status)


def _open_store() -> None:
    from gamepilot_mon import db

    try:
        db.open_database(_settings.database_url)
    except db.StoreError as error:
        _give_up([str(error)], 1)


def _require_free(address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            _give_up([_sentence(address, error)], 1)


def _sentence(address: tuple[str, int], error: OSError) -> str:
    place = f"{address[0]}:{address[1]}"
    if error.errno == errno.EADDRINUSE:
        return f"{place} is in use by another process; set GAMEPILOT_MON_BIND to a free one"
    return f"cannot listen on {place}: {error.strerror or error}"
