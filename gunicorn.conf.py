"""For a bare `gunicorn wsgi:app` in this folder: the same as `-c python:gamepilot_mon.web.gunicorn_conf`."""

from gamepilot_mon.web.gunicorn_conf import *  # noqa: F403
