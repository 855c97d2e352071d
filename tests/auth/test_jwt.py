import base64
import json
from typing import Any

import jwt as pyjwt
import pytest

from gamepilot_mon.auth import jwt
from gamepilot_mon.auth.jwt import Issuer
from gamepilot_mon.settings import Settings

SECRET = "0123456789abcdef0123456789abcdef"
NOW = 1_800_000_000_000
LATER = NOW // 1000 + 60
ISSUER = Issuer(SECRET, admins=("1",), operators=("2",), viewers=("3", "bob"))


def token(**claims: Any) -> str:
    return pyjwt.encode({"exp": LATER, **claims}, SECRET, algorithm="HS256")


def role_of(text: str, trusted: Issuer = ISSUER) -> str | None:
    principal = jwt.verify(text, trusted, NOW)
    return principal.role if principal else None


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"role": "operator"}, "operator"),
        ({"scope": "openid viewer profile operator"}, "operator"),
        ({"scope": ["ingest"]}, "ingest"),
        ({"role": "player", "scope": "viewer"}, "viewer"),
        ({"role": "player", "sub": "1"}, "admin"),
        ({"userId": "2"}, "operator"),
        ({"userId": 2}, "operator"),
        ({"id": "bob"}, "viewer"),
        ({"sub": "nobody"}, "none"),
        ({"role": ["admin", 5, None]}, "admin"),
        ({"role": {"admin": True}}, "none"),
        ({}, "none"),
    ],
)
def test_it_maps_claims_then_ids_to_a_role(claims: dict[str, Any], role: str) -> None:
    assert role_of(token(**claims)) == role


def test_it_gives_everybody_else_the_default_role() -> None:
    assert role_of(token(sub="9"), Issuer(SECRET, default_role="viewer")) == "viewer"


def test_it_says_whose_it_is_and_when_it_ends() -> None:
    principal = jwt.verify(token(sub="1"), ISSUER, NOW)

    assert principal
    assert (principal.name, principal.kind, principal.id, principal.expires_at) == (
        "1",
        "jwt",
        "1",
        LATER * 1000,
    )


def unsigned(**claims: Any) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts) + "."
    )


@pytest.mark.parametrize(
    "text",
    [
        pyjwt.encode({"exp": LATER, "role": "admin"}, "x" * 32, algorithm="HS256"),
        pyjwt.encode({"exp": LATER, "role": "admin"}, SECRET * 2, algorithm="HS512"),
        pyjwt.encode({"role": "admin"}, SECRET, algorithm="HS256"),
        unsigned(exp=LATER, role="admin"),
        token(role="admin", exp=NOW // 1000),
        token(role="admin", exp=True),
        token(role="admin", nbf=LATER - 1),
        "a.b.c",
        "",
        "é.é.é",
    ],
    ids="other_key other_algorithm no_exp unsigned expired odd_exp not_yet nonsense empty accents".split(),  # noqa: SIM905
)  # fmt: skip
def test_it_believes_nothing_forged_endless_or_out_of_time(text: str) -> None:
    assert jwt.verify(text, ISSUER, NOW) is None


@pytest.mark.parametrize("exp", ["soon", None, [], 1e400])
def test_it_survives_an_expiry_that_is_no_number(exp: Any) -> None:
    assert jwt.verify(token(exp=exp) if exp != 1e400 else _infinite(), ISSUER, NOW) is None


def _infinite() -> str:
    return pyjwt.api_jws.encode(b'{"exp": Infinity, "role": "admin"}', SECRET, algorithm="HS256")


def test_it_is_off_without_a_secret() -> None:
    assert jwt.issuer(Settings.from_env({}, dotenv=None)) is None
