"""Controlled block: compiled hardware whose settings can be changed while it runs."""

import ctypes
from collections.abc import Callable

import numpy as np

from hydrophone_hdl.block import Controls, StreamComponent
from hydrophone_sim.compiled import CompiledBlock, to_stderr
from hydrophone_sim.engines import ENGINES, Say, control_ports
from hydrophone_sim.ports import pack


class CompiledControlled(CompiledBlock):
    """A block as compiled hardware, first with the settings that it was configured with.

    Args:
        make: Makes the block, whose settings come from outside.
        engine: ``cxxrtl`` or ``verilated``.
        say: Told when something takes long; a design is compiled once.

    Raises:
        KeyError: There is no such engine.
        ToolError: A tool is missing or failed.
        ScheduleError: The clock is too fast for the design.
    """

    def __init__(
        self, make: Callable[[], StreamComponent], *, engine: str, say: Say = to_stderr
    ) -> None:
        if engine not in ENGINES:  # before anything is built that would go unused
            raise KeyError(f"no engine {engine!r}: use one of {', '.join(ENGINES)}")
        block = make()
        super().__init__(block, engine=engine, say=say)
        self.configure(block.outside)

    def configure(self, controls: Controls) -> None:
        """Takes over settings; only while nothing is in flight."""
        values = {name: np.array([setting]) for name, (_, setting) in controls.items()}
        words = np.ascontiguousarray(pack(control_ports(controls), values))
        control = self._library.hydrophone_control
        control.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
        control(self._opened, words.ctypes.data)
