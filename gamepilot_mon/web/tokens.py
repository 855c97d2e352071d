"""/api/v1/tokens: credentials for programs. The text of one is in the answer that makes it, and nowhere else."""

from typing import Annotated, Any, Literal

from flask import Response, abort
from flask_openapi import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gamepilot_mon.auth import tokens
from gamepilot_mon.clock import DAY_MS, MINUTE_MS, utcnow
from gamepilot_mon.models import Token
from gamepilot_mon.web import store
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.newest_first import Page, following, rows_of
from gamepilot_mon.web.problems import Pointed
from gamepilot_mon.web.signed_in import current_principal

blueprint = APIBlueprint("tokens", __name__, url_prefix="/api/v1/tokens")

LONGEST_MS = 3650 * DAY_MS


class NewToken(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)] = Field(
        description="What it is for."
    )
    role: Literal["ingest", "viewer", "operator", "admin"]
    forMs: int | None = Field(
        default=None,
        ge=MINUTE_MS,
        le=LONGEST_MS,
        description="How long it is valid; else until it is revoked.",
    )


class TokenId(BaseModel):
    id: int = Field(ge=1, le=2**62)


@blueprint.get("")
def list_tokens(query: Page) -> Response:
    """The tokens, newest first, never their text. `lastUsedAt` is right to about a minute."""
    now = utcnow()
    rows = store.read(rows_of, Token, query)
    data = [tokens.document(row, now) for row in rows]
    return success(now, data=data, next=following([row.id for row in rows], query))


@blueprint.post("")
def create_token(body: NewToken) -> Response:
    """Make a token. `token` is its text, shown this once: only a hash of it is kept."""
    now = utcnow()
    row, text = store.write(tokens.made, body.role, body.name, now, lifetime_ms=body.forMs)
    data: dict[str, Any] = {**tokens.document(row, now), "token": text}
    return success(utcnow(), status=201, data=data)


@blueprint.delete("/<int:id>")
def revoke_token(path: TokenId) -> Response:
    """End a token at once, with what is open by it. The one that asks cannot end itself: that locks nobody out."""
    refuse_own(path.id)
    if not store.write(tokens.revoke, path.id, utcnow()):
        abort(404)
    return success(utcnow(), message="The token is revoked")


def refuse_own(token_id: int) -> None:
    principal = current_principal()
    if principal is not None and (principal.kind, principal.id) == ("token", str(token_id)):
        raise Pointed(409, "This is the token that you are using; revoke it with another credential.")
