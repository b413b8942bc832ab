"""Shared by the tests of devices: sessions, for hardware takes seconds to open."""

from collections.abc import Iterator

import pytest
from tests.host.test_contract import DEVICES, SMALL, opened

from hydrophone import Session


@pytest.fixture(params=DEVICES, scope="session")
def shared(request: pytest.FixtureRequest) -> Iterator[Session]:
    """One session for all tests of a kind of device."""
    with opened(request.param) as session:
        yield session


@pytest.fixture
def session(shared: Session) -> Session:
    """A session as it was opened."""
    shared.reconfigure(SMALL)
    shared.reset()
    return shared
