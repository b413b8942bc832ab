"""Corners of the volume block: few values, equal sizes, references that lag behind."""

import numpy as np
from numpy.typing import ArrayLike

from hydrophone_model.dsp.log2 import log2
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import SIZE
from hydrophone_model.whale.volume import DEVIATIONS, OCTAVES, VolumeParams
from hydrophone_sim.vectors.corners.corner import Bench, Show, corner, reached


def _volumes(
    bench: Bench[VolumeParams], size: Raw, parent: Raw, closed: ArrayLike
) -> dict[str, Raw]:
    """Events of the volume block for one symbol."""
    return bench.events(
        len(size),
        size=size,
        parent_size=parent,
        print=log2(size),
        parent=log2(parent),
        closed=closed,
    )


@corner("volume", "first_events", "with fewer values than the minimum nothing is unusual")
def _few_values(bench: Bench[VolumeParams]) -> Show:
    count = bench.params.minimum
    size = np.where(np.arange(count) % 2, SIZE.max, 1)
    return (
        _volumes(bench, size, size, np.arange(count) > 0),
        lambda out: (
            not any(out[name].any() for name in ("above_print", "above_parent", "z_window", "loud"))
        ),
    )


def _settled(bench: Bench[VolumeParams], size: int, last: list[int]) -> tuple[Raw, ArrayLike]:
    """Parents of one size, each closed by the next, as many as settle everything; then others."""
    params = bench.params
    count = max(params.minimum, params.window) + params.lag + 2
    sizes = np.concatenate([np.full(count, size), last])
    return sizes.astype(np.int64), np.arange(len(sizes)) > 0


@corner("volume", "saturation", "after parents of one lot the largest: deviations at their limit")
def _deviations(bench: Bench[VolumeParams]) -> Show:
    size, closed = _settled(bench, 1, [2, 3, SIZE.max, SIZE.max])
    return _volumes(
        bench, size, size, closed
    ), lambda out: reached(out["z_window"], DEVIATIONS.max) and out["above_parent"].max() > 32 << 6


@corner("volume", "floor", "equal sizes have no variance: the least deviation stands in")
def _floor(bench: Bench[VolumeParams]) -> Show:
    size, closed = _settled(bench, 1024, [1025, 1100, 1448])
    return _volumes(
        bench, size, size, closed
    ), lambda out: 0 < out["z_window"][-1] < DEVIATIONS.max and out["z_window"][0] == 0


@corner(
    "volume", "loud", "a parent far above the usual one is loud, as the event `lag` before left"
)
def _loud(bench: Bench[VolumeParams]) -> Show | None:
    if not bench.params.loud:
        return None
    size, closed = _settled(bench, 16, [SIZE.max, 16, SIZE.max])
    return _volumes(
        bench, size, size, closed
    ), lambda out: out["loud"][-1] == 1 and out["loud"][-2] == 0


@corner("volume", "window_wrap", "more parents close than the window holds")
def _volume_wrap(bench: Bench[VolumeParams]) -> Show:
    count = 3 * bench.params.window + bench.params.lag
    size = 1 << bench.rng.integers(0, 12, count)
    return _volumes(bench, size, size, np.arange(count) > 0), lambda out: out["z_window"].any()


@corner("volume", "settled", "the averages reach their slowest rate")
def _memories(bench: Bench[VolumeParams]) -> Show:
    count = (1 << bench.params.memory) + 64
    size = 1 + bench.rng.geometric(0.05, count)
    closed = np.arange(count) > 0
    return _volumes(bench, size, size, closed), lambda out: out["above_print"][-64:].any()


@corner("volume", "empty", "sizes of no lots count as one lot's logarithm")
def _no_lots(bench: Bench[VolumeParams]) -> Show:
    size, closed = _settled(bench, 0, [0, 1])
    return _volumes(bench, size, size, closed), lambda out: out["above_print"][-1] > 0


@corner("volume", "closed_first", "an event that closes before any other gives a size of no lots")
def _closed_first(bench: Bench[VolumeParams]) -> Show:
    count = bench.params.minimum + bench.params.lag
    size = np.append(np.ones(count, np.int64), 4)
    return _volumes(bench, size, size, np.ones_like(size)), lambda out: out["above_parent"][-1] > 0


@corner(
    "volume",
    "loud_lags",
    "parents are loud by the setting of the event `lag` before",
    configuration={"volume": {"loud": 64}},
    then={"volume": {"loud": OCTAVES.max}},
)
def _loud_lags(bench: Bench[VolumeParams]) -> Show:
    quiet, _ = _settled(bench, 16, [])
    half, lag = len(quiet), bench.params.lag
    size = np.concatenate([quiet, np.full(half, SIZE.max)])
    return _volumes(bench, size, size, np.arange(2 * half) > 0), lambda out: bool(
        out["loud"][half : half + lag].all() and not out["loud"][half + lag :].any()
    )


@corner(
    "volume",
    "loud_none",
    "a setting of 0 makes no parent loud, one of 1 those a step above",
    configuration={"volume": {"loud": 0}},
    then={"volume": {"loud": 1}},
)
def _loud_none(bench: Bench[VolumeParams]) -> Show:
    lag = bench.params.lag
    begun, _ = _settled(bench, 16, [])
    half = len(begun) + lag
    size = np.concatenate([np.full(half, 16), np.full(half - 1, 17), [9]])
    return _volumes(bench, size, size, np.arange(2 * half) > 0), lambda out: bool(
        not out["loud"][: half + lag].any() and out["loud"][half + lag :].any()
    )
