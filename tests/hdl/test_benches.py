"""cocotb: every pin of every block and of the design top, on every clock."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.hdl.test_waves import marker, read

from hydrophone_hdl.block import Numbers, StreamBlock, StreamComponent
from hydrophone_hdl.blocks import stream_block
from hydrophone_hdl.hls.number import select
from hydrophone_hdl.whale.parent import Parent
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.formats import SIZE
from hydrophone_model.targets import TARGETS
from hydrophone_model.timing import Timing
from hydrophone_sim.benches.run import Failure, bench_blocks, bench_top
from hydrophone_sim.tiny import tiny

CONFIG = tiny()
TIMINGS = [Timing.of(target) for target in TARGETS]
EVENTS = 1000
EVENTS_OF_A_CHANGE = 150
"""Of each scenario of the blocks; the design top, whose queues fill slowly, has all."""
SCENARIOS = 6
WITHIN = ("pattern", "signals", "fusion")
"""Blocks that are the larger part of one of the two pipelines: once is enough."""


def bench(
    blocks: Mapping[str, StreamComponent], folder: Path, seed: int, events: int, only: str = ""
) -> tuple[int, list[Failure]]:
    return bench_blocks(
        blocks, CONFIG, events=events, seed=seed, folder=folder, say=print, only=only
    )


@pytest.mark.parametrize(
    "events", [EVENTS_OF_A_CHANGE, pytest.param(EVENTS, marks=pytest.mark.large)]
)
@pytest.mark.parametrize("half", [0, 1])
def test_every_pin_of_every_block(half: int, events: int, tmp_path: Path, seed: int) -> None:
    # The targets take turns.
    blocks = {
        name: stream_block(name, CONFIG.at(TIMINGS[place % len(TIMINGS)]))
        for place, name in enumerate(BLOCKS)
        if name not in WITHIN and place % 2 == half
    }
    count, failures = bench(blocks, tmp_path, seed, events)
    assert not failures, "\n".join(map(str, failures))
    assert count == SCENARIOS * len(blocks)


def test_the_design_top(tmp_path: Path, seed: int) -> None:
    config = CONFIG.at(Timing.of("xcup"))
    count, failures = bench_top(config, events=EVENTS, seed=seed, folder=tmp_path, say=print)
    assert not failures, "\n".join(map(str, failures))
    assert count == 10


class DeafParent(Parent):
    """Tells a size that ends in 7 (of 16) one too large."""

    def build(self, inputs: Numbers) -> Numbers:
        outputs = super().build(inputs)
        (size,) = outputs["parent_size"]
        wrong = select(size.bits(0, 4) == 7, size + 1, size).wrap(SIZE)
        return {**outputs, "parent_size": [wrong]}


def test_a_broken_block_is_named_with_a_waveform(tmp_path: Path, seed: int) -> None:
    blocks = {"parent": StreamBlock(DeafParent(CONFIG.pipeline.parent))}
    count, failures = bench(blocks, tmp_path, seed, EVENTS, only="scenario=0")
    assert count == len(failures) == 1
    text = str(failures[0])
    for said in ("parent: seed ", "cycle ", "event ", "symbol ", "o.parent_size is "):
        assert said in text, text
    actual, expected = (
        int(part.split()[0].strip(",;"))
        for part in (text.split("o.parent_size is ")[1], text.split("expected ")[1])
    )
    assert expected % 16 == 7
    assert actual == expected + 1
    shown, time = read(Path(failures[0].waveform.path)), marker(Path(failures[0].waveform.viewer))
    assert shown.timescale == "1 ps"
    assert shown.at("ports.o.parent_size", time) == actual
    assert shown.at("ports.expected.parent_size", time) == expected
    assert shown.at("ports.o.event", time) == failures[0].event
    assert shown.at("ports.differs", time) == 1
    assert shown.at("TOP.parent_o_valid", time) == 1
    rises = [when for when, value in shown.changes["TOP.parent_clk"] if value == 1]
    assert rises[1] - rises[0] == 2 * round(0.5e6 / CONFIG.timing.clock_mhz)
