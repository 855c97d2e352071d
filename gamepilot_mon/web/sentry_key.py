"""The key of a DSN, which is a token of ours: from a header, never from the address, which ends up in logs."""

import re

from flask import abort, request

from gamepilot_mon.auth.tokens import PREFIX

_KEY = re.compile(r"sentry_key\s*=\s*\"?([^\s,\"]+)")
IN_ADDRESS = (
    "A token in an address ends up in logs. Send it as a header: X-Sentry-Auth: Sentry sentry_key=gpm_…; "
    "with JavaScript, transportOptions: {headers: {…}} and a DSN without it."
)


def sentry_key() -> str:
    """Of this request; empty when there is none. 401 when a token of ours is in the address."""
    if any(PREFIX in value for values in request.args.listvalues() for value in values):
        abort(401, description=IN_ADDRESS)
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return text.strip()
    said = request.headers.get("X-Sentry-Auth") or (text if scheme.lower() == "sentry" else "")
    found = _KEY.search(said)
    return found[1] if found else ""
