"""Error reporting of a command: what went wrong in one line, and the exit code of its kind."""

import errno
import logging
import os
import sys
from contextlib import suppress
from io import TextIOBase, UnsupportedOperation
from typing import TextIO

from hydrophone_cli.command import CommandError, Exit
from hydrophone_cli.logs import LOGGER, log
from hydrophone_cli.printable import printable
from hydrophone_model.errors import InputError, RequestError, ToolError
from hydrophone_toolchain.cache import cache_folder

CACHE = "XDG_CACHE_HOME"
"""Environment variable that names the folder of caches."""
DEBUG = "HYDROPHONE_DEBUG"
"""Environment variable that brings the traces of unexpected errors."""
_REFUSALS = (
    "can't start new thread",
    *map(os.strerror, (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)),
)
"""Messages of C++ libraries when the system refused."""
_FULL = {errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EFBIG}
_STDOUT = {errno.ENOSPC, errno.EBADF, errno.EIO, errno.EPIPE, errno.EFBIG, errno.EINVAL}


def explained(error: Exception) -> tuple[str, Exit]:
    """One line about an error, and the exit code of its kind; of our own errors, all they say."""
    line = printable(str(error))
    match error:
        case CommandError():
            return line, error.code
        case ModuleNotFoundError(name=str(name)) if not name.startswith("hydrophone"):
            from hydrophone.feeds.optional_imports import install_hint

            return install_hint(error, "this command"), Exit.USAGE
        case ModuleNotFoundError(name="hydrophone._kernels"):
            return (
                f"the C++ engine cannot be loaded ({line}): install hydrophone with g++ at hand",
                Exit.USAGE,
            )
        case ImportError() if not isinstance(error, ModuleNotFoundError):
            return f"a library cannot be loaded: {line}", Exit.SYSTEM
        case OSError():
            return _refused(error)
        case MemoryError():
            what = f"out of memory{': ' if line else ''}{line}"
            return f"{what}: use fewer events, symbols or jobs, or raise the limit", Exit.SYSTEM
        case RuntimeError() if "home directory" in line:
            return f"there is no home folder for the cache: set HOME or {CACHE}", Exit.USAGE
        case _ if any(word in line for word in _REFUSALS):
            return f"the system refused: {line}", Exit.SYSTEM
        case RequestError():  # also of input or tools, where another request would do
            return _printable_lines(error), Exit.USAGE
        case InputError():  # names from files are in its message: that stays on its line
            return line, Exit.INPUT
        case ToolError():
            return _printable_lines(error), Exit.SYSTEM
        case _:
            return (
                f"unexpected {type(error).__name__}: {line or 'no message'}; this is a defect of "
                f"hydrophone, set {DEBUG}=1 to see the trace"
            ), Exit.INTERNAL


def _printable_lines(error: Exception) -> str:
    """A message of several lines."""
    return "\n".join(map(printable, str(error).split("\n")))


def _refused(error: OSError) -> tuple[str, Exit]:
    """Message and code of a system error, by the file it names or the standard output."""
    reason = error.strerror or printable(str(error)) or type(error).__name__
    if error.filename is None and error.errno in _STDOUT:
        return (
            f"cannot write to the standard output: {reason}; send it elsewhere",
            Exit.OUTPUT,
        )
    names = [name for name in (error.filename, error.filename2) if name is not None]
    places = " to ".join(
        printable(os.fsdecode(n) if isinstance(n, bytes) else str(n)) for n in names
    )
    code = Exit.OUTPUT if error.errno in _FULL else Exit.SYSTEM
    with suppress(RuntimeError):
        if names and str(cache_folder()) in places:
            reason += f"; the cache is there: name another folder in {CACHE}"
    return f"the system refused: {places}{': ' if places else ''}{reason}", code


# -- the standard streams -------------------------------------------------------------------------


def prepare_streams() -> None:
    """Makes the standard streams fit for use, however the process was started.

    A closed one is opened to a place that fails as a closed one does (standard error: to one that
    swallows), so that no file of the command takes its number; whoever reads standard input finds
    that it is None. What an encoding lacks is escaped.
    """
    for number, flags in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w", closefd=False))  # noqa: SIM115  # to the end
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def print_ending(message: str, code: Exit) -> Exit:
    """Logs a command's last line, to the standard error; returns the exit code."""
    drop_output()
    level = logging.WARNING if code > Exit.SYSTEM else logging.ERROR
    log(LOGGER, level, message, exit_code=int(code))
    drop_output()
    return code


def drop_output() -> None:
    """Sends off what was printed; what nobody takes goes nowhere, without a word at exit."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            _drop(stream)


def _drop(stream: TextIO) -> None:
    """Lets a stream end nowhere."""
    with suppress(OSError, UnsupportedOperation):
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, stream.fileno())
        os.close(sink)


class SparedErrors(TextIOBase):
    """Standard error that ends no run: once it takes nothing, on a full disk say, it is dropped.

    Args:
        stream: The stream itself.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str, /) -> int:
        """Writes a text, or drops it."""
        try:
            return self._stream.write(text)
        except OSError:
            _drop(self._stream)
            return len(text)

    def flush(self) -> None:
        """Sends off what was written, or drops it."""
        try:
            self._stream.flush()
        except OSError:
            _drop(self._stream)

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Its number."""
        return self._stream.fileno()
