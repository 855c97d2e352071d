import pytest

from gamepilot_mon.counted import counted, times


@pytest.mark.parametrize(
    ("count", "words", "often"),
    [(0, "0 alerts", "0 times"), (1, "1 alert", "once"), (1200, "1,200 alerts", "1,200 times")],
)
def test_one_is_singular(count: int, words: str, often: str) -> None:
    assert (counted(count, "alert"), times(count)) == (words, often)
    assert counted(count, "query", "queries").endswith("query" if count == 1 else "queries")
