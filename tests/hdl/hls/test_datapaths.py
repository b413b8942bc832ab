"""Random datapaths as hardware equal their description on Python integers, event by event."""

import numpy as np
import pytest
from tests.hdl.hls.drawing import drawn
from tests.hdl.hls.reference import Reference

from hydrophone_hdl.block import StreamBlock
from hydrophone_hdl.hls.schedule import ScheduleError
from hydrophone_hdl.hls.scheduler import build_schedule
from hydrophone_model.timing import Timing
from hydrophone_sim.compiled import FULL_SPEED, CompiledBlock, Traffic
from hydrophone_sim.stimulus import random_inputs

GRAPHS = 6
"""In one design; on every change two."""
EVENTS = 1500
TIMINGS = [Timing("ecp5", 40), Timing("xc7", 150), Timing("xcup", 280)]
TRAFFICS = [
    FULL_SPEED,
    Traffic(valids=(1, 0)),
    Traffic(valids=(1, 0, 0, 1, 1), readies=(1, 1, 0)),
    Traffic(gap=0.3, stall=0.3),
]


def fits(seed: int, timing: Timing) -> bool:
    """Whether a random datapath has no loop that is too long for a clock."""
    try:
        build_schedule(drawn(seed).describe(), timing)
    except ScheduleError:
        return False
    return True


@pytest.mark.parametrize("graphs", [2, pytest.param(GRAPHS, marks=pytest.mark.large)])
@pytest.mark.parametrize("timing", TIMINGS, ids=str)
def test_hardware_equals_the_description(timing: Timing, graphs: int, seed: int) -> None:
    first = seed + 1000 * TIMINGS.index(timing)
    chosen = [s for s in range(first, first + 4 * GRAPHS) if fits(s, timing)][:graphs]
    assert len(chosen) == graphs
    datapath = drawn(*chosen, timing=timing)
    block = StreamBlock(datapath)
    compiled = CompiledBlock(block, say=lambda _: None)
    reference = Reference(datapath)
    for traffic in TRAFFICS:
        inputs = random_inputs(datapath.params.inputs, EVENTS, seed)
        run = compiled.run(inputs, traffic=traffic)
        for name, column in reference.process(inputs).items():
            np.testing.assert_array_equal(run.outputs[name], column, err_msg=f"{name}, {traffic}")
        if not traffic.readies and not traffic.stall:
            assert set((run.offered - run.accepted).tolist()) == {block.latency}
