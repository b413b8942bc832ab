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
    parser.addoption(
        "--nightly",
        type=int,
        default=0,
        metavar="TIMES",
        help="run fuzzers with TIMES their seeds, and what is marked nightly",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Fuzzers take the seeds 0, 1, 2 …: a few on every change, many in the nightly word."""
    for marker in metafunc.definition.iter_markers("fuzz"):
        times = metafunc.config.getoption("--nightly") or 1
        metafunc.parametrize("fuzz_seed", range(marker.args[0] * times))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is marked nightly is left out, and counted as such, where the night is not meant."""
    if config.getoption("--nightly"):
        return
    tonight = [item for item in items if item.get_closest_marker("nightly")]
    config.hook.pytest_deselected(items=tonight)
    items[:] = [item for item in items if item not in tonight]


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
