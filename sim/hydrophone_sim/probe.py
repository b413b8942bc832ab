"""The golden models opened up: what each block is given within the whole, and what it answers."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from hydrophone_model.block import Model, Params, Values, elements_of
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_model.dsp.log2 import log2
from hydrophone_model.fixed import Raw
from hydrophone_model.signals.realised import RealisedModel
from hydrophone_model.signals.signals import SignalsModel
from hydrophone_model.whale.pattern import signed_flow
from hydrophone_model.whale.pipeline import PipelineModel

DSP = ("entropy", "correlation")
"""Blocks of the pipeline that signals are made of, too."""
Case = tuple[Values, Values]
"""Inputs of a block, and the outputs that its model gives."""


class Probe:
    """Runs the golden pipeline, and the signals behind it; tells what each block was given.

    The functions without state (log2, exp2, haar) are no parts of the model with inputs of their
    own; they are given sizes, ratios of sizes and windows of flows.
    """

    def __init__(self, config: DesignConfig) -> None:
        self._params = config.pipeline
        self._model = PipelineModel(config.pipeline)
        self._signals = SignalsModel(config.signals)
        self._realised = RealisedModel(config.realised)
        self._seen: dict[str, Case] = {}
        # A signal may have an entropy or a correlation of its own, and other sizes.
        parts = [part for part in _parts(self._signals) if _params(part).name not in DSP]
        for part in (*_parts(self._model), *parts, self._realised):
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
            Inputs and outputs of each block, by name.
        """
        self._seen = {}
        result = self._model.process(**events)
        self._signals.process(
            **{name: events[name] for name in self._signals.params.inputs if name in events},
            tail=result["score"],
        )
        self._realised.process(symbol=events["symbol"], price=events["price"])
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
        params = _params(part)
        process: Callable[..., dict[str, Raw]] = part.process

        def watched(**inputs: Raw) -> dict[str, Raw]:
            outputs = process(**inputs)
            self._seen[params.name] = inputs, outputs
            return outputs

        vars(part)["process"] = watched


def _params(model: Model) -> Params:
    return vars(model)["params"]


def _parts(model: Model) -> Iterator[Model]:
    """A model and the models it is made of."""
    yield model
    for value in vars(model).values():
        for part in elements_of(value):
            if isinstance(part, Model):
                yield from _parts(part)
