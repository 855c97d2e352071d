"""Reports from pages of other origins: those that ALLOWED_ORIGINS names may post events, and nothing else."""

from flask import Flask, Response, request

from gamepilot_mon.settings import Settings
from gamepilot_mon.web.live import origin

PATH = "/api/v1/events"
METHODS = frozenset({"POST", "OPTIONS"})
PREFLIGHT_KEPT_S = 600


def init(app: Flask, settings: Settings) -> None:
    allowed = frozenset(map(origin.normal, settings.allowed_origins))

    def answer_preflight() -> Response | None:
        """A browser asks first, without credentials, so this comes before the policy table."""
        return Response(status=204) if request.method == "OPTIONS" and _page(allowed) else None

    def let_page_read(response: Response) -> Response:
        if _is_report():
            response.vary.add("Origin")
        if page := _page(allowed):
            response.headers["Access-Control-Allow-Origin"] = page
            response.headers["Access-Control-Allow-Methods"] = "POST"
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
            response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_KEPT_S)
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"
        return response

    app.before_request(answer_preflight)
    app.after_request(let_page_read)


def _page(allowed: frozenset[str]) -> str | None:
    """The origin of the page that asks, if it may report."""
    page = request.headers.get("Origin")
    if page is None or not _is_report():
        return None
    return page if origin.normal(page) in allowed else None


def _is_report() -> bool:
    return request.path == PATH and request.method in METHODS
