from collections.abc import Iterator
from pathlib import Path

import pytest

from gamepilot_mon import db
from gamepilot_mon.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env(
        {"GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/state/mon.db"}, dotenv=None
    )


@pytest.fixture
def store(settings: Settings) -> Iterator[Path]:
    """A new store in a temporary folder, opened in this process."""
    yield db.open_database(settings.database_url)
    db.database.close_all() if hasattr(db.database, "close_all") else db.database.close()
