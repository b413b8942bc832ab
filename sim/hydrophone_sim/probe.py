"""The golden models opened up: what each block is given within the whole, and what it answers."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from hydrophone_model.block import Model, Params, Values, bit_length, elements_of
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_model.dsp.log2 import log2
from hydrophone_model.dsp.reciprocal import ARGUMENT
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import SIZE
from hydrophone_model.fusion.performance import OUTCOME
from hydrophone_model.signals.desk import DeskModel
from hydrophone_model.whale.pattern import signed_flow
from hydrophone_model.whale.pipeline import PipelineModel

RESIZED = ("entropy", "correlation", "fusion")
"""Blocks that the desk has again, of other sizes."""
Case = tuple[Values, Values]
"""Inputs of a block, and the outputs that its model gives."""


class Probe:
    """Runs the golden pipeline, and the desk behind it; tells what each block was given.

    What is no part of the pipeline's model with inputs of its own is given what the events hold:
    log2 sizes, exp2 ratios of sizes, the reciprocal sizes that begin with their leading one, haar
    windows of flows; the fusion flows as scores, and the changes of price as outcomes.
    """

    def __init__(self, config: DesignConfig) -> None:
        self._params, self._fusion = config.pipeline, config.fusion
        self._model = PipelineModel(config.pipeline)
        self._desk = DeskModel(config.desk)
        self._seen: dict[str, Case] = {}
        parts = [part for part in _parts(self._desk) if _params(part).name not in RESIZED]
        for part in (*_parts(self._model), *parts):
            self._watch(part)
        self._others = {
            name: BLOCKS[name].model(BLOCKS[name].params(config))
            for name in ("log2", "exp2", "reciprocal", "haar", "fusion")
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
        columns = {**events, "tail": result["score"]}
        self._desk.process(**{name: columns[name] for name in self._desk.params.inputs})
        for name, inputs in self._other_inputs(events).items():
            self._seen[name] = inputs, self._others[name].process(**inputs)
        return self._seen

    def _other_inputs(self, events: Values) -> dict[str, Values]:
        logs, price = log2(events["size"]), events["price"]
        flow = signed_flow(logs, events["side"])
        size, fusion = np.maximum(events["size"], 1), self._fusion
        change = np.clip(np.diff(price, prepend=price[:1]), OUTCOME.min, OUTCOME.max)
        return {
            "log2": {"x": events["size"]},
            "exp2": {"x": np.diff(logs, prepend=0) + log2(price & 0xFF)},
            "reciprocal": {"x": (size << (SIZE.width - bit_length(size))) >> ARGUMENT.width},
            "haar": {"window": _windows(flow, self._params.pattern.distance.length)},
            "fusion": {
                "scores": _windows(flow, fusion.systems * fusion.candidates),
                "present": (size[:, None] >> np.arange(fusion.candidates) % SIZE.width) & 1,
                "outcome": _windows(change, fusion.candidates),
                "learn": events["side"],
            },
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


def _windows(values: Raw, length: int) -> Raw:
    """The last values of each event, shape (events, length); zeros before the first."""
    padded = np.concatenate([np.zeros(length - 1, np.int64), values])
    return np.ascontiguousarray(sliding_window_view(padded, length))
