"""Shared by all tests: options, which tests run, the seed, recorded market data, folders."""

import gc
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
    parser.addoption("--large", action="store_true", help="run what is marked large, too")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Fuzzers take the seeds 0, 1, 2 …: a few on every change, many in the nightly word."""
    for marker in metafunc.definition.iter_markers("fuzz"):
        times = metafunc.config.getoption("--nightly") or 1
        metafunc.parametrize("fuzz_seed", range(marker.args[0] * times))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out, and counts as deselected, what is marked nightly or large and not asked for."""
    nightly, large = bool(config.getoption("--nightly")), config.getoption("--large")
    wanted = {"nightly": nightly, "large": large or nightly}
    others = [name for name, asked in wanted.items() if not asked]
    left_out = [item for item in items if any(map(item.get_closest_marker, others))]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not any(map(item.get_closest_marker, others))]


def pytest_collection_finish() -> None:
    """Collects garbage seldom: netlists and schedules are large, and little of it is garbage."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache, a folder that is not there yet."""
    cache = tmp_path / "cache"
    # Yosys is compiled to machine code once; to do so again would take longer than the test.
    compiled = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wasmtime"
    if compiled.is_dir():
        cache.mkdir()
        (cache / "wasmtime").symlink_to(compiled)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    return cache / "hydrophone"


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
