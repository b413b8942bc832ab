"""What tests of every part share: the seed, and where recorded market data lies."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

RECORDED = Path(__file__).parents[1] / ".." / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--seed", type=int, default=20240808, help="seed of every random stimulus (%(default)s)"
    )


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The seed of random stimulus; a failing test shows it."""
    value = request.config.getoption("--seed")
    assert isinstance(value, int)
    print(f"seed {value}: repeat with --seed {value}")
    return value


@pytest.fixture(scope="session")
def market_data() -> Callable[[str], Path]:
    """Finds recorded data by its path below the data folder, or skips the test and says so.

    The folder is $HYDROPHONE_DATA, else `shared/data` beside the repository. The data is other
    people's and is not part of it.
    """
    folder = Path(os.environ.get("HYDROPHONE_DATA", RECORDED)).resolve()

    def find(name: str) -> Path:
        path = folder / name
        if not path.exists():
            pytest.skip(f"no recorded data {name} in {folder} (set HYDROPHONE_DATA)")
        return path

    return find
