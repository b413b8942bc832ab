"""The datapath of every block named in `hydrophone_model.blocks.BLOCKS`."""

from hydrophone_hdl.block import Datapath, StreamBlock, StreamComponent
from hydrophone_hdl.dsp.correlation import Correlation
from hydrophone_hdl.dsp.distance import Distance
from hydrophone_hdl.dsp.entropy import Entropy
from hydrophone_hdl.dsp.exp2 import Exp2
from hydrophone_hdl.dsp.haar import Haar
from hydrophone_hdl.dsp.log2 import Log2
from hydrophone_hdl.dsp.reciprocal import Reciprocal
from hydrophone_hdl.fusion.folded import fusion_block
from hydrophone_hdl.fusion.fusion import Fusion
from hydrophone_hdl.signals.imbalance import Imbalance
from hydrophone_hdl.signals.impact import Impact
from hydrophone_hdl.signals.momentum import Momentum
from hydrophone_hdl.signals.realised import Realised
from hydrophone_hdl.signals.reversion import Reversion
from hydrophone_hdl.signals.score_matrix import ScoreMatrix
from hydrophone_hdl.signals.signal_pipeline import SignalPipeline
from hydrophone_hdl.signals.signals import Signals
from hydrophone_hdl.signals.size_entropy import SizeEntropy
from hydrophone_hdl.signals.trend import Trend
from hydrophone_hdl.signals.volume_surprise import VolumeSurprise
from hydrophone_hdl.signals.whale_flow import WhaleFlow
from hydrophone_hdl.whale.alert import Alert
from hydrophone_hdl.whale.parent import Parent
from hydrophone_hdl.whale.pattern import Pattern
from hydrophone_hdl.whale.persistence import Persistence
from hydrophone_hdl.whale.pipeline import Pipeline
from hydrophone_hdl.whale.repeat import Repeat
from hydrophone_hdl.whale.score import Score
from hydrophone_hdl.whale.volume import Volume
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_model.fusion.fusion import FusionParams

DATAPATHS: dict[str, type[Datapath]] = {
    "log2": Log2,
    "exp2": Exp2,
    "reciprocal": Reciprocal,
    "haar": Haar,
    "distance": Distance,
    "entropy": Entropy,
    "correlation": Correlation,
    "parent": Parent,
    "volume": Volume,
    "repeat": Repeat,
    "persistence": Persistence,
    "pattern": Pattern,
    "score": Score,
    "alert": Alert,
    "pipeline": Pipeline,
    "momentum": Momentum,
    "reversion": Reversion,
    "imbalance": Imbalance,
    "volume_surprise": VolumeSurprise,
    "size_entropy": SizeEntropy,
    "impact": Impact,
    "trend": Trend,
    "whale_flow": WhaleFlow,
    "score_matrix": ScoreMatrix,
    "realised": Realised,
    "signals": Signals,
    "fusion": Fusion,
    "signal_pipeline": SignalPipeline,
}


def stream_block(name: str, config: DesignConfig) -> StreamComponent:
    """The block ``name`` of a configuration as a component.

    It takes an event a clock, but for a fusion that is folded.

    Raises:
        KeyError: There is no such block.
        ScheduleError: The clock is too fast for it.
    """
    params = BLOCKS[name].params(config)
    if isinstance(params, FusionParams):
        return fusion_block(params)
    return StreamBlock(DATAPATHS[name](params))
