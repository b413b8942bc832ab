"""Every block by name: the list that proofs, kernels and commands walk."""

from collections.abc import Callable
from dataclasses import dataclass

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
    """A block's parameters within a configuration, and its model."""

    params: Callable[[DesignConfig], Params]
    model: Callable[..., Model]


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
"""From the smallest to the whole: what hears whales, what scores candidates, what decides."""
