"""Custom signal pipeline: imbalance.py's signal and one of the toolkit's score four symbols."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from imbalance import DOWN, ImbalanceModel, ImbalanceParams
from imbalance_hdl import Imbalance

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.fusion.fusion import Fusion
from hydrophone_hdl.signals.realised import Realised
from hydrophone_hdl.signals.reversion import Reversion
from hydrophone_hdl.signals.score_matrix import ScoreMatrix
from hydrophone_model.block import Model, Params, Port, Ports
from hydrophone_model.fixed import Fixed, Raw
from hydrophone_model.formats import PRICE
from hydrophone_model.fusion.fusion import FusionModel, FusionParams
from hydrophone_model.signals.realised import RealisedModel, RealisedParams
from hydrophone_model.signals.reversion import ReversionModel, ReversionParams
from hydrophone_model.signals.score_matrix import ScoreMatrixModel, ScoreMatrixParams

OWN = Fixed(signed=True, integer=6, fraction=8)
"""The bits of the sum that are left, read as a score; none is that of a missing one."""


@dataclass(frozen=True, kw_only=True)
class CustomSignalPipelineParams(Params):
    """The parts: two systems, four candidates."""

    name: ClassVar[str] = "custom_signal_pipeline"
    imbalance: ImbalanceParams = field(default_factory=lambda: ImbalanceParams(symbols=4))
    reversion: ReversionParams = field(default_factory=lambda: ReversionParams(symbols=4))
    score_matrix: ScoreMatrixParams = field(
        default_factory=lambda: ScoreMatrixParams(symbols=4, systems=2, candidates=4)
    )
    realised: RealisedParams = field(
        default_factory=lambda: RealisedParams(symbols=4, candidates=4, horizon=64)
    )
    fusion: FusionParams = field(default_factory=lambda: FusionParams(systems=2, candidates=4))

    @property
    def inputs(self) -> Ports:
        """A print."""
        return {**self.imbalance.inputs, "price": Port(PRICE)}

    @property
    def outputs(self) -> Ports:
        """The decision."""
        return self.fusion.outputs


class CustomSignalPipelineModel(Model):
    """What is computed: the models, one behind the other."""

    def __init__(self, params: CustomSignalPipelineParams) -> None:
        self._imbalance = ImbalanceModel(params.imbalance)
        self._reversion = ReversionModel(params.reversion)
        self._score_matrix, self._realised = (
            ScoreMatrixModel(params.score_matrix),
            RealisedModel(params.realised),
        )
        self._fusion = FusionModel(params.fusion)

    def reset(self) -> None:
        """Forgets everything."""
        for part in vars(self).values():
            part.reset()

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """One decision a print."""
        symbol, price = inputs["symbol"], inputs["price"]
        prints = {name: inputs[name] for name in ("symbol", "size", "side")}
        own = self._imbalance.process(**prints)["imbalance"] >> DOWN
        other = self._reversion.process(symbol=symbol, price=price)["score"]
        score_matrix = self._score_matrix.process(
            symbol=symbol, column=np.stack([own, other], axis=-1)
        )
        realised = self._realised.process(symbol=symbol, price=price)
        return self._fusion.process(**score_matrix, **realised)


class CustomSignalPipeline(Datapath):
    """The same as hardware: the datapaths, one behind the other."""

    params: CustomSignalPipelineParams

    def build(self, inputs: Numbers) -> Numbers:
        """One decision a print."""
        params, symbol = self.params, {"symbol": inputs["symbol"]}
        (total,) = Imbalance(params.imbalance).build(inputs)["imbalance"]
        own = (total >> DOWN).read_as(OWN)
        (other,) = Reversion(params.reversion).build(inputs)["score"]
        score_matrix = ScoreMatrix(params.score_matrix).build({**symbol, "column": [own, other]})
        realised = Realised(params.realised).build(inputs)
        return Fusion(params.fusion).build({**score_matrix, **realised})
