"""Output files: whole under their name or not at all, and what becomes of them at an early end."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeVar

from hydrophone_cli.command import CommandError, Exit
from hydrophone_cli.drafts import Draft
from hydrophone_cli.signals import told

STDOUT = Path("-")
"""Names the standard output."""
EARLY = (KeyboardInterrupt, BrokenPipeError)
"""What ends a run from outside; a file that cannot be written, an `OutputError`, does as well."""


class OutputError(CommandError):
    """A file that cannot be written.

    Args:
        path: Its place, as it was named.
        why: What the system or the command has against it, in a sentence that names the file.
    """

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(why, Exit.OUTPUT)
        self.path = path


@contextmanager
def writing(path: Path) -> Generator[None]:
    """What is done to write a file; what keeps it from being written is said in one line.

    A closed pipe is left to the command line: nobody wants what would have been written.

    Raises:
        OutputError: The system refused, because of a full disk or missing rights for instance.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        place = "to the standard output" if path == STDOUT else path
        raise OutputError(path, f"cannot write {place}: {error.strerror or error}") from error


def write(path: Path, text: str) -> None:
    """Writes a text: whole, or what was there stays. A device or a pipe is written to.

    Raises:
        CommandError: It cannot be written.
    """
    if path.exists() and not path.is_file():
        with writing(path):
            path.write_text(text, encoding="utf-8")
        return
    with NewFile(path) as file:
        with writing(path):
            file.draft.write_text(text, encoding="utf-8")
        file.publish()


def check_places(*paths: Path | None) -> None:
    """Finds out before the work that a file cannot be written; None is no file.

    Raises:
        CommandError: It cannot be.
    """
    for path in paths:
        if path is not None:
            with writing(path):
                special = path.exists() and not path.is_file() and not path.is_dir()
            if not special:
                NewFile(path).discard()


def make_folder(path: Path) -> None:
    """Makes a folder, and those above it, unless it is there.

    Raises:
        CommandError: It cannot be made, or something else has its name.
    """
    with writing(path):
        if path.exists() and not path.is_dir():
            raise OutputError(
                path,
                f"{path} is no folder, and one of that name is needed: move it away, or name "
                "another place",
            )
        path.mkdir(parents=True, exist_ok=True)


class NewFile:
    """A file that appears under its name only when it is complete: see `drafts.Draft`.

    Leaving the context without `publish` leaves what was there.

    Args:
        path: Its place.

    Raises:
        CommandError: The folder is missing or not writable.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with writing(path):
            if path.is_dir():
                raise OutputError(path, f"{path} is a folder: name a file")
            if path.exists() and not path.is_file():
                # Renamed over a device, the file would take its place for everyone.
                raise OutputError(path, f"{path} is a device or a pipe: name a file")
            self._draft = Draft(path)

    @property
    def draft(self) -> Path:
        """Where it is written until it is complete."""
        return self._draft.path

    def publish(self) -> None:
        """Gives the complete file its name, once it is on the disk.

        Raises:
            CommandError: The disk is full, or the place has become unwritable.
        """
        with writing(self.path):
            self._draft.publish()

    def discard(self) -> None:
        """Removes what was not published."""
        self._draft.discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.discard()


class Output(Protocol):
    """A file of a run that grows by batches."""

    @property
    def path(self) -> Path:
        """Its place, as it was named."""
        ...

    @property
    def rows(self) -> int:
        """What it holds so far; with nothing in it, it replaces no file at an early end."""
        ...

    @property
    def unfinished(self) -> bool | None:
        """Whether what it holds is a part of a run's; None of a stream, which holds nothing."""
        ...

    def publish(self) -> None:
        """Completes the file."""
        ...

    def discard(self) -> None:
        """Removes what was not published; allowed behind `publish`."""
        ...


AnOutput = TypeVar("AnOutput", bound=Output)


class Outputs:
    """All files of a run, completed together at its end, whatever ends it."""

    def __init__(self) -> None:
        self._files: list[Output] = []
        self._has_ended = False

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._files)

    def add(self, file: AnOutput) -> AnOutput:
        """Takes a file into care."""
        self._files.append(file)
        return file

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
        left, begun = (
            [
                file.path
                for file in self._files
                if file.path not in written and file.unfinished is state
            ]
            for state in (False, True)
        )
        message, code = told(cause)
        parts = [f"{message} {done}", *map(str, failures)]
        parts += _named("written up to there", written) + _named("left as it was", left)
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
