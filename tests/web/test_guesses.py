from gamepilot_mon.web.guesses import ADDRESSES_MAX, Guesses


def test_it_lets_ten_tries_a_minute_through() -> None:
    guesses = Guesses()

    waits = [guesses.begin("a", now) for now in range(0, 11_000, 1_000)]

    assert waits == [None] * 10 + [50_000]
    assert guesses.begin("a", 60_000) is None


def test_it_counts_addresses_apart() -> None:
    guesses = Guesses(limit=1)

    assert guesses.begin("a", 0) is None
    assert guesses.begin("b", 0) is None
    assert guesses.begin("a", 0) == 60_000


def test_it_does_not_count_what_was_right() -> None:
    guesses = Guesses(limit=1)

    for _ in range(5):
        assert guesses.begin("a", 0) is None
        guesses.forgive("a")


def test_it_remembers_a_bounded_number_of_addresses() -> None:
    guesses = Guesses()

    for number in range(ADDRESSES_MAX + 500):
        guesses.begin(str(number), 0)

    assert len(guesses._tries) == ADDRESSES_MAX
