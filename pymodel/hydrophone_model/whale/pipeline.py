"""Whale pipeline: one market event in, one result out.

parent -> volume -> pattern -> score -> alert, composed exactly as the hardware composes them.
Whether the running parent is loud is known long before the rest, and offered at once.
"""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.block import Model, Params, Port, Ports, Values
from hydrophone_model.dsp.log2 import log2
from hydrophone_model.errors import ensure
from hydrophone_model.fixed import FLAG, Fixed, Raw
from hydrophone_model.formats import PRICE, SEQUENCE, SIZE, TAIL, TIME
from hydrophone_model.records import EVENT, RESULT, Kind, ResultFlag
from hydrophone_model.whale.alert import AlertModel, AlertParams
from hydrophone_model.whale.parent import ParentModel, ParentParams
from hydrophone_model.whale.pattern import PatternModel, PatternParams
from hydrophone_model.whale.score import Evidence, ScoreModel, ScoreParams
from hydrophone_model.whale.volume import VolumeModel, VolumeParams


@dataclass(frozen=True, kw_only=True)
class PipelineParams(Params):
    """Parameters of every block of the pipeline.

    Raises:
        ConfigError: Blocks disagree about the timing, the number of symbols or classes.
    """

    name: ClassVar[str] = "pipeline"
    parent: ParentParams = field(default_factory=ParentParams)
    volume: VolumeParams = field(default_factory=VolumeParams)
    pattern: PatternParams = field(default_factory=PatternParams)
    score: ScoreParams = field(default_factory=ScoreParams)
    alert: AlertParams = field(default_factory=AlertParams)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.agree("symbols", self.parent.symbols, "parent")
        self.agree("classes", self.score.classes, "score")

    @property
    def symbols(self) -> int:
        """Symbols the pipeline tells apart."""
        return self.parent.symbols

    @property
    def inputs(self) -> Ports:
        """The members of `hydrophone_model.records.EVENT` that the hardware uses."""
        return {**self.parent.inputs, "sequence": Port(SEQUENCE)}

    @property
    def outputs(self) -> Ports:
        """The members of `hydrophone_model.records.RESULT`."""
        return {
            "time_ns": Port(TIME),
            "sequence": Port(SEQUENCE),
            "price": Port(PRICE),
            "parent_size": Port(SIZE),
            "symbol": self.inputs["symbol"],
            "side": Port(FLAG),
            "kind": self.alert.outputs["kind"],
            "score": Port(TAIL),
            "flags": Port(Fixed(integer=16)),
            "heads": Port(TAIL, len(Kind)),
        }

    @property
    def early(self) -> Ports:
        """Of every event, in order: whose it is, its running parent, and its `ResultFlag.LOUD`."""
        names = ("sequence", "symbol", "side", "parent_size")
        return {**{name: self.outputs[name] for name in names}, "loud": Port(FLAG)}

    def early_of(self, outputs: Values) -> dict[str, Raw]:
        """See `Params.early_of`; ``loud`` is a flag of the result."""
        loud = (outputs["flags"] & ResultFlag.LOUD) // ResultFlag.LOUD
        return super().early_of({**outputs, "loud": loud})


class PipelineModel(Model):
    """Golden model of the whole pipeline.

    State:
        That of the blocks parent, volume, pattern, score and alert.

    Steps:
        1. The block parent gets ``symbol``, ``time_ns``, ``price``, ``size`` and ``side``.
        2. The block volume gets ``symbol``, ``size``, ``parent_size``, ``print = log2(size)``,
           ``parent = log2(parent_size)`` and ``closed``.
        3. The block pattern gets ``symbol``, ``price``, ``size``, ``side``, ``joined``, ``move``,
           ``print`` and ``above_print``.
        4. The block score gets ``symbol`` and as ``evidence``, in this order: ``above_print``,
           ``above_parent``, ``z_window``, ``surprise``, ``order``, ``persistence``, ``impact``,
           and the four of ``match``.
        5. The block alert gets ``symbol``, ``side``, ``joined`` and ``heads``.
        6. ``kind``, ``score`` and ``heads`` are those of alert and score, ``parent_size`` that of
           parent; ``flags`` is the sum of 1 where ``alert``, 2 where ``episode``, 4 where
           ``joined``, 8 where ``late`` and 16 where ``loud``. The other outputs are the event's.
    """

    def __init__(self, params: PipelineParams) -> None:
        self.params = params
        self.parent = ParentModel(params.parent)
        self.volume = VolumeModel(params.volume)
        self.pattern = PatternModel(params.pattern)
        self.score = ScoreModel(params.score)
        self.alert = AlertModel(params.alert)

    def reset(self) -> None:
        """Forgets everything."""
        for part in (self.parent, self.volume, self.pattern, self.score, self.alert):
            part.reset()

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Scores a batch of events given as columns."""
        symbol, side = inputs["symbol"], inputs["side"]
        parent, volume, evidence = self.evidence(**inputs)
        heads = self.score.process(symbol=symbol, evidence=evidence)["heads"]
        alert = self.alert.process(symbol=symbol, side=side, joined=parent["joined"], heads=heads)
        flags = (
            alert["alert"] * ResultFlag.ALERT
            | alert["episode"] * ResultFlag.EPISODE
            | parent["joined"] * ResultFlag.JOINED
            | parent["late"] * ResultFlag.LATE
            | volume["loud"] * ResultFlag.LOUD
        )
        return {
            **{name: inputs[name] for name in RESULT.echoed},
            "parent_size": parent["parent_size"],
            "kind": alert["kind"],
            "score": alert["score"],
            "flags": flags,
            "heads": heads,
        }

    def evidence(self, **inputs: Raw) -> tuple[dict[str, Raw], dict[str, Raw], Raw]:
        """Outputs of parent and volume, and the evidence, shaped (events, len(Evidence))."""
        symbol, side = inputs["symbol"], inputs["side"]
        event = {name: inputs[name] for name in self.params.parent.inputs}
        parent = self.parent.process(**event)
        size = log2(inputs["size"])
        volume = self.volume.process(
            symbol=symbol,
            size=inputs["size"],
            parent_size=parent["parent_size"],
            print=size,
            parent=log2(parent["parent_size"]),
            closed=parent["closed"],
        )
        pattern = self.pattern.process(
            symbol=symbol,
            price=inputs["price"],
            size=inputs["size"],
            side=side,
            joined=parent["joined"],
            move=parent["move"],
            print=size,
            above_print=volume["above_print"],
        )
        evidence = np.empty((symbol.size, len(Evidence)), np.int64)
        evidence[:, Evidence.PRINT] = volume["above_print"]
        evidence[:, Evidence.PARENT] = volume["above_parent"]
        evidence[:, Evidence.WINDOW] = volume["z_window"]
        evidence[:, Evidence.SURPRISE] = pattern["surprise"]
        evidence[:, Evidence.ORDER] = pattern["order"]
        evidence[:, Evidence.PERSISTENCE] = pattern["persistence"]
        evidence[:, Evidence.IMPACT] = pattern["impact"]
        evidence[:, Evidence.MATCH_BLOCK :] = pattern["match"]
        return parent, volume, evidence

    def process_records(self, events: NDArray[np.void]) -> NDArray[np.void]:
        """Scores a batch of `EVENT` records and returns `RESULT` records."""
        columns = {name: events[name].astype(np.int64) for name in self.params.inputs}
        outputs = self.process(**columns)
        results = np.zeros(events.size, RESULT.dtype)
        for name, column in outputs.items():
            results[name] = column
        return results


ensure(
    set(PipelineParams().inputs) <= set(EVENT.dtype.names or ()),
    "an event has every input",
)
