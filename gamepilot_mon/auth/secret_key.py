"""The key that signs cookies: from the settings, else made once and kept beside the store."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from gamepilot_mon.settings import Settings

FILE = "secret-key"


def secret_key(settings: Settings) -> str:
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    return kept(settings.state_dir / FILE)


def kept(path: Path) -> str:
    """The key in a file, made when there is none.

    Whoever starts at once ends with the same key: the first to link its draft wins.
    """
    if not path.exists():
        descriptor, draft = tempfile.mkstemp(prefix=FILE, dir=path.parent)  # mode 0600
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        Path(draft).unlink()
    return path.read_text().strip()
