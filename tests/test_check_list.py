"""The list of checks, found through: filters, groups, order and pages."""

from gamepilot_mon.check_list import PER_PAGE, Head, Wanted, find

HEADS = [
    Head(1, "shop", "http", "up", "router"),
    Head(2, "Backup", "heartbeat", "down", ""),
    Head(3, "router", "http", "up", ""),
    Head(4, "mail", "http", "unknown", "router"),
    Head(5, "cron", "heartbeat", "pending", ""),
]


def ids(wanted: Wanted) -> list[int]:
    return [head.id for head in find(HEADS, wanted).heads]


def test_it_shows_first_what_needs_a_look() -> None:
    assert ids(Wanted()) == [2, 4, 5, 3, 1]


def test_it_finds_by_a_part_of_the_name_without_regard_to_case() -> None:
    assert ids(Wanted(text="BACK")) == [2]
    assert ids(Wanted(text="%")) == []


def test_it_counts_the_states_of_what_matches_whatever_state_is_asked_for() -> None:
    found = find(HEADS, Wanted(kind="http", state="up"))
    assert found.states == {"up": 2, "unknown": 1} and found.total == 2
    assert found.kinds == {"heartbeat": 2, "http": 3}


def test_it_keeps_groups_together_and_those_without_one_last() -> None:
    found = find(HEADS, Wanted(group="parent"))
    assert [head.parent for head in found.heads] == ["router", "router", "", "", ""]
    assert found.sizes == {"router": 2, "": 3}
    assert [head.kind for head in find(HEADS, Wanted(group="kind")).heads] == ["heartbeat"] * 2 + ["http"] * 3


def test_it_gives_a_page_at_a_time_and_the_last_one_for_a_page_beyond() -> None:
    many = [Head(n, f"check {n:04}", "http", "up", "") for n in range(PER_PAGE * 2 + 1)]
    second, beyond = find(many, Wanted(page=2)), find(many, Wanted(page=99))
    assert second.heads[0].name == f"check {PER_PAGE:04}" and len(second.heads) == PER_PAGE
    assert (beyond.page, beyond.pages, len(beyond.heads)) == (3, 3, 1)


def test_nothing_is_one_empty_page() -> None:
    found = find([], Wanted())
    assert (found.heads, found.page, found.pages, found.total) == ([], 1, 1, 0)
