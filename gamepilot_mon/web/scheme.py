"""How the browser reached us, also when a proxy in front ends TLS."""

import ipaddress

from flask import current_app, request

from gamepilot_mon.settings import Settings


def is_https() -> bool:
    """gunicorn believes X-Forwarded-Proto of this machine only; the public URL says it for everybody."""
    return request.is_secure or (_settings().public_url or "").startswith("https://")


def client_address() -> str:
    """Whom to count against. Only a proxy on this machine, announced by the public URL, is believed."""
    peer = request.remote_addr or "this machine"
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded if forwarded and _settings().public_url and _is_loopback(peer) else peer


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return True  # a Unix socket has no address
