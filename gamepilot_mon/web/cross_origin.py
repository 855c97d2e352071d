"""Pages of other origins: those that ALLOWED_ORIGINS names may use the API with a token."""

from flask import Flask, Response, request

from gamepilot_mon.settings import Settings
from gamepilot_mon.web.live import origin

PATHS = ("/api/", "/v1/")
PREFLIGHT_KEPT_S = 600
HEADERS = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Encoding, If-Match, Last-Event-ID",
    "Access-Control-Max-Age": str(PREFLIGHT_KEPT_S),
    "Access-Control-Expose-Headers": "ETag, Retry-After",
}


def init(app: Flask, settings: Settings) -> None:
    allowed = frozenset(map(origin.normal, settings.allowed_origins))

    def answer_preflight() -> Response | None:
        """A browser asks first, without credentials, so this comes before the policy table."""
        return Response(status=204) if request.method == "OPTIONS" and _page(allowed) else None

    def let_page_read(response: Response) -> Response:
        if request.path.startswith(PATHS):
            response.vary.add("Origin")
        if page := _page(allowed):
            response.headers["Access-Control-Allow-Origin"] = page
            response.headers.update(HEADERS)
        return response

    app.before_request(answer_preflight)
    app.after_request(let_page_read)


def _page(allowed: frozenset[str]) -> str | None:
    """The origin of the page that asks, if it may."""
    page = request.headers.get("Origin")
    if page is None or not request.path.startswith(PATHS):
        return None
    return page if origin.normal(page) in allowed else None
