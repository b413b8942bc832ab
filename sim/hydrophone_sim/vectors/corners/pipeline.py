"""Corners of the whole pipeline: what only shows with all blocks together, and its alert queue."""

import numpy as np

from hydrophone_hdl.top import ALERT_QUEUE
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import SIZE, TIME
from hydrophone_model.records import ResultFlag
from hydrophone_model.whale.pipeline import PipelineParams
from hydrophone_sim.vectors.corners.corner import NOW, Bench, Show, corner

MILLISECOND = 1_000_000


@corner("pipeline", "first_events", "the first print of each symbol: no parent before, no evidence")
def _first(bench: Bench[PipelineParams]) -> Show:
    count = min(bench.params.symbols, 64)
    symbol = np.arange(count)
    return bench.events(
        count, symbol=symbol, sequence=symbol, size=symbol + 1
    ), lambda out: not (out["flags"] & ResultFlag.JOINED).any()


@corner("pipeline", "gap", "as long apart as the gap still joins, a nanosecond more does not")
def _gap(bench: Bench[PipelineParams]) -> Show:
    gap = bench.params.parent.gap_ns
    time = NOW + np.cumsum([0, gap, gap + 1, 0, gap])
    return (
        bench.events(5, time_ns=time, sequence=np.arange(5)),
        lambda out: (
            (out["flags"] & ResultFlag.JOINED != 0).tolist() == [False, True, False, True, True]
        ),
    )


@corner("pipeline", "late", "a print timed before its symbol's last joins, and is flagged")
def _late(bench: Bench[PipelineParams]) -> Show:
    time = [NOW, NOW - 1, TIME.max, 0]
    return bench.events(
        4, time_ns=time, sequence=np.arange(4)
    ), lambda out: (out["flags"] & ResultFlag.LATE != 0).tolist() == [False, True, False, True]


@corner("pipeline", "saturation", "the running parent stops at the largest size")
def _saturation(bench: Bench[PipelineParams]) -> Show:
    return bench.events(4, size=SIZE.max, sequence=np.arange(4)), lambda out: (
        out["parent_size"] == SIZE.max
    ).all()


@corner("pipeline", "loud", "one print far above all before it: an early flag, and its alert")
def _loud(bench: Bench[PipelineParams]) -> Show | None:
    volume = bench.params.volume
    if not volume.loud:
        return None
    count = max(volume.minimum, volume.window) + volume.lag + 4
    time = NOW + np.arange(count) * (bench.params.parent.gap_ns + 1)
    size = np.where(np.arange(count) < count - 1, 16, SIZE.max)
    tape = bench.events(count, time_ns=time, size=size, sequence=np.arange(count))
    return tape, lambda out: bool(out["flags"][-1] & ResultFlag.LOUD)


@corner(
    "pipeline",
    "full_queue",
    "more alerts than the queue holds, with nobody reading it: the first stay, the others are "
    "dropped and counted",
    configuration={"alert": {"budget": 100_000, "rise": 6, "hold": 1}},
)
def _full_queue(bench: Bench[PipelineParams]) -> Show:
    count, params = 4000, bench.params
    tape: dict[str, Raw] = {
        "symbol": bench.rng.integers(0, params.symbols, count),
        "time_ns": NOW + np.cumsum(bench.rng.integers(0, 2 * MILLISECOND, count)),
        "price": 1000 + np.cumsum(bench.rng.integers(-1, 2, count)),
        "size": np.ceil(bench.rng.pareto(0.8, count) + 0.1).astype(np.int64).clip(1, SIZE.max),
        "side": bench.rng.integers(0, 2, count),
        "sequence": np.arange(count),
    }
    return tape, lambda out: np.count_nonzero(out["flags"] & ResultFlag.ALERT) > ALERT_QUEUE
