"""Datapaths made from a function, for tests that need many."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hydrophone_hdl.block import Controls, Datapath, Numbers
from hydrophone_hdl.hls.graph import Control, Input
from hydrophone_hdl.hls.number import Number
from hydrophone_model.block import Params, Port, Ports
from hydrophone_model.fixed import Fixed
from hydrophone_model.timing import DEFAULT_TIMING, Timing

Describe = Callable[[Mapping[str, Number]], Mapping[str, Number]]
"""From inputs and settings by name to outputs by name; called anew for every description."""


@dataclass(frozen=True, kw_only=True)
class ToyParams(Params):
    """Ports of one element each."""

    name = "toy"
    takes: tuple[tuple[str, Fixed], ...]
    gives: tuple[tuple[str, Fixed], ...]

    @property
    def inputs(self) -> Ports:
        return {name: Port(format) for name, format in self.takes}

    @property
    def outputs(self) -> Ports:
        return {name: Port(format) for name, format in self.gives}


def toy(
    describe: Describe,
    inputs: Mapping[str, Fixed],
    *,
    settings: Mapping[str, tuple[Fixed, int]] | None = None,
    timing: Timing = DEFAULT_TIMING,
) -> Datapath:
    """The datapath that a function describes; its outputs have the formats that come out."""
    given = settings or {}

    class Toy(Datapath):
        @property
        def controls(self) -> Controls:
            return {name: (format, (value,)) for name, (format, value) in given.items()}

        def build(self, inputs: Numbers) -> Numbers:
            values = {name: elements[0] for name, elements in inputs.items()}
            values |= {name: self.control(name)[0] for name in given}
            return {name: [value] for name, value in describe(values).items()}

    probe = describe(
        {name: input_number(name, format) for name, format in inputs.items()}
        | {
            name: Number(Control(format, setting=name, element=0))
            for name, (format, _) in given.items()
        }
    )
    return Toy(
        ToyParams(
            timing=timing,
            takes=tuple(inputs.items()),
            gives=tuple((name, value.format) for name, value in probe.items()),
        )
    )


def input_number(name: str, format: Fixed) -> Number:
    """An input by itself."""
    return Number(Input(format, port=name, element=0))
