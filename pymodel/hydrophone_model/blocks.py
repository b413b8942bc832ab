"""List of blocks: every built-in block by name, its parameters in a configuration and its model.

It is the only list of them. The kernels' header, the hardware's datapaths, the page of definitions,
proofs, commands and tests derive theirs from it; see docs/adding-a-block.md.
"""

import ast
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from hydrophone_model.block import Model, Params
from hydrophone_model.config import DesignConfig
from hydrophone_model.dsp.correlation import CorrelationModel
from hydrophone_model.dsp.distance import DistanceModel
from hydrophone_model.dsp.entropy import EntropyModel
from hydrophone_model.dsp.exp2 import Exp2Model, Exp2Params
from hydrophone_model.dsp.haar import HaarModel
from hydrophone_model.dsp.log2 import Log2Model, Log2Params
from hydrophone_model.dsp.reciprocal import ReciprocalModel, ReciprocalParams
from hydrophone_model.fusion.fusion import FusionModel
from hydrophone_model.signals.imbalance import ImbalanceModel
from hydrophone_model.signals.impact import ImpactModel
from hydrophone_model.signals.momentum import MomentumModel
from hydrophone_model.signals.realised import RealisedModel
from hydrophone_model.signals.reversion import ReversionModel
from hydrophone_model.signals.score_matrix import ScoreMatrixModel
from hydrophone_model.signals.signal_pipeline import SignalPipelineModel
from hydrophone_model.signals.signals import SignalsModel
from hydrophone_model.signals.size_entropy import SizeEntropyModel
from hydrophone_model.signals.trend import TrendModel
from hydrophone_model.signals.volume_surprise import VolumeSurpriseModel
from hydrophone_model.signals.whale_flow import WhaleFlowModel
from hydrophone_model.whale.alert import AlertModel
from hydrophone_model.whale.parent import ParentModel
from hydrophone_model.whale.pattern import PatternModel
from hydrophone_model.whale.persistence import PersistenceModel
from hydrophone_model.whale.pipeline import PipelineModel
from hydrophone_model.whale.repeat import RepeatModel
from hydrophone_model.whale.score import ScoreModel
from hydrophone_model.whale.volume import VolumeModel


@dataclass(frozen=True)
class Block:
    """One entry of the list.

    Attributes:
        params: The block's parameters within a configuration.
        model: Its golden model. Module and class are named for the block: ``volume`` is
            ``VolumeModel`` in a module ``volume``, and so are its parameters, hardware and kernel.
    """

    params: Callable[[DesignConfig], Params]
    model: Callable[..., Model]

    @property
    def module(self) -> ModuleType:
        """The module of parameters and model."""
        return sys.modules[self.model.__module__]


BLOCKS: dict[str, Block] = {
    "log2": Block(lambda c: Log2Params(timing=c.timing), Log2Model),
    "exp2": Block(lambda c: Exp2Params(timing=c.timing), Exp2Model),
    "reciprocal": Block(lambda c: ReciprocalParams(timing=c.timing), ReciprocalModel),
    "haar": Block(lambda c: c.pipeline.pattern.haar, HaarModel),
    "distance": Block(lambda c: c.pipeline.pattern.distance, DistanceModel),
    "entropy": Block(lambda c: c.pipeline.pattern.entropy, EntropyModel),
    "correlation": Block(lambda c: c.pipeline.pattern.correlation, CorrelationModel),
    "parent": Block(lambda c: c.pipeline.parent, ParentModel),
    "volume": Block(lambda c: c.pipeline.volume, VolumeModel),
    "repeat": Block(lambda c: c.pipeline.pattern.repeat, RepeatModel),
    "persistence": Block(lambda c: c.pipeline.pattern.persistence, PersistenceModel),
    "pattern": Block(lambda c: c.pipeline.pattern, PatternModel),
    "score": Block(lambda c: c.pipeline.score, ScoreModel),
    "alert": Block(lambda c: c.pipeline.alert, AlertModel),
    "pipeline": Block(lambda c: c.pipeline, PipelineModel),
    "momentum": Block(lambda c: c.signals.momentum, MomentumModel),
    "reversion": Block(lambda c: c.signals.reversion, ReversionModel),
    "imbalance": Block(lambda c: c.signals.imbalance, ImbalanceModel),
    "volume_surprise": Block(lambda c: c.signals.volume_surprise, VolumeSurpriseModel),
    "size_entropy": Block(lambda c: c.signals.size_entropy, SizeEntropyModel),
    "impact": Block(lambda c: c.signals.impact, ImpactModel),
    "trend": Block(lambda c: c.signals.trend, TrendModel),
    "whale_flow": Block(lambda c: c.signals.whale_flow, WhaleFlowModel),
    "score_matrix": Block(lambda c: c.signals.score_matrix, ScoreMatrixModel),
    "realised": Block(lambda c: c.realised, RealisedModel),
    "signals": Block(lambda c: c.signals, SignalsModel),
    "fusion": Block(lambda c: c.fusion, FusionModel),
    "signal_pipeline": Block(lambda c: c.signal_pipeline, SignalPipelineModel),
}
"""Parts before what they are parts of: what hears whales, what scores candidates, what decides."""


def parameters(config: DesignConfig) -> tuple[Params, ...]:
    """The parameters of every block within a configuration."""
    return tuple(block.params(config) for block in BLOCKS.values())


def modules() -> tuple[ModuleType, ...]:
    """The modules that blocks are written in: helpers that a block imports come before it."""
    found: dict[str, ModuleType] = {}
    for block in BLOCKS.values():
        _collect(block.module, found)
    return tuple(found.values())


def _collect(module: ModuleType, found: dict[str, ModuleType]) -> None:
    """Adds a module behind those that it imports from the packages of blocks."""
    if module.__name__ in found:
        return
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                # hydrophone_model.dsp.log2 is written for blocks, hydrophone_model.fixed for all.
                of_blocks = name.startswith("hydrophone_model.") and name.count(".") == 2
                if of_blocks and isinstance(helper := sys.modules.get(name), ModuleType):
                    _collect(helper, found)
    found[module.__name__] = module
