"""The allowance of whoever sends a request, for every door that takes events."""

import time
from collections.abc import Sequence

from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.models import SourceExcess, SourceSeries
from gamepilot_mon.sources.allowance import LIMIT, Allowance, Judged
from gamepilot_mon.sources.intake import Row
from gamepilot_mon.web import store
from gamepilot_mon.web.metrics import events_beyond

SOURCES_MAX = 1_000
REPORTED_S = 10.0
BEYOND = f"is a new series, and this sender has {LIMIT}; see the series limit in the documentation"

_allowances: dict[str, Allowance] = {}
_waiting: dict[str, int] = {}  # events beyond the limit that are not stored yet
_reported: dict[str, float] = {}


def judge(rows: Sequence[Row], principal: Principal | None, now: int) -> Judged:
    """What of `rows` this sender may add, with its new series stored."""
    source = f"{principal.kind}:{principal.id}" if principal else "nobody"
    name = principal.name if principal else "nobody"
    judged = _allowance(source).judge(rows, now)
    if judged.seen:
        store.write_bulk(SourceSeries.remember, source, judged.seen, now)
    if judged.excess:
        events_beyond.add(name, judged.excess)
        _report(source, name, judged.excess, now)
    return judged


def _allowance(source: str) -> Allowance:
    if source not in _allowances:
        if len(_allowances) >= SOURCES_MAX:
            _allowances.clear()
        found = Allowance(store.read(SourceSeries.of, source))
        _allowances.setdefault(source, found)  # another request may have been quicker
    return _allowances[source]


def _report(source: str, name: str, excess: int, now: int) -> None:
    """For the alert; stored every few seconds at most."""
    _waiting[source] = _waiting.get(source, 0) + excess
    if time.monotonic() - _reported.get(source, -REPORTED_S) < REPORTED_S:
        return
    _reported[source] = time.monotonic()
    store.write_bulk(SourceExcess.add, source, name, _waiting.pop(source), now)
