"""Errors as the outside sees them: RFC 9457 problem details for programs, a page for people."""

import logging
import uuid
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import msgspec
import peewee
from flask import Flask, Response, current_app, redirect, request
from jinja2 import TemplateError
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.sansio.response import Response as AnyResponse

from gamepilot_mon.settings import Settings

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
_NO_OBJECT = frozenset({"model_type", "model_attributes_type", "dict_type", "json_invalid"})
_FOR_PROGRAMS = ("/api/", "/v1/", "/ping/", "/socket.io", "/ws")
_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
DETAILS = {
    400: "The request is malformed.",
    401: "Sign in, or send a valid token as Authorization: Bearer.",
    403: "This credential may not do that.",
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    408: "The body did not arrive in time.",
    413: "The request is too large.",
    415: "This type of content is not understood here.",
    422: "The request is well-formed, but its content is not acceptable.",
    429: "Too many requests; try again later.",
    500: "Something went wrong here. It was logged.",
    503: "The store is busy; try again.",
}


class Pointed(Exception):
    """A refused request: `errors` are (JSON pointer, what is wrong) pairs."""

    def __init__(
        self, status: int, detail: str, errors: Iterable[tuple[str, str]] = (), *,
        retry_after_s: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = list(errors)
        self.retry_after_s = retry_after_s


def init(app: Flask, settings: Settings) -> None:
    app.register_error_handler(Pointed, _pointed)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(ValidationError, invalid)
    app.register_error_handler(peewee.OperationalError, _store)
    app.register_error_handler(RecursionError, _too_deep)
    app.register_error_handler(Exception, _unexpected)


def problem(
    status: int, detail: str | None = None, errors: Iterable[tuple[str, str]] = (), **members: Any
) -> Response:
    """The problem document. `error` repeats the detail under the name that older clients look for."""
    title = HTTPStatus(status).phrase
    said = _writable(detail or DETAILS.get(status) or title)
    body = {
        "type": "about:blank", "title": title, "status": status, "detail": said,
        "errors": [{"pointer": _writable(pointer), "detail": _writable(text)} for pointer, text in errors],
        "success": False, "error": said, **members,
    }  # fmt: skip
    response = Response(msgspec.json.encode(body), status, content_type=MEDIA_TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="gamepilot-mon"'
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _writable(text: str) -> str:
    """Without half characters, which a refused body may bring and an answer cannot hold."""
    return text.encode("utf-8", "replace").decode()


def invalid(error: ValidationError) -> Response:
    """422 for a document that a pydantic model refuses; never repeats the input."""
    if request.get_json(silent=True) is None and request.get_data().strip() not in (b"", b"null"):
        return problem(400, "The body is not JSON.", [("", "is not JSON")])
    found = error.errors(include_url=False, include_input=False, include_context=False)
    pairs = [(pointer_of(e["loc"]), _in_words(e["type"], e["msg"])) for e in found]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, errors=pairs)


def _in_words(kind: str, said: str) -> str:
    """What pydantic says, but for what names our classes or its way to read."""
    return "must be an object" if kind in _NO_OBJECT else said.removeprefix("Value error, ")


def pointer_of(location: Iterable[object]) -> str:
    """`("a", 0, "b/c")` -> "/a/0/b~1c" (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def wants_page() -> bool:
    """Whether a person looks at this with a browser, rather than a program."""
    if request.path.startswith(_FOR_PROGRAMS) or request.path in _PROBES:
        return False
    return "text/html" in request.headers.get("Accept", "")


def _pointed(error: Pointed) -> AnyResponse:
    answer = _answer(error.status, error.detail, error.errors)
    if error.retry_after_s is not None:
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def _http(error: HTTPException) -> AnyResponse:
    if error.response is not None:
        return error.response
    status = error.code or 500
    if status < 400:
        return error.get_response()
    answer = _answer(status, None if error.description == type(error).description else error.description)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def _store(error: peewee.OperationalError) -> AnyResponse:
    """Locked, full or unreadable: nothing was written, and another try may succeed."""
    log.error("the store refused %s: %s", request.endpoint, error)
    return _answer(HTTPStatus.SERVICE_UNAVAILABLE, None)


def _too_deep(error: RecursionError) -> AnyResponse:
    """JSON nested past what can be read is the sender's fault; any other recursion is ours."""
    of_json = request.path.startswith("/api/") and request.get_data()
    return _answer(400, "The body is nested too deeply.") if of_json else _unexpected(error)


def _unexpected(error: Exception) -> AnyResponse:
    # The path is not logged: it may hold a ping key or a sign-in link.
    request_id = uuid.uuid4().hex
    log.error("request %s to %s failed", request_id, request.endpoint, exc_info=error)
    try:
        return _answer(500, None, request_id=request_id)
    except TemplateError:
        return problem(500, request_id=request_id)  # the pages themselves are what is broken


def _answer(
    status: int, detail: str | None, errors: Iterable[tuple[str, str]] = (), **members: Any
) -> AnyResponse:
    if not wants_page():
        return problem(status, detail, errors, **members)
    if status == HTTPStatus.UNAUTHORIZED:
        return redirect(_sign_in_address(), HTTPStatus.SEE_OTHER)
    return _page(status, detail or DETAILS.get(status), **members)


def _sign_in_address() -> str:
    if request.method != "GET" or request.full_path in ("/", "/?"):
        return "/sign-in"
    return "/sign-in?" + urlencode({"next": request.full_path.rstrip("?")})


def _page(status: int, detail: str | None, **members: Any) -> AnyResponse:
    title = HTTPStatus(status).phrase
    drawn = current_app.extensions["error_page"]  # of the pages, which know this module
    answer = Response(drawn(status, title=title, detail=detail, **members))
    answer.status_code = status
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer
