"""The golden pipeline opened up: what each block is given within it, and what it answers."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from hydrophone_model.block import Model, Params, Values
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_model.dsp.log2 import log2
from hydrophone_model.fixed import Raw
from hydrophone_model.whale.pattern import signed_flow
from hydrophone_model.whale.pipeline import PipelineModel

Case = tuple[Values, Values]
"""Inputs of a block, and the outputs that its model gives."""


class Probe:
    """Runs the golden pipeline and tells what every block of it was given and answered.

    The functions without state (log2, exp2, haar) are no parts of the model with inputs of their
    own; they are given sizes, ratios of sizes and windows of flows.
    """

    def __init__(self, config: DesignConfig) -> None:
        self._params = config.pipeline
        self._model = PipelineModel(config.pipeline)
        self._seen: dict[str, Case] = {}
        for part in _parts(self._model):
            self._watch(part)
        self._functions = {
            name: BLOCKS[name].model(BLOCKS[name].params(config))
            for name in ("log2", "exp2", "haar")
        }

    def process(self, events: Values) -> dict[str, Case]:
        """Runs a batch of market events.

        Args:
            events: Columns of the pipeline's inputs.

        Returns:
            Inputs and outputs of each block of the pipeline, by name.
        """
        self._seen = {}
        self._model.process(**events)
        for name, inputs in self._function_inputs(events).items():
            self._seen[name] = inputs, self._functions[name].process(**inputs)
        return self._seen

    def _function_inputs(self, events: Values) -> dict[str, Values]:
        logs = log2(events["size"])
        length = self._params.pattern.distance.length
        flow = signed_flow(logs, events["side"])
        padded = np.concatenate([np.zeros(length - 1, np.int64), flow])
        return {
            "log2": {"x": events["size"]},
            "exp2": {"x": np.diff(logs, prepend=0) + log2(events["price"] & 0xFF)},
            "haar": {"window": np.ascontiguousarray(sliding_window_view(padded, length))},
        }

    def _watch(self, part: Model) -> None:
        params: Params = vars(part)["params"]
        process: Callable[..., dict[str, Raw]] = part.process

        def watched(**inputs: Raw) -> dict[str, Raw]:
            outputs = process(**inputs)
            self._seen[params.name] = inputs, outputs
            return outputs

        vars(part)["process"] = watched


def _parts(model: Model) -> Iterator[Model]:
    """A model and the models it is made of."""
    yield model
    for value in vars(model).values():
        if isinstance(value, Model):
            yield from _parts(value)
