"""Entry point of the command line: ``hydrophone COMMAND …``.

Nothing of hydrophone is loaded before `main` runs, and only then Ctrl-C would show a trace of
imports: it ends the process in one line, as it does later.
"""

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

_INTERRUPTED = b"hydrophone: interrupted\n"
_INTERRUPTED_CODE = 130
"""`hydrophone_cli.command.Exit.INTERRUPTED`, which is not loaded yet; a test compares."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; never shows a bare trace.

    Args:
        argv: The arguments behind the program's name; `sys.argv`'s, if none are given.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # else somebody ignores it, or handles it
        with suppress(ValueError):  # signals belong to the main thread
            signal.signal(signal.SIGINT, _quit)
    try:
        from hydrophone_cli.app import run
    finally:
        if before is signal.default_int_handler:
            with suppress(ValueError):
                signal.signal(signal.SIGINT, before)
    return run(argv)


def _quit(number: int, frame: FrameType | None) -> None:
    """Ends the process at once: an exception could be swallowed, or wrapped, by an import."""
    del number, frame
    with suppress(OSError):
        os.write(2, _INTERRUPTED)
    os._exit(_INTERRUPTED_CODE)
