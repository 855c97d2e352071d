"""What was just done to many alerts, as the address of the next page carries it: signed, and good for a while.

So the notice with its way back needs neither a script nor anything kept on the server.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

GOOD_FOR_S = 600

Kind = Literal["acknowledged", "silenced", "given_back", "undone"]


@dataclass(frozen=True, slots=True)
class Deed:
    """`ids` are alerts, of a silencing its silences; `at` is when, epoch ms; `left` were passed over."""

    kind: Kind
    ids: Sequence[int] = field(default_factory=list)
    count: int = 0
    at: int = 0
    left: int = 0

    @property
    def undoable(self) -> bool:
        return self.kind in ("acknowledged", "silenced") and bool(self.ids)


def sign(deed: Deed) -> str:
    return str(_serializer().dumps(asdict(deed)))


def read(text: str | None) -> Deed | None:
    """None for what was not signed here, or longer ago than one would want to undo it."""
    if not text:
        return None
    try:
        return Deed(**_serializer().loads(text, max_age=GOOD_FOR_S))
    except BadSignature:
        return None


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key, salt="deed")  # type: ignore[arg-type]
