"""Table files: Parquet or CSV, published when the run has ended."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds import Tape
from hydrophone.feeds.optional_imports import import_optional
from hydrophone_cli.outputs.files import NewFile, OutputError, writing
from hydrophone_model.formats import TAIL
from hydrophone_model.records import Kind, ResultFlag, Side

Records = NDArray[np.void]
_Values = Callable[[Records, Records], Any]
"""Values of a column, of events and their results."""
_Column = tuple[str, Any, _Values]
ROWS = 1 << 16
"""Rows of a row group. They are gathered, for a live source brings a few at a time."""


class TableFile:
    """A table that grows by batches, as Parquet or CSV.

    Args:
        path: Where it goes.
        fields: Its columns' names and types.
        purpose: What it is written for, should a package be missing.
        csv: CSV in place of Parquet.

    Raises:
        OutputError: It cannot be written; every method but `discard` may find that.
        MissingPackageError: PyArrow is not installed.
    """

    def __init__(
        self, path: Path, fields: Sequence[tuple[str, Any]], *, purpose: str, csv: bool = False
    ) -> None:
        self._pa = import_optional("pyarrow", purpose=purpose)
        if csv:
            writer = import_optional("pyarrow.csv", purpose=purpose).CSVWriter
        else:
            writer = import_optional("pyarrow.parquet", purpose=purpose).ParquetWriter
        self.path = path
        self.rows = 0
        self.unfinished = False
        self._schema = self._pa.schema(fields)
        self._waiting: list[Any] = []
        self._count = 0
        self._file = NewFile(path)
        try:
            with writing(path):
                self._writer = writer(str(self._file.draft), self._schema)
        except OutputError:
            self._file.discard()
            raise

    def add(self, columns: Sequence[Any]) -> None:
        """Adds rows, given as columns: arrays of NumPy or of PyArrow."""
        pa = self._pa
        arrays = [
            column if isinstance(column, pa.Array) else pa.array(np.ascontiguousarray(column))
            for column in columns
        ]
        table = pa.Table.from_arrays(arrays, schema=self._schema)
        self._waiting.append(table)
        self._count += table.num_rows
        self.rows += table.num_rows
        if self._count >= ROWS:
            self._write(self._count // ROWS * ROWS)

    def _write(self, count: int) -> None:
        """Writes the first rows of those that wait."""
        table = self._pa.concat_tables(self._waiting).unify_dictionaries().combine_chunks()
        self._waiting, self._count = [table.slice(count)], self._count - count
        with writing(self.path):
            for start in range(0, count, ROWS):
                self._writer.write_table(table.slice(start, min(ROWS, count - start)))

    def publish(self) -> None:
        """Completes the file."""
        if self._count:
            self._write(self._count)
        with writing(self.path):
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
        OutputError: They cannot be written; every method but `discard` may find that.
    """

    def __init__(self, path: Path, tape: Tape) -> None:
        purpose = "writing scores"
        pa = import_optional("pyarrow", purpose=purpose)
        self._tape = tape
        self._columns = self._described(pa)
        fields = [(name, kind) for name, kind, _ in self._columns]
        super().__init__(path, fields, purpose=purpose)

    def _described(self, pa: Any) -> list[_Column]:
        """The columns in order: name, type, and what they hold of events and their results."""
        tape = self._tape
        words, prices = pa.dictionary(pa.uint16(), pa.string()), pa.float64()
        sides, kinds = ([member.name.lower() for member in names] for names in (Side, Kind))
        return [
            ("sequence", pa.uint64(), lambda _, results: results["sequence"]),
            ("time_ns", pa.uint64(), lambda _, results: results["time_ns"]),
            ("symbol", words, lambda _, results: self._words(results["symbol"], tape.symbols)),
            ("side", words, lambda _, results: self._words(results["side"], sides)),
            ("price", prices, lambda _, results: tape.prices(results["symbol"], results["price"])),
            ("size", prices, lambda events, results: tape.sizes(results["symbol"], events["size"])),
            (
                "parent_size",
                prices,
                lambda _, results: tape.sizes(results["symbol"], results["parent_size"]),
            ),
            ("kind", words, lambda _, results: self._words(results["kind"], kinds)),
            ("score", pa.float32(), lambda _, results: _tails(results["score"])),
            *((kind.name.lower(), pa.float32(), _tail_of(kind)) for kind in Kind),
            *((flag.name.lower(), pa.bool_(), _flag_of(flag)) for flag in ResultFlag if flag.name),
        ]

    def write(self, events: Records, results: Records) -> None:
        """Adds a batch of events and their results."""
        self.add([values(events, results) for _, _, values in self._columns])

    def _words(self, codes: NDArray[np.unsignedinteger], words: list[str]) -> Any:
        pa = self._pa
        indices = pa.array(codes.astype(np.uint16))
        return pa.DictionaryArray.from_arrays(indices, pa.array(words, pa.string()))


def _tail_of(kind: Kind) -> _Values:
    return lambda _, results: _tails(results["heads"][:, kind])


def _flag_of(flag: ResultFlag) -> _Values:
    return lambda _, results: (results["flags"] & flag) != 0


def _tails(raw: NDArray[np.unsignedinteger]) -> NDArray[np.float32]:
    return raw.astype(np.float32) * np.float32(TAIL.resolution)
