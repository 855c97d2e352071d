"""POST /language: the language of this browser, remembered in a cookie."""

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from gamepilot_mon.web import texts
from gamepilot_mon.web.scheme import is_https
from gamepilot_mon.web.sign_in import local_path

YEAR_S = 365 * 24 * 3600

blueprint = Blueprint("language", __name__)


@blueprint.post("/language")
def choose() -> Response:
    chosen = request.form.get("language", "")
    if chosen not in texts.NAMES:
        abort(422, description=f"One of {', '.join(texts.NAMES)}.")
    answer = redirect(local_path(request.form.get("next", "").rstrip("?")), 303)
    answer.set_cookie(
        texts.COOKIE, chosen, max_age=YEAR_S, httponly=True, samesite="Lax", secure=is_https()
    )  # fmt: skip
    return answer
