"""Random programs are refused with their source line, or equal on every clock what they mean."""

import re

import pytest
from tests.hdl.hls.programs import programs
from tests.hdl.hls.reference import Reference

from hydrophone_hdl.block import Datapath
from hydrophone_hdl.hls.graph import DescriptionError
from hydrophone_hdl.hls.schedule import ScheduleError
from hydrophone_model.block import Model
from hydrophone_model.fixed import FormatError, Raw
from hydrophone_model.timing import Timing
from hydrophone_sim.custom import prove

EACH = 8
"""Programs of a seed."""
EVENTS = 1000
TIMINGS = [Timing("ecp5", 25), Timing("xc7", 100), Timing("xcup", 250), Timing("xc7", 20)]
LINE = re.compile(r"\(?\w+\.py:\d+ \w+")


class Meaning(Model):
    """What a description means, as a model."""

    def __init__(self, datapath: Datapath) -> None:
        self._datapath = datapath
        self.reset()

    def reset(self) -> None:
        self._reference = Reference(self._datapath)

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        return self._reference.process(inputs)


def refusal(datapath: Datapath) -> Exception | None:
    """What a program is refused with, None where it is hardware."""
    try:
        _ = datapath.schedule
    except (FormatError, DescriptionError, ScheduleError) as error:
        return error
    return None


@pytest.mark.fuzz(3)
def test_a_program_is_refused_or_means_what_it_says(fuzz_seed: int) -> None:
    timing = TIMINGS[fuzz_seed % len(TIMINGS)]
    seeds = range(EACH * fuzz_seed, EACH * (fuzz_seed + 1))
    refused = {seed: refusal(programs(seed, timing=timing)) for seed in seeds}
    for seed, error in refused.items():
        assert error is None or LINE.search(str(error)), f"program {seed} is refused so: {error}"
    right = [seed for seed, error in refused.items() if error is None]
    print(f"programs {right} of {seeds} are hardware on {timing}")
    assert right
    datapath = programs(*right, timing=timing)
    found = prove(datapath, Meaning(datapath), events=EVENTS, seed=fuzz_seed, say=lambda _: None)
    assert found is None, str(found)
