"""Random lives of a check and of a custom alert over the real store: nothing that is owed gets lost."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gamepilot_mon import (
    alerts,
    checks,
    db,
    evaluation,
    maintenance,
    owing,
    rollups,
    runtime_config,
    silences,
)
from gamepilot_mon.clock import MINUTE_MS
from gamepilot_mon.custom_alert import CustomAlert, raise_alert
from gamepilot_mon.models import Alert, Check, Notification
from gamepilot_mon.mutes import Matcher
from gamepilot_mon.probes import Reading
from gamepilot_mon.rules import RANK
from gamepilot_mon.settings import Settings

START = 1_790_000_000_000
COOLDOWN = 5 * MINUTE_MS
CUSTOM = "drill"
TYPES = st.sampled_from(["system_down", CUSTOM])


class Lifecycle(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        url = f"sqlite:///{Path(self.folder.name)}/mon.db"
        self.settings = Settings.from_env(
            {
                "GAMEPILOT_MON_DATABASE_URL": url,
                "SLACK_ENABLED": "true",
                "SLACK_WEBHOOK_URL": "http://127.0.0.1:9/hook",
            },
            dotenv=None,
        )
        db.open_database(url)
        db.database.execute_sql("PRAGMA synchronous = off")
        self.now = START
        self.fresh = False  # evaluated since the last change
        with db.write():
            router = self._check("router")
            self._check("API", router.id)

    def _check(self, name: str, behind: int | None = None) -> Check:
        made: Check = Check.create(
            name=name, kind="http", spec={}, interval_ms=30_000, origin="user", created_at=START,
            depends_on=behind,
        )  # fmt: skip
        return made

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            db.database.close()
            self.folder.cleanup()

    @rule(minutes=st.sampled_from([0, 1, 2, 5, 11, 60, 300]))
    def evaluate(self, minutes: int) -> None:
        self.now += minutes * MINUTE_MS
        with db.write():
            rollups.fold(self.settings.slow_ms, self.now)
        evaluation.evaluate(self.settings, self.now)
        self.fresh = True

    @rule(name=st.sampled_from(["router", "API"]), state=st.sampled_from(["up", "down", "unknown"]))
    def observe(self, name: str, state: str) -> None:
        with db.write():
            checks.record(Check.get(Check.name == name), Reading(state), self.now)
        self.fresh = False

    @rule(name=st.sampled_from(["router", "API"]))
    def flap(self, name: str) -> None:
        for state in ("down", "up") * 4 + ("down",):
            for _ in range(2 if state == "down" else 1):
                self.observe(name, state)
            self.evaluate(1)

    @rule()
    def all_that_fires_is_told_in_the_end(self) -> None:
        self.end_all_mutes()
        self.evaluate(0)
        self.evaluate(20)
        said = self._messages()
        for alert in Alert.open():
            if alert.status != "pending" and not self._muted(alert):
                assert alert.id in said, "an alert that fires was told to nobody"

    @rule(severity=st.sampled_from(["info", "warning", "critical"]))
    def raise_custom(self, severity: str) -> None:
        wanted = CustomAlert.model_validate(
            {"type": CUSTOM, "severity": severity, "message": "x", "labels": {"a": "b"}}
        )
        with db.write():
            raise_alert(self.settings, wanted, self.now)

    @precondition(lambda self: Alert.select().where(Alert.status == "firing").exists())
    @rule(data=st.data(), minutes=st.sampled_from([None, 1, 30]))
    def acknowledge(self, data: st.DataObject, minutes: int | None) -> None:
        firing = list(Alert.select().where(Alert.status == "firing").order_by(Alert.id))
        until = self.now + minutes * MINUTE_MS if minutes else None
        with db.write():
            alerts.acknowledge(data.draw(st.sampled_from(firing)), "ada", None, until, self.now)
        self.fresh = False

    @rule()
    def take_back(self) -> None:
        with db.write():
            for alert in Alert.select().where(Alert.status == "acknowledged"):
                alerts.unacknowledge(alert, self.now)
        self.fresh = False

    @rule()
    def close_custom(self) -> None:
        with db.write():
            for alert in Alert.open():
                if alert.origin == "custom":
                    alerts.close(alert, self.now)
                    owing.notify(self.settings, self._config(), alert, self.now)

    @rule(type_=TYPES, minutes=st.sampled_from([1, 30]))
    def silence(self, type_: str, minutes: int) -> None:
        with db.write():
            silences.add(
                [Matcher("type", "=", type_)], self.now, self.now + minutes * MINUTE_MS, "ada", "x", self.now
            )
        self.fresh = False

    @rule(minutes=st.sampled_from([2, 20]))
    def maintain(self, minutes: int) -> None:
        with db.write():
            maintenance.add([], self.now, None, minutes * MINUTE_MS, "ada", "x", self.now)
        self.fresh = False

    @rule()
    def end_all_mutes(self) -> None:
        with db.write():
            for number in range(1, 30):
                silences.expire(number, self.now)
                maintenance.expire(number, self.now)
        self.fresh = False

    def _config(self):  # type: ignore[no-untyped-def]
        return runtime_config.current(self.settings).config

    def _messages(self) -> dict[int | None, list[str]]:
        """By alert, what was said about it, in order."""
        said: dict[int | None, list[str]] = {}
        for row in Notification.select(Notification.alert_id, Notification.change).order_by(Notification.id):
            said.setdefault(row.alert_id, []).append(row.change)
        return said

    def _muted(self, alert: Alert) -> bool:
        """As a person would say it, in other words than the product's."""
        spans = [*silences.holding(self.now), *maintenance.holding(self.now)]
        types = [{m.value for m in span.matchers} for span in spans]
        if any(not values or alert.type in values for values in types):
            return True
        router_down = Alert.select().where(
            (Alert.type == "system_down") & Alert.ended_at.is_null() & (Alert.labels == {"check": "router"})
        )
        return alert.labels == {"check": "API"} and bool(router_down.exists())

    @invariant()
    def who_heard_of_the_start_heard_of_the_end(self) -> None:
        if not hasattr(self, "settings"):
            return
        said = self._messages()
        for alert in Alert.select():
            changes = said.get(alert.id, [])
            if alert.status == "resolved" and changes:
                assert changes[-1] == "resolved" and changes.count("resolved") == 1
            if alert.status != "resolved":
                assert "resolved" not in changes

    @invariant()
    def nobody_is_paged_twice_in_a_cooldown_but_for_worse(self) -> None:
        if not hasattr(self, "settings"):
            return
        pages: dict[str, Notification] = {}
        for message in (
            Notification.select().where(Notification.change != "resolved").order_by(Notification.id)
        ):
            before = pages.get(message.fingerprint)
            if before and message.created_at - before.created_at < COOLDOWN:
                assert RANK[message.severity] > RANK[before.severity]
            pages[message.fingerprint] = message

    @invariant()
    def the_worse_is_told_at_once_unless_muted(self) -> None:
        if not hasattr(self, "settings") or not self.fresh:
            return
        for alert in Alert.open():
            if alert.status == "pending" or self._muted(alert):
                continue
            newest = (
                Notification.select()
                .where((Notification.fingerprint == alert.fingerprint) & (Notification.change != "resolved"))
                .order_by(Notification.id.desc())
                .first()
            )
            assert newest is not None
            assert RANK[newest.severity] >= RANK[alert.severity]


Lifecycle.TestCase.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestLifecycle = Lifecycle.TestCase
