"""/api/realtime: the seven calls that GamePilot's clients know."""

import re
from dataclasses import asdict
from typing import Annotated, Any, Literal

from flask import Response, current_app, request
from flask_openapi import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints

from gamepilot_mon import broadcast, channel_test, custom_alert, runtime_config
from gamepilot_mon.clock import utcnow
from gamepilot_mon.custom_alert import BelongsToRule, CustomAlert
from gamepilot_mon.runtime_config import Problem, Stored, VersionMismatch
from gamepilot_mon.settings import Settings
from gamepilot_mon.snapshots import alert_summary, monitoring
from gamepilot_mon.web import channel_trial, store
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.live import Live
from gamepilot_mon.web.problems import Pointed
from gamepilot_mon.web.signed_in import author

_VERSION = re.compile(r"[0-9]{1,18}")

blueprint = APIBlueprint("realtime", __name__, url_prefix="/api/realtime")


class ConfigDocument(RootModel[dict[str, Any]]):
    """Any part of the document that GET /config gives: what it leaves out stays as it is."""


class BroadcastBody(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    event: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    data: Any = None
    severity: Literal["info", "warning", "critical"] = Field(default="info")


@blueprint.get("/status")
def status() -> Response:
    """Is monitoring itself alive, and what has been alerted."""
    now = utcnow()
    data = store.read(_status, _settings(), len(_live().clients), now)
    return success(now, data=data)


@blueprint.post("/alerts/test")
def alerts_test() -> Response:
    """Send a test message through every enabled channel now, and answer what each provider said."""
    results = channel_trial.send(_settings(), author())
    failed = [name for name, result in results.items() if not result.ok]
    data = {
        "message": _summary(results, failed),
        "results": {name: asdict(result) for name, result in results.items()},
    }
    return success(utcnow(), data=data)


@blueprint.post("/alerts/custom")
def alerts_custom(body: CustomAlert) -> Response:
    """Raise an alert of your own: stored, shown live, and notified like any other."""
    now = utcnow()
    try:
        alert = store.write(custom_alert.raise_alert, _settings(), body, now)
    except BelongsToRule as error:
        raise Pointed(422, str(error), [("/fingerprint", str(error))]) from None
    return success(now, data={"id": alert.id, "fingerprint": alert.fingerprint})


@blueprint.get("/config")
def get_config() -> Response:
    """What is in force, its version, and where each value comes from. Secrets are ***."""
    return _config_answer(store.read(runtime_config.current, _settings()))


@blueprint.put("/config")
def put_config(body: ConfigDocument) -> Response:
    """Deep-merge a partial document. *** leaves a secret as it is, null takes an override back."""
    now = utcnow()
    try:
        stored = store.write(runtime_config.change, _settings(), body.root, author(), now, _if_match())
    except Problem as error:
        raise Pointed(422, "The configuration was not changed.", error.errors) from None
    except VersionMismatch as error:
        raise Pointed(412, str(error)) from None
    return _config_answer(stored, message="Configuration updated")


@blueprint.get("/clients")
def clients() -> Response:
    """Who is connected to the live feed."""
    now = utcnow()
    return success(now, data=_live().clients.listing(now))


@blueprint.post("/broadcast")
def post_broadcast(body: BroadcastBody) -> Response:
    """Say something to every connected client, as alert:broadcast."""
    now = utcnow()
    sent = store.write(broadcast.send, body.event, body.data, body.severity, author(), now)
    return success(now, message="Broadcast sent", data={"id": sent, "connectedClients": len(_live().clients)})


def _status(settings: Settings, connected: int, now: int) -> dict[str, Any]:
    return {
        "monitoring": monitoring.build(settings, now, connected_clients=connected),
        "alerts": alert_summary.build(settings, now),
        "config": runtime_config.current(settings).public(),
    }


def _summary(results: dict[str, channel_test.Result], failed: list[str]) -> str:
    if not results:
        return "No channel is enabled, so nothing was sent."
    if failed:
        return f"The test alert failed on {', '.join(failed)}."
    return f"Test alert sent to {', '.join(results)}."


def _config_answer(stored: Stored, **members: Any) -> Response:
    answer = success(utcnow(), data=stored.public(), **members)
    answer.headers["ETag"] = f'"{stored.version}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _if_match() -> frozenset[int] | None:
    """The versions of If-Match; None without the header or with `*`."""
    tags = request.if_match
    if "If-Match" not in request.headers or tags.star_tag:
        return None
    return frozenset(int(tag) for tag in tags.as_set(include_weak=True) if _VERSION.fullmatch(tag))


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _live() -> Live:
    live: Live = current_app.extensions["live"]
    return live
