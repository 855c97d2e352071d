"""The web process: pages, API and live feed."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from gamepilot_mon.settings import Settings


def create_app(settings: "Settings") -> "Flask":
    """Opens the store (db.StoreError when it cannot) and gives the WSGI app of the whole web process."""
    # Imported late: gunicorn's master reads gunicorn_conf from this package before gevent patches the worker,
    # and whatever the app imports must come after that.
    from gamepilot_mon.web import app

    return app.build(settings)
