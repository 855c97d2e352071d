"""What a browser keeps of this site: the service worker, and the page that it shows when the site is away."""

from flask import Blueprint, Response, current_app, render_template

from gamepilot_mon.web import texts

blueprint = Blueprint("installed", __name__)


@blueprint.get("/sw.js")
def service_worker() -> Response:
    """At the root, since a worker has a say below its own folder only."""
    answer = current_app.send_static_file("sw.js")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.get("/offline")
def offline() -> Response:
    """Content-Language tells the worker whether what it keeps is still in the language of the reader."""
    answer = Response(render_template("offline.html"))
    answer.headers["Content-Language"] = texts.language()
    answer.headers["Cache-Control"] = "no-cache"
    return answer
