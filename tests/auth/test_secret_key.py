from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gamepilot_mon.auth.secret_key import FILE, secret_key
from gamepilot_mon.settings import Settings


def test_it_is_made_once_and_kept_private(settings: Settings, store: Path) -> None:
    key = secret_key(settings)

    assert len(key) == 64
    assert secret_key(settings) == key
    assert (settings.state_dir / FILE).stat().st_mode & 0o777 == 0o600


def test_it_is_the_same_for_all_that_start_at_once(settings: Settings, store: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(secret_key, [settings] * 8))) == 1


def test_it_comes_from_the_settings(tmp_path: Path) -> None:
    settings = Settings.from_env({"GAMEPILOT_MON_SECRET_KEY": "k" * 32}, dotenv=None)

    assert secret_key(settings) == "k" * 32
