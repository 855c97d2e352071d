"""/ping/<key>: where heartbeats arrive. The key is the credential, so a wrong one is simply not found."""

from dataclasses import replace

from flask import Response, abort
from flask_openapi import APIBlueprint
from pydantic import BaseModel, Field

from gamepilot_mon.clock import utcnow
from gamepilot_mon.sources import heartbeats
from gamepilot_mon.sources.heartbeats import Ping
from gamepilot_mon.web import bodies, store
from gamepilot_mon.web.envelope import success

blueprint = APIBlueprint("ping", __name__, url_prefix="/ping")

EXIT_CODE_MAX = 255


class Key(BaseModel):
    key: str = Field(max_length=200)


class KeyAndCode(Key):
    exit_code: int = Field(description="0 to 255")


def ping(path: Key) -> Response:
    """The job ran and succeeded."""
    return _receive(path.key, Ping("success"))


def ping_start(path: Key) -> Response:
    """The job started; its next ping then says how long it ran."""
    return _receive(path.key, Ping("start"))


def ping_fail(path: Key) -> Response:
    """The job failed."""
    return _receive(path.key, Ping("fail"))


def ping_exit_code(path: KeyAndCode) -> Response:
    """The job ended with this exit code: 0 is success, all else failure."""
    if path.exit_code > EXIT_CODE_MAX:
        abort(404)
    return _receive(path.key, Ping("exit", path.exit_code))


for _rule, _view in (
    ("/<string:key>", ping),
    ("/<string:key>/start", ping_start),
    ("/<string:key>/fail", ping_fail),
    ("/<string:key>/<int:exit_code>", ping_exit_code),
):
    blueprint.get(_rule, security=[{}])(_view)
    blueprint.post(_rule, security=[{}])(_view)


def _receive(key: str, ping: Ping) -> Response:
    # Asked on a reader first, so that guessing keys never takes the write lock, nor has a body read.
    if not store.read(heartbeats.knows, key):
        abort(404)
    body = bodies.beginning(heartbeats.BODY_MAX_BYTES).decode(errors="replace")
    now = utcnow()
    if not store.write(heartbeats.receive, key, replace(ping, body=body), now):
        abort(404)
    return success(now, message="OK")
