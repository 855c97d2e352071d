"""What a catcher has caught, safe to read and to wait on from other threads."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Caught = TypeVar("Caught")
Answer = TypeVar("Answer")


class Inbox(Generic[Caught]):
    def __init__(self, on_message: Callable[[Caught], None] | None = None) -> None:
        self._on_message = on_message
        self._messages: list[Caught] = []
        self._changed = threading.Condition()

    @property
    def messages(self) -> list[Caught]:
        with self._changed:
            return list(self._messages)

    def add(self, message: Caught) -> None:
        with self._changed:
            self._messages.append(message)
            self._changed.notify_all()
        if self._on_message is not None:
            self._on_message(message)

    def wait_for(self, predicate: Callable[[list[Caught]], Answer], timeout: float) -> Answer:
        """What `predicate` says of the messages once that is true; TimeoutError after `timeout` seconds."""
        with self._changed:
            answer = self._changed.wait_for(lambda: predicate(list(self._messages)), timeout)
            if not answer:
                raise TimeoutError(f"not within {timeout:g} s; {len(self._messages)} messages were caught")
            return answer
