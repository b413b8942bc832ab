"""Input checks of devices, before any state changes: buffers, and the ranges of events."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from hydrophone_drivers.arrays import Events, Results
from hydrophone_drivers.errors import EventError
from hydrophone_model.formats import TAIL
from hydrophone_model.records import EVENT, RESULT, Record
from hydrophone_model.whale.pipeline import PipelineParams

_EVENT = EVENT.dtype
_RESULT = RESULT.dtype
_WIDEST = "time_ns"
"""The widest field of both records, which is aligned if, and only if, all fields are."""


def limits(params: PipelineParams) -> dict[str, tuple[int, int]]:
    """Smallest and largest allowed value of each field of an event that the pipeline reads."""
    ranges = {name: (port.format.min, port.format.max) for name, port in params.inputs.items()}
    for name in ("price", "size"):
        ranges[name] = (1, ranges[name][1])
    ranges["symbol"] = (0, params.symbols - 1)
    return ranges


def check_events(events: Events, params: PipelineParams) -> None:
    """Refuses a batch that holds an event out of range; ``flags`` and ``reserved`` are free.

    Raises:
        EventError: Names the first such event and its first such field.
    """
    first, fault = events.size, None
    for name, (low, high) in limits(params).items():
        column = events[name]
        outside = column > high
        if low:
            outside |= column < low
        place = int(outside.argmax()) if outside.size else 0
        if place < first and outside[place]:
            first, fault = place, (name, low, high)
    if fault is not None:
        name, low, high = fault
        value = int(events[name][first])
        raise EventError(index=first, field=name, value=value, low=low, high=high)


def check_values(values: Sequence[int], params: PipelineParams) -> None:
    """Refuses one event given as the values of its first fields, in the order of `EVENT`.

    Raises:
        EventError: Names the first value out of range.
    """
    allowed = limits(params)
    for field, value in zip(EVENT.fields, values, strict=False):
        low, high = allowed[field.name]
        if not low <= value <= high:
            raise EventError(index=0, field=field.name, value=value, low=low, high=high)


def checked_events(events: Any) -> Events:
    """The events as a contiguous array, aligned or not; only a strided one is copied.

    Raises:
        TypeError: Not a one-dimensional array of `EVENT` records; the message says what it is.
        ValueError: It has a mask.
    """
    return np.ascontiguousarray(_records(events, _EVENT, EVENT, "events"))


def checked_results(out: Any, events: Events) -> Results:
    """The caller's buffer for the results of these events.

    Raises:
        TypeError: Not a one-dimensional array of `RESULT` records.
        ValueError: Of another length, with a mask, strided, unaligned, read-only, or overlapping
            the events.
    """
    results = _records(out, _RESULT, RESULT, "out")
    if results.size != events.size:
        raise ValueError(
            f"out holds {results.size} results for {events.size} events: give it the same length"
        )
    if not results.flags.c_contiguous:
        raise ValueError(f"out has a stride of {results.strides[0]} bytes: give it {RESULT.size}")
    if not results[_WIDEST].flags.aligned:
        raise ValueError("out is not aligned: give a whole new array, and copy the results from it")
    if not results.flags.writeable:
        raise ValueError("out is read-only: give an array that can be written")
    if np.may_share_memory(results, events):
        raise ValueError("out overlaps events: give it memory of its own")
    return results


def checked_input_results(results: Any) -> Results:
    """Results as a contiguous array, aligned or not; only a strided one is copied.

    Raises:
        TypeError: Not a one-dimensional array of `RESULT` records; the message says what it is.
        ValueError: It has a mask.
    """
    return np.ascontiguousarray(_records(results, _RESULT, RESULT, "results"))


def check_results_of(results: Results, events: Events) -> None:
    """Refuses results that are not what the pipeline has said of these events.

    Raises:
        ValueError: It has another length, or is about other events; the message names the first
            one.
    """
    if results.size != events.size:
        raise ValueError(
            f"results holds {results.size} for {events.size} events: give it the same length"
        )
    for name in RESULT.echoed:
        other = results[name] != events[name]
        if other.any():
            place = int(other.argmax())
            raise ValueError(
                f"results[{place}] is not of events[{place}]: its {name} is "
                f"{results[name][place]}, not {events[name][place]}; give those that process "
                "returned for these events"
            )
    beyond = results["score"] > TAIL.max
    if beyond.any():
        place = int(beyond.argmax())
        raise ValueError(
            f"results[{place}] has score = {results['score'][place]}, beyond {TAIL.max}: give "
            "those that process returned"
        )


def unmasked(name: str, values: object, remedy: str) -> None:
    """Refuses an array with a mask, for whatever takes it as an array loses the mask.

    Raises:
        ValueError: It has one.
    """
    if isinstance(values, np.ma.MaskedArray):
        raise ValueError(f"{name} has a mask, which would be lost: give {remedy}")


def _records(array: Any, dtype: np.dtype[np.void], record: Record, name: str) -> NDArray[np.void]:
    """The argument `name` as a plain one-dimensional array of a record's dtype, not copied."""
    if type(array) is np.ndarray and array.dtype is dtype and array.ndim == 1:
        return array  # comparing the fields of equal dtypes takes longer than scoring an event
    if not isinstance(array, np.ndarray):
        raise TypeError(
            f"{name} is a {type(array).__name__}: give an array of {record.name} records, "
            f"np.zeros(n, hydrophone.{record.name.upper()})"
        )
    typed = cast("NDArray[np.void]", array)
    if type(typed) is not np.ndarray:
        unmasked(name, typed, "its .compressed() records, or its .data")
        # What the array is, not what its class says of it.
        typed = np.ndarray.view(typed, np.ndarray)
    if typed.dtype != dtype or typed.ndim != 1:
        raise TypeError(
            f"{name} has dtype {typed.dtype} and {typed.ndim} dimensions: give one dimension of "
            f"hydrophone.{record.name.upper()}.dtype"
        )
    return typed
