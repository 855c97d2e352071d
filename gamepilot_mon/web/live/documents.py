"""The documents that live clients may ask for by name, made from the store."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import peewee

from gamepilot_mon.web.live.store import Store
from gamepilot_mon.web.live.wishes import Mistake, Request, Snapshot

log = logging.getLogger(__name__)


class Documents:
    def __init__(self, store: Store, builders: Mapping[str, Snapshot]) -> None:
        self._store = store
        self._builders = builders

    def __iter__(self) -> Iterator[str]:
        return iter(self._builders)

    def __len__(self) -> int:
        return len(self._builders)

    def __contains__(self, name: object) -> bool:
        return name in self._builders

    def answer(self, request: Request) -> dict[str, Any]:
        """Waits for the store; raises Mistake when it cannot be read now."""
        try:
            return self._store.read(self._builders[request.what], request.hours)
        except peewee.DatabaseError as error:
            log.warning("no %s for a live client: %s", request.what, error)
            raise Mistake(f"{request.what} cannot be read now; try again") from None
