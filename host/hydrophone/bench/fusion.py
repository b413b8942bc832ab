"""The fusion from within: whole decisions, each of which learns from an outcome."""

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from hydrophone.bench.figures import Figure, Goal, Report
from hydrophone.bench.tape import SEED
from hydrophone.engine import FusionEngine, bench_fusion
from hydrophone_model.formats import MISSING, SCORE
from hydrophone_model.fusion.fusion import FUSION_PRESETS, FusionParams
from hydrophone_model.fusion.performance import OUTCOME

LIMIT = 200.0
"""Nanoseconds that a decision of the default preset should take at most, in a batch."""


class Tables(TypedDict):
    """Arguments of `hydrophone.engine.bench_fusion`."""

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
        spans = {
            "": (bench.singles, bench.batches),
            ", while no other process had the processor": (
                bench.quiet_singles,
                bench.quiet_batches,
            ),
        }
        for when, (singles, batches) in spans.items():
            if not (singles.counts.size and batches.counts.size):
                report.notes.append(f"{what}{when}: not measured, others always interrupted")
                continue
            report.figures += [
                Figure(
                    name=f"{what}, one decision a call{when}", unit="ns",
                    values=singles.percentiles(),
                    start=f"scores and outcomes in memory; {clock}", stop="decision in memory",
                    work=work,
                ),
                Figure(
                    name=f"{what}, {batch} decisions a call{when}", unit="ns/decision",
                    values=batches.percentiles(),
                    start=f"scores and outcomes of {batch} decisions in memory; {clock}",
                    stop="last decision in memory", work=f"{work}; each call's mean",
                ),
            ]  # fmt: skip
            if name == "default":
                report.goals.append(
                    Goal(
                        name=f"a decision of the fusion in a batch, 99.99 %{when}", unit="ns",
                        value=batches.percentile(99.99), limit=LIMIT,
                    )
                )  # fmt: skip
