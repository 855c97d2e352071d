import pytest

from gamepilot_mon.clock import iso
from gamepilot_mon.simulator.scenarios import UnknownScenario
from gamepilot_mon.simulator.stage import Stage

START = 1_790_000_000_000


def test_it_stamps_events_with_the_time_at_which_they_are_told():
    stage = Stage("calm", 1, 1.0, START)
    now = START + 999_000
    events = list(stage.events(10_000, 12_000, now))
    assert events
    assert all(iso(now - 2_000) <= event["timestamp"] <= iso(now) for event in events)


def test_it_plays_ten_times_as_much_at_ten_times_the_speed():
    normal = list(Stage("calm", 1, 1.0, START).events(0, 60_000, START + 60_000))
    fast = list(Stage("calm", 1, 10.0, START).events(0, 6_000, START + 6_000))
    assert len(fast) == len(normal)
    assert fast[-1]["timestamp"] <= iso(START + 6_000)
    assert [event["kind"] for event in fast] == [event["kind"] for event in normal]


@pytest.mark.parametrize(("speed", "elapsed"), [(1.0, 10_000), (10.0, 1_000), (0.5, 20_000)])
def test_it_goes_through_the_phases_at_its_speed(speed, elapsed):
    stage = Stage("error-spike", 1, speed, START)
    assert stage.phase(elapsed - 100).name == "lull"
    assert stage.phase(elapsed).name == "spike"


def test_it_never_uses_an_id_twice():
    stage = Stage("error-spike", 1, 1.0, START)
    ids = [event["id"] for event in stage.events(0, 60_000, START + 60_000)]
    for elapsed in (60_000, 60_300, 60_600):
        stage.switch("error-spike", elapsed)
        ids += [event["id"] for event in stage.events(elapsed, elapsed + 30_000, START + elapsed + 30_000)]
    other_run = Stage("error-spike", 1, 1.0, START + 30_000)
    ids += [event["id"] for event in other_run.events(0, 60_000, START + 90_000)]
    assert len(set(ids)) == len(ids) > 500


def test_it_goes_on_as_it_was_when_the_next_scenario_is_unknown():
    stage = Stage("outage", 1, 1.0, START)
    with pytest.raises(UnknownScenario):
        stage.switch("earthquake", 5_000)
    assert stage.scenario.name == "outage"
    assert stage.phase(10_000).name == "unavailable"
