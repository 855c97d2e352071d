"""The key that signs cookies: from the settings, else made once and kept beside the store."""

import contextlib
import os
import secrets
from pathlib import Path

from gamepilot_mon.settings import Settings

FILE = "secret-key"


def secret_key(settings: Settings) -> str:
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    return _kept(settings.state_dir / FILE)


def _kept(path: Path) -> str:
    """Two processes that start at once end with the same key: the first to link its file wins."""
    if not path.exists():
        draft = path.with_name(f"{FILE}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()
