"""The public names of `hydrophone`: what is offered, what it is for, what catches what."""

import subprocess
import sys

import pytest

import hydrophone
from hydrophone.feeds.errors import FeedError
from hydrophone_model.fixed import FormatError


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
