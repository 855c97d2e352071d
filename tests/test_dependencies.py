from gamepilot_mon.dependencies import ancestors, closes_a_loop

PARENTS = {"shop": "api", "api": "host", "a": "b", "b": "a"}


def test_it_finds_everything_that_a_check_stands_behind() -> None:
    assert list(ancestors("shop", PARENTS)) == ["api", "host"]
    assert list(ancestors("host", PARENTS)) == []


def test_it_ends_in_a_loop() -> None:
    assert list(ancestors("a", PARENTS)) == ["b"]


def test_it_sees_a_loop_before_it_is_closed() -> None:
    assert closes_a_loop("host", "shop", PARENTS) and closes_a_loop("api", "api", PARENTS)
    assert not closes_a_loop("shop", "host", PARENTS)
