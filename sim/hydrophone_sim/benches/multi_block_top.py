"""Multi-block top: stream blocks side by side in a design, one build for all their benches."""

from collections.abc import Mapping

from amaranth.hdl import ClockDomain, ClockSignal, DomainRenamer, Module, ResetSignal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hydrophone_hdl.block import StreamComponent
from hydrophone_hdl.component import Component
from hydrophone_sim.ports import width


class MultiBlockTop(Component):
    """Blocks whose pins are flat: ``BLOCK_i_payload``, ``BLOCK_i_valid``, … ``BLOCK_o_ready``.

    A block with early outputs has ``BLOCK_early`` and ``BLOCK_early_valid`` too. Each has a clock
    and a reset of its own, ``BLOCK_clk`` and ``BLOCK_rst``: the others stand still, and cost no
    time, while one is benched.

    Args:
        blocks: The blocks by name.
    """

    def __init__(self, blocks: Mapping[str, StreamComponent]) -> None:
        self._blocks = dict(blocks)
        members: dict[str, wiring.Member] = {}
        for name, block in self._blocks.items():
            ports = block.params
            members |= {
                f"{name}_clk": In(1),
                f"{name}_rst": In(1),
                f"{name}_i_payload": In(width(ports.inputs)),
                f"{name}_i_valid": In(1),
                f"{name}_i_ready": Out(1),
                f"{name}_o_payload": Out(width(ports.outputs)),
                f"{name}_o_valid": Out(1),
                f"{name}_o_ready": In(1),
            }
            if ports.early:
                members[f"{name}_early"] = Out(width(ports.early))
                members[f"{name}_early_valid"] = Out(1)
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        """Builds the component's logic."""
        m = Module()
        for name, block in self._blocks.items():
            m.domains += ClockDomain(name)
            m.submodules[name] = DomainRenamer(name)(block)
            m.d.comb += [
                ClockSignal(name).eq(self._pin(name, "clk")),
                ResetSignal(name).eq(self._pin(name, "rst")),
                Value.cast(block.i.payload).eq(self._pin(name, "i_payload")),
                block.i.valid.eq(self._pin(name, "i_valid")),
                self._pin(name, "i_ready").eq(block.i.ready),
                self._pin(name, "o_payload").eq(Value.cast(block.o.payload)),
                self._pin(name, "o_valid").eq(block.o.valid),
                block.o.ready.eq(self._pin(name, "o_ready")),
            ]
            if block.params.early:
                m.d.comb += [
                    self._pin(name, "early").eq(Value.cast(block.early)),
                    self._pin(name, "early_valid").eq(block.early_valid),
                ]
        return m

    def _pin(self, block: str, pin: str) -> Value:
        return Value.cast(getattr(self, f"{block}_{pin}"))
