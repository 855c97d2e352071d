"""The list of rules: which of them are meant, a page of them, and what each says now."""

from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from gamepilot_mon import measures, noise, rule_spec, rule_states, runtime_config
from gamepilot_mon.alert_history import Span
from gamepilot_mon.clock import DAY_MS, format_duration, iso
from gamepilot_mon.models import StoredRule
from gamepilot_mon.queries import Watch
from gamepilot_mon.rule_spec import Refused, Spec
from gamepilot_mon.rule_states import State
from gamepilot_mon.rules import Rule, quantity
from gamepilot_mon.settings import Settings

SHOWN = 50
NOISE_DAYS = 7


class Asked(BaseModel):
    """What the filters say."""

    q: str = Field(default="", max_length=200)
    kind: Literal["", "built_in", "threshold", "burn_rate", "rhythm"] = ""
    state: Literal["", "firing", "calm", "off"] = ""
    sort: Literal["name", "noise"] = "name"
    page: int = Field(default=1, ge=1, le=10_000)


class Row:
    """One rule of the list, before it is judged."""

    def __init__(
        self, name: str, title: str, kind: str, said: str, enabled: bool, row: StoredRule | None
    ) -> None:
        self.name, self.title, self.kind, self.said = name, title, kind, said
        self.enabled, self.row = enabled, row

    def is_meant(self, asked: Asked, firing: frozenset[str]) -> bool:
        wanted = asked.q.strip().casefold()
        states = {"firing": self.name in firing, "off": not self.enabled}
        states["calm"] = not any(states.values())
        return (
            (not asked.kind or asked.kind == self.kind)
            and (not asked.state or states[asked.state])
            and (not wanted or wanted in f"{self.name} {self.title} {self.said}".casefold())
        )


def build(settings: Settings, asked: Asked, now: int) -> dict[str, Any]:
    config = runtime_config.current(settings).config
    loud = {
        one.type: one for one in noise.by_rule(Span(now + 1 - NOISE_DAYS * DAY_MS, now + 1), ZoneInfo("UTC"))
    }
    built_in = measures.rules(config)
    everything = [*(_built_in(rule) for rule in built_in.values()), *map(_stored, StoredRule.ordered())]
    firing = frozenset(
        name
        for name, alerts in rule_states.open_alerts().items()
        if any(a.status != "pending" for a in alerts)
    )
    meant = [row for row in everything if row.is_meant(asked, firing)]
    if asked.sort == "noise":
        meant.sort(key=lambda row: -(loud[row.name].pages if row.name in loud else 0))
    pages = max(1, -(-len(meant) // SHOWN))
    page = min(asked.page, pages)
    shown = meant[(page - 1) * SHOWN : page * SHOWN]
    specs = {row.name: _spec(row.row) for row in shown if row.row is not None}
    watches = [spec.watch(name) for name, spec in specs.items() if spec and spec.enabled]
    spans = (settings.window_fast_ms, settings.window_slow_ms)
    states = rule_states.of([row.name for row in shown], config, spans, watches, now)
    return {
        "rows": [
            _document(row, built_in.get(row.name), specs.get(row.name), states[row.name], loud.get(row.name), spans)
            for row in shown
        ],
        "asked": asked, "page": page, "pages": pages, "meant": len(meant), "all": len(everything),
        "own": len(everything) - len(built_in), "noise_days": NOISE_DAYS,
    }  # fmt: skip


def _built_in(rule: Rule) -> Row:
    return Row(rule.type, rule.title, "built_in", "", True, None)


def _stored(row: StoredRule) -> Row:
    spec = row.spec if isinstance(row.spec, dict) else {}
    kind = str(spec.get("kind", "threshold"))
    said = f"{spec.get('metric', '')} {spec.get('total', '')}"
    return Row(
        row.name, str(spec.get("description") or ""), kind, said, spec.get("enabled", True) is True, row
    )


def _spec(row: StoredRule) -> Spec | None:
    """None for what another release wrote and is no rule any more."""
    try:
        return rule_spec.parse(row.spec)
    except Refused:
        return None


def _document(
    row: Row, built_in: Rule | None, spec: Spec | None, state: State, loud: noise.Noise | None,
    spans: tuple[int, int],
) -> dict[str, Any]:  # fmt: skip
    rule = built_in or (spec.rule(row.name) if spec else None)
    return {
        "name": row.name, "title": row.title, "kind": row.kind, "enabled": row.enabled,
        "is_broken": rule is None, "state": state.word, "severity": state.severity,
        "value": state.value if rule and rule.unit != "state" else None,
        "reason": state.verdict.message if state.verdict else None,
        "targets": state.targets, "open_alerts": state.open_alerts,
        "last_fired": iso(state.last_fired) if state.last_fired is not None else None,
        "rungs": _rungs(rule) if rule else [], "windows": _windows(rule, spec.watch(row.name) if spec else None, spans),
        "pages": loud.pages if loud else 0, "at_night": loud.at_night if loud else 0,
    }  # fmt: skip


def _rungs(rule: Rule) -> list[dict[str, str]]:
    """The thresholds in words; none for what has no degrees."""
    if rule.unit == "state" or rule.type == "critical_error":
        return []
    found = rule.rungs or sorted({(pair.severity, pair.factor) for pair in rule.pairs})
    return [
        {"severity": severity, "text": f"{rule.operator} {quantity(rule.unit, value)}"}
        for severity, value in reversed(found)
    ]


def _windows(rule: Rule | None, watch: Watch | None, spans: tuple[int, int]) -> str:
    if rule is None or rule.unit == "state":
        return ""
    return ", ".join(format_duration(span) for span in (watch.spans if watch else spans))
