"""Signal handling: signals are raised as `Stopped`, or held back where work must stay whole.

Handlers belong to the process, and so does what they remember: it is the one state of this module.
A signal that the process was started to ignore, as under ``nohup``, stays ignored.
"""

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

from hydrophone_cli.command import CommandError, Exit

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals after which a command ends in order."""


class Stopped(KeyboardInterrupt):
    """A signal asks the command to end.

    Args:
        number: The signal's.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"ended by {signal.Signals(number).name}")
        self.number = number


class _Request:
    """The signal that came first, and how many callers hold it back."""

    def __init__(self) -> None:
        self.number = 0
        self.holders = 0


_request = _Request()


@contextmanager
def handled() -> Generator[None]:
    """Turns the signals into `Stopped` for as long as a command runs.

    The first one counts: a terminal that goes away, or a supervisor, often sends several, and what
    the first one began goes on. Only a second Ctrl-C ends that, too.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    _request.number, _request.holders = 0, 0
    try:
        for number, handler in before.items():
            if handler not in (signal.SIG_IGN, None):
                signal.signal(number, _note)
        yield
    finally:
        for number, handler in before.items():
            if handler not in (signal.SIG_IGN, None):
                signal.signal(number, handler)
        _request.number = 0


@contextmanager
def held() -> Generator[None]:
    """Holds signals back: work in it is done whole. Call `raise_held` behind it."""
    _request.holders += 1
    try:
        yield
    finally:
        _request.holders -= 1


def asked() -> bool:
    """Whether a signal has come."""
    return bool(_request.number)


def raise_held() -> None:
    """Raises the signal that was held back, or that a library swallowed, if there was one.

    Raises:
        Stopped: A signal came.
    """
    if _request.number:
        raise Stopped(_request.number)


def signal_behind(error: Exception) -> Stopped | None:
    """The signal that an error of somebody else's was made of: Python does so in a class's body."""
    cause: BaseException | None = None if isinstance(error, CommandError) else error
    while cause is not None and not isinstance(cause, Stopped):
        cause = cause.__cause__
    return cause


def ending_of(cause: BaseException) -> tuple[str, Exit]:
    """Message and exit code, 128 and the signal's number, of what ended a command early.

    Args:
        cause: A signal, a pipe without a reader, or a `CommandError`.
    """
    if isinstance(cause, CommandError):
        return str(cause), cause.code
    if isinstance(cause, BrokenPipeError):
        return f"whoever read {cause.filename or 'the output'} has gone", Exit.UNREAD
    number = cause.number if isinstance(cause, Stopped) else signal.SIGINT
    if number == signal.SIGINT:
        return "interrupted", Exit.INTERRUPTED
    return f"ended by {signal.Signals(number).name}", Exit(128 + number)


def _note(number: int, frame: FrameType | None) -> None:
    del frame
    if _request.number:
        if number == signal.SIGINT:
            raise Stopped(number)
        return
    _request.number = number
    if not _request.holders:
        raise Stopped(number)
