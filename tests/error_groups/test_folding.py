from itertools import permutations
from pathlib import Path

import pytest

from gamepilot_mon import db
from gamepilot_mon.error_groups import folding, keeping, listing, states
from gamepilot_mon.models import Cursor, ErrorGroup, ErrorHour, ErrorSample, ErrorUser, ErrorVersion
from gamepilot_mon.settings import Settings

from .reports import DAY, HOUR, MINUTE, NODE, NOW, arrive, deployed, failed, fold, only, report


def trend(group: ErrorGroup) -> dict[int, int]:
    return {row.hour - NOW: row.count for row in ErrorHour.select().where(ErrorHour.group_id == group.id)}


def test_it_counts_errors_that_are_alike_as_one_group(store: Path) -> None:
    folded = report(
        failed("no user 1", at=NOW - 3 * HOUR, user="ann", stack=NODE),
        failed("no user 2", at=NOW - MINUTE, user="bob", stack=NODE),
        failed("no user 3", at=NOW - MINUTE, user="bob", severity="critical", stack=NODE),
        {"kind": "operation", "at": NOW, "name": "login", "value": 1.0, "ok": True},
    )
    group = only()
    assert [fresh.id for fresh in folded.fresh] == [group.id]
    assert (group.title, group.operation, group.severity) == ("no user <n>", "login", "critical")
    assert (group.count, group.users, group.state) == (3, 2, "open")
    assert (group.first_seen, group.last_seen) == (NOW - 3 * HOUR, NOW - MINUTE)
    assert trend(group) == {-3 * HOUR: 1, -HOUR: 2}


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
def test_it_is_the_same_in_whatever_order_and_pieces_they_arrive(store: Path, order: tuple[int, ...]) -> None:
    ages = (3 * HOUR, 2 * HOUR, HOUR, MINUTE)
    for index in order:
        report(failed(f"no user {index}", at=NOW - ages[index], user=f"u{index % 2}", key=str(index)))
        report(failed("a repeat", at=NOW, key=str(index)))
    group = only()
    assert (group.count, group.users) == (4, 2)
    assert (group.first_seen, group.last_seen) == (NOW - 3 * HOUR, NOW - MINUTE)
    assert trend(group) == {-3 * HOUR: 1, -2 * HOUR: 1, -HOUR: 2}
    samples = {row.slot: row.message for row in ErrorSample.select()}
    assert (samples["first"], samples["last"]) == ("no user 0", "no user 3")


def test_it_folds_nothing_twice(store: Path) -> None:
    report(failed("x"))
    assert (fold().events, only().count) == (0, 1)


def test_it_takes_nothing_back_or_twice_when_a_fold_is_undone(store: Path) -> None:
    arrive(failed("x"))
    with pytest.raises(RuntimeError), db.write():
        folding.fold(NOW)
        raise RuntimeError
    assert ErrorGroup.select().count() == 0
    fold()
    assert only().count == 1


def test_it_passes_over_events_of_other_kinds(store: Path) -> None:
    arrive(*({"kind": "metric", "at": NOW, "name": "m", "value": 1.0} for _ in range(5)))
    assert not folding.STREAM.pending()
    fold()
    assert Cursor.read(folding.STREAM.name) == 5


def test_it_samples_the_first_the_last_and_some_between(store: Path) -> None:
    report(*(failed(f"no user {n}", at=NOW - HOUR + n) for n in range(1, 121)))
    samples = {row.slot: row.message for row in ErrorSample.select()}
    assert samples == {
        "first": "no user 1", "last": "no user 120", "between-0": "no user 2", "between-1": "no user 10",
        "between-2": "no user 100",
    }  # fmt: skip


def test_it_puts_what_is_too_many_kinds_into_one_group(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "GROUPS_MAX", 2)
    report(*(failed("x", operation=name) for name in ("a", "b", "c", "d", "a", "c")))
    assert {group.operation: group.count for group in ErrorGroup.select()} == {"a": 2, "b": 1, "": 3}


def test_it_counts_people_up_to_a_bound(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "USERS_MAX", 3)
    report(*(failed("x", user=f"u{n}") for n in range(9)))
    assert only().users == 3 == ErrorUser.select().count()


def test_it_knows_the_version_of_an_error(store: Path) -> None:
    report(deployed("1.0", NOW - 2 * HOUR), deployed("1.1", NOW - HOUR))
    report(
        failed("x", at=NOW - 3 * HOUR), failed("x", at=NOW - 90 * MINUTE), failed("x", at=NOW),
        failed("x", at=NOW, metadata={"version": "2.0-beta"}),
    )  # fmt: skip
    found = {row.version: (row.count, row.last_seen) for row in ErrorVersion.select()}
    assert found == {"1.0": (1, NOW - 90 * MINUTE), "1.1": (1, NOW), "2.0-beta": (1, NOW)}


def resolved(settings: Settings, version: str | None = None) -> None:
    with db.write():
        states.resolve(settings, only(), "ann", version, NOW)


def test_it_comes_back_after_it_was_resolved(store: Path, settings: Settings) -> None:
    report(failed("x"))
    resolved(settings)
    folded = report(failed("x", at=NOW + 1))
    group = only()
    assert [back.id for back in folded.returned] == [group.id] and folded.fresh == []
    assert (group.state, group.regressions, group.regressed_at) == ("open", 1, NOW + 1)
    actions = listing.detail(group, 1, NOW)["actions"]
    assert [(action["action"], action["who"]) for action in actions] == [
        ("regression", "the monitor"),
        ("resolve", "ann"),
    ]


def test_it_is_not_back_by_a_late_report_of_what_was_before(store: Path, settings: Settings) -> None:
    report(failed("x"))
    resolved(settings)
    assert report(failed("x", at=NOW - 1)).returned == []
    assert (only().state, only().count) == ("resolved", 2)


def test_it_is_back_only_in_a_version_that_has_the_fix(store: Path, settings: Settings) -> None:
    report(deployed("1.0", NOW - HOUR), failed("x"))
    resolved(settings, "1.1")
    assert report(failed("x", at=NOW + MINUTE)).returned == []
    report(deployed("1.1", NOW + HOUR))
    assert report(failed("x", at=NOW + 30 * MINUTE)).returned == []
    assert len(report(failed("x", at=NOW + 2 * HOUR)).returned) == 1


def test_it_stays_ignored(store: Path, settings: Settings) -> None:
    report(failed("x"))
    with db.write():
        states.ignore(settings, only(), "ann", NOW)
    assert report(failed("x", at=NOW + 1)).returned == []
    assert (only().state, only().count) == ("ignored", 2)


def test_it_forgets_groups_that_were_not_seen_for_long(store: Path) -> None:
    report(failed("old", at=NOW - 91 * DAY, user="ann"), failed("x", at=NOW - 91 * DAY), failed("x"))
    with db.write():
        assert keeping.prune(30 * DAY, NOW, limit=100) == 2
    assert only().title == "x"
    assert (ErrorUser.select().count(), ErrorHour.select().count()) == (0, 1)


def test_it_pages_through_groups_in_any_order(store: Path) -> None:
    report(*(failed("x", operation=f"op{n % 7}", at=NOW - n) for n in range(30)))
    for sort in ("last_seen", "count", "first_seen"):
        found, after = [], None
        while True:
            rows, after = listing.page(listing.Wanted(sort=sort, after=after, limit=2), NOW)  # type: ignore[arg-type]
            found += [row["operation"] for row in rows]
            if after is None:
                break
        assert sorted(found) == [f"op{n}" for n in range(7)]


@pytest.mark.parametrize(
    ("wanted", "operations"),
    [
        (listing.Wanted(text="100%"), ["pay"]),
        (listing.Wanted(text="LOADPLAYER"), ["login"]),
        (listing.Wanted(operation="pay"), ["pay"]),
        (listing.Wanted(severity="critical"), ["pay"]),
        (listing.Wanted(state="resolved"), []),
        (listing.Wanted(hours=1), ["login"]),
    ],
    ids=["text", "stack", "operation", "severity", "state", "hours"],
)
def test_it_finds_groups(store: Path, wanted: listing.Wanted, operations: list[str]) -> None:
    report(
        failed("no user", stack=NODE),
        failed("at % of it: 'x' 100", operation="pay", at=NOW - 2 * HOUR, severity="critical"),
    )
    ErrorGroup.update(title="is 100% full").where(ErrorGroup.operation == "pay").execute()
    assert [row["operation"] for row in listing.page(wanted, NOW)[0]] == operations
