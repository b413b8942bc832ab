"""Exceptions: the base of all, one for each cause; and how messages show values and names."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

_SHOWN = 60
"""Characters of a value that a message shows."""


class HydrophoneError(Exception):
    """Base of Hydrophone's own exceptions; wrong arguments raise `TypeError` or `ValueError`."""

    # A pool of processes pickles what its workers raise, and `Exception` would call the constructor
    # with the message alone: a class that takes more arguments could not be read back.
    def __reduce__(self) -> tuple[Any, ...]:
        return _remade, (type(self), *self.args), self.__dict__


def _remade(kind: type[HydrophoneError], *args: Any) -> HydrophoneError:
    """An error of these ``args``, whatever its constructor takes; its attributes come after."""
    return kind.__new__(kind, *args)


class RequestError(HydrophoneError):
    """A request that cannot be met: an option, a parameter, a device, a package that is missing."""


class InputError(HydrophoneError):
    """Input data that cannot be used: missing, damaged, or in no known format."""


class ToolError(HydrophoneError, RuntimeError):
    """A compiler, simulator or synthesiser that failed; the message carries what it said."""


class ConfigError(RequestError, ValueError):
    """A design parameter outside its allowed range; the message names both."""


def ensure(condition: object, text: str) -> None:
    """Runtime check of what the code relies on; unlike `assert`, it stays under ``python -O``.

    Raises:
        AssertionError: The condition does not hold.
    """
    if not condition:
        raise AssertionError(text)


def shown(value: Any) -> str:
    """A value as a message shows it: its start, if it is long, on one line."""
    try:
        text = repr(value)
    except ValueError:  # more digits than Python prints
        text = "a number of thousands of digits"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def nearest(name: str, known: Iterable[str]) -> str:
    """``; did you mean …?`` with the known names that resemble this one; empty if none does."""
    close = get_close_matches(name, list(known), n=3)
    return f"; did you mean {' or '.join(close)}?" if close else ""
