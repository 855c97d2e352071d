"""/api/v1/push: which of one's own browsers are notified."""

import base64
import binascii
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from flask import Response, abort, current_app
from flask_openapi import APIBlueprint
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from gamepilot_mon import push_subscriptions, runtime_config, vapid
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.models import PushSubscription, User
from gamepilot_mon.outbound import AddressRefused, Unreachable, check_address
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import store
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.problems import Pointed
from gamepilot_mon.web.signed_in import current_browser

blueprint = APIBlueprint("push", __name__, url_prefix="/api/v1/push")

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
"""the curve P-256: y² = x³ - 3x + B (mod P)"""


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("must be base64url") from None


def _point(text: str) -> str:
    point = _bytes(text)
    if len(point) != 65 or point[0] != 4:
        raise ValueError("must be an uncompressed point of P-256, 65 bytes")
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    if x >= P or y >= P or (y * y - x * x * x + 3 * x - B) % P:
        raise ValueError("must be a point of P-256")
    return text.rstrip("=")


def _secret(text: str) -> str:
    if len(_bytes(text)) != 16:
        raise ValueError("must be 16 bytes")
    return text.rstrip("=")


def _endpoint(text: str) -> str:
    try:
        parts = urlsplit(text)
        sound = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("must be an https URL")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("must be an https URL without a user and without a fragment")
    return text


class Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    p256dh: Annotated[str, Field(max_length=100), AfterValidator(_point)]
    auth: Annotated[str, Field(max_length=40), AfterValidator(_secret)]


class NewSubscription(BaseModel):
    """What PushSubscription.toJSON() gives in a browser, and the least severe that is wanted."""

    model_config = ConfigDict(extra="forbid", strict=True)

    endpoint: Annotated[str, Field(max_length=1000), AfterValidator(_endpoint)]
    keys: Keys
    expirationTime: int | None = None
    severity: Literal["info", "warning", "critical"] = "info"


class SubscriptionId(BaseModel):
    id: int = Field(ge=1, le=2**62)


@blueprint.get("")
def subscriptions() -> Response:
    """The key to subscribe with, and one's own subscriptions. `enabled`: a push channel is switched on."""
    user = _user()
    stored = store.read(runtime_config.current, _settings())
    enabled = any(each.kind == "push" and each.enabled for each in stored.config.channels.values())
    data = {
        "enabled": enabled,
        "publicKey": _public_key(),
        "subscriptions": [document(row) for row in store.read(push_subscriptions.of_user, user.id)],
    }
    return success(utcnow(), data=data)


@blueprint.post("")
def subscribe(body: NewSubscription) -> Response:
    """Notify this browser. The same endpoint again changes its keys and its severity."""
    user = _user()
    _public_key()
    _reachable(body.endpoint)
    try:
        row = store.write(
            push_subscriptions.add, user.id, body.endpoint, body.keys.p256dh, body.keys.auth, body.severity,
            utcnow(),
        )  # fmt: skip
    except push_subscriptions.TooMany:
        most = push_subscriptions.MOST
        raise Pointed(409, f"You have {most} subscriptions, which is the most; end one first.") from None
    return success(utcnow(), status=201, data=document(row))


@blueprint.delete("/<int:id>")
def unsubscribe(path: SubscriptionId) -> Response:
    """Notify that browser no more."""
    if not store.write(push_subscriptions.remove, _user().id, path.id):
        abort(404)
    return success(utcnow(), message="That browser is not notified any more")


def document(row: PushSubscription) -> dict[str, Any]:
    """Without the address and the keys: whoever knows them may send to the browser, or read what is sent."""
    return {
        "id": row.id,
        "service": urlsplit(row.endpoint).hostname,
        "endpointHash": push_subscriptions.endpoint_hash(row.endpoint),
        "severity": row.severity,
        "createdAt": iso(row.created_at),
        "reachedAt": iso(row.reached_at) if row.reached_at else None,
        "failures": row.failures,
    }


def _user() -> User:
    """A subscription belongs to a person, so a token is not enough here."""
    browser = current_browser()
    if browser is None:
        abort(403, description="Only a signed-in user can be notified.")
    return browser.user


def _public_key() -> str:
    if not vapid.is_installed():
        raise Pointed(501, f"Web Push needs the extra: {vapid.INSTALL}")
    private = store.read(vapid.private_key) or store.write(vapid.made_private_key)
    return vapid.public_key(private)


def _reachable(endpoint: str) -> None:
    """Refused here already, so that whoever subscribes hears of it; each message is checked again."""
    parts = urlsplit(endpoint)
    try:
        check_address(parts.hostname or "", parts.port or 443, _settings().ssrf_allow)
    except AddressRefused:
        # What a name leads to inside is not told to whoever may only read.
        raise _not_usable("leads to an address that must not be reached") from None
    except Unreachable:
        raise _not_usable("names a host that does not resolve") from None


def _not_usable(why: str) -> Pointed:
    return Pointed(422, f"The endpoint {why}.", [("/endpoint", why)])


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
