"""Datapaths by name: the hardware of every block of `hydrophone_model.blocks.BLOCKS`."""

from hydrophone_hdl.block import Datapath, StreamBlock, StreamComponent
from hydrophone_hdl.fusion.folded import fusion_block
from hydrophone_hdl.naming import datapath_class
from hydrophone_model.blocks import BLOCKS, parameters
from hydrophone_model.config import DesignConfig
from hydrophone_model.fusion.fusion import FusionParams

DATAPATHS: dict[str, type[Datapath]] = {
    params.name: datapath_class(type(params)) for params in parameters(DesignConfig.preset())
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
