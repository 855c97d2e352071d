"""How gunicorn serves the web process: `gunicorn -c python:gamepilot_mon.web.gunicorn_conf wsgi:app`.

Read in gunicorn's master, before any worker exists, so that what is wrong is said once and ends it at once.
The master imports as little as it can: what a worker gets from it is not patched by gevent.
"""

import errno
import gc
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger


def _ask_child() -> dict[str, str]:
    """What the settings say of serving, asked in a child: the master stays 12 MB smaller, and the workers inherit
    neither unpatched modules nor a connection to the store. Ends the master where the child found a problem."""
    answer, question = os.pipe()
    child = os.fork()
    if not child:
        os.close(answer)
        os._exit(_answer(question))
    os.close(question)
    with os.fdopen(answer) as lines:
        said = lines.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        sys.exit(status)
    found: dict[str, str] = json.loads(said)
    return found


def _answer(pipe: int) -> int:
    from gamepilot_mon import db
    from gamepilot_mon.settings import Settings, SettingsError

    try:
        settings = Settings.from_env()
        db.open_database(settings.database_url)
    except SettingsError as error:
        return _refuse(error.problems, 2)
    except db.StoreError as error:
        return _refuse([str(error)], 1)
    found = {name: getattr(settings, name) for name in ("bind", "log_level", "log_format")}
    with os.fdopen(pipe, "w") as lines:
        json.dump(found, lines)
    return 0


def _refuse(lines: list[str], status: int) -> int:
    print("\n".join(lines), file=sys.stderr, flush=True)
    return status


class Log(Logger):  # type: ignore[misc]
    """Does not put together the line of an access log for each request, which nobody writes."""

    access_log_enabled = False


def _logging(level: str, log_format: str) -> dict[str, Any]:
    """The same lines as the daemon's, for gunicorn's own records too."""
    text = {"format": "%(asctime)s %(levelname)-7s %(name)s: %(message)s"}
    as_json = {"()": "gamepilot_mon.logs.JsonFormatter"}
    handler = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "line"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": as_json if log_format == "json" else text},
        "handlers": {"stderr": handler},
        "root": {"level": level.upper(), "handlers": ["stderr"]},
        "loggers": {"gunicorn.error": {"level": level.upper(), "propagate": True}},
    }


_found = _ask_child()

bind = [_found["bind"]]
worker_class = "gamepilot_mon.web.worker.Worker"
workers = 1  # the live hub and the writer thread are one each
worker_connections = 30_000
graceful_timeout = 5
timeout = 30
keepalive = 65
backlog = 2048
limit_request_line = 4094
limit_request_fields = (
    50  # times the size below: the head that gunicorn buffers, and searches again with each packet
)
limit_request_field_size = 8190
accesslog = None  # paths may hold ping keys and sign-in links
logger_class = Log
control_socket_disable = True
loglevel = _found["log_level"]
logconfig_dict = _logging(_found["log_level"], _found["log_format"])
if Path("/dev/shm").is_dir():
    worker_tmp_dir = "/dev/shm"  # the worker's heartbeat file must not wait for a slow disk


def post_worker_init(worker: Any) -> None:
    from gamepilot_mon.web.live import hooks

    hooks.post_worker_init(worker)
    # What the app is made of stays for ever; to look through it for garbage held up the loop for 55 ms each time.
    gc.collect()
    gc.freeze()


def worker_exit(server: Any, worker: Any) -> None:
    from gamepilot_mon.web.live import hooks

    hooks.worker_exit(server, worker)
    gc.unfreeze()  # or what is frozen is taken apart last of all, after what it calls on the way, with a traceback


def on_starting(server: Any) -> None:
    """Before the sockets are made: gunicorn tries a busy port five times, with a traceback each."""
    if "LISTEN_FDS" in os.environ or "GUNICORN_FD" in os.environ:
        return  # the sockets are handed over
    for address in server.cfg.address:
        if isinstance(address, tuple):
            _require_free(address)


def _require_free(address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            sys.exit(_refuse([_sentence(address, error)], 1))


def _sentence(address: tuple[str, int], error: OSError) -> str:
    place = f"{address[0]}:{address[1]}"
    if error.errno == errno.EADDRINUSE:
        return f"{place} is in use by another process; set GAMEPILOT_MON_BIND to a free one"
    return f"cannot listen on {place}: {error.strerror or error}"
