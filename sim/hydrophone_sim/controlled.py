"""Compiled hardware whose settings come from outside, and can be changed while it runs."""

import ctypes

import numpy as np

from hydrophone_hdl.block import ControlledBlock, Datapath
from hydrophone_sim.compiled import CompiledBlock, to_stderr
from hydrophone_sim.engines import ENGINES, Say, control_ports
from hydrophone_sim.ports import pack


class CompiledControlled(CompiledBlock):
    """A block as compiled hardware, with the settings that its datapath has.

    Args:
        datapath: The block; its registers are placed for the timing of its parameters.
        engine: ``cxxrtl`` or ``verilated``.
        say: Told when something takes long; a design is compiled once.

    Raises:
        KeyError: There is no such engine.
        RuntimeError: A tool is missing or failed.
        ScheduleError: The clock is too fast for the design.
    """

    def __init__(self, datapath: Datapath, *, engine: str, say: Say = to_stderr) -> None:
        if engine not in ENGINES:  # before anything is built that would go unused
            raise KeyError(f"no engine {engine!r}: use one of {', '.join(ENGINES)}")
        super().__init__(ControlledBlock(datapath.scheduled()), engine=engine, say=say)
        self.configure(datapath)

    def configure(self, datapath: Datapath) -> None:
        """Takes over the settings of another datapath; only while nothing is in flight."""
        values = {name: np.array([setting]) for name, (_, setting) in datapath.controls.items()}
        words = np.ascontiguousarray(pack(control_ports(datapath), values))
        control = self._library.hydrophone_control
        control.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
        control(self._handle, words.ctypes.data)
