"""Outputs of a run: opened, grown by batches, and completed together, whatever ends the run."""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from hydrophone_cli.command import CommandError, Exit
from hydrophone_cli.outputs.files import OpenFile, OutputError
from hydrophone_cli.outputs.json_lines import is_stream
from hydrophone_cli.signals import ending_of, held, raise_held

EARLY = (KeyboardInterrupt, BrokenPipeError)
"""Exceptions that end a run from outside; an `OutputError` does as well."""


class Output(OpenFile, Protocol):
    """A file of a run, from before it is opened; with no rows, it replaces none at an early end."""

    @property
    def path(self) -> Path:
        """Its place, as it was named."""
        ...

    def open(self) -> None:
        """Opens the file."""
        ...


AFile = TypeVar("AFile", bound=OpenFile)


class FileOutput(Generic[AFile]):
    """An output that owns one file; who derives from it says which.

    Args:
        path: Its place; ``-`` is the standard output.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened: AFile | None = None

    def _open_file(self) -> AFile:
        """Opens the file."""
        raise NotImplementedError

    @property
    def file(self) -> AFile:
        """The file, which is open."""
        if self._opened is None:
            raise RuntimeError(f"{self.path} is not open: call open() first")
        return self._opened

    @property
    def rows(self) -> int:
        """Number of records so far."""
        return 0 if self._opened is None else self._opened.rows

    @property
    def unfinished(self) -> bool | None:
        """Whether it holds a part of a run's records; None of a stream, which holds nothing."""
        return False if self._opened is None else self._opened.unfinished

    def open(self) -> None:
        """Opens the file.

        Raises:
            CommandError: It cannot be written.
        """
        self._opened = self._open_file()

    def publish(self) -> None:
        """Completes the file."""
        self.file.publish()

    def discard(self) -> None:
        """Removes what was not published."""
        if self._opened is not None:
            self._opened.discard()


AnOutput = TypeVar("AnOutput", bound=Output)


class OutputSet:
    """The outputs of a run, completed together at its end, whatever ends it."""

    def __init__(self) -> None:
        self._files: list[Output] = []
        self._has_ended = False

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._files)

    def open(self, output: AnOutput) -> AnOutput:
        """Opens an output and takes it into care.

        Signals are held back meanwhile, but for a named pipe, which may wait for its reader.

        Raises:
            CommandError: It cannot be written.
            Stopped: A signal came.
        """
        with nullcontext() if is_stream(output.path) else held():
            output.open()
            self._files.append(output)
        raise_held()
        return output

    def publish(self) -> CommandError | None:
        """Completes every file that can be written.

        Returns:
            The error to end with, if one cannot be written: it says which were.
        """
        self._has_ended = True
        failures, written = _publish(self._files)
        if not failures:
            return None
        parts = [*map(str, failures), *_named("written", written)]
        return CommandError("; ".join(parts), Exit.OUTPUT)

    def end_early(self, cause: BaseException, done: str) -> CommandError:
        """Completes what is whole after a signal, a full disk, or a reader that has gone.

        A file that failed, and one with nothing in it, leave what was there before.

        Args:
            cause: What ended the run: one of `EARLY`, or an `OutputError`.
            done: What was done by then, such as ``after 512 events``.

        Returns:
            The error to end with: it says what was written and what was not.
        """
        self._has_ended = True
        failed = None
        if isinstance(cause, OutputError):
            failed = cause.path
        elif isinstance(cause, BrokenPipeError):
            failed = Path(cause.filename or "-")
        whole = [file for file in self._files if file.rows and file.path != failed]
        failures, written = _publish(whole)
        untouched, begun = (
            [
                file.path
                for file in self._files
                if file.path not in written and file.unfinished is state
            ]
            for state in (False, True)
        )
        message, code = ending_of(cause)
        parts = [f"{message} {done}", *map(str, failures)]
        parts += _named("written up to there", written) + _named("left as it was", untouched)
        parts += _named("unfinished", begun)
        return CommandError("; ".join(parts), code)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        ending = None
        if isinstance(error, EARLY) and self and not self._has_ended:
            began = any(file.rows for file in self._files)
            ending = self.end_early(error, "at its end" if began else "before anything came")
        for file in self._files:
            file.discard()
        if ending is not None:
            raise ending from error


def _publish(files: Sequence[Output]) -> tuple[list[OutputError], list[Path]]:
    """Completes files; the errors of those that cannot be, and the places of those that are."""
    failures: list[OutputError] = []
    written: list[Path] = []
    for file in files:
        try:
            file.publish()
            written.append(file.path)
        except OutputError as failure:
            failures.append(failure)
    return failures, written


def _named(what: str, paths: Sequence[Path]) -> list[str]:
    return [f"{what}: {', '.join(map(str, paths))}"] if paths else []
