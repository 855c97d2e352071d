"""Releases: a version that was never seen of a service is a deploy, told by what the service reports anyway."""

from collections.abc import Iterable
from typing import NamedTuple

from gamepilot_mon.models.seen_version import SeenVersion
from gamepilot_mon.sources.intake import insert, row_of
from gamepilot_mon.sources.kinds import Deploy


class Version(NamedTuple):
    """What runs where. A version that comes to another environment is another deploy."""

    service: str
    version: str
    environment: str


def note(versions: Iterable[Version], now: int) -> None:
    """Inside the caller's write(): a deploy for each version that is new."""
    fresh = [version for version in versions if _is_new(version, now)]
    insert([row_of(_deploy(version), now) for version in fresh])


def _is_new(version: Version, now: int) -> bool:
    name = "\n".join(version)
    return bool(SeenVersion.insert(name=name, first_seen_at=now).on_conflict_ignore().as_rowcount().execute())


def _deploy(version: Version) -> Deploy:
    said = {"service": version.service, "environment": version.environment, "noticed": True}
    return Deploy(version=version.version, metadata={key: value for key, value in said.items() if value})
