from gamepilot_mon.uptime import shares


def test_an_observation_holds_until_the_next_one() -> None:
    assert shares([(0, "up"), (40, "down"), (60, "up")], 0, 100, 50) == {"up": 80, "down": 20, "unknown": 0}


def test_nobody_knows_of_a_long_silence() -> None:
    assert shares([(0, "up"), (80, "up")], 0, 100, 30) == {"up": 50, "down": 0, "unknown": 50}


def test_what_was_observed_before_counts_as_long_as_it_holds() -> None:
    assert shares([(-20, "down")], 0, 100, 30) == {"up": 0, "down": 10, "unknown": 90}


def test_what_could_not_be_measured_is_unknown() -> None:
    assert shares([(0, "unknown"), (50, "up")], 0, 100, 1_000) == {"up": 50, "down": 0, "unknown": 50}


def test_it_knows_nothing_without_observations() -> None:
    assert shares([], 0, 100, 30) == {"up": 0, "down": 0, "unknown": 100}
