"""Routes in the runtime configuration: what is refused where, and what becomes of the rest."""

from typing import Any

import pytest

from gamepilot_mon import runtime_config
from gamepilot_mon.clock import HOUR_MS, MINUTE_MS
from gamepilot_mon.during import During
from gamepilot_mon.escalation import Route, Step
from gamepilot_mon.mutes import Matcher
from gamepilot_mon.runtime_config import Problem
from gamepilot_mon.runtime_config.documents import merge
from gamepilot_mon.runtime_config.parsing import parse
from gamepilot_mon.settings import Settings

NIGHT = {"zone": "Europe/Berlin", "days": ["mon", "fri"], "from": "22:00", "to": "06:00"}


def parsed(settings: Settings, *routes: Any) -> tuple[Route, ...]:
    return parse(merge(runtime_config.defaults(settings), {"routes": list(routes)})).routing


def test_it_reads_a_route_with_everything(settings: Settings) -> None:
    [found] = parsed(
        settings,
        {
            "name": "payments", "matchers": [{"name": "operation", "operator": "=~", "value": "pay.*"}],
            "channels": ["slack"], "steps": [{"after": "10m", "channels": ["email"], "during": NIGHT}],
            "repeat": "1h", "continue": True,
        },
    )  # fmt: skip
    hours = During("Europe/Berlin", frozenset({"mon", "fri"}), 22 * 60, 6 * 60)
    assert found == Route(
        "route 1 (payments)", (Step(0, ("slack",)), Step(10 * MINUTE_MS, ("email",), hours)),
        (Matcher("operation", "=~", "pay.*"),), repeat_ms=HOUR_MS, goes_on=True,
    )  # fmt: skip


def test_it_numbers_the_routes_in_their_order(settings: Settings) -> None:
    assert [r.name for r in parsed(settings, {"channels": ["slack"]}, {"channels": []})] == [
        "route 1",
        "route 2",
    ]


REFUSED: list[tuple[Any, str, str]] = [
    ({}, "/routes/0", "needs channels or steps"),
    ({"channels": ["pager"]}, "/routes/0/channels/0", "there is no channel pager"),
    ({"steps": [{"channels": ["slack", "x"]}]}, "/routes/0/steps/0/channels/1", "there is no channel x"),
    ({"steps": [{"after": "soon", "channels": ["slack"]}]}, "/routes/0/steps/0/after", "not a duration"),
    ({"steps": [{"after": "8d", "channels": ["slack"]}]}, "/routes/0/steps/0/after", "a week at most"),
    ({"steps": [{"after": "1m", "channels": []}]}, "/routes/0/steps/0/channels", "at least 1 item"),
    ({"channels": ["slack"], "during": {**NIGHT, "zone": "Mars/Base"}}, "/routes/0/during/zone", "IANA"),
    ({"channels": ["slack"], "during": {**NIGHT, "zone": "../../etc/passwd"}}, "/routes/0/during/zone", "IANA"),
    ({"channels": ["slack"], "during": {**NIGHT, "days": ["someday"]}}, "/routes/0/during/days/0", "mon"),
    ({"channels": ["slack"], "during": {**NIGHT, "from": "9"}}, "/routes/0/during/from", "time of day"),
    ({"channels": ["slack"], "during": {**NIGHT, "to": "22:00"}}, "/routes/0/during", "the same"),
    ({"channels": ["slack"], "matchers": [{"name": "a", "operator": "=~", "value": "(?=a)"}]},
     "/routes/0/matchers/0", "is not a pattern"),
    ({"channels": ["slack"], "repeat": "often"}, "/routes/0/repeat", "not a duration"),
    ({"channels": ["slack"], "colour": "red"}, "/routes/0/colour", "not a known member"),
]  # fmt: skip


@pytest.mark.parametrize(("route", "pointer", "words"), REFUSED)
def test_it_refuses_at_the_field(settings: Settings, route: Any, pointer: str, words: str) -> None:
    with pytest.raises(Problem) as problem:
        parsed(settings, route)
    found = dict(problem.value.errors)
    assert words in found[pointer], found
