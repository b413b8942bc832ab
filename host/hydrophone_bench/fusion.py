"""Native benchmark of the fusion: whole decisions, each of which learns from an outcome."""

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from hydrophone.engine import FusionEngine
from hydrophone_bench.figures import Figure, Goal, Report
from hydrophone_bench.native import bench_fusion
from hydrophone_bench.tape import SEED
from hydrophone_model.formats import MISSING, SCORE
from hydrophone_model.fusion.fusion import FUSION_PRESETS, FusionParams
from hydrophone_model.fusion.performance import OUTCOME

LIMIT = 200.0
"""Nanoseconds that a decision of the default preset should take at most, in a batch."""


class Tables(TypedDict):
    """Arguments of `hydrophone_bench.native.bench_fusion`."""

    scores: NDArray[np.int16]
    present: NDArray[np.bool_]
    outcome: NDArray[np.int16]
    learn: NDArray[np.bool_]


def tables(params: FusionParams, decisions: int) -> Tables:
    """Normal scores with ties and gaps, some candidates absent, outcomes every time; by `SEED`."""
    rng = np.random.default_rng(SEED)
    shape = (decisions, params.systems, params.candidates)
    # Systems score in steps of their own: coarse ones tie.
    steps = 4.0 ** np.arange(params.systems) % 4095
    scores = rng.normal(0, 4, shape) * steps[:, None]
    raw = scores.clip(SCORE.min + 1, SCORE.max).astype(np.int16)
    raw[rng.random(shape) < 0.1 / params.candidates] = MISSING
    outcome = rng.normal(0, 100, (decisions, params.candidates))
    return {
        "scores": raw,
        "present": rng.random((decisions, params.candidates)) < 0.95,
        "outcome": outcome.clip(OUTCOME.min, OUTCOME.max).astype(np.int16),
        "learn": np.ones(decisions, np.bool_),
    }


def decisions(report: Report, *, count: int, rounds: int, batch: int) -> None:
    """Adds the figures of every preset, and the goals of the default one.

    Args:
        report: Where they go.
        count: Decisions to take.
        rounds: Times to take them.
        batch: Decisions of a small batch.
    """
    for name, params in FUSION_PRESETS.items():
        bench = bench_fusion(
            FusionEngine(params), **tables(params, count), rounds=rounds, batch=batch
        )
        what = f"fusion {name}, {params.systems} x {params.candidates}"
        work = f"{rounds} x {count:,} decisions by seed {SEED}, all learning, warm"
        clock = f"cycle counter, its own {bench.overhead_ns:.0f} ns taken off"
        headline = f"a fused decision, {params.systems} x {params.candidates}"
        shown = name == "default"
        for view in bench.views():
            report.figures += [
                Figure(
                    name=f"{what}, one decision a call{view.when}", unit="ns", values=view.singles,
                    start=f"scores and outcomes in memory; {clock}", stop="decision in memory",
                    work=f"{work}; {view.how}", headline=f"{headline}, alone" if shown else "",
                ),
                Figure(
                    name=f"{what}, {batch} decisions a call{view.when}", unit="ns/decision",
                    values=view.batches, stop="last decision in memory",
                    start=f"scores and outcomes of {batch} decisions in memory; {clock}",
                    work=f"{work}; {bench.calls}; {view.how}",
                    headline=f"{headline}, {batch} a call" if shown else "",
                ),
            ]  # fmt: skip
            if shown:
                report.goals.append(
                    Goal(
                        name=f"a decision of the fusion in a batch, 99.99 %{view.when}", unit="ns",
                        value=view.batches["p99.99"], limit=LIMIT,
                    )
                )  # fmt: skip
