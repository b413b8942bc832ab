"""The folded fusion: the model's decisions, on the clocks that its public numbers say."""

from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Value
from amaranth.sim import Simulator

from hydrophone_hdl.fusion.folded import FoldedFusion
from hydrophone_model.block import Values
from hydrophone_model.fusion.combine import Combination
from hydrophone_model.fusion.fusion import FusionModel, FusionParams
from hydrophone_model.timing import Timing
from hydrophone_sim.ports import pack, unpack, words
from hydrophone_sim.stimulus import random_inputs


def decided(folded: FoldedFusion, inputs: Values, seed: int) -> dict[str, Any]:
    """Runs decisions through the hardware, and checks valid and ready on every clock.

    They are offered with gaps and taken with stalls, but for the first ones, which come at once.
    """
    params, rng = folded.params, np.random.default_rng(seed)
    payloads = [int.from_bytes(row.tobytes(), "little") for row in pack(params.inputs, inputs)]
    taken: list[int] = []
    accepted: list[int] = []

    async def bench(ctx: Any) -> None:
        clock, due, waiting = 0, -1, False
        while len(taken) < len(payloads):
            eager = len(taken) < 3
            offered = len(accepted) < len(payloads) and (eager or rng.random() < 0.5)
            takes = bool(eager or rng.random() < 0.3)
            ctx.set(folded.i.valid, offered)
            if offered:
                ctx.set(Value.cast(folded.i.payload), payloads[len(accepted)])
            ctx.set(folded.o.ready, takes)
            waiting |= clock == due
            idle = clock >= folded.clear_cycles and len(taken) == len(accepted)
            assert ctx.get(folded.i.ready) == idle, f"clock {clock}"
            assert ctx.get(folded.o.valid) == waiting, f"clock {clock}"
            if waiting and takes:
                taken.append(ctx.get(Value.cast(folded.o.payload)))
                waiting = False
            if idle and offered:
                accepted.append(clock)
                due = clock + folded.latency
            await ctx.tick()
            clock += 1

    simulator = Simulator(folded)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert np.diff(accepted)[:2].tolist() == [folded.initiation_interval] * 2
    size = 4 * words(params.outputs)
    packed = b"".join(payload.to_bytes(size, "little") for payload in taken)
    return unpack(params.outputs, np.frombuffer(packed, np.uint32).reshape(len(taken), -1))


@pytest.mark.parametrize(
    ("systems", "candidates", "timing", "combination"),
    [
        (4, 4, Timing.of("xcup"), Combination.SCORE_DIVERSITY),
        (3, 5, Timing.of("ecp5"), Combination.RANK_DIVERSITY),
        (5, 3, Timing("xc7", 200), Combination.RANK_PERFORMANCE),
    ],
)
def test_folded_decisions_are_the_model_s(
    systems: int, candidates: int, timing: Timing, combination: Combination, seed: int
) -> None:
    params = FusionParams(
        systems=systems, candidates=candidates, combination=int(combination), rate=2, timing=timing
    )
    inputs = random_inputs(params.inputs, 30, seed)
    outputs = decided(FoldedFusion(params), inputs, seed)
    for name, column in FusionModel(params).process(**inputs).items():
        np.testing.assert_array_equal(outputs[name], column, err_msg=f"{name} of {params}")
