"""Datapath of a parameter object, found by its name: `Volume` for `VolumeParams`.

Hardware lies where its model does: ``whale/volume.py`` of this package has the hardware of
``whale/volume.py`` of the model's.
"""

from importlib import import_module

from hydrophone_hdl.block import Datapath
from hydrophone_model.block import Params


def datapath_class(params: type[Params]) -> type[Datapath]:
    """The class of the datapath that takes these parameters."""
    path = params.__module__.replace("hydrophone_model", "hydrophone_hdl", 1)
    return getattr(import_module(path), params.__name__.removesuffix("Params"))
