"""Arrow export of records by the PyCapsule interface: pyarrow, polars and others take it.

    table = pyarrow.table(hydrophone.arrow(results))
    frame = polars.DataFrame(hydrophone.arrow(results))

Records lie one after the other, Arrow's columns each by itself: no column of packed records can be
handed over as it lies. So the columns are gathered once, when the export is made, and consumers
read that memory without another copy.
"""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hydrophone import _kernels
from hydrophone_drivers.checks import unmasked

_FORMATS = {
    "u1": "C", "u2": "S", "u4": "I", "u8": "L", "i1": "c", "i2": "s", "i4": "i", "i8": "l",
    "f4": "f", "f8": "g", "b1": "C",
}  # fmt: skip
"""Arrow's format strings by NumPy's kind and size; truth values are bytes, as they lie."""


class ArrowRecords:
    """Records for Arrow, see `arrow`; each of its methods may be called any number of times.

    What it has given is a consumer's own, and lasts longer than this.
    """

    def __init__(self, table: _kernels.ArrowTable) -> None:
        self._table = table

    def __arrow_c_schema__(self) -> object:
        """The schema: a struct of the records' fields."""
        return self._table.schema()

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        """Schema and array; a requested schema is not looked at, as the interface allows."""
        return self._table.schema(), self._table.array()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """A stream of one batch."""
        return self._table.stream()


def arrow(
    records: NDArray[np.void], *, layout: Literal["columns", "records"] = "columns"
) -> ArrowRecords:
    """Records (events, results, decisions) for whatever takes Arrow's PyCapsule interface.

    Args:
        records: Shape (n,), of a structured dtype.
        layout: ``columns`` gathers each field into a column, once; later changes of the records
            do not show. ``records`` copies nothing: one column, ``record``, whose values are the
            records' bytes where they lie; whoever writes to the records changes them.

    Raises:
        TypeError: The array has no fields, or one that Arrow has no numbers for.
        ValueError: It has another shape or a mask; or strides, where nothing may be copied.
    """
    unmasked("records", records, "its .compressed() records, or its .data")
    dtype = records.dtype
    if dtype.fields is None:
        raise TypeError(f"records have dtype {dtype}: give records with named fields")
    if records.ndim != 1:
        raise ValueError(f"records have {records.ndim} dimensions: give one")
    if layout == "records":
        if not records.flags.c_contiguous:
            raise ValueError("records are strided: give layout='columns', or a copy of them")
        return ArrowRecords(_kernels.ArrowTable(_bytes(records), dtype.itemsize, []))
    columns = [_column(name, *field[:2]) for name, field in dtype.fields.items()]
    whole = np.ascontiguousarray(records)
    return ArrowRecords(_kernels.ArrowTable(_bytes(whole), dtype.itemsize, columns))


def _bytes(records: NDArray[np.void]) -> NDArray[np.uint8]:
    return np.ndarray(records.size * records.dtype.itemsize, np.uint8, records.view(np.uint8).data)


def _column(name: str, dtype: np.dtype[Any], offset: int) -> tuple[str, str, int, int, list[int]]:
    base, shape = dtype.subdtype or (dtype, ())
    format = _FORMATS.get(f"{base.kind}{base.itemsize}") if base.isnative else None
    if format is None:
        raise TypeError(f"field {name} has dtype {dtype}: give integers, floats or truth values")
    return name, format, offset, base.itemsize, list(shape)
