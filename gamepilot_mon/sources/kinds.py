"""The kinds of events that an app reports, and how each becomes columns of the event table.

Strict at the border: an unknown field, a wrong type or a number out of range is refused, never bent.
"""

from typing import Annotated, Any, Literal, NamedTuple

from msgspec import Meta, Struct

Text = Annotated[str, Meta(min_length=1, max_length=200)]
Statement = Annotated[str, Meta(min_length=1, max_length=2_000)]
LongText = Annotated[str, Meta(max_length=64_000)]
Whole = Annotated[int, Meta(ge=-(2**53), le=2**53)]
Id = Text | Whole
Number = Annotated[float, Meta(ge=-1e300, le=1e300)]
Duration = Annotated[float, Meta(ge=0, le=1e12)]  # ms
Share = Annotated[float, Meta(ge=0, le=1)]
Metadata = dict[str, Any]
Context = str | dict[str, Any] | list[Any]
Labels = Annotated[dict[Text, Annotated[str, Meta(max_length=200)]], Meta(max_length=32)]
Games = Annotated[list[Id | dict[str, Any]], Meta(max_length=1_000)]


class Columns(NamedTuple):
    """What a kind puts into the event row's own columns; the rest goes into data."""

    name: str | None = None
    value: float | None = None
    ok: bool | None = None
    severity: str | None = None
    user: str | None = None


class Reported(
    Struct, tag_field="kind", forbid_unknown_fields=True, kw_only=True, omit_defaults=True, gc=False
):  # from JSON comes nothing that holds itself, which the collector of garbage would have to find
    """What every event may carry. `timestamp` is ISO 8601 or epoch ms; a repeated `id` is counted once."""

    id: Id | None = None
    timestamp: str | float | int | None = None

    def columns(self) -> Columns:
        raise NotImplementedError

    def data(self) -> dict[str, Any]:
        """The fields that have no column of their own, those that were sent."""
        return {}


class Operation(Reported, tag="operation"):
    operation: Text
    duration_ms: Duration
    success: bool
    user_id: Id | None = None
    metadata: Metadata | None = None

    def columns(self) -> Columns:
        return Columns(self.operation, self.duration_ms, self.success, None, text_of(self.user_id))

    def data(self) -> dict[str, Any]:
        return {} if self.metadata is None else {"metadata": self.metadata}


class Error(Reported, tag="error"):
    operation: Text
    error: LongText
    stack_trace: LongText | None = None
    severity: Literal["error", "warning", "critical"] = "error"
    user_id: Id | None = None
    metadata: Metadata | None = None

    def columns(self) -> Columns:
        return Columns(self.operation, severity=self.severity, user=text_of(self.user_id))

    def data(self) -> dict[str, Any]:
        return _sent({"error": self.error, "stack_trace": self.stack_trace, "metadata": self.metadata})


class Query(Reported, tag="query"):
    statement: Statement
    duration_ms: Duration
    metadata: Metadata | None = None

    def columns(self) -> Columns:
        return Columns(self.statement, self.duration_ms)

    def data(self) -> dict[str, Any]:
        return {} if self.metadata is None else {"metadata": self.metadata}


class MoodSelection(Reported, tag="mood_selection"):
    user_id: Id
    primary_mood: Text
    intensity: Share
    secondary_mood: Text | None = None
    session_id: Id | None = None
    context: Context | None = None
    outcomes: Context | None = None

    def columns(self) -> Columns:
        return Columns(self.primary_mood, self.intensity, user=text_of(self.user_id))

    def data(self) -> dict[str, Any]:
        return _sent({
            "secondary_mood": self.secondary_mood, "session_id": self.session_id,
            "context": self.context, "outcomes": self.outcomes,
        })  # fmt: skip


class UserAction(Reported, tag="user_action"):
    user_id: Id
    type: Text
    game_id: Id | None = None
    game_title: Text | None = None
    mood_context: Context | None = None
    session_id: Id | None = None
    metadata: Metadata | None = None

    def columns(self) -> Columns:
        return Columns(self.type, user=text_of(self.user_id))

    def data(self) -> dict[str, Any]:
        return _sent({
            "game_id": self.game_id, "game_title": self.game_title, "mood_context": self.mood_context,
            "session_id": self.session_id, "metadata": self.metadata,
        })  # fmt: skip


class Recommendation(Reported, tag="recommendation"):
    user_id: Id
    mood_context: Context | None
    recommended_games: Games
    clicked_game_id: Id | None = None
    success: bool | None = None
    session_id: Id | None = None
    metadata: Metadata | None = None

    def columns(self) -> Columns:
        return Columns(ok=self.success, user=text_of(self.user_id))

    def data(self) -> dict[str, Any]:
        return _sent({
            "mood_context": self.mood_context, "recommended_games": self.recommended_games,
            "clicked_game_id": self.clicked_game_id, "session_id": self.session_id,
            "metadata": self.metadata,
        })  # fmt: skip


class Learning(Reported, tag="learning"):
    metric_type: Text
    value: Number
    period: Text
    user_id: Id | None = None
    metadata: Metadata | None = None

    def columns(self) -> Columns:
        return Columns(self.metric_type, self.value, user=text_of(self.user_id))

    def data(self) -> dict[str, Any]:
        return _sent({"period": self.period, "metadata": self.metadata})


class Deploy(Reported, tag="deploy"):
    version: Text
    metadata: Metadata | None = None

    def columns(self) -> Columns:
        return Columns(self.version)

    def data(self) -> dict[str, Any]:
        return {} if self.metadata is None else {"metadata": self.metadata}


class Metric(Reported, tag="metric"):
    name: Text
    value: Number
    labels: Labels | None = None

    def columns(self) -> Columns:
        return Columns(self.name, self.value)

    def data(self) -> dict[str, Any]:
        return {} if self.labels is None else {"labels": self.labels}


AnyEvent = (
    Operation | Error | Query | MoodSelection | UserAction | Recommendation | Learning | Deploy | Metric
)


def text_of(value: str | int | None) -> str | None:
    return None if value is None else str(value)


def kind_of(kind: type[Reported]) -> str:
    return str(kind.__struct_config__.tag)


def _sent(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
