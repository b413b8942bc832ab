"""Benchmark run: every case from Python, every kernel from C++."""

import numpy as np

from hydrophone import _kernels
from hydrophone.engine import FusionEngine, isas
from hydrophone_bench.fusion import tables
from hydrophone_bench.kernels import ours
from hydrophone_bench.kernels.cases import Case, Maker, Shape
from hydrophone_bench.kernels.data import CALLS, CANDIDATES, DECISIONS, SYSTEMS, cases
from hydrophone_bench.kernels.drift import TRUTHS, errors
from hydrophone_bench.kernels.peers import Peer, gather
from hydrophone_bench.kernels.race import Effort, race
from hydrophone_bench.kernels.report import Drift, KernelReport, Native, PeerTime, Row
from hydrophone_bench.machine import Machine
from hydrophone_bench.measure import quiet_processor
from hydrophone_bench.native import bench_fusion
from hydrophone_model.fusion.fusion import FUSION_PRESETS

OURS = "hydrophone"
NATIVE_WORK = (
    "From C++: spans of 0.1 ms between readings of the clock, medians, instruction sets and peers "
    "by turns; the fusion in fixed point 32 decisions a call / one, by the cycle counter. NEON is "
    "tested under an emulator, which has no time of its own: it is not timed."
)


def run(effort: Effort) -> KernelReport:
    """Measures everything that can be measured here, on one processor.

    Raises:
        DisagreementError: A peer computes something else than ours.
    """
    peers, missing = gather()
    with quiet_processor() as (cpu, cores):
        report = KernelReport(
            machine=Machine.here(cpu=cpu, cores=cores),
            isa=isas().chosen,
            versions={peer.name: peer.version for peer in peers},
            missing=missing,
            native_work=NATIVE_WORK,
        )
        for case in cases():
            makers = _makers(case, peers)
            report.rows.append(_row(case, makers, effort))
            if case.shape is Shape.SERIES and case.kernel in TRUTHS:
                report.drifts.append(_drift(case, makers))
        for window in CALLS:
            report.native += _native(window, f"{window:,}", peers, effort)
        report.native += _native(0, f"{SYSTEMS} x {CANDIDATES}", peers, effort)
        report.native += _fixed_fusion(effort)
    return report


def _makers(case: Case, peers: list[Peer]) -> dict[str, Maker]:
    """Everyone who computes a case, ours first."""
    offers = {OURS: ours.load(), **{peer.name: peer.offer for peer in peers}}
    return {
        name: offer.contenders[case.key]
        for name, offer in offers.items()
        if case.key in offer.contenders
    }


def _drift(case: Case, makers: dict[str, Maker]) -> Drift:
    return Drift(
        kernel=case.kernel, window=case.window, size=case.size, errors=errors(case, makers)
    )


def _row(case: Case, makers: dict[str, Maker], effort: Effort) -> Row:
    contenders = {name: make(case) for name, make in makers.items()}
    found = race(case, contenders, effort, ours=OURS)
    mine = found.pop(OURS)
    return Row(
        kernel=case.kernel,
        shape=case.shape,
        window=case.window,
        size=case.size,
        length=case.length,
        definition=case.definition,
        unit=case.unit,
        ns=mine.ns,
        code=mine.contender.code,
        peers={
            name: PeerTime(
                ns=time.ns, ratio=time.ratio, code=time.contender.code, aside=time.contender.aside
            )
            for name, time in found.items()
        },
    )


def _native(window: int, size: str, peers: list[Peer], effort: Effort) -> list[Native]:
    """Times by who computes: an instruction set of ours, or a peer; of the fusion for window 0."""
    spent: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for _ in range(effort.rounds):
        for isa in isas().available:
            found = (
                _kernels.time_kernels(isa, window)
                if window
                else {"fusion": _kernels.time_fusion(isa)}
            )
            for kernel, times in found.items():
                spent.setdefault(kernel, {}).setdefault(isa, []).append(times)
        for peer in peers:
            for kernel, address in peer.offer.natives.items() if window else ():
                times = _kernels.time_function(kernel, address, window)
                spent.setdefault(kernel, {}).setdefault(peer.name, []).append(times)
    return _medians(spent, window, size)


def _fixed_fusion(effort: Effort) -> list[Native]:
    """The fusion in fixed point: 32 decisions a call, and one."""
    params = FUSION_PRESETS["default"]
    spent: dict[str, dict[str, list[tuple[float, float]]]] = {"fusion": {}}
    for isa in isas().available:
        bench = bench_fusion(
            FusionEngine(params, isa=isa),
            **tables(params, 8 * DECISIONS),
            rounds=effort.rounds,
            batch=32,
        )
        spent["fusion"][isa] = [(float(np.median(bench.batches)), float(np.median(bench.singles)))]
    return _medians(spent, 0, f"{params.systems} x {params.candidates}, fixed point")


def _medians(
    spent: dict[str, dict[str, list[tuple[float, float]]]], window: int, size: str
) -> list[Native]:
    return [
        Native(
            kernel=kernel,
            window=window,
            size=size,
            throughput={who: float(np.median([t for t, _ in times])) for who, times in by.items()},
            latency={who: float(np.median([t for _, t in times])) for who, times in by.items()},
        )
        for kernel, by in spent.items()
    ]
