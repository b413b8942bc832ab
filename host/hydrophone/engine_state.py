"""State of the C++ engines: records that they write, or read, in place."""

from collections.abc import Callable

from hydrophone_model.block import Params, State
from hydrophone_model.fixed import Raw
from hydrophone_model.state import (
    Records,
    columns_of,
    element_bytes,
    empty_records,
    record_fields,
    to_records,
)

Fields = list[tuple[int, int, bool]]
Exchange = Callable[[str, Fields, int, bool], None]
"""An engine's call: owner, fields of its record, address of the records, whether it reads them."""


def export_state(params: Params, exchange: Exchange) -> dict[str, Raw]:
    """The engine's state, one array a field."""
    records = empty_records(params)
    _exchange(params, exchange, records, loading=False)
    return columns_of(params, records)


def import_state(params: Params, exchange: Exchange, state: State) -> None:
    """Hands a valid state to the engine."""
    _exchange(params, exchange, to_records(params, state), loading=True)


def exchanged_fields(params: Params, owner: str) -> Fields:
    """Fields of an owner's record: elements of each, bytes of an element, whether it is signed."""
    return [
        (field.count, element_bytes(field.format), field.format.signed)
        for field in record_fields(params, owner).values()
    ]


def _exchange(
    params: Params, exchange: Exchange, records: dict[str, Records], *, loading: bool
) -> None:
    for owner, array in records.items():
        exchange(owner, exchanged_fields(params, owner), array.ctypes.data, loading)
