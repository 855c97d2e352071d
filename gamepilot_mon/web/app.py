"""The parts of the web process, put together."""

from collections.abc import Collection
from pathlib import Path

from flask import Flask
from flask_openapi import Info, OpenAPI

import gamepilot_mon
from gamepilot_mon import db, nudge, pseudonym
from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.auth.standing import fallen
from gamepilot_mon.clock import utcnow
from gamepilot_mon.settings import Settings
from gamepilot_mon.snapshots import DOCUMENTS, Build
from gamepilot_mon.web import (
    account,
    acknowledge_link,
    alert_history,
    alerts,
    annotations,
    audit,
    bodies,
    broadcasts,
    checks,
    compressing,
    config_versions,
    cross_origin,
    csrf,
    deliveries,
    documentation,
    errors,
    event_log,
    events,
    headers,
    health,
    incidents,
    installed,
    language,
    maintenance,
    metrics,
    moods,
    operations,
    otlp,
    pages,
    ping,
    policy,
    problems,
    pulse,
    push,
    realtime,
    rules,
    sentry,
    sessions,
    sign_in,
    sign_in_code,
    signed_in,
    silences,
    storage,
    store,
    texts,
    timelines,
    tokens,
    two_factor,
    uptime,
    user_data,
    users,
)
from gamepilot_mon.web.events_lane import EventsLane
from gamepilot_mon.web.live import Live
from gamepilot_mon.web.live.wishes import Snapshot
from gamepilot_mon.web.pages import error_page, shell

BLUEPRINTS = (
    account.blueprint,
    acknowledge_link.blueprint,
    alert_history.blueprint,
    alerts.blueprint,
    checks.blueprint,
    config_versions.blueprint,
    deliveries.blueprint,
    documentation.blueprint,
    errors.blueprint,
    event_log.blueprint,
    events.blueprint,
    health.blueprint,
    incidents.blueprint,
    installed.blueprint,
    language.blueprint,
    maintenance.blueprint,
    metrics.blueprint,
    otlp.blueprint,
    moods.blueprint,
    operations.blueprint,
    ping.blueprint,
    push.blueprint,
    realtime.blueprint,
    rules.blueprint,
    sentry.blueprint,
    silences.blueprint,
    broadcasts.blueprint,
    sign_in.blueprint,
    sign_in_code.blueprint,
    two_factor.blueprint,
    users.blueprint,
    tokens.blueprint,
    sessions.blueprint,
    audit.blueprint,
    user_data.blueprint,
    storage.blueprint,
    timelines.blueprint,
    annotations.blueprint,
    uptime.blueprint,
    *pages.BLUEPRINTS,
)


def build(settings: Settings) -> Flask:
    """The app of a process that serves: with the store open, and the other processes told of its writes."""
    db.open_database(settings.database_url)
    db.after_commit(nudge.Sender(nudge.folder_of(settings.state_dir)))
    return assemble(settings)


def assemble(settings: Settings) -> Flask:
    """The app alone, for a store that is open already."""
    pseudonym.use(settings.user_ids)
    app = _bare_app()
    app.extensions["settings"] = settings
    for part in (
        compressing,
        signed_in,
        cross_origin,
        policy,
        bodies,
        csrf,
        headers,
        problems,
        texts,
        shell,
        error_page,
        pulse,
    ):
        part.init(app, settings)
    for blueprint in BLUEPRINTS:
        documentation.register(app, blueprint)
    app.wsgi_app = EventsLane(app.wsgi_app, settings)  # type: ignore[method-assign, assignment]
    Live(settings, store, _requests(settings), _fallen, policy.may_say).register(app)
    return app


def _requests(settings: Settings) -> dict[str, Snapshot]:
    """What a live client may ask for by name."""

    def request(build: Build) -> Snapshot:
        return lambda hours: build(settings, utcnow(), hours=hours or 24)

    return {name: request(build) for name, build in DOCUMENTS.items()}


def _fallen(principals: Collection[Principal]) -> set[Principal]:
    return fallen(principals, utcnow())


def _bare_app() -> OpenAPI:
    home = _home()
    app = OpenAPI(
        "gamepilot_mon",
        info=Info(title="GamePilot Monitor", version=gamepilot_mon.__version__),
        static_folder=str(home / "static"),
        template_folder=str(home / "templates"),
        doc_ui=False,
        **documentation.options(),
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    return app


def _home() -> Path:
    """Where static/ and templates/ are: inside the package once installed, beside it in a checkout."""
    package = Path(gamepilot_mon.__file__).parent
    return package if (package / "templates").is_dir() else package.parent
