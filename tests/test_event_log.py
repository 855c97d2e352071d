"""Pages of raw events against a model that looks at every event, whatever their order and however they are noted."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gamepilot_mon import db, event_log, event_stretches
from gamepilot_mon.event_log import KINDS, Wanted
from gamepilot_mon.models import Event, EventStretch

NOW = 1_790_000_000_000
SOON = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ARRIVALS = st.lists(
    st.tuples(
        st.sampled_from(["operation", "query", "metric", "error"]), st.integers(-40, 5), st.sampled_from("ab"),
        st.booleans(),
    ),
    max_size=40,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _empty(store: None) -> Iterator[None]:
    yield


def arrive(arrivals: list[tuple[str, int, str, bool]]) -> None:
    """Each with whether the daemon notes what is there after it."""
    with db.write():
        Event.delete().execute()
        EventStretch.delete().execute()
        for kind, ago, name, noted in arrivals:
            Event.create(kind=kind, at=NOW + ago, received_at=NOW, name=name)
            if noted:
                event_stretches.extend(longest=4)


def paged(wanted: Wanted) -> list[int]:
    found: list[int] = []
    for _ in range(1_000):
        rows, following = event_log.page(wanted)
        found += [row["id"] for row in rows]
        if following is None:
            return found
        place = event_log.Place.parse(following)
        assert wanted.before is None or place < wanted.before
        wanted = Wanted(wanted.kinds, wanted.since, wanted.until, wanted.operation, None, place, wanted.limit)
    raise AssertionError("the pages have no end")


@SOON
@given(
    ARRIVALS, st.sets(st.sampled_from(KINDS), min_size=1), st.integers(-45, 0), st.integers(0, 45),
    st.none() | st.just("a"), st.integers(1, 5), st.integers(1, 12),
)  # fmt: skip
def test_it_pages_through_what_a_model_finds(
    monkeypatch: pytest.MonkeyPatch, arrivals: list[tuple[str, int, str, bool]], kinds: set[str], since: int,
    lasts: int, name: str | None, limit: int, scanned: int,
) -> None:  # fmt: skip
    arrive(arrivals)
    monkeypatch.setattr(event_log, "SCANNED", scanned)
    wanted = Wanted(tuple(kinds), NOW + since, NOW + since + lasts, name, None, None, limit)
    expected = [
        event.id
        for event in Event.select().order_by(Event.at.desc(), Event.id.desc())
        if event.kind in kinds
        and wanted.since <= event.at < wanted.until
        and (name is None or event.name == name)
    ]
    assert paged(wanted) == expected


@SOON
@given(ARRIVALS)
def test_it_notes_each_event_in_one_stretch(arrivals: list[tuple[str, int, str, bool]]) -> None:
    arrive(arrivals)
    with db.write():
        for _ in arrivals:
            event_stretches.extend(longest=4)
    noted = list(EventStretch.select().order_by(EventStretch.first))
    for event in Event.select():
        [holding] = [one for one in noted if one.first <= event.id <= one.last]
        assert holding.earliest <= event.at <= holding.latest
    assert all(one.last - one.first < 4 for one in noted)


def test_it_forgets_stretches_whose_events_are_gone() -> None:
    arrive([("operation", -number, "a", True) for number in range(12)])
    with db.write():
        oldest = Event.select().order_by(Event.id).first().id
        Event.delete().where(Event.id < oldest + 5).execute()
        assert event_stretches.prune() == 1
        assert EventStretch.select().count() == 2


def test_it_reads_few_events_for_a_page_of_many() -> None:
    arrive([("operation", number - 2_000, "a", False) for number in range(2_000)])
    with db.write():
        event_stretches.extend(longest=100)
        event_stretches.extend(longest=100)
        event_stretches.extend(longest=100)
        event_stretches.extend(longest=100)
    looked = list(event_stretches.within(NOW - 100, NOW))
    assert [(one.last - one.first + 1) for one in looked[1:]] == [100] and len(looked) == 2
