"""Random lives of one alert through the pure decisions alone: what transition() and owed() promise, held to it.

No store, so that thousands of steps cost nothing: what would be rows are the fields here, and a restart is to forget
all but them. Beside the wall clock, which may jump, runs a true one, which the product cannot see.
"""

import itertools
from dataclasses import asdict, dataclass, replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gamepilot_mon import alerts, paging
from gamepilot_mon.alerts import Current, Patience
from gamepilot_mon.clock import HOUR_MS, MINUTE_MS, SECOND_MS
from gamepilot_mon.mutes import Span, muted
from gamepilot_mon.paging import Send, Standing, Told
from gamepilot_mon.rules import RANK, Outcome, Verdict

START = 1_790_000_000_000
SEVERITIES = st.sampled_from(["warning", "critical"])


@dataclass(frozen=True)
class Message:
    """`at` by the wall clock; `cooldown_ms` was in force then."""

    alert_id: int
    change: str
    severity: str
    at: int
    cooldown_ms: int


class AlertMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.true = 0  # elapsed ms
        self.jumped_ahead_at = -1  # by the true clock
        self.cooldown_ms, self.repeat_ms = 5 * MINUTE_MS, 4 * HOUR_MS
        self.patience = Patience()
        self.alert: Current | None = None
        self.alert_id = 0
        self.acknowledged_until: int | None = None
        self.silences: list[Span] = []
        self.last: Told | None = None
        self.last_page: Told | None = None
        self.said: list[Message] = []
        self.breached_since: int | None = None  # by the true clock, as far as anybody looked
        self.well_since: int | None = None
        self.ended: list[int] = []
        self.asked = False  # what is owed, since the clock last moved

    @initialize(
        for_=st.sampled_from([0, MINUTE_MS, 6 * MINUTE_MS]), clear=st.sampled_from([0, 2 * MINUTE_MS])
    )
    def a_rule_is_written(self, for_: int, clear: int) -> None:
        self.patience = Patience(for_, clear)

    # what happens

    @rule(
        ms=st.sampled_from([SECOND_MS, 30 * SECOND_MS, MINUTE_MS, 3 * MINUTE_MS, 7 * MINUTE_MS, 5 * HOUR_MS])
    )
    def time_passes(self, ms: int) -> None:
        self.now += ms
        self.true += ms
        self.asked = False

    @rule(ms=st.sampled_from([-2 * HOUR_MS, -MINUTE_MS, -1, MINUTE_MS, 2 * HOUR_MS]))
    def the_clock_jumps(self, ms: int) -> None:
        self.now += ms
        self.asked = False
        if ms > 0:
            self.jumped_ahead_at = self.true

    @rule(severity=SEVERITIES, evidence=st.booleans(), value=st.integers(1, 3))
    def it_is_breached(self, severity: str, evidence: bool, value: int) -> None:
        self.well_since = None
        self.breached_since = self.true if self.breached_since is None else self.breached_since
        seen = self.now if evidence else None
        self.judge(Verdict(Outcome.BREACHED, "bad", severity, float(value), 1.0, evidence_at=seen))
        assert self.alert
        assert self.alert.status == "pending" or self.alert.severity == severity, (
            "the ladder waits for nothing"
        )

    @rule()
    def it_is_well(self) -> None:
        self.breached_since = None
        self.well_since = self.true if self.well_since is None else self.well_since
        self.judge(Verdict(Outcome.HEALTHY, "well", value=0.0))

    @rule()
    def it_lingers(self) -> None:
        self.breached_since = self.well_since = None
        self.judge(Verdict(Outcome.LINGERING, "not clear", value=0.5))

    @rule()
    def nothing_is_known(self) -> None:
        self.judge(Verdict(Outcome.NO_DATA, "no data"))

    @rule(for_=st.sampled_from([0, 3 * MINUTE_MS]), clear=st.sampled_from([0, 7 * MINUTE_MS]))
    def somebody_changes_the_rule(self, for_: int, clear: int) -> None:
        self.patience = Patience(for_, clear)

    @rule(
        cooldown=st.sampled_from([0, MINUTE_MS, 5 * MINUTE_MS, HOUR_MS]),
        repeat=st.sampled_from([0, MINUTE_MS, 4 * HOUR_MS]),
    )
    def somebody_changes_the_configuration(self, cooldown: int, repeat: int) -> None:
        self.cooldown_ms, self.repeat_ms = cooldown, repeat
        self.tell()

    @precondition(lambda self: self.alert is not None and self.alert.status == "firing")
    @rule(minutes=st.sampled_from([None, 1, 30]))
    def somebody_acknowledges(self, minutes: int | None) -> None:
        assert self.alert
        self.alert = replace(self.alert, status="acknowledged", changed_at=self.now)
        self.acknowledged_until = self.now + minutes * MINUTE_MS if minutes else None
        self.tell()

    @precondition(lambda self: self.alert is not None and self.alert.status == "acknowledged")
    @rule()
    def somebody_gives_it_back(self) -> None:
        assert self.alert
        self.alert = replace(self.alert, status="firing", changed_at=self.now)
        self.tell()

    @rule(minutes=st.sampled_from([1, 10, 300]))
    def somebody_silences(self, minutes: int) -> None:
        self.silences.append(Span(1, (), self.now, self.now + minutes * MINUTE_MS, "ada", "deploy"))
        self.tell()

    @rule()
    def the_silences_end(self) -> None:
        self.silences.clear()
        self.tell()

    @rule()
    def it_restarts(self) -> None:
        """What is kept is what the tables hold; then everything is asked again."""
        self.alert = self.alert and Current(**asdict(self.alert))
        self.last, self.last_page = (told and Told(**asdict(told)) for told in (self.last, self.last_page))
        before = len(self.said)
        self.tell()
        self.tell()
        repeats = [m for m in self.said[before:] if m.change == "firing"]
        assert len(repeats) <= 1, "a start was told twice after a restart"

    # what must come of it

    @rule(severity=SEVERITIES)
    def a_lasting_breach_fires(self, severity: str) -> None:
        new, wait = self.alert is None, self.patience.for_ms
        self.it_is_breached(severity, False, 1)
        if new and wait:
            self.time_passes(wait - SECOND_MS)
            self.it_is_breached(severity, False, 1)
            assert self.alert and self.alert.status == "pending", "it fired too early"
        self.time_passes(wait)
        self.it_is_breached(severity, False, 2)
        assert self.alert and self.alert.status != "pending"

    @rule()
    def lasting_health_ends_it(self) -> None:
        self.it_is_well()
        self.time_passes(self.patience.clear_for_ms)
        self.it_is_well()
        assert self.alert is None

    @precondition(lambda self: self.alert is not None and self.alert.waiting_since is not None)
    @rule(severity=SEVERITIES)
    def a_clock_set_back_costs_one_wait(self, severity: str) -> None:
        assert self.alert
        self.the_clock_jumps(-2 * HOUR_MS)
        if self.alert.status == "pending":
            self.a_lasting_breach_fires(severity)
        else:
            self.lasting_health_ends_it()

    @precondition(lambda self: self.patience.clear_for_ms > 0)
    @rule(severity=SEVERITIES, lingers=st.booleans())
    def health_that_is_broken_begins_anew(self, severity: str, lingers: bool) -> None:
        self.a_lasting_breach_fires(severity)
        self.it_is_well()
        self.time_passes(self.patience.clear_for_ms - SECOND_MS)
        if lingers:
            self.it_lingers()
        else:
            self.it_is_breached(severity, False, 1)
        self.time_passes(SECOND_MS)
        self.it_is_well()
        assert self.alert, "it ended although it had not been well for long enough"

    @precondition(lambda self: self.alert is not None and self.alert.status == "firing")
    @rule()
    def what_fires_is_told_in_the_end(self) -> None:
        self.silences.clear()
        newest = max([self.now, *(message.at for message in self.said)])
        self.time_passes(newest - self.now + self.cooldown_ms)
        self.tell()
        assert self.said and self.said[-1].alert_id == self.alert_id

    @invariant()
    def an_end_is_told_once_to_who_heard_of_the_start(self) -> None:
        for number in self.ended:
            changes = [message.change for message in self.said if message.alert_id == number]
            assert not changes or (changes[-1] == "resolved" and changes.count("resolved") == 1)
        if self.alert:
            assert "resolved" not in [m.change for m in self.said if m.alert_id == self.alert_id]

    @invariant()
    def nobody_is_paged_twice_in_a_cooldown_but_for_worse(self) -> None:
        pages = [message for message in self.said if message.change != "resolved"]
        for before, page in itertools.pairwise(pages):
            if page.at - before.at < page.cooldown_ms:
                assert RANK[page.severity] > RANK[before.severity]

    @invariant()
    def the_worse_is_told_at_once(self) -> None:
        if not self.asked or self.alert is None or self.alert.status == "pending" or self.mute():
            return
        told = [message for message in self.said if message.change != "resolved"]
        assert told and RANK[told[-1].severity] >= RANK[self.alert.severity]

    # the product's part, as evaluation does it

    def judge(self, verdict: Verdict) -> None:
        until = self.acknowledged_until
        if self.alert and self.alert.status == "acknowledged" and until is not None and until <= self.now:
            self.alert = replace(self.alert, status="firing", changed_at=self.now)
        before = self.alert
        change = alerts.transition(before, verdict, self.now, patience=self.patience)
        if change is not None:
            self.look_at(before, change.status)
            self.become(change, verdict)
        self.tell()
        if self.alert and self.alert.status == "resolved":
            self.ended.append(self.alert_id)
            self.alert = None

    def become(self, change: alerts.Change, verdict: Verdict) -> None:
        if self.alert is None:
            self.alert_id += 1
            self.alert = Current(change.status, change.severity, None, None, self.now)
        kept: dict[str, Any] = {"value": self.alert.value, "evidence_at": self.alert.evidence_at}
        if verdict.outcome is Outcome.BREACHED:
            kept = {"value": verdict.value, "evidence_at": verdict.evidence_at}
        self.alert = Current(
            change.status, change.severity, changed_at=self.now, waiting_since=change.waiting_since, **kept
        )

    def look_at(self, before: Current | None, status: str) -> None:
        """Nothing fires or ends before its time, by the true clock as long as the other did not jump ahead."""
        pending = before is None or before.status == "pending"
        if pending and status == "firing":
            assert self.breached_since is not None
            if self.jumped_ahead_at < self.breached_since:
                assert self.true - self.breached_since >= self.patience.for_ms, "it fired too early"
        if not pending and status == "resolved":
            assert self.well_since is not None
            if self.jumped_ahead_at < self.well_since:
                assert self.true - self.well_since >= self.patience.clear_for_ms, "it ended too early"

    def tell(self) -> None:
        self.asked = True
        if self.alert is None:
            return
        standing = Standing(self.alert_id, self.alert.status, self.alert.severity, self.alert.evidence_at)
        owed = paging.owed(
            standing, self.last, self.last_page, self.now, self.cooldown_ms, self.repeat_ms
        )  # fmt: skip
        decision = paging.through(owed, standing, self.last_page, self.mute())
        if not isinstance(decision, Send):
            return
        self.last = Told(self.alert_id, decision.change, standing.severity, self.now)
        self.last_page = self.last if decision.change != "resolved" else self.last_page
        self.said.append(
            Message(self.alert_id, decision.change, standing.severity, self.now, self.cooldown_ms)
        )

    def mute(self) -> Any:
        return muted({"type": "x"}, self.silences, self.now)


AlertMachine.TestCase.settings = settings(max_examples=400, stateful_step_count=50, deadline=None)
TestAlertMachine = AlertMachine.TestCase
