"""Files that a command writes: whole under their name, or not at all."""

import json
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

import numpy as np
from numpy.typing import NDArray

from hydrophone.cli.contract import CommandError, Exit
from hydrophone.feeds import Tape
from hydrophone.feeds.optional import optional
from hydrophone_model.formats import TAIL
from hydrophone_model.records import Kind, ResultFlag, Side

Records = NDArray[np.void]


@contextmanager
def writing(path: Path) -> Generator[None]:
    """What is done to write a file; what keeps it from being written is said in one line.

    A closed pipe is left to the command line: nobody wants what would have been written.

    Raises:
        CommandError: The system refused, because of a full disk or missing rights for instance.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CommandError(
            f"cannot write {path}: {error.strerror or error}", Exit.OUTPUT
        ) from error


def write(path: Path, text: str) -> None:
    """Writes a text.

    Raises:
        CommandError: It cannot be written.
    """
    with writing(path):
        path.write_text(text, encoding="utf-8")


def make_folder(path: Path) -> None:
    """Makes a folder, and those above it, unless it is there.

    Raises:
        CommandError: It cannot be made, or something else has its name.
    """
    with writing(path):
        if path.exists() and not path.is_dir():
            raise CommandError(
                f"{path} is no folder, and one of that name is needed: move it away, or name "
                "another place",
                Exit.OUTPUT,
            )
        path.mkdir(parents=True, exist_ok=True)


class NewFile:
    """A file that appears under its name only when it is complete.

    It is written beside its place and renamed by `publish`; leaving the context without that
    removes it.

    Args:
        path: Its place.

    Raises:
        CommandError: The folder is missing or not writable.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with writing(path):
            if path.is_dir():
                raise CommandError(f"{path} is a folder: name a file", Exit.OUTPUT)
            if path.exists() and not path.is_file():
                # Renamed over a device, the file would take its place for everyone.
                raise CommandError(f"{path} is a device or a pipe: name a file", Exit.OUTPUT)
            with tempfile.NamedTemporaryFile(
                dir=path.parent, prefix=f".{path.name}.", delete=False
            ) as file:
                self.draft = Path(file.name)

    def publish(self) -> None:
        """Gives the complete file its name, with the usual permissions.

        Raises:
            CommandError: Its place has become unwritable.
        """
        with writing(self.path):
            self.draft.chmod(0o666 & ~_umask())
            self.draft.replace(self.path)

    def discard(self) -> None:
        """Removes what was not published."""
        with suppress(FileNotFoundError):
            self.draft.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.discard()


def alert_record(alert: np.void, tape: Tape) -> dict[str, Any]:
    """An alert as a person or program reads it: names, and the tape's own units."""
    symbol = int(alert["symbol"])
    return {
        "sequence": int(alert["sequence"]),
        "time_ns": int(alert["time_ns"]),
        "symbol": tape.symbols[symbol],
        "side": Side(int(alert["side"])).name.lower(),
        "kind": Kind(int(alert["kind"])).name.lower(),
        "score": int(alert["score"]) * TAIL.resolution,
        "parent_size": tape.size(symbol, int(alert["parent_size"])),
        "price": tape.price(symbol, int(alert["price"])),
    }


class LineFile:
    """Records as JSON lines.

    Args:
        path: Where they go.

    Raises:
        CommandError: They cannot be written; every method but `discard` may find that.
    """

    def __init__(self, path: Path) -> None:
        self._file = NewFile(path)
        self._text: TextIO = self._file.draft.open("w", encoding="utf-8")

    def write(self, records: list[dict[str, Any]]) -> None:
        """Adds records."""
        with writing(self._file.path):
            self._text.writelines(json.dumps(record) + "\n" for record in records)

    def publish(self) -> None:
        """Completes the file."""
        with writing(self._file.path):
            self._text.close()
        self._file.publish()

    def discard(self) -> None:
        """Removes an incomplete file."""
        with suppress(OSError):
            self._text.close()
        self._file.discard()


class TableFile:
    """A table that grows by batches, as Parquet or CSV.

    Args:
        path: Where it goes.
        fields: Its columns' names and types.
        purpose: What it is written for, should a package be missing.
        csv: CSV in place of Parquet.

    Raises:
        CommandError: It cannot be written; every method but `discard` may find that.
        MissingPackageError: PyArrow is not installed.
    """

    def __init__(
        self, path: Path, fields: Sequence[tuple[str, Any]], *, purpose: str, csv: bool = False
    ) -> None:
        self._pa = optional("pyarrow", purpose=purpose)
        if csv:
            writer = optional("pyarrow.csv", purpose=purpose).CSVWriter
        else:
            writer = optional("pyarrow.parquet", purpose=purpose).ParquetWriter
        self._schema = self._pa.schema(fields)
        self._file = NewFile(path)
        try:
            with writing(path):
                self._writer = writer(str(self._file.draft), self._schema)
        except CommandError:
            self._file.discard()
            raise

    def add(self, columns: Sequence[Any]) -> None:
        """Adds rows, given as columns: arrays of NumPy or of PyArrow."""
        pa = self._pa
        arrays = [
            column if isinstance(column, pa.Array) else pa.array(np.ascontiguousarray(column))
            for column in columns
        ]
        with writing(self._file.path):
            self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))

    def publish(self) -> None:
        """Completes the file."""
        with writing(self._file.path):
            self._writer.close()
        self._file.publish()

    def discard(self) -> None:
        """Removes an incomplete file."""
        with suppress(Exception):
            self._writer.close()
        self._file.discard()


class ScoreFile(TableFile):
    """Scores as Parquet, one row an event.

    Args:
        path: Where they go.
        tape: Names the symbols and knows their units.

    Raises:
        CommandError: They cannot be written; every method but `discard` may find that.
    """

    def __init__(self, path: Path, tape: Tape) -> None:
        purpose = "writing scores"
        pa = optional("pyarrow", purpose=purpose)
        words = pa.dictionary(pa.uint16(), pa.string())
        fields = [
            ("sequence", pa.uint64()),
            ("time_ns", pa.uint64()),
            ("symbol", words),
            ("side", words),
            ("price", pa.float64()),
            ("size", pa.float64()),
            ("parent_size", pa.float64()),
            ("kind", words),
            ("score", pa.float32()),
            *((kind.name.lower(), pa.float32()) for kind in Kind),
            *((flag.name.lower(), pa.bool_()) for flag in ResultFlag if flag.name),
        ]
        super().__init__(path, fields, purpose=purpose)
        self._tape = tape

    def write(self, events: Records, results: Records) -> None:
        """Adds a batch of events and their results."""
        tape, symbol = self._tape, results["symbol"]
        columns: list[Any] = [
            results["sequence"],
            results["time_ns"],
            self._words(symbol, tape.symbols),
            self._words(results["side"], [side.name.lower() for side in Side]),
            tape.prices(symbol, results["price"]),
            tape.sizes(symbol, events["size"]),
            tape.sizes(symbol, results["parent_size"]),
            self._words(results["kind"], [kind.name.lower() for kind in Kind]),
            _tails(results["score"]),
            *(_tails(results["heads"][:, kind]) for kind in Kind),
            *((results["flags"] & flag) != 0 for flag in ResultFlag),
        ]
        self.add(columns)

    def _words(self, codes: NDArray[np.unsignedinteger], words: list[str]) -> Any:
        pa = self._pa
        indices = pa.array(codes.astype(np.uint16))
        return pa.DictionaryArray.from_arrays(indices, pa.array(words, pa.string()))


def _tails(raw: NDArray[np.unsignedinteger]) -> NDArray[np.float32]:
    return raw.astype(np.float32) * np.float32(TAIL.resolution)


def _umask() -> int:
    import os

    mask = os.umask(0)
    os.umask(mask)
    return mask
