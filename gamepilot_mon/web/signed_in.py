"""Who is signed in: a Bearer token, else the browser's session by way of flask-login."""

from datetime import timedelta
from functools import partial
from typing import Any

from flask import Flask, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from gamepilot_mon.auth import jwt, sessions, tokens
from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.auth.secret_key import sealing_key, secret_key
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Session, User
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import store
from gamepilot_mon.web.scheme import is_https
from gamepilot_mon.web.sentry_key import sentry_key
from gamepilot_mon.web.verified import remembered


class Browser(UserMixin):  # type: ignore[misc]
    """A signed-in browser: its stored session and the user of it."""

    def __init__(self, key: str, session_row: Session, user: User) -> None:
        self.key = key
        self.session = session_row
        self.user = user
        self.principal = sessions.principal(session_row, user)

    def get_id(self) -> str:
        return self.key

    @property
    def name(self) -> str:
        return self.principal.name

    @property
    def role(self) -> str:
        return self.principal.role


class Cookies(SecureCookieSessionInterface):
    def get_cookie_secure(self, app: Flask) -> bool:
        return is_https()


def init(app: Flask, settings: Settings) -> None:
    app.secret_key = secret_key(settings)
    app.session_interface = Cookies()
    app.config.update(
        SESSION_COOKIE_NAME="gamepilot_mon",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(milliseconds=settings.session_lifetime_ms),
    )
    app.extensions["sealing_key"] = partial(sealing_key, settings)
    app.extensions["jwt_issuer"] = jwt.issuer(settings)
    manager = LoginManager(app)
    # Sessions end in the store; a changed address or browser version must not end them.
    manager.session_protection = None
    manager.user_loader(_browser)
    app.context_processor(lambda: {"user": current_principal()})


def current_principal() -> Principal | None:
    """Of this request, looked up once. A Bearer header decides alone, valid or not."""
    if "principal" not in g:
        g.principal = _find()
    principal: Principal | None = g.principal
    return principal


def author() -> str:
    """The name that is kept with what this request changes."""
    principal = current_principal()
    return principal.name if principal else "unknown"


def bearer_text() -> str | None:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def verify_bearer(text: str, now: int) -> Principal | None:
    """Our own token or GamePilot's JWT; also for transports that carry it elsewhere than in the header."""
    if text.startswith(tokens.PREFIX):
        return remembered(text, lambda: store.read(tokens.verify, text, now))
    issuer = current_app.extensions["jwt_issuer"]
    return jwt.verify(text, issuer, now) if issuer else None


def current_browser() -> Browser | None:
    return current_user._get_current_object() if current_user.is_authenticated else None


def second_factor_key() -> str:
    found: str = current_app.extensions["sealing_key"]()
    return found


def sign_in(key: str) -> None:
    """Start a fresh cookie for the stored session `key`: nothing of the anonymous one survives."""
    session.clear()
    session.permanent = True
    browser = _browser(key)
    if browser is None:
        return  # disabled in the meantime
    login_user(browser)
    g.principal = browser.principal


def sign_out() -> None:
    logout_user()
    session.clear()
    g.principal = None


def _find() -> Principal | None:
    text = sentry_key() if request.blueprint == "sentry" else bearer_text()
    if text is not None:
        return verify_bearer(text, utcnow())
    browser = current_browser()
    return browser.principal if browser else None


def _browser(key: Any) -> Browser | None:
    found = store.read(sessions.find, str(key), utcnow())
    return Browser(str(key), *found) if found else None
