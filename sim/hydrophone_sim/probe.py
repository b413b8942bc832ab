"""Probe of the golden models: what each block is given within the whole, and answers."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from hydrophone_model.block import Model, Params, Values, bit_length, elements_of
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_model.dsp.log2 import log2
from hydrophone_model.dsp.reciprocal import ARGUMENT
from hydrophone_model.fixed import Raw
from hydrophone_model.flow import signed_flow
from hydrophone_model.formats import SIZE
from hydrophone_model.fusion.performance import OUTCOME
from hydrophone_model.signals.signal_pipeline import SignalPipelineModel
from hydrophone_model.whale.pipeline import PipelineModel

RESIZED = ("entropy", "correlation", "fusion")
"""Blocks that the signal pipeline has again, of other sizes."""
SCORED = {"tail", "column"}
"""Ports of the signal pipeline's blocks that the whale score goes to, or scores made of it."""
Case = tuple[Values, Values]
"""Inputs of a block, and the outputs that its model gives."""


class _SeenError(Exception):
    """Ends a model's batch: the blocks asked for have had theirs."""


class Probe:
    """Runs the golden pipeline, and the signal pipeline behind it; tells what each block was given.

    No more of them is run than the blocks asked for need. What is no part of the pipeline's model
    with inputs of its own is given what the events hold: log2 sizes, exp2 ratios of sizes, the
    reciprocal sizes that begin with their leading one, haar windows of flows; the fusion flows as
    scores, and the changes of price as outcomes.

    Args:
        config: The design.
        blocks: Names of `hydrophone_model.blocks.BLOCKS`; by default all.
    """

    def __init__(self, config: DesignConfig, blocks: Collection[str] = tuple(BLOCKS)) -> None:
        self._params, self._fusion = config.pipeline, config.fusion
        self._model, self._signal_pipeline = (
            PipelineModel(config.pipeline),
            SignalPipelineModel(config.signal_pipeline),
        )
        alone = {name: inputs for name, inputs in self._alone().items() if name in blocks}
        self._others = {
            name: (BLOCKS[name].model(BLOCKS[name].params(config)), inputs)
            for name, inputs in alone.items()
        }
        whale = [part for part in _parts(self._model) if _params(part).name in blocks]
        wanted = {*blocks} - {*alone, *RESIZED}
        signal_pipeline = [
            part for part in _parts(self._signal_pipeline) if _params(part).name in wanted
        ]
        self._scored = any(SCORED & _params(part).inputs.keys() for part in signal_pipeline)
        self._whale = self._watch(whale, ends=not self._scored)
        self._trade = self._watch(signal_pipeline, ends=True)
        self._seen: dict[str, Case] = {}

    def process(self, events: Values) -> dict[str, Case]:
        """Runs a batch of market events.

        Args:
            events: Columns of the pipeline's inputs.

        Returns:
            Inputs and outputs of each block asked for, by name.
        """
        self._seen, tail = {}, np.zeros_like(events["size"])
        if self._scored:
            tail = self._model.process(**events)["score"]
        elif self._whale:
            with suppress(_SeenError):
                self._model.process(**events)
        if self._trade:
            columns = {**events, "tail": tail}
            with suppress(_SeenError):
                self._signal_pipeline.process(
                    **{name: columns[name] for name in self._signal_pipeline.params.inputs}
                )
        for name, (model, inputs_of) in self._others.items():
            inputs = inputs_of(events)
            self._seen[name] = inputs, model.process(**inputs)
        return self._seen

    def _alone(self) -> dict[str, Callable[[Values], Values]]:
        """What blocks by themselves are given of the events, by name."""
        length, fusion = self._params.pattern.distance.length, self._fusion

        def flow(events: Values) -> Raw:
            return signed_flow(log2(events["size"]), events["side"])

        def least_one(events: Values) -> Raw:
            return np.maximum(events["size"], 1)

        def ratio(events: Values) -> Raw:
            return np.diff(log2(events["size"]), prepend=0) + log2(events["price"] & 0xFF)

        def change(events: Values) -> Raw:
            steps = np.diff(events["price"], prepend=events["price"][:1])
            return np.clip(steps, OUTCOME.min, OUTCOME.max)

        def normal(events: Values) -> Raw:
            size = least_one(events)
            return (size << (SIZE.width - bit_length(size))) >> ARGUMENT.width

        return {
            "log2": lambda events: {"x": events["size"]},
            "exp2": lambda events: {"x": ratio(events)},
            "reciprocal": lambda events: {"x": normal(events)},
            "haar": lambda events: {"window": _windows(flow(events), length)},
            "realised": lambda events: {name: events[name] for name in ("symbol", "price")},
            "fusion": lambda events: {
                "scores": _windows(flow(events), fusion.systems * fusion.candidates),
                "present": (least_one(events)[:, None] >> np.arange(fusion.candidates) % SIZE.width)
                & 1,
                "outcome": _windows(change(events), fusion.candidates),
                "learn": events["side"],
            },
        }

    def _watch(self, parts: Sequence[Model], *, ends: bool) -> set[str]:
        """Keeps what parts of a whole are given; ends its batch when all were, if asked to.

        Returns:
            Their names.
        """
        wanted = {_params(part).name for part in parts}
        for part in parts:
            self._tap(part, wanted if ends else None)
        return wanted

    def _tap(self, part: Model, last: set[str] | None) -> None:
        name = _params(part).name
        process: Callable[..., dict[str, Raw]] = part.process

        def tapped(**inputs: Raw) -> dict[str, Raw]:
            outputs = process(**inputs)
            self._seen[name] = inputs, outputs
            if last is not None and last <= {*self._seen}:
                raise _SeenError
            return outputs

        vars(part)["process"] = tapped


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
