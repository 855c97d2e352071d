"""The frame around every page: where else one may go, how things stand, and where the live feed goes on."""

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, render_template, request

from gamepilot_mon import feed, inbox
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.settings import Settings
from gamepilot_mon.snapshots import queries
from gamepilot_mon.web import store
from gamepilot_mon.web.pages import navigation

Build = Callable[..., dict[str, Any]]


def init(app: Flask, settings: Settings) -> None:
    app.jinja_env.globals["navigation"] = navigation.visible


def render(template: str, build: Build, *args: Any, **members: Any) -> str:
    """The page of `template` with what `build(*args)` reads from the store, all of it by one reader thread.

    `members` are given to the template as they are.
    """
    found = store.read(_read, build, args, utcnow())
    return render_template(template, connected=_connected(), **found, **members)


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def base_url() -> str:
    """Where this monitor is reached, for commands to copy; without a slash at the end."""
    return settings().public_url or request.host_url.rstrip("/")


def _connected() -> int:
    return len(current_app.extensions["live"].clients)


def _read(build: Build, args: tuple[Any, ...], now: int) -> dict[str, Any]:
    # The feed's position is read first: what is committed in between is then shown twice, never missed.
    return {"shell": _state(now), **build(*args)}


def _state(now: int) -> dict[str, Any]:
    return {
        "feed": {"epoch": feed.epoch(), "id": feed.last_id()},
        "status": queries.status(now) or "unknown",
        "open_alerts": inbox.counts()["open"],
        "generated_at": iso(now),
    }
