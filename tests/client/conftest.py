from collections.abc import Callable, Iterator

import pytest

from tests.client.trouble import Trouble


@pytest.fixture
def trouble() -> Iterator[Callable[..., Trouble]]:
    running: list[Trouble] = []

    def start(*answers: bytes | None) -> Trouble:
        running.append(Trouble(*answers))
        return running[-1]

    yield start
    for one in running:
        one.close()
