"""/api/v1/users: people who sign in with a browser."""

from typing import Annotated, Any, Literal

from flask import Response, abort, current_app, request
from flask_openapi import APIBlueprint
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from gamepilot_mon.auth import second_factors, sign_in_links, users
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.models import User
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import people, store
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.newest_first import Page, following, rows_of
from gamepilot_mon.web.problems import Pointed

blueprint = APIBlueprint("users", __name__, url_prefix="/api/v1/users")

Role = Literal["viewer", "operator", "admin"]
LAST_ADMIN = "This is the last admin; make another one first."


def _name(text: str) -> str:
    if not users.is_name(text):
        raise ValueError(users.NAME_RULE)
    return text


class NewUser(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_name)] = Field(
        description=users.NAME_RULE
    )
    role: Role = "viewer"


class UserChange(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", strict=True)

    role: Role | None = None
    disabled: bool | None = None

    @model_validator(mode="after")
    def _something(self) -> "UserChange":
        if self.role is None and self.disabled is None:
            raise ValueError("give role or disabled")
        return self


class UserId(BaseModel):
    id: int = Field(ge=1, le=2**62)


@blueprint.get("")
def list_users(query: Page) -> Response:
    """The users, newest first."""
    rows, documents = store.read(_listing, query)
    return success(utcnow(), data=documents, next=following(rows, query))


@blueprint.post("")
def add_user(body: NewUser) -> Response:
    """Add a user without a password. `signInLink` works once, for a day; it is shown this once."""
    now = utcnow()
    try:
        user, token = store.write(people.add_user, body.name, body.role, now)
    except users.NameTaken:
        raise Pointed(409, "There is a user of that name.", [("/name", "is taken")]) from None
    data = {**store.read(people.user_document, user), **link_document(token, now)}
    return success(utcnow(), status=201, data=data)


@blueprint.patch("/<int:id>")
def change_user(path: UserId, body: UserChange) -> Response:
    """Give another role, disable, or enable again; what is open with it ends at once. The last admin stays one."""
    try:
        user = store.write(_change, path.id, body, utcnow())
    except users.LastAdmin:
        raise Pointed(409, LAST_ADMIN) from None
    return success(utcnow(), data=store.read(people.user_document, user))


@blueprint.post("/<int:id>/sign-in-link")
def make_sign_in_link(path: UserId) -> Response:
    """A link that signs this user in once, within a day; one made earlier ends. It is shown this once."""
    now = utcnow()
    token = store.write(_make_link, path.id, now)
    return success(utcnow(), status=201, data=link_document(token, now))


@blueprint.delete("/<int:id>/two-factor")
def reset_two_factor(path: UserId) -> Response:
    """Switch two-factor sign-in off for a user who lost the app and the recovery codes."""
    if not store.write(_reset_two_factor, path.id, utcnow()):
        abort(404)
    return success(utcnow(), message="Two-factor sign-in is off for this user")


def link_document(token: str, now: int) -> dict[str, str]:
    return {"signInLink": link_of(token), "signInLinkExpiresAt": iso(now + sign_in_links.FOR_USER_MS)}


def link_of(token: str) -> str:
    settings: Settings = current_app.extensions["settings"]
    return f"{settings.public_url or request.host_url.rstrip('/')}/sign-in/link/{token}"


def known(user_id: int) -> User:
    return users.by_id(user_id) or abort(404)


def enabled(user_id: int) -> User:
    user = known(user_id)
    if user.disabled_at is not None:
        raise Pointed(409, "This user is disabled.")
    return user


def _listing(query: Page) -> tuple[list[int], list[dict[str, Any]]]:
    rows = rows_of(User, query)
    return [row.id for row in rows], [people.user_document(row) for row in rows]


def _change(user_id: int, body: UserChange, now: int) -> User:
    users.change(known(user_id), now, role=body.role, disabled=body.disabled)
    return known(user_id)


def _make_link(user_id: int, now: int) -> str:
    return sign_in_links.create_for(enabled(user_id), now)


def _reset_two_factor(user_id: int, now: int) -> bool:
    return second_factors.disable(known(user_id), now)
