from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.jobs import Context
from daemon.jobs.pseudonyms import Pseudonyms
from gamepilot_mon import db, people_tables, pseudonym
from gamepilot_mon.models import ActiveUser, ErrorUser, Event
from gamepilot_mon.settings import Settings
from gamepilot_mon.sources import intake

NOW = 1_795_521_600_000


@pytest.fixture(autouse=True)
def _hiding() -> Iterator[None]:
    yield
    pseudonym.use("pseudonym")


def test_it_hides_an_id_in_the_same_way_each_time(store: Path) -> None:
    found = pseudonym.of("ann")
    assert found is not None and pseudonym.SHAPE.fullmatch(found)
    assert pseudonym.of("ann") == pseudonym.of(found) == found
    assert pseudonym.of("bob") != found
    assert pseudonym.of(None) is None


def test_it_keeps_the_key_beside_the_store_and_for_its_owner_alone(store: Path) -> None:
    pseudonym.of("ann")
    key = store.parent / pseudonym.KEY_FILE
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_text()) == 64


def test_it_hides_otherwise_beside_another_store(store: Path, tmp_path: Path) -> None:
    here = pseudonym.of("ann")
    db.open_database(f"sqlite:///{tmp_path}/other/mon.db")
    assert pseudonym.of("ann") != here


def test_it_stores_no_id_of_a_player(store: Path) -> None:
    body = b'{"events": [{"kind": "user_action", "user_id": "ann-4711", "type": "view"}]}'
    [row], _ = intake.rows_of_body(body, NOW)
    assert row.user == pseudonym.of("ann-4711")
    assert "ann-4711" not in str(row)


def test_it_stores_ids_where_it_is_told_to(store: Path) -> None:
    pseudonym.use("plain")
    assert pseudonym.of("ann") == "ann"


def plain_rows() -> None:
    with db.write():
        for number in range(450):
            Event.create(kind="user_action", at=NOW, received_at=NOW, name="view", user=f"player-{number}")
        Event.create(kind="user_action", at=NOW, received_at=NOW, name="view", user=pseudonym.of("player-1"))
        Event.create(kind="operation", at=NOW, received_at=NOW, name="x")
        ErrorUser.create(group_id=1, user="player-1")
        ActiveUser.create(user="player-1", last_seen=1)
        ActiveUser.create(user=pseudonym.of("player-1"), last_seen=2)


def job(settings: Settings) -> Pseudonyms:
    return Pseudonyms(Context(settings, lambda: False, lambda _: None))


def test_it_converts_what_was_stored_before_once(settings: Settings, store: Path) -> None:
    plain_rows()
    job(settings).run(NOW)
    users = {event.user for event in Event.select()} - {None}
    assert users == {pseudonym.of(f"player-{number}") for number in range(450)}
    assert [(row.user, row.last_seen) for row in ActiveUser.select()] == [(pseudonym.of("player-1"), 2)]
    assert ErrorUser.get().user == pseudonym.of("player-1")
    assert people_tables.converted()


def test_it_converts_again_after_a_time_of_plain_ids(settings: Settings, store: Path) -> None:
    job(settings).run(NOW)
    plain = settings.model_copy(update={"user_ids": "plain"})
    job(plain).run(NOW)
    assert not people_tables.converted()
    plain_rows()
    job(settings).run(NOW)
    assert people_tables.converted()
    assert not Event.select().where(Event.user.startswith("player-")).exists()
