"""What a rule would have said at a moment in the past, target by target, clause by clause.

Read from the rollups and observations that are kept, so exact to the bucket: ten seconds within the last two hours, a
minute within two days, else five. What arrived late is counted here, although nobody knew it then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from gamepilot_mon import rollups, windows
from gamepilot_mon.clock import format_duration
from gamepilot_mon.models import Check, Observation
from gamepilot_mon.moods import rhythms
from gamepilot_mon.moods.tallies import PULSE_MS
from gamepilot_mon.probes import CONFIRMED, is_certain
from gamepilot_mon.queries import Watch
from gamepilot_mon.rules import LOUDEST, RANK, Outcome, Rule, Verdict, Window, evaluate

LABELS = {
    "critical_error": "operation",
    "system_down": "check",
}  # what tells the targets of single facts apart


@dataclass(frozen=True, slots=True)
class Clause:
    """One window (or pair of them) against the rule; `reason` is its outcome in words."""

    outcome: Outcome
    reason: str
    window: Window | None = None
    since: int | None = None
    until: int | None = None
    severity: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """`labels` are its identity; an alert shows those `beside` them too."""

    labels: dict[str, str] = field(default_factory=dict)
    clauses: list[Clause] = field(default_factory=list)
    pending: bool = False  # breached, but not confirmed then
    beside: Mapping[str, str] = field(default_factory=dict)

    @property
    def outcome(self) -> Outcome:
        """As evaluate(): breached when any clause is, without data when none says anything."""
        said = {clause.outcome for clause in self.clauses}
        return next((outcome for outcome in LOUDEST if outcome in said), Outcome.NO_DATA)

    @property
    def severity(self) -> str | None:
        ranks = [clause.severity for clause in self.clauses if clause.severity]
        return max(ranks, key=lambda severity: RANK[severity], default=None)


def name_of(type_: str, label: str) -> str:
    """`operation=payment` or `payment` -> `payment`."""
    name, equals, value = label.partition("=")
    return value if equals and name == LABELS.get(type_) else label


def of_watch(watch: Watch, at: int, now: int, label: str | None = None) -> list[Target]:
    """The targets of `watch` at `at`, or those with `label` (`queue=mail` or `mail`).

    Raises LookupError past what is kept.
    """
    if watch.rhythm is not None:
        rule, window = rhythms.seen(watch, at)
        pulses = [(PULSE_MS, at - at % PULSE_MS - window.span_ms, at - at % PULSE_MS)]
        return [Target({}, _clauses(rule, [window], {window.span_ms: pulses}), beside=watch.labels)]
    parts = {span: rollups.past_spans(span, at, now) for span in watch.spans}
    return [
        Target(seen.target, _clauses(watch.rule, seen.windows, parts), beside=watch.labels)
        for seen in windows.seen([watch], at, parts.__getitem__)
        if label is None or not watch.query.by or _is_named(seen.target, label)
    ]


def _is_named(labels: Mapping[str, str], label: str) -> bool:
    name, equals, value = label.partition("=")
    return labels[name] == value if equals and name in labels else label in labels.values()


def of_facts(
    rule: Rule, spans: Sequence[int], at: int, now: int, label: str | None = None
) -> list[Target]:  # fmt: skip
    """As of_watch(), of the two rules in which each fact counts."""
    only = None if label is None else name_of(rule.type, label)
    if rule.type == "system_down":
        return [_check(check, at) for check in Check.ordered() if only in (None, check.name)]
    return _critical(rule, {span: rollups.past_spans(span, at, now) for span in spans}, only)


def _critical(rule: Rule, parts: dict[int, rollups.Parts], only: str | None) -> list[Target]:
    by_span = {span: rollups.over_by_label("critical_errors", p) for span, p in parts.items()}
    names = {name for found in by_span.values() for name in found} | ({only} if only is not None else set())
    found = []
    for name in sorted(names if only is None else {only}):
        counts = {span: buckets[name].count if name in buckets else 0 for span, buckets in by_span.items()}
        seen = [Window(span, count, float(count)) for span, count in counts.items()]
        found.append(Target({"operation": name}, _clauses(rule, seen, parts)))
    return found


def _clauses(rule: Rule, seen: Sequence[Window], parts: Mapping[int, rollups.Parts]) -> list[Clause]:
    by_span = {window.span_ms: window for window in seen}
    whole = evaluate(rule, seen)
    if (
        whole.window_ms and whole.outcome is Outcome.BREACHED and whole.value is None
    ):  # the silence is the breach
        return [_clause(rule, by_span[whole.window_ms], whole, parts)]
    if not rule.pairs:
        return [_clause(rule, window, evaluate(rule, [window]), parts) for window in seen]
    found = []
    for pair in rule.pairs:
        alone = replace(rule, pairs=(pair,), no_data="ignore")
        found.append(_clause(alone, by_span[pair.long_ms], evaluate(alone, seen), parts))
    return found


def _clause(rule: Rule, window: Window, verdict: Verdict, parts: Mapping[int, rollups.Parts]) -> Clause:
    first, last = parts[window.span_ms][0], parts[window.span_ms][-1]
    until = -(-last[2] // last[0]) * last[0]
    return Clause(verdict.outcome, verdict.message, window, first[1], until, verdict.severity)


def _check(check: Check, at: int) -> Target:
    """What its last observation before `at` said."""
    labels = {"check": check.name}
    if not check.alerting:
        return Target(labels, [Clause(Outcome.NO_DATA, f"{check.name} is only looked at; it does not alert")])
    rows = Observation.select().where((Observation.check_id == check.id) & (Observation.at <= at))
    last = list(rows.order_by(Observation.at.desc()).limit(CONFIRMED))
    if not last:
        return Target(
            labels, [Clause(Outcome.NO_DATA, f"{check.name} had not been observed, or no longer kept")]
        )
    newest = last[0]
    seen = f"{check.name} was {newest.state} {format_duration(at - newest.at)} before"
    if newest.state != "down":
        outcome = Outcome.HEALTHY if newest.state == "up" else Outcome.NO_DATA
        return Target(labels, [Clause(outcome, seen)])
    confirmed = is_certain(sum(one.state == "down" for one in last), newest.data)
    text = f"{seen}: {newest.error or 'no answer'}"
    return Target(labels, [Clause(Outcome.BREACHED, text, severity="critical")], pending=not confirmed)
