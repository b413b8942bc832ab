"""Datapaths by name: the hardware of every block of `hydrophone_model.blocks.BLOCKS`."""

from importlib import import_module

from hydrophone_hdl.block import Datapath, StreamBlock, StreamComponent
from hydrophone_hdl.fusion.folded import fusion_block
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_model.fusion.fusion import FusionParams


def _datapath(name: str) -> type[Datapath]:
    """The datapath of a block: class ``WhaleFlow`` of ``signals/whale_flow.py``, as the model's."""
    path = BLOCKS[name].module.__name__.replace("hydrophone_model", "hydrophone_hdl", 1)
    return getattr(import_module(path), name.title().replace("_", ""))


DATAPATHS: dict[str, type[Datapath]] = {name: _datapath(name) for name in BLOCKS}


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
