"""All tests of this folder take what a fault takes: they run by `make test-endurance`, beside a fast suite."""

import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    item.add_marker(pytest.mark.endurance)
