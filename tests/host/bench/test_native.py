"""Times of the engine from within: what becomes of the ticks of every call and of lost time."""

from collections.abc import Sequence

import numpy as np
import pytest

from hydrophone.engine import FusionEngine, isas
from hydrophone_bench import figures, fusion
from hydrophone_bench.interruptions import Interruptions
from hydrophone_bench.native import NativeBench, bench_fusion, bench_native
from hydrophone_bench.tape import synthetic
from hydrophone_model.config import DesignConfig
from hydrophone_model.fusion.fusion import FUSION_PRESETS

PARAMS = DesignConfig.preset().pipeline
STATISTICS = ["p50", "p99", "p99.9", "p99.99", "max"]


def counted(
    batches: Sequence[Sequence[int]], singles: Sequence[Sequence[int]], *, batch: int
) -> NativeBench:
    """A measurement with these ticks, one row a round, two of them a nanosecond."""
    return NativeBench.of(
        {
            "isa": "scalar",
            "cpu": 0,
            "ticks_per_ns": 2.0,
            "overhead_ns": 10.0,
            "batch": batch,
            "rounds_ns": [1.0] * len(batches),
            "batches": np.array(batches, np.uint32).tobytes(),
            "singles": np.array(singles, np.uint32).tobytes(),
        }
    )


def test_each_call_counts_with_its_median_over_the_rounds():
    """An interruption moves a call's median only where it comes in half of the rounds."""
    bench = counted(
        batches=[[40, 48, 90_000], [40, 80_000, 90_000], [70_000, 44, 60]],
        singles=[[4, 6], [8, 900], [6, 10]],
        batch=4,
    )
    assert bench.batches.tolist() == [[5, 6, 11_250], [5, 10_000, 11_250], [8_750, 5.5, 7.5]]
    assert bench.singles.tolist() == [[2, 3], [4, 450], [3, 5]]
    plain, medians = bench.views()
    assert plain.when == ""
    assert plain.batches["max"] == 11_250
    assert plain.batches["p50"] == 7.5
    assert plain.singles == figures.distribution([2, 3, 3, 4, 5, 450])
    assert medians.when == ", each call's median of 3 rounds"
    assert medians.batches == figures.distribution([5, 6, 11_250])
    assert medians.singles == figures.distribution([3, 5])
    assert bench.calls == "3 calls a round, each one's mean"


def sane(bench: NativeBench, *, rounds: int, events: int) -> None:
    """Every call of every round is there, and no median exceeds what was measured."""
    assert bench.isa == isas().chosen
    assert bench.batches.shape == (rounds, events // bench.batch)
    assert bench.singles.shape == (rounds, events)
    assert bench.rounds_ns.shape == (rounds,)
    plain, medians = bench.views()
    for all_calls, each_call in (
        (plain.batches, medians.batches),
        (plain.singles, medians.singles),
    ):
        assert list(all_calls) == list(each_call) == STATISTICS
        assert sorted(all_calls.values()) == list(all_calls.values())
        assert 0 < each_call["max"] <= all_calls["max"]


def test_every_call_of_every_round_is_timed():
    events = synthetic(events=1000, symbols=PARAMS.symbols)
    sane(bench_native(PARAMS, events, rounds=3, batch=48), rounds=3, events=1000)
    with pytest.raises(ValueError, match="one whole batch"):
        bench_native(PARAMS, events, rounds=1, batch=1001)


def test_every_decision_of_every_round_is_timed():
    params = FUSION_PRESETS["small"]
    given = fusion.tables(params, 100)
    sane(bench_fusion(FusionEngine(params), **given, rounds=5, batch=32), rounds=5, events=100)
    with pytest.raises(ValueError, match="one whole batch"):
        bench_fusion(FusionEngine(params), **given, batch=101)


def test_lost_time_is_told():
    found = Interruptions.of(2e9, [5000.0, 16_000.0, 80_000.0, 1_899_000.0])
    assert found == Interruptions(
        watched_s=2, longer_than_us=1, share=0.001, per_second=2, p50_us=48, longest_us=1899
    )
    assert str(found) == (
        "an empty loop lost 0.1 % of 2 s to 2 interruptions a second longer than 1 us, p50 48 us, "
        "longest 1,899 us"
    )
    none = Interruptions.of(1e9, [])
    assert (none.share, none.per_second, none.p50_us, none.longest_us) == (0, 0, 0, 0)
    assert str(none) == "an empty loop lost 0 % of 1 s: no interruption longer than 1 us"


def test_lost_time_is_within_the_time_watched():
    found = Interruptions.here(seconds=0.01)
    assert found.watched_s >= 0.009
    assert 0 <= found.share < 1
    assert found.longest_us == 0 or 1 < found.p50_us <= found.longest_us <= found.watched_s * 1e6
