"""Columns of a score table, read as arrays of times, names and numbers.

Whatever is wrong with a file is said here, with its name, the column and the row.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds.column_parsers import TimeParser, floats
from hydrophone.feeds.columns import ColumnMap
from hydrophone.feeds.errors import FeedError
from hydrophone.feeds.optional_imports import import_optional
from hydrophone.feeds.options import TapeOptions

COLUMNS = ("time", "system", "candidate", "score", "outcome")
"""Columns of a score table; all but the last are needed."""

_MISSING = r"^\s*(|-|none|null|n/?a|[+-]?(nan|inf|infinity))\s*$"
"""Words for no number."""
PURPOSE = "reading score tables"


class Cells:
    """The columns of a table that has at least one row.

    Args:
        path: What messages call the table.
        names: What its columns are called, by what they mean.
        columns: Their cells, likewise.
        notes: What a person should know of how it was read.
    """

    def __init__(
        self,
        path: str,
        names: Mapping[str, str],
        columns: Mapping[str, Any],
        notes: Sequence[str] = (),
    ) -> None:
        self.names = names
        self.notes = tuple(notes)
        self._path = path
        self._columns = columns

    def times(self, unit: str | None) -> NDArray[np.int64]:
        """The time of each row in nanoseconds since the epoch.

        Raises:
            FeedError: One cannot be read, or their unit cannot be told.
        """
        pa = import_optional("pyarrow", purpose=PURPOSE)
        name, column = self.names["time"], self._columns["time"]
        reader = TimeParser(
            columns=ColumnMap(time=(name,), price="", size="", symbol=None, side=None),
            options=TapeOptions(time_unit=unit),
            source=self._path,
        )
        with _readable(self._path, name, column.type):
            times, usable = reader.read(pa.table({name: column}))
        if not np.all(usable):
            row = int(np.argmin(usable))
            raise FeedError(
                f"{self._path}: row {row + 1} has no time that can be read: {column[row].as_py()!r}"
            )
        return times

    def words(self, meaning: str) -> tuple[list[str], NDArray[np.int64]]:
        """Names in alphabetical order, and each row's number among them.

        Raises:
            FeedError: One is empty, or no text in UTF-8.
        """
        pa = import_optional("pyarrow", purpose=PURPOSE)
        pc = import_optional("pyarrow.compute", purpose=PURPOSE)
        name, column = self.names[meaning], self._columns[meaning]
        with _readable(self._path, name, column.type):
            if pa.types.is_dictionary(column.type):
                column = pc.cast(column, column.type.value_type)
            # Bytes, for what a file calls text may be none.
            if not _is_binary(pa, column.type):
                column = pc.cast(column, pa.string())
            column = pc.fill_null(pc.cast(column, pa.large_binary()), b"").combine_chunks()
            coded = column.dictionary_encode()
        codes = coded.indices.to_numpy()

        def text(code: int, raw: bytes) -> str:
            try:
                word = raw.decode().strip()
            except UnicodeDecodeError:
                word = ""
            if word:
                return word
            said = f"a {name} that is no UTF-8 text, {raw!r}" if raw.strip() else f"an empty {name}"
            remedy = "convert the file to UTF-8" if raw.strip() else "say whose score it is"
            row = int(np.argmax(codes == code))
            raise FeedError(f"{self._path}: row {row + 1} has {said}: {remedy}")

        words = [text(code, raw) for code, raw in enumerate(coded.dictionary.to_pylist())]
        order = sorted(set(words))
        number = {word: place for place, word in enumerate(order)}
        return order, np.array([number[word] for word in words], np.int64)[codes]

    def numbers(self, meaning: str) -> NDArray[np.float64]:
        """Numbers; NaN where one is missing or not finite.

        Raises:
            FeedError: A cell says something else.
        """
        pa = import_optional("pyarrow", purpose=PURPOSE)
        pc = import_optional("pyarrow.compute", purpose=PURPOSE)
        name, column = self.names[meaning], self._columns[meaning]
        if pa.types.is_null(column.type):
            return np.full(len(column), np.nan)
        with _readable(self._path, name, column.type):
            if pa.types.is_dictionary(column.type):
                column = pc.cast(column, column.type.value_type)
            if not pa.types.is_floating(column.type):
                column = pc.fill_null(pc.cast(column, pa.string()), "")
            column = column.combine_chunks()
            values = floats(column)
        if pa.types.is_string(column.type):
            words = np.isnan(values) & ~pc.match_substring_regex(
                column, _MISSING, ignore_case=True
            ).to_numpy(zero_copy_only=False)
            if np.any(words):
                row = int(np.argmax(words))
                raise FeedError(
                    f"{self._path}: row {row + 1} has no number for its {name}: "
                    f"{column[row].as_py()!r}; leave it empty where there is none"
                )
        return np.where(np.isfinite(values), values, np.nan)


@contextmanager
def _readable(path: str, name: str, kind: Any) -> Generator[None]:
    """Adds the column's name and type to what Arrow says of a failed conversion."""
    pa = import_optional("pyarrow", purpose=PURPOSE)
    try:
        yield
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise FeedError(
            f"{path}: column {name!r} of type {kind} cannot be read: {error}; give text in UTF-8 "
            "or numbers"
        ) from error


def _is_binary(pa: Any, kind: Any) -> bool:
    return (
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )
