"""The web process as a WSGI app: `gunicorn -c python:gamepilot_mon.web.gunicorn_conf wsgi:app`."""
# ruff: noqa: E402

from gevent import monkey

monkey.patch_all()  # before anything else is imported

import os
import sys

from gamepilot_mon.db import StoreError
from gamepilot_mon.settings import Settings, SettingsError
from gamepilot_mon.web import create_app


def _give_up(lines: list[str], status: int) -> None:
    """One line a problem. A gunicorn worker must say it its own way, or gunicorn starts it again for ever."""
    if "gunicorn" in os.environ.get("SERVER_SOFTWARE", ""):
        from gunicorn.errors import AppImportError

        raise AppImportError("\n".join(lines))
    print("\n".join(lines), file=sys.stderr)
    sys.exit(status)


try:
    app = create_app(Settings.from_env())
except SettingsError as error:
    _give_up(error.problems, 2)
except StoreError as error:
    _give_up([str(error)], 1)
