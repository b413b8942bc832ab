"""The public names of `hydrophone`: what is offered, what it is for, what catches what."""

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import hydrophone
from hydrophone.feeds.errors import FeedError
from hydrophone_cli.command import Exit
from hydrophone_cli.outputs.files import OutputError
from hydrophone_model.fixed import FormatError
from hydrophone_sim.compiled import SimulationError
from hydrophone_sim.scoreboard import ScoreboardError
from hydrophone_toolchain.tools import FailedToolError


def test_dir_shows_the_public_names_whatever_was_imported():
    code = (
        "import hydrophone, hydrophone.feeds; hydrophone.open('golden').close()\n"
        "print(*(name for name in dir(hydrophone) if not name.startswith('__')))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert shown.split() == sorted({*hydrophone.__all__} - {"__version__"})


@pytest.mark.parametrize("name", hydrophone.__all__)
def test_a_public_name_is_there_and_documented(name: str):
    assert name in dir(hydrophone)
    assert getattr(hydrophone, name).__doc__


def test_a_name_that_is_none_is_refused():
    with pytest.raises(AttributeError, match="module 'hydrophone' has no attribute 'listen'"):
        _ = hydrophone.listen  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("error", "also"),
    [
        (hydrophone.ConfigError, ValueError),
        (hydrophone.DeviceError, RuntimeError),
        (hydrophone.EventError, ValueError),
        (FormatError, ValueError),
        (FeedError, Exception),
    ],
)
def test_the_one_base_catches_every_error_and_so_does_the_builtin_one(
    error: type[Exception], also: type[Exception]
):
    assert issubclass(error, hydrophone.HydrophoneError)
    assert issubclass(error, also)


def test_an_unknown_device_is_caught_by_the_base():
    with pytest.raises(hydrophone.HydrophoneError, match="no device 'gpu'"):
        hydrophone.open("gpu")


def pickled(error: Exception) -> Exception:
    return pickle.loads(pickle.dumps(error))


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, pickled])
@pytest.mark.parametrize(
    "error",
    [
        hydrophone.ConfigError("systems = 0"),
        hydrophone.EventError(index=3, field="price", value=0, low=1, high=9),
        FailedToolError("g++ failed", "all that it said"),
        OutputError(Path("out.json"), "no room"),
        ScoreboardError("differs", event=7, field="score", expected=1, actual=2),
        SimulationError("hangs", 5),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_crosses_processes_whole(
    error: Exception, again: Callable[[Exception], Exception]
):
    """A pool pickles what its workers raise; one that cannot be read back breaks the pool."""
    error.add_note("of the second worker")
    other = again(error)
    assert type(other) is type(error)
    assert (str(other), other.args, vars(other)) == (str(error), error.args, vars(error))
    assert getattr(other, "code", Exit.OUTPUT) == Exit.OUTPUT
