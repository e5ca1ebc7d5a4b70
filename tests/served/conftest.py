"""Served runtimes for the tests over sockets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .sites import CARRIERS, Site, site


@pytest.fixture(scope="module", params=CARRIERS)
def served(request: pytest.FixtureRequest) -> Iterator[Site]:
    """A served runtime, by each carrier in turn; after the tests of a module it still works."""
    with site(request.param) as made:
        yield made
        assert made.works()


@pytest.fixture(scope="module")
def alone() -> Iterator[Site]:
    """A runtime that is served by itself; after the tests of a module it still works."""
    with site("alone") as made:
        yield made
        assert made.works()
