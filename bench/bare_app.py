"""An app that reads the body and answers 202 without doing anything: what the HTTP server alone allows."""

from collections.abc import Callable, Iterable
from typing import Any

ANSWER = b'{"success":true,"accepted":0,"rejected":[],"timestamp":"1970-01-01T00:00:00.000Z"}'


def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    environ["wsgi.input"].read()
    start("202 ACCEPTED", [("Content-Type", "application/json"), ("Content-Length", str(len(ANSWER)))])
    return [ANSWER]
