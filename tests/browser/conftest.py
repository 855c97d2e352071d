from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.site import Site, running_site

expect.set_options(timeout=20_000)  # for a busy machine; what is there comes at once


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A new product, for what must be the first of its kind, and for what stops it."""
    with running_site(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def site_of_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A product for the tests of one module, which see what the ones before them left."""
    with running_site(tmp_path_factory.mktemp("site")) as opened:
        yield opened
