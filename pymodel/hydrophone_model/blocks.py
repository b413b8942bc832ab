"""Every block by name: the list that proofs, kernels and commands walk."""

from collections.abc import Callable
from dataclasses import dataclass

from hydrophone_model.block import Model, Params
from hydrophone_model.dsp.correlation import CorrelationModel
from hydrophone_model.dsp.distance import DistanceModel
from hydrophone_model.dsp.entropy import EntropyModel
from hydrophone_model.dsp.exp2 import Exp2Model, Exp2Params
from hydrophone_model.dsp.haar import HaarModel
from hydrophone_model.dsp.log2 import Log2Model, Log2Params
from hydrophone_model.whale.alert import AlertModel
from hydrophone_model.whale.parent import ParentModel
from hydrophone_model.whale.pattern import PatternModel
from hydrophone_model.whale.persistence import PersistenceModel
from hydrophone_model.whale.pipeline import PipelineModel, PipelineParams
from hydrophone_model.whale.repeat import RepeatModel
from hydrophone_model.whale.score import ScoreModel
from hydrophone_model.whale.volume import VolumeModel


@dataclass(frozen=True)
class Block:
    """A block's parameters within a pipeline, and its model."""

    params: Callable[[PipelineParams], Params]
    model: Callable[..., Model]


BLOCKS: dict[str, Block] = {
    "log2": Block(lambda p: Log2Params(timing=p.timing), Log2Model),
    "exp2": Block(lambda p: Exp2Params(timing=p.timing), Exp2Model),
    "haar": Block(lambda p: p.pattern.haar, HaarModel),
    "distance": Block(lambda p: p.pattern.distance, DistanceModel),
    "entropy": Block(lambda p: p.pattern.entropy, EntropyModel),
    "correlation": Block(lambda p: p.pattern.correlation, CorrelationModel),
    "parent": Block(lambda p: p.parent, ParentModel),
    "volume": Block(lambda p: p.volume, VolumeModel),
    "repeat": Block(lambda p: p.pattern.repeat, RepeatModel),
    "persistence": Block(lambda p: p.pattern.persistence, PersistenceModel),
    "pattern": Block(lambda p: p.pattern, PatternModel),
    "score": Block(lambda p: p.score, ScoreModel),
    "alert": Block(lambda p: p.alert, AlertModel),
    "pipeline": Block(lambda p: p, PipelineModel),
}
"""From the smallest to the whole."""
