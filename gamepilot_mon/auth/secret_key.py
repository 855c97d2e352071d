"""Keys beside the store: the one that signs cookies, unless the settings give it, and the one that seals secrets."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from gamepilot_mon.settings import Settings

FILE = "secret-key"
SEALING_FILE = "second-factor-key"


def secret_key(settings: Settings) -> str:
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    return kept(settings.state_dir / FILE)


def sealing_key(settings: Settings) -> str:
    """What second factors are sealed with; apart from the other one, which may be changed at any time."""
    return kept(settings.state_dir / SEALING_FILE)


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
