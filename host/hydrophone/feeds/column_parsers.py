"""Column parsers: Arrow columns of text or numbers become the integers and floats of prints.

Every function here takes a whole column and marks what it cannot read, so that one bad cell costs
one row and no more.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds.columns import MAKER_COLUMN, ColumnMap, unit_of
from hydrophone.feeds.optional_imports import import_optional
from hydrophone.feeds.options import TapeOptions
from hydrophone.feeds.time_zones import to_utc
from hydrophone.feeds.trades import UNKNOWN_SIDE, Mask
from hydrophone_model.records import Side

_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
_DECIMAL = r"^\s*(-?\d{1,19})(?:(\.\d{1,9})\d*)?\s*$"
_ZONED = r"(Z|[+-]\d\d:?\d\d)\s*$"
_BUY = ("buy", "b", "buyer", "bought", "1", "+1")
_SELL = ("sell", "s", "seller", "sold", "-1")
_NO_SIDE = ("", "none", "null", "nan", "n/a", "na", "unknown", "u", "-", "0")
_FIRST = 1000
"""Values among which the first one that can be read is looked for."""
MISSING_SIDE, STRANGE_SIDE = -1, -2


def floats(column: Any) -> NDArray[np.float64]:
    """A column as `float64`; what is no number becomes NaN."""
    pa, pc = _arrow()
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        try:
            column = pc.cast(column, pa.float64())
        except pa.ArrowInvalid:
            readable = pc.match_substring_regex(column, _NUMBER)
            text = pc.utf8_trim_whitespace(pc.if_else(readable, column, None))
            column = pc.cast(pc.replace_substring_regex(text, r"^\+", ""), pa.float64())
    elif not pa.types.is_float64(column.type):
        narrow = pa.types.is_float32(column.type)
        column = pc.cast(column, pa.float64(), safe=False)
        if narrow:
            return _seven_digits(column.to_numpy(zero_copy_only=False))
    return column.to_numpy(zero_copy_only=False).astype(np.float64, copy=False)


def _seven_digits(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The decimals that were meant by numbers stored in 32 bits."""
    size = np.abs(np.where(np.isfinite(values) & (values != 0), values, 1.0))
    scale = 10.0 ** (6 - np.floor(np.log10(size)))
    return np.rint(values * scale) / scale


class TimeParser:
    """Reads a time column the same way from its first value to its last.

    Args:
        columns: The columns it is read from.
        options: The tape's options.
        source: What messages call the source.
    """

    def __init__(self, *, columns: ColumnMap, options: TapeOptions, source: str) -> None:
        self._columns = columns.time
        self._options = options
        self._source = source
        self._unit = 0
        self._numeric: bool | None = None

    def read(self, table: Any) -> tuple[NDArray[np.int64], Mask]:
        """Times of a table in nanoseconds since the epoch, and which of them can be used.

        Raises:
            FeedError: The unit of the first numeric time cannot be told.
        """
        pa, pc = _arrow()
        parts = [table.column(name).combine_chunks() for name in self._columns]
        if len(parts) == 2:
            texts = [pc.cast(part, pa.string()) for part in parts]
            column = pc.binary_join_element_wise(*texts, "T")
        else:
            column = parts[0]
        kind = column.type
        if pa.types.is_dictionary(kind):
            column = column.dictionary_decode()
            kind = column.type
        if pa.types.is_timestamp(kind):
            return self._timestamps(column)
        if pa.types.is_integer(kind):
            return self._integers(column)
        if pa.types.is_floating(kind):
            return self._floats(column)
        if pa.types.is_decimal(kind):
            return self._decimals(column)
        return self._texts(pc.cast(column, pa.string()))

    def _known_unit(self, values: Any) -> int:
        if not self._unit:
            first = next((float(v) for v in values[:_FIRST] if v == v and v is not None), None)
            if first is None:
                return 1
            self._unit = unit_of(self._columns[0], first, self._options, self._source)
        return self._unit

    def _integers(self, column: Any) -> tuple[NDArray[np.int64], Mask]:
        pa, pc = _arrow()
        usable = pc.is_valid(column).to_numpy(zero_copy_only=False)
        times = pc.fill_null(pc.cast(column, pa.int64(), safe=False), -1).to_numpy()
        if pa.types.is_uint64(column.type):
            # Cast to signed, the largest became negative.
            usable = usable & (times >= 0)
        unit = self._known_unit(times[usable])
        most = (2**63 - 1) // unit
        usable = usable & (times >= -most) & (times <= most)
        return np.where(usable, times, 0) * unit, usable

    def _floats(self, column: Any) -> tuple[NDArray[np.int64], Mask]:
        values = floats(column)
        usable = np.isfinite(values)
        unit = self._known_unit(values[usable])
        usable &= np.abs(np.where(usable, values, 0.0)) < 2.0**63 / unit
        whole = np.floor(np.where(usable, values, 0.0))
        part = np.where(usable, values, 0.0) - whole
        times = whole.astype(np.int64) * unit + np.rint(part * unit).astype(np.int64)
        return times, usable

    def _decimals(self, column: Any) -> tuple[NDArray[np.int64], Mask]:
        """Exact times of decimals: scaled to whole nanoseconds, one is that number in 128 bits."""
        pa, pc = _arrow()
        usable = pc.is_valid(column).to_numpy(zero_copy_only=False)
        if not usable.any():
            return np.zeros(len(column), dtype=np.int64), usable
        unit = self._known_unit([float(column.drop_null()[0].as_py())])
        scale = len(str(unit)) - 1
        exact = pc.cast(column, pa.decimal128(38, scale), safe=False)
        raw = np.frombuffer(exact.buffers()[1], dtype=np.int64)
        raw = raw[2 * exact.offset : 2 * (exact.offset + len(exact))]
        low, high = raw[::2], raw[1::2]
        usable = usable & (high == low >> 63)
        return np.where(usable, low, 0), usable

    def _timestamps(self, column: Any) -> tuple[NDArray[np.int64], Mask]:
        pa, pc = _arrow()
        usable = pc.is_valid(column).to_numpy(zero_copy_only=False)
        nanos = pc.cast(column, pa.timestamp("ns", tz=column.type.tz), safe=False)
        times = pc.fill_null(pc.cast(nanos, pa.int64()), 0).to_numpy()
        if column.type.tz is None and self._options.time_zone != "UTC":
            times = to_utc(times.astype(np.int64), self._options.time_zone)
        return times.astype(np.int64), usable

    def _texts(self, column: Any) -> tuple[NDArray[np.int64], Mask]:
        """Times of texts: all numbers or all dates, as the first one that can be read is."""
        pa, pc = _arrow()
        numeric = pc.fill_null(pc.match_substring_regex(column, _DECIMAL), False)
        if self._numeric is None:
            self._numeric = self._is_numeric(column, numeric)
        if self._numeric:
            readable = pc.if_else(numeric, column, None)
            whole = pc.replace_substring_regex(readable, _DECIMAL, r"\1\2")
            return self._decimals(pc.cast(whole, pa.decimal128(38, 9)))
        texts = pc.utf8_trim_whitespace(pc.if_else(numeric, None, column))
        zoned = pc.fill_null(pc.match_substring_regex(texts, _ZONED), False)
        fixed, is_fixed = self._timestamps(
            _cast(pc.if_else(zoned, texts, None), pa.timestamp("ns", tz="UTC"))
        )
        local, is_local = self._timestamps(
            _cast(pc.if_else(zoned, None, texts), pa.timestamp("ns"))
        )
        return np.where(is_fixed, fixed, local), is_fixed | is_local

    def _is_numeric(self, column: Any, numeric: Any) -> bool | None:
        """Whether times are numbers, as the first one that can be read says; None without one."""
        if self._unit:
            return True
        for text, number in zip(column[:_FIRST], numeric[:_FIRST], strict=True):
            if number.as_py():
                return True
            if text.is_valid and _is_time(text.as_py().strip()):
                return False
        return None


def _cast(texts: Any, kind: Any) -> Any:
    """Texts as times; what is unreadable is null."""
    pa, pc = _arrow()
    try:
        return pc.cast(texts, kind)
    except pa.ArrowInvalid:
        return _cast_each(texts, kind)


def _is_time(word: str) -> bool:
    """Whether a text is a date and time, with or without a zone."""
    pa, pc = _arrow()
    for zone in ("UTC", None):
        with suppress(pa.ArrowInvalid):
            return pc.cast(pa.scalar(word), pa.timestamp("ns", tz=zone)).is_valid
    return False


def _cast_each(texts: Any, kind: Any) -> Any:
    """Casts text by text, only where a whole column did not cast: what is unreadable is null."""
    pa, pc = _arrow()
    cells: list[Any] = []
    for text in texts:
        try:
            cells.append(pc.cast(text, kind) if text.is_valid else pa.scalar(None, kind))
        except pa.ArrowInvalid:
            cells.append(pa.scalar(None, kind))
    return pa.array(cells, kind)


def symbols(column: Any, index_of: Callable[[str], int]) -> NDArray[np.int32]:
    """Indices of a column of symbols; a missing name is -1."""
    pa, pc = _arrow()
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(pc.cast(column, pa.string()))
    names = _words(column.dictionary)
    codes = pc.fill_null(column.indices, len(names)).to_numpy(zero_copy_only=False)
    index = np.full(len(names) + 1, -1, dtype=np.int32)
    # Only names in use are entered: a dictionary may list more.
    for code in np.flatnonzero(np.bincount(codes, minlength=1)):
        if code < len(names) and (name := names[code].strip()):
            index[code] = index_of(name)
    return index[codes]


def _words(dictionary: Any) -> list[str]:
    """Texts of a dictionary, of whatever type and encoding; a missing one is empty."""
    pa, pc = _arrow()
    cells = pc.cast(pc.cast(dictionary, pa.string()), pa.binary()).to_pylist()
    return [(cell or b"").decode("utf-8", "backslashreplace") for cell in cells]


def sides(column: Any, name: str, options: TapeOptions) -> tuple[NDArray[np.int8], Mask]:
    """Aggressor sides of a column, and where it says something that is no side."""
    pa, pc = _arrow()
    maker = name.lower() == MAKER_COLUMN
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(pc.cast(column, pa.string()))
    words = _words(column.dictionary)
    meaning = np.array(
        [_side(word, maker, options) for word in words] + [MISSING_SIDE], dtype=np.int8
    )
    said = meaning[pc.fill_null(column.indices, len(words)).to_numpy(zero_copy_only=False)]
    strange = said == STRANGE_SIDE
    return np.where(strange, UNKNOWN_SIDE, said).astype(np.int8), strange


def _side(word: str, maker: bool, options: TapeOptions) -> int:
    if options.sides:
        named = {word: name for name, word in options.sides.items()}
        side = named.get(word.strip())
        if side is not None:
            return Side.BUY if side == "buy" else Side.SELL
    word = word.strip().lower()
    if maker:
        return {"true": Side.SELL, "1": Side.SELL, "false": Side.BUY, "0": Side.BUY}.get(
            word, STRANGE_SIDE
        )
    if word in _NO_SIDE:
        return MISSING_SIDE
    if not options.sides:
        if word in _BUY:
            return Side.BUY
        if word in _SELL:
            return Side.SELL
    return STRANGE_SIDE


def _arrow() -> tuple[Any, Any]:
    purpose = "reading tables"
    return import_optional("pyarrow", purpose=purpose), import_optional(
        "pyarrow.compute", purpose=purpose
    )
