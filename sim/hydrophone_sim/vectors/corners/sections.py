"""Vector sections: random events with settings changed and a reset, then the corners."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hydrophone_model.block import Params, Values
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_model.errors import ensure
from hydrophone_model.fixed import Raw
from hydrophone_model.fusion.combine import Combination
from hydrophone_model.records import Kind
from hydrophone_sim.stimulus import random_inputs, symbols_of
from hydrophone_sim.vectors.corners import (
    alert,
    dsp,
    fusion,
    pipeline,
    signals,
    thresholds,
    volume,
    whale,
)
from hydrophone_sim.vectors.corners.corner import CORNERS, Bench, Corner, Settings
from hydrophone_sim.vectors.form import Before, Section, joined
from hydrophone_sim.vectors.run import Sections

ensure(
    all((alert, dsp, fusion, pipeline, signals, thresholds, volume, whale)),
    "modules that add to CORNERS",
)

Part = tuple[Values, str, str, Before, Settings]
"""Events of a section, its label and meaning, and what happens before it."""

OTHER: Mapping[str, Callable[[Any], Mapping[str, Any]]] = {
    "parent": lambda p: {"gap_ns": p.gap_ns // 2 + 1},
    "volume": lambda p: {"loud": p.loud // 2 + 1},
    "score": lambda p: {"weights": p.weights[::-1], "ladder": tuple(r // 2 for r in p.ladder)},
    "alert": lambda p: {
        "budget": min(4 * p.budget, 100_000),
        "shares": (64,) * len(Kind),
        "hold": p.hold // 2 + 1,
        "hysteresis": 32,
        "rise": max(p.rise - 1, 0),
    },
    "fusion": lambda p: {"combination": (p.combination + 3) % len(Combination)},
}
"""Settings that differ from those of a block's parameters."""


@dataclass(frozen=True, kw_only=True)
class Stimulus:
    """Events of a block, what the model answers, and what they show.

    Attributes:
        inputs: Columns of the input ports.
        outputs: Columns of the output ports.
        status: What is expected once a section.
        sections: What events show.
        left_out: Labels of corners that these parameters do not reach.
    """

    inputs: Values
    outputs: Values
    status: Values
    sections: list[Section]
    left_out: list[str]


def stimulus(name: str, config: DesignConfig, events: int, seed: int) -> Stimulus:
    """The events of a block's vectors.

    Args:
        name: The block.
        config: The design.
        events: Events of each random section.
        seed: Of everything random.
    """
    states = Sections(name, config)
    params, gap = states.params, config.pipeline.parent.gap_ns
    made: list[Values] = []
    sections: list[Section] = []

    def add(
        inputs: Values, label: str, meaning: str, before: Before, configuration: Settings
    ) -> None:
        begin = sections[-1].end if sections else 0
        count = len(next(iter(inputs.values())))
        made.append(inputs)
        sections.append(
            Section(
                label=label,
                meaning=meaning,
                begin=begin,
                count=count,
                before=before,
                configuration=configuration,
            )
        )

    symbols = symbols_of(params)
    first = random_inputs(params.inputs, events, seed, gap=gap, symbols=symbols)
    more = random_inputs(params.inputs, events, seed + 1, gap=gap, symbols=symbols)
    add(first, "random", "random events full of extremes", Before.RESET, {})
    other = _other(params)
    if other:
        add(more, "reconfiguration", "other settings, the state stays", Before.CONFIGURE, other)
        add(first, "reset", "a reset with the other settings in force", Before.RESET, other)
        add(more, "restored", "the first settings again, the state stays", Before.CONFIGURE, {})
    add(
        first, "repeated", "after a reset the first events give the first results", Before.RESET, {}
    )
    left_out: list[str] = []
    for corner in CORNERS:
        if corner.block != name:
            continue
        # Each corner has random numbers of its own: another one before it changes nothing.
        rng = np.random.default_rng([seed, zlib.crc32(f"{name} {corner.label}".encode())])
        shown = corner.show(Bench(states.params_of(corner.configuration), rng))
        parts = _parts(corner, shown[0]) if shown else []
        if shown and shown[1](_answered(states, name, parts)):
            for part in parts:
                add(*part)
        else:
            left_out.append(corner.label)
    columns = joined(made)
    outputs, status = states.run(sections, columns)
    return Stimulus(
        inputs=columns, outputs=outputs, status=status, sections=sections, left_out=left_out
    )


def _parts(corner: Corner, inputs: Values) -> list[Part]:
    """The sections of a corner: one, or two halves of which the second has other settings."""
    first = corner.label, corner.meaning, Before.RESET, corner.configuration
    if corner.then is None:
        return [(inputs, *first)]
    half = len(next(iter(inputs.values()))) // 2
    begun, rest = (
        {name: column[rows] for name, column in inputs.items()}
        for rows in (slice(half), slice(half, None))
    )
    after = f"{corner.label}_after", f"after other settings: {corner.meaning}"
    return [(begun, *first), (rest, *after, Before.CONFIGURE, corner.then)]


def _answered(states: Sections, name: str, parts: list[Part]) -> Values:
    """What a fresh model answers to consecutive sections."""
    model = BLOCKS[name].model(states.params)
    outputs: list[dict[str, Raw]] = []
    for inputs, _, _, before, configuration in parts:
        states.begin(model, before, configuration)
        outputs.append(model.process(**inputs))
    return joined(outputs)


def _other(params: Params) -> dict[str, dict[str, Any]]:
    """Other settings of a block and its parts, as tables of a configuration."""
    own = OTHER.get(params.name)
    tables = {params.name: dict(own(params))} if own else {}
    for part in params.parts.values():
        tables |= _other(part)
    return tables
