"""/acknowledge/<token>: one alert acknowledged from a message, without signing in.

Two steps, because programs that look through mail follow links: GET only shows, the button's POST acknowledges.
The token in the path is the credential; it is never logged, and no cookie is looked at.
"""

from flask import Blueprint, current_app, redirect, render_template
from werkzeug.wrappers import Response

from gamepilot_mon import acknowledge_links, alerts, audit, db, destinations, runtime_config
from gamepilot_mon.acknowledge_links import Link
from gamepilot_mon.audit import Actor
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.models import Alert, Note
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import store

blueprint = Blueprint("acknowledge_link", __name__, url_prefix="/acknowledge")


NOT_VALID = ("This link is not valid", "It is incomplete, or it was not made here.")
EXPIRED = ("This link has expired", "Links in messages work for 24 hours. Sign in to acknowledge.")
WITHDRAWN = ("This link has been withdrawn", "The channel it was sent to is off, or goes to others now.")
NOT_KEPT = ("This alert is not kept any more", "It ended, and its time in the history is over.")
RESOLVED = "This alert is resolved already"


class Useless(Exception):
    """The link can do nothing: the status, and what a person is told."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(title)
        self.status, self.title, self.detail = status, title, detail


@blueprint.get("/<string:token>")
def page(token: str) -> str:
    """What the alert is, its state, and one button. Changes nothing."""
    alert = store.read(_alert, _settings(), token, utcnow())
    return render_template("acknowledge/page.html", alert=alerts.payload(alert))


@blueprint.post("/<string:token>")
def acknowledge(token: str) -> Response:
    now, settings = utcnow(), _settings()
    store.read(_alert, settings, token, now)  # on a reader first: a bad link never takes the write lock
    store.write(_acknowledge, settings, token, now)
    return redirect(f"/acknowledge/{token}", 303)


@blueprint.errorhandler(Useless)
def useless(error: Useless) -> tuple[str, int]:
    return render_template("acknowledge/useless.html", title=error.title, detail=error.detail), error.status


def _acknowledge(settings: Settings, token: str, now: int) -> None:
    """Inside write(). An alert that somebody owns already stays theirs."""
    alert = _alert(settings, token, now)
    link = acknowledge_links.read(settings, token)
    if alert.status == "acknowledged" or link is None:
        return
    author = f"link to {link.channel}"
    with audit.acting(Actor(author, "link")):
        alerts.acknowledge(alert, author, "with the link in the message", None, now)
    # Giving an alert back clears who owned it; the note stays.
    Note.create(alert_id=alert.id, at=now, author=author, text="Acknowledged with the link in the message.")
    db.touch("alerts")


def _alert(settings: Settings, token: str, now: int) -> Alert:
    """The alert that may be acknowledged by `token` now. Raises Useless."""
    link = acknowledge_links.read(settings, token)
    if link is None:
        raise Useless(404, *NOT_VALID)
    if link.expires_at <= now:
        raise Useless(410, *EXPIRED)
    if not _still_told(settings, link):
        raise Useless(410, *WITHDRAWN)
    return _standing(link.alert_id)


def _standing(alert_id: int) -> Alert:
    alert: Alert | None = Alert.get_or_none(Alert.id == alert_id)
    if alert is None:
        raise Useless(404, *NOT_KEPT)
    if alert.ended_at is not None:
        ended = f"{alert.type} ended at {iso(alert.ended_at)[:16].replace('T', ' ')} UTC: {alert.message}"
        raise Useless(410, RESOLVED, ended)
    return alert


def _still_told(settings: Settings, link: Link) -> bool:
    config = runtime_config.current(settings).config
    told = {to.name: to for to in destinations.destinations(settings, config)}
    return link.channel in told and acknowledge_links.audience(told[link.channel]) == link.audience


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
