"""Input checks of a session's fusion, all made before anything is decided or learned."""

from collections.abc import Sequence
from numbers import Real
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hydrophone_drivers.checks import unmasked
from hydrophone_model.fusion.fusion import FusionParams

Flags = NDArray[np.bool_]
Reals = NDArray[np.float64]


def checked_scores(scores: ArrayLike, params: FusionParams) -> NDArray[Any]:
    """The score tables, shape (systems, candidates) or (decisions, systems, candidates).

    Returns:
        Raw ones as int16, all others as float64; the caller's own memory where it is of that type.

    Raises:
        TypeError: They are no numbers.
        ValueError: They have another shape, or a mask.
    """
    table = _unmasked("scores", scores, "a float array's .filled(numpy.nan)")
    if table.dtype.kind not in "iuf":
        raise TypeError(f"scores are of dtype {table.dtype}: give real numbers, or raw int16")
    sizes = (params.systems, params.candidates)
    if table.ndim not in (2, 3) or table.shape[-2:] != sizes:
        raise ValueError(
            f"scores have shape {table.shape}: this session fuses {sizes[0]} systems of "
            f"{sizes[1]} candidates, give ({sizes[0]}, {sizes[1]}) or (decisions, {sizes[0]}, "
            f"{sizes[1]}), or open one with other `fusion.systems` and `fusion.candidates`"
        )
    # Numbers of 16 bits are raw in either byte order.
    raw = (table.dtype.kind, table.dtype.itemsize) == ("i", 2)
    table = table.astype(np.int16 if raw else np.float64, copy=False)
    return table if table.flags.aligned else table.copy()


def checked_scale(scale: float | None, scores: NDArray[Any]) -> float | None:
    """The scale as a float; None if there is none.

    Raises:
        TypeError: It is no number.
        ValueError: It is not above 0, or no float is, or the scores are raw and leave it unused.
    """
    if scale is None:
        return None
    if not isinstance(cast("object", scale), Real):
        raise TypeError(f"scale = {scale!r} is a {type(scale).__name__}: use a number above 0")
    try:
        real = float(scale)
    except OverflowError:
        real = np.inf
    if not (real > 0 and np.isfinite(real)):
        raise ValueError(
            f"scale = {scale} is not allowed: use a number above 0 that is a finite float"
        )
    if scores.dtype == np.int16:
        raise ValueError(
            f"scale = {scale} has no use for int16 scores, which are raw: leave it out, or give "
            "scores as float64"
        )
    return real


def checked_present(
    present: ArrayLike | None, lead: tuple[int, ...], params: FusionParams
) -> Flags:
    """Who takes part in each decision, shape (…, candidates); one row stands for all decisions.

    Raises:
        TypeError: They are no numbers.
        ValueError: They have another shape, a mask, or a value that is neither true nor false.
    """
    shape = (*lead, params.candidates)
    if present is None:
        return np.ones(shape, np.bool_)
    given = _by_candidate("present", present, ".filled(0)", shape)
    invalid = (given != 0) & (given != 1)
    if np.any(invalid):
        place = np.unravel_index(int(np.argmax(invalid)), shape)
        where = ", ".join(str(int(index)) for index in place)
        raise ValueError(
            f"present[{where}] = {given[place]} is not allowed: use 1 or true for who takes part, "
            "0 or false for who does not"
        )
    return given != 0


def checked_outcome(
    outcome: ArrayLike | None, lead: tuple[int, ...], params: FusionParams
) -> NDArray[np.float64]:
    """What became of the candidates, shape (…, candidates); NaN where nothing is given.

    Raises:
        TypeError: They are no numbers.
        ValueError: They have another shape, or a mask; or one row is given for several decisions,
            each of which would learn from it anew.
    """
    shape = (*lead, params.candidates)
    if outcome is None:
        return np.full(shape, np.nan)
    given = _by_candidate("outcome", outcome, "a float array's .filled(numpy.nan)", shape)
    if np.size(outcome) < given.size:
        raise ValueError(
            f"outcome has shape {np.shape(outcome)} for {lead[0]} decisions, and each would learn "
            f"from that one row: give {shape}, with NaN where nothing has become known"
        )
    return given.astype(np.float64)


def checked_records(
    out: NDArray[np.void] | None,
    dtype: np.dtype[np.void],
    shape: tuple[int, ...],
    **inputs: NDArray[Any],
) -> NDArray[np.void]:
    """The caller's buffer for so many decisions, or a new one.

    Args:
        out: The buffer.
        dtype: Of a decision.
        shape: Of the decisions.
        inputs: What is read while they are written, by name.

    Raises:
        TypeError: It is no array.
        ValueError: It is of another shape or dtype, strided, unaligned or read-only, has a mask,
            or overlaps an input.
    """
    if out is None:
        return np.empty(shape, dtype)
    if not isinstance(cast("object", out), np.ndarray):
        raise TypeError(
            f"out is a {type(out).__name__}: give an array of shape {shape} of the dtype that "
            "hydrophone_model.fusion.decision.decision_dtype makes for these systems and candidates"
        )
    unmasked("out", out, "its .data")
    if out.dtype != dtype or out.shape != shape:
        raise ValueError(
            f"out has shape {out.shape} and dtype {out.dtype}: give shape {shape} of "
            f"{dtype}, which `decision_dtype` makes for these systems and candidates"
        )
    if not (out.flags.c_contiguous and out.flags.writeable):
        raise ValueError("out is strided or read-only: give contiguous memory to write to")
    if not out["performance"].flags.aligned:
        raise ValueError("out is not aligned: give a whole new array, and copy the records from it")
    for name, array in inputs.items():
        if np.may_share_memory(out, array):
            raise ValueError(f"out overlaps {name}: give it memory of its own")
    return out


def _by_candidate(
    name: str, values: ArrayLike, remedy: str, shape: tuple[int, ...]
) -> NDArray[Any]:
    """A value for each candidate of each decision; one row stands for all decisions."""
    column = _unmasked(name, values, remedy)
    if column.dtype.kind not in "biuf":
        raise TypeError(f"{name} is of dtype {column.dtype}: give numbers")
    try:
        if column.shape[-1:] == shape[-1:]:
            return np.broadcast_to(column, shape)
    except ValueError:
        pass
    raise ValueError(f"{name} has shape {column.shape}: give {shape}, as the scores have")


def _unmasked(name: str, values: ArrayLike, remedy: str) -> NDArray[Any]:
    """The values as an array, which would lose a mask, or those of its rows."""
    _refuse_masks(name, values, remedy)
    return np.asarray(values)


def _refuse_masks(name: str, values: object, remedy: str) -> None:
    unmasked(name, values, remedy)
    if isinstance(values, list | tuple):
        for row in cast("Sequence[object]", values):
            _refuse_masks(name, row, remedy)
