"""Versions: which version of the app an error belongs to, and whether a fix was in it already. Pure."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

NAMED = ("version", "release", "appVersion", "app_version")


class Versions:
    """The deployments in the order of time, as (at, version)."""

    def __init__(self, deployed: Sequence[tuple[int, str]]) -> None:
        self._moments = [at for at, _ in deployed]
        self._versions = [version for _, version in deployed]
        self._last = {version: index for index, version in enumerate(self._versions)}

    def of(self, at: int, metadata: Any) -> str | None:
        """What the error says itself, else what was deployed last before it."""
        if isinstance(metadata, Mapping):
            for name in NAMED:
                said = metadata.get(name)
                if isinstance(said, str | int) and not isinstance(said, bool) and said != "":
                    return str(said)[:200]
        index = bisect_right(self._moments, at)
        return self._versions[index - 1] if index else None

    def holds(self, version: str | None, fix: str) -> bool:
        """Whether `version` is `fix` or was deployed after it; what was never deployed is not."""
        if version == fix:
            return True
        if version not in self._last or fix not in self._last:
            return False
        return self._last[version] >= self._versions.index(fix)
