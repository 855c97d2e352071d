"""Lost, doubled, out of order: by ids alone."""

from gamepilot_mon.loadtest.items import Item
from gamepilot_mon.loadtest.ledger import Account, Log

MINE = frozenset({"alerts", "system"})


def item(id: int, event: str = "alert:new", topic: str | None = "alerts", data: bytes = b"") -> Item:
    return Item(id, event, topic, None, 0, False, 0.0, data)


def log_of(*items: Item) -> Log:
    log = Log()
    for one in items:
        log.add(one.id, one.topic or "")
    return log


def account(position: int = 10) -> Account:
    one = Account(MINE)
    one.connected(position, position, settled=True)
    return one


def taken(one: Account, *ids: int) -> list[bool]:
    return [one.take(item(id)) for id in ids]


def test_it_owes_nothing_of_other_topics() -> None:
    log = log_of(item(11), item(12, "health:update", "health"), item(13))
    one = account()
    taken(one, 11, 13)
    assert one.missing(log, 13) == 0


def test_it_misses_what_others_had() -> None:
    one = account()
    taken(one, 11, 13)
    assert one.missing(log_of(item(11), item(12), item(13)), 13) == 1


def test_it_owes_nothing_from_before_its_first_visit() -> None:
    one = account(11)
    taken(one, 12)
    assert one.missing(log_of(item(10), item(11), item(12)), 12) == 0


def test_it_owes_what_came_while_away() -> None:
    one = account()
    taken(one, 11)
    one.connected(11, 13, settled=True)
    assert one.missing(log_of(item(11), item(12), item(13)), 13) == 2
    taken(one, 12, 13)
    assert one.missing(log_of(item(11), item(12), item(13)), 13) == 0


def test_it_tells_twice_from_out_of_order() -> None:
    one = account()
    assert taken(one, 11, 11, 13, 12) == [True, False, True, True]
    assert (one.twice, one.disordered) == (1, 1)


def test_it_lets_live_items_of_system_come_ahead_of_a_replay() -> None:
    one = account()
    taken(one, 11)
    one.connected(11, 13, settled=False)
    assert one.take(item(14, "alert:broadcast", "system"))
    one.settled()
    assert taken(one, 12, 13, 15) == [True, True, True]
    assert (one.twice, one.disordered, one.position) == (0, 0, 15)


def test_it_does_not_blame_the_server_for_what_it_asked_for_again() -> None:
    one = account()
    one.connected(10, 13, settled=False)
    one.take(item(14, "alert:broadcast", "system"))  # and the connection breaks before the replay
    one.connected(10, 14, settled=True)
    taken(one, 11, 12, 13)
    assert not one.take(item(14, "alert:broadcast", "system"))
    assert (one.twice, one.disordered, one.position) == (0, 0, 14)
    assert one.missing(log_of(item(11), item(12), item(13), item(14)), 14) == 0


def test_it_counts_a_gap_as_told_and_not_as_lost() -> None:
    one = account()
    taken(one, 11)
    log = log_of(*(item(id) for id in range(11, 16)))
    assert not one.take(item(14, "system:gap", None, b'{"from":11,"to":14,"reason":"pruned"}'))
    assert not one.take(item(13))  # a snapshot
    assert one.take(item(15))
    assert (one.gaps, one.twice, one.missing(log, 15)) == (1, 0, 0)


def test_it_finds_ids_that_nobody_saw() -> None:
    assert log_of(item(11), item(13), item(14)).holes(10) == 1
