"""Atomic output files: whole under their name or not at all; what cannot be written is said."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from hydrophone_cli.command import CommandError, Exit
from hydrophone_cli.outputs.drafts import DiscardedAtExit, Draft

STDOUT = Path("-")
"""Names the standard output."""


class OpenFile(Protocol):
    """A file that is written to."""

    @property
    def rows(self) -> int:
        """Number of records so far."""
        ...

    @property
    def unfinished(self) -> bool | None:
        """Whether it holds a part of a run's records; None of a stream, which holds nothing."""
        ...

    def publish(self) -> None:
        """Completes the file."""
        ...

    def discard(self) -> None:
        """Removes what was not published; allowed behind `publish`."""
        ...


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
    """Error context of writing a file: system errors become an `OutputError` of one line.

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


class NewFile(DiscardedAtExit):
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
        """Path of the draft, until the file is complete."""
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
